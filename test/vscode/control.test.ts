/** Launching parts, queueing, stopping after a stage, computing only what changed, deleting and revealing run folders. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { findHosts } from './probe/extensionHost';
import { endlessExperiment, tinyExperiment, WorkspaceRuns } from './probe/workspaceRuns';
import { describeInEditor } from './support/useEditor';

const options = {
  files: {
    'tiny.transfer.yaml': tinyExperiment(),
    'endless.transfer.yaml': endlessExperiment(),
    'short.transfer.yaml': endlessExperiment('short', 40),
  },
  settings: { 'transferscope.runtime': 'wasm', 'transferscope.onClose': 'stop' },
  withProbe: true,
};

describeInEditor('control of runs', options, (editor) => {
  const runs = new WorkspaceRuns(() => editor().server);
  const inWorkspace = (name: string) => path.join(editor().server.workspace, name);
  const page = () => editor().workbench.page;
  const notice = (text: string | RegExp) =>
    page().locator('.notification-list-item-message', { hasText: text }).first().waitFor();
  const row = (text: string | RegExp) => page().locator('.pane-body .monaco-list-row', { hasText: text }).first();
  const dialog = () => page().locator('.monaco-dialog-box');
  /** A command with the run as a view's menu would give it; not waited for, because it may ask something. */
  const commandOn = async (command: string, run: string) => {
    const [host] = await findHosts(editor().server);
    const target = { type: 'run', out: inWorkspace('.transferscope'), run };
    await host!.evaluate(({ vscode }, { name, argument }) => void vscode.commands.executeCommand(name, argument), {
      name: `transferscope.${command}`,
      argument: { target },
    });
  };

  it('runs one pretraining only, from its lens, with what it needs', async () => {
    const { workbench } = editor();
    await workbench.openFile('short.transfer.yaml');
    const lens = page().locator('.codelens-decoration a', { hasText: 'Run only this' });
    await lens.first().click();
    await runs.waitForState('short-1', 'done');
    expect(runs.manifest('short-1')!.launch.only).toEqual(['random']);
    expect(runs.manifest('short-1')!.stages.map(({ pretraining }) => pretraining)).not.toContain('supervised');
  });

  it('computes only what is not there yet, and says what that is', async () => {
    const { workbench } = editor();
    await workbench.openFile('short.transfer.yaml');
    await workbench.command('Transferscope: Run Experiment');
    await notice(/short-2: \d of \d stages are computed \(supervised\/seed-0.*the others are there already/);
    await runs.waitForState('short-2', 'done');
    const { reused = 0, done = 0 } = runs.counts('short-2');
    expect(reused).toBe(runs.manifest('short-1')!.stages.length);
    expect(done).toBeGreaterThan(0);
  });

  it('computes a transfer anew when it changed, and the pretraining not', async () => {
    const { workbench } = editor();
    writeFileSync(inWorkspace('short.transfer.yaml'), endlessExperiment('short', 40).replace('k: 5', 'k: 3'));
    await workbench.openView('Transferscope');
    await row(/short.*2 stale/).waitFor();
    await workbench.openFile('short.transfer.yaml');
    await workbench.command('Transferscope: Run Experiment');
    await notice(/short-3: 2 of \d stages are computed \(random\/seed-0\/nearest, supervised\/seed-0\/nearest\)/);
    await runs.waitForState('short-3', 'done');
    expect(runs.counts('short-3').done).toBe(2);
  });

  it('queues launches and takes one out that waits', async () => {
    const { workbench } = editor();
    await workbench.openFile('endless.transfer.yaml');
    for (let launch = 0; launch < 3; launch++) await workbench.command('Transferscope: Run Experiment');
    await runs.waitForTraining('endless-1');
    await row(/endless\.transfer\.yaml.*waiting for its turn/).waitFor();
    await page()
      .locator('.statusbar-item', { hasText: /2 waiting/ })
      .waitFor();
    expect(runs.status('endless-2')).toBeUndefined();
    const [host] = await findHosts(editor().server);
    await host!.evaluate(
      ({ vscode }, ids) => {
        for (const id of ids)
          void vscode.commands.executeCommand('transferscope.stop', { target: { type: 'launch', id } });
      },
      [5, 6],
    );
    await page()
      .locator('.statusbar-item', { hasText: /waiting/ })
      .waitFor({ state: 'detached' });
  });

  it('does not delete a run that is under way', async () => {
    // A window shows a few notices at a time and keeps further ones back.
    await editor().workbench.command('Notifications: Clear All Notifications');
    await commandOn('deleteRun', 'endless-1');
    await notice('endless-1 is running; stop it before you delete it');
    expect(await dialog().count()).toBe(0);
  });

  it('stops after the stage under way, and at once', async () => {
    const { workbench } = editor();
    await workbench.command('Transferscope: Stop');
    await runs.waitForState('endless-1', 'stopped');
    // 400 steps: long enough for the wish to come before the end.
    writeFileSync(inWorkspace('short.transfer.yaml'), endlessExperiment('staged', 400));
    await workbench.openFile('short.transfer.yaml');
    await workbench.command('Transferscope: Run Experiment');
    await runs.waitForTraining('staged-1');
    await workbench.command('Transferscope: Stop After This Stage');
    await runs.waitForState('staged-1', 'stopped');
    expect(runs.status('staged-1')!.stages['supervised/seed-0']!.state).toBe('done');
    expect(runs.status('staged-1')!.stages['supervised/seed-0/nearest']!.state).toBe('waiting');
  });

  it('deletes a run when told so twice, and keeps its stages', async () => {
    const stages = runs
      .manifest('short-1')!
      .stages.map(({ key }) => inWorkspace(path.join('.transferscope', 'stages', key)));
    await commandOn('deleteRun', 'short-1');
    await dialog().filter({ hasText: 'Delete the run short-1?' }).waitFor();
    await dialog().locator('.monaco-button', { hasText: 'Cancel' }).click();
    expect(existsSync(runs.folder('short-1'))).toBe(true);
    await commandOn('deleteRun', 'short-1');
    await dialog().locator('.monaco-button', { hasText: 'Delete' }).first().click();
    const forGood = dialog().locator('.monaco-button', { hasText: 'Delete for Good' });
    await expect
      .poll(
        async () => {
          if (await forGood.isVisible()) await forGood.click();
          return existsSync(runs.folder('short-1'));
        },
        { timeout: 20_000 },
      )
      .toBe(false);
    await row('short-1').waitFor({ state: 'detached' });
    expect(stages.every((folder) => existsSync(folder))).toBe(true);
  });

  it('shows the folder of a run', async () => {
    await commandOn('revealRunFolder', 'short-2');
    await page().locator('.explorer-folders-view .monaco-list-row', { hasText: 'short-2' }).first().waitFor();
  });

  it('leaves no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toContain('[error]');
  });
});
