/** The packaged extension in a real editor: it installs, starts when a folder has an experiment, and starts fast. */
import { expect, it } from 'vitest';
import { describeInEditor } from './support/useEditor';
import type { Workbench } from './support/workbench';

const ACTIVATION_AIM_MS = 300;

const experiment = `name: tiny
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji }
pretrainings:
  - { id: random }
transfers:
  - { id: probe, task: linear-probe, data: emoji }
`;

const inFolder = { files: { 'tiny.transfer.yaml': experiment }, everyRelease: true };

describeInEditor('activation', inFolder, (editor) => {
  it('happens without a click in a folder with an experiment', async () => {
    const output = () => editor().server.readOutput('Transferscope');
    await expect.poll(output, { timeout: 30_000, interval: 200 }).toMatch(/activated in \d+ ms/);
  });

  it('tells how long it took, as the extension host measures it', async () => {
    const { workbench, release } = editor();
    const took = await readActivationMs(workbench);
    process.stdout.write(`code-server ${release}: activation took ${took} ms (aim ${ACTIVATION_AIM_MS} ms)\n`);
    expect(took).toBeGreaterThan(0);
  });

  it('knows experiment files by their name and colours them', async () => {
    const { workbench } = editor();
    await workbench.openFile('tiny.transfer.yaml');
    await workbench.page.locator('.statusbar-item', { hasText: 'Transferscope Experiment' }).waitFor();
    // The first token of a plain file would have the editor's one default colour.
    await expect
      .poll(() =>
        workbench.editor
          .locator('.view-line span[class^="mtk"]')
          .evaluateAll((found) => new Set(found.map(({ className }) => className)).size),
      )
      .toBeGreaterThan(2);
  });

  it('leaves no error in the log or on screen', async () => {
    const { server, workbench } = editor();
    expect(await server.readOutput('Transferscope')).not.toContain('[error]');
    expect(await server.readHostLog()).not.toMatch(/transferscope.*(error|failed)/i);
    expect(await workbench.notifications()).toEqual([]);
  });
});

/** Loading and activating together, from the editor's own list. */
async function readActivationMs(workbench: Workbench): Promise<number> {
  await workbench.command('Developer: Show Running Extensions');
  const row = workbench.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'Transferscope' });
  const time = row.locator('.activation-time');
  await expect.poll(() => time.innerText(), { timeout: 30_000 }).toMatch(/\d+ms/);
  return Number(/(\d+)ms/.exec(await time.innerText())?.[1]);
}

describeInEditor('a window without a folder', { withoutFolder: true, everyRelease: true }, (editor) => {
  it('activates for a new experiment file without an error', async () => {
    const { server, workbench } = editor();
    await workbench.command('Create: New File...');
    expect(await server.readHostLog()).not.toMatch(/transferscope.*(error|failed)/i);
    expect(await workbench.notifications()).toEqual([]);
  });
});
