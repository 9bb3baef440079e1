/** Two windows on one folder: each sees what the other runs, either can stop it, and neither spoils the other's results. */
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readRun } from '../../src/runs/runStore';
import { endlessExperiment, tinyExperiment, WorkspaceRuns } from './probe/workspaceRuns';
import { describeInEditor } from './support/useEditor';
import { Workbench } from './support/workbench';

/** A second is promised; the test leaves time for a busy machine and for drawing. */

const options = {
  files: {
    'tiny.transfer.yaml': tinyExperiment().replace('width: 4', 'width: 6'),
    'endless.transfer.yaml': endlessExperiment(),
  },
  settings: { 'transferscope.runtime': 'wasm', 'transferscope.onClose': 'stop' },
};

describeInEditor('two windows', options, (editor) => {
  const runs = new WorkspaceRuns(() => editor().server);
  const out = () => path.join(editor().server.workspace, '.transferscope');
  const rowIn = ({ page }: Workbench, text: string | RegExp) =>
    page.locator('.pane-body .monaco-list-row', { hasText: text }).first();
  let other: Workbench;

  afterAll(() => other?.page.close());

  it('open beside each other', async () => {
    const { workbench } = editor();
    const context = workbench.page.context();
    const page = await context.newPage();
    other = new Workbench(page, context);
    await page.goto(workbench.page.url());
    await other.waitForStart();
    await other.openView('Transferscope');
    await workbench.page.bringToFront();
    await workbench.openView('Transferscope');
  });

  it('see each other’s runs, with progress', async () => {
    const { workbench } = editor();
    await workbench.page.bringToFront();
    await workbench.openFile('endless.transfer.yaml');
    await workbench.command('Transferscope: Run Experiment');
    await runs.waitForState('endless-1', 'running');
    const writtenAt = performance.now();
    await other.page.bringToFront();
    await rowIn(other, /endless-1.*running/).waitFor();
    const seconds = (performance.now() - writtenAt) / 1000;
    process.stdout.write(`a run of one window shows in another after ${seconds.toFixed(1)} s, drawn\n`);
    await rowIn(other, /endless-1.*\d+ %.*supervised\/seed-0/).waitFor();
    await other.page.locator('.statusbar-item', { hasText: /endless-1 \d+ %/ }).waitFor();
  });

  it('can stop each other’s runs', async () => {
    await other.page.bringToFront();
    await other.command('Transferscope: Stop');
    await runs.waitForState('endless-1', 'stopped');
    await editor().workbench.page.bringToFront();
    await rowIn(editor().workbench, /endless-1.*stopped/).waitFor();
  });

  it('run the same experiment at once without spoiling anything', async () => {
    const windows = [editor().workbench, other];
    for (const window of windows) {
      await window.page.bringToFront();
      await window.openFile('tiny.transfer.yaml');
      await window.command('Transferscope: Run Experiment');
    }
    await runs.waitForState('tiny-1', 'done');
    await runs.waitForState('tiny-2', 'done');
    const found = ['tiny-1', 'tiny-2'].map((run) => readRun(out(), run));
    expect(found.map(({ problems }) => problems)).toEqual([[], []]);
    const [first, second] = found.map(({ records }) => records.map(({ key, checksum }) => ({ key, checksum })));
    expect(first).toHaveLength(4);
    expect(second).toEqual(first);
    const computed = ['tiny-1', 'tiny-2'].map((run) => runs.counts(run).done ?? 0);
    // Each stage was computed once, by whichever came first.
    expect(computed[0]! + computed[1]!).toBe(4);
  });

  it('leave no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toContain('[error]');
  });
});
