/**
 * A newcomer with nothing but the .vsix: an empty folder, the walkthrough's buttons, a finished run, its report. There is
 * no Node on the path, so the run uses the editor's own.
 */
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { capturePanel } from './support/capturePanel';
import { readRunStatus, waitForRun } from './support/runState';
import { describeInEditor, type EditorUnderTest } from './support/useEditor';

const options = { env: { PATH: '/nowhere' }, settings: { 'transferscope.runtime': 'wasm' } };

describeInEditor('the walkthrough from an empty folder', options, (editor) => {
  const file = (): string => path.join(editor().server.workspace, 'quickstart.transfer.yaml');

  it('has nothing done at first, and asks for no folder where one is open', async () => {
    const { workbench } = editor();
    await workbench.openWalkthrough('See what transfers');
    await expectDone(editor(), []);
    const titles = workbench.page.locator('.getting-started-step .step-title');
    expect(await titles.allInnerTexts()).toEqual(['Create an experiment', 'Run it', 'Open the report']);
  });

  it('creates the quickstart experiment', async () => {
    const { workbench } = editor();
    await openStep(editor(), 'Create an experiment', 'New Experiment…');
    await workbench.quickRows.filter({ hasText: 'Quickstart with emoji' }).click();
    await workbench.page.locator('.quick-input-widget', { hasText: 'Name of the experiment' }).waitFor();
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.tab.active', { hasText: 'quickstart.transfer.yaml' }).waitFor();
    expect(readFileSync(file(), 'utf8')).toContain('name: quickstart');
    await workbench.openWalkthrough('See what transfers');
    await expectDone(editor(), ['Create an experiment']);
  });

  it('runs it to the end on the Node of the editor', async () => {
    shrink(file());
    await openStep(editor(), 'Run it', 'Run Experiment');
    await expect
      .poll(() => readRunStatus(editor(), 'quickstart-1')?.pid, { timeout: 60_000, interval: 50 })
      .toBeTruthy();
    const worker = readRunStatus(editor(), 'quickstart-1')!.pid;
    // Where there is a /proc; the run may be over by now, but hardly is.
    if (process.platform === 'linux') {
      expect(readlinkSync(`/proc/${worker}/exe`)).toContain('code-server');
    }
    await waitForRun(editor(), 'quickstart-1', { state: 'done', limitMs: 120_000 });
    await editor().workbench.openWalkthrough('See what transfers');
    await expectDone(editor(), ['Create an experiment', 'Run it']);
  }, 200_000);

  it('opens the report, which ends the walkthrough', async () => {
    const { workbench } = editor();
    await openStep(editor(), 'Open the report', 'Open Report');
    const report = await workbench.webviewWith('h2:has-text("Transfer by pretraining")');
    expect(await report.locator('h1').innerText()).toContain('quickstart');
    await workbench.openWalkthrough('See what transfers');
    await expectDone(editor(), ['Create an experiment', 'Run it', 'Open the report']);
  });

  it.each(['light', 'dark'] as const)('is drawn in the %s theme', async (theme) => {
    const { workbench } = editor();
    await workbench.openWalkthrough('See what transfers');
    const of = workbench.page.locator('.part.editor');
    const picture = await capturePanel(editor(), { theme, width: 1280, height: 800, name: 'walkthrough', of });
    expect(picture.colours).toBeGreaterThan(3);
  });

  it('leaves no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});

/** Opens a step and presses its button. */
async function openStep({ workbench }: EditorUnderTest, title: string, button: string): Promise<void> {
  const step = workbench.page.locator('.getting-started-step', { hasText: title });
  await step.locator('.step-title').click();
  await step.locator('.monaco-button', { hasText: button }).click();
}

/** Exactly these steps are ticked off. */
async function expectDone({ workbench }: EditorUnderTest, titles: readonly string[]): Promise<void> {
  const done = workbench.page.locator('.getting-started-step', { has: workbench.page.locator('.codicon.complete') });
  await expect.poll(() => done.locator('.step-title').allInnerTexts(), { timeout: 20_000 }).toEqual(titles);
}

interface Experiment {
  readonly seeds: readonly number[];
  readonly backbone: object;
  readonly pretrainings: readonly { readonly method?: string }[];
  readonly transfers: readonly object[];
}

/** The same experiment, so small that it takes seconds: narrow, three steps, one seed. */
function shrink(file: string): void {
  const experiment = parse(readFileSync(file, 'utf8')) as Experiment;
  const pretrainings = experiment.pretrainings.map((one) =>
    one.method === undefined || one.method === 'random' ? one : { ...one, steps: 3 },
  );
  const backbone = { ...experiment.backbone, width: 4 };
  writeFileSync(file, stringify({ ...experiment, seeds: [0], imageSize: 16, backbone, pretrainings }));
}

describeInEditor('the walkthrough without a folder', { withoutFolder: true }, (editor) => {
  it('begins with opening one', async () => {
    const { workbench } = editor();
    await workbench.openWalkthrough('See what transfers');
    const first = workbench.page.locator('.getting-started-step').first();
    expect(await first.locator('.step-title').innerText()).toBe('Open a folder');
    await openStep(editor(), 'Open a folder', 'Open Folder');
    await workbench.page.locator('.quick-input-widget', { hasText: 'Open Folder' }).waitFor();
    await workbench.page.keyboard.press('Escape');
  });
});
