/** New Experiment…: what is offered, in which order, and the file that comes of a choice; without VS Code. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { RunServices } from '../../../../src/host/runs/runServices';
import { newExperiment } from '../../../../src/host/commands/newExperiment';
import { fillTemplate } from '../../../../src/shared/templates/experimentTemplate';
import { experimentTemplates } from '../../../../src/shared/templates/experimentTemplates';

interface Item {
  readonly label: string;
  readonly kind?: number;
  readonly detail?: string;
}
interface Asked {
  readonly value: string;
  validateInput(typed: string): Promise<string | undefined>;
}

const editor = vi.hoisted(() => ({
  files: new Map<string, string>(),
  hasFolder: true,
  items: [] as Item[],
  options: {} as object,
  choose: undefined as string | undefined,
  type: (asked: Asked): string | undefined => asked.value,
  save: undefined as string | undefined,
  shown: [] as string[],
}));

vi.mock('vscode', async () => {
  const { Uri: FakeUri } = await import('../editing/fakeVscode');
  const folder = { uri: FakeUri.file('/project') };
  const chosen = (file: string) => ({ path: file, fsPath: file, with: (to: { path: string }) => chosen(to.path) });
  return {
    Uri: FakeUri,
    QuickPickItemKind: { Separator: -1 },
    workspace: {
      get workspaceFolders() {
        return editor.hasFolder ? [folder] : undefined;
      },
      fs: {
        stat: ({ path }: { path: string }) =>
          editor.files.has(path) ? Promise.resolve({}) : Promise.reject(new Error('no such file')),
        writeFile: ({ path }: { path: string }, bytes: Uint8Array) =>
          Promise.resolve(void editor.files.set(path, new TextDecoder().decode(bytes))),
      },
    },
    window: {
      showQuickPick: (items: Item[], options: object) => {
        Object.assign(editor, { items, options });
        return Promise.resolve(items.find(({ label }) => label === editor.choose));
      },
      showInputBox: (asked: Asked) => Promise.resolve(editor.type(asked)),
      showSaveDialog: () => Promise.resolve(editor.save === undefined ? undefined : chosen(editor.save)),
      showTextDocument: ({ path }: { path: string }) => Promise.resolve(void editor.shown.push(path)),
    },
  };
});

const make = () => newExperiment({} as RunServices);

beforeEach(() => {
  editor.files.clear();
  Object.assign(editor, { hasFolder: true, choose: undefined, save: undefined, shown: [] });
  editor.type = (asked) => asked.value;
});

it('offers the templates under headings, and finds words of their explanation', async () => {
  await make();
  const separators = editor.items.filter(({ kind }) => kind === -1).map(({ label }) => label);
  expect(separators).toEqual(['Data included', 'Your own data']);
  expect(editor.items[0]!.kind).toBe(-1);
  const offered = editor.items.filter(({ kind }) => kind === undefined);
  expect(offered.map(({ label, detail }) => [label, detail])).toEqual(
    experimentTemplates.map(({ label, detail }) => [label, detail]),
  );
  // The first template of a group stands right below its heading.
  expect(editor.items[1]!.label).toBe('Quickstart with emoji');
  expect(editor.items[editor.items.findIndex(({ label }) => label === 'Your own data') + 1]!.label).toBe(
    'My own images',
  );
  expect(editor.options).toMatchObject({ matchOnDetail: true });
  expect(editor.files.size).toBe(0);
});

it.each(experimentTemplates.map((template) => [template.label, template] as const))(
  '%s is written into the folder and opened',
  async (label, template) => {
    editor.choose = label;
    await make();
    const file = `/project/${template.name}.transfer.yaml`;
    expect([...editor.files]).toEqual([[file, fillTemplate(template, template.name)]]);
    expect(editor.shown).toEqual([file]);
  },
);

it('proposes a name that is free and refuses one that is not', async () => {
  editor.choose = 'Quickstart with emoji';
  editor.files.set('/project/quickstart.transfer.yaml', 'mine');
  const answers: (string | undefined)[] = [];
  editor.type = (asked) => {
    void asked.validateInput('quickstart').then((answer) => answers.push(answer));
    void asked.validateInput('../x').then((answer) => answers.push(answer));
    return asked.value;
  };
  await make();
  expect(editor.files.get('/project/quickstart.transfer.yaml')).toBe('mine');
  expect(editor.files.get('/project/quickstart-2.transfer.yaml')).toMatch(/^name: quickstart-2\n/);
  expect(answers.sort()).toEqual([
    'Up to 64 letters, digits, -, _ and ., beginning with a letter or digit.',
    'quickstart.transfer.yaml is there already.',
  ]);
});

it('goes where the user says when no folder is open, and never over a file that was not asked about', async () => {
  Object.assign(editor, { hasFolder: false, choose: 'Quickstart with emoji', save: '/home/me/first.yaml' });
  await make();
  expect(editor.files.get('/home/me/first.transfer.yaml')).toMatch(/^name: first\n/);
  await expect(make()).rejects.toThrow('/home/me/first.transfer.yaml is there already; choose another name');
});

it('writes nothing when the name is not given', async () => {
  editor.choose = 'Quickstart with emoji';
  editor.type = () => undefined;
  await make();
  expect(editor.files.size).toBe(0);
});
