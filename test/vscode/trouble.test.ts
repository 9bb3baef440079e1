/** What goes wrong around a run in a window: a folder that cannot be written, files that move, results that vanish or were edited. */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { endlessExperiment, tinyExperiment, WorkspaceRuns } from './probe/workspaceRuns';
import { describeInEditor } from './support/useEditor';

const quick = { 'transferscope.runtime': 'wasm', 'transferscope.onClose': 'stop' };

const blocked = {
  files: { 'tiny.transfer.yaml': tinyExperiment(), file: 'a file' },
  settings: { ...quick, 'transferscope.resultsFolder': 'file/results' },
};

describeInEditor('a results folder that cannot be written', blocked, (editor) => {
  it('is said in one sentence', async () => {
    const { workbench } = editor();
    await workbench.openFile('tiny.transfer.yaml');
    await workbench.command('Transferscope: Run Experiment');
    const sentence =
      /tiny\.transfer\.yaml could not be run: cannot write \S*file\/results\S*: a part of the path is a file/;
    await workbench.page.locator('.notification-list-item-message', { hasText: sentence }).waitFor();
    expect(await editor().server.readOutput('Transferscope')).not.toContain('[error]');
  });
});

const options = {
  files: { 'tiny.transfer.yaml': tinyExperiment(), 'endless.transfer.yaml': endlessExperiment() },
  settings: quick,
};

describeInEditor('trouble', options, (editor) => {
  const runs = new WorkspaceRuns(() => editor().server);
  const inWorkspace = (...parts: string[]) => path.join(editor().server.workspace, ...parts);
  const row = (text: string | RegExp) =>
    editor().workbench.page.locator('.pane-body .monaco-list-row', { hasText: text }).first();
  const notice = (text: string | RegExp) =>
    editor().workbench.page.locator('.notification-list-item', { hasText: text }).first();

  it('an edited record is shown as damaged, and running again mends it', async () => {
    const { workbench } = editor();
    await workbench.openFile('tiny.transfer.yaml');
    await workbench.openView('Transferscope');
    await workbench.command('Transferscope: Run Experiment');
    await runs.waitForState('tiny-1', 'done');
    await row(/nearest.*\d %/).waitFor();
    const { key } = runs.manifest('tiny-1')!.stages.find(({ kind }) => kind === 'transfer')!;
    const file = inWorkspace('.transferscope', 'stages', key, 'record.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"value": 0\.\d+/, '"value": 0.99'));
    await workbench.command('Transferscope: Run Experiment');
    await notice(/tiny-2: 1 of 4 stages is computed \(random\/seed-0\/nearest\)/).waitFor();
    await runs.waitForState('tiny-2', 'done');
    expect(
      runs
        .log('tiny-2')
        .map(({ message }) => message)
        .join('\n'),
    ).toMatch(/record\.json was edited/);
    await expect.poll(() => row(/nearest/).innerText()).not.toContain('99.0');
    expect(readFileSync(file, 'utf8')).not.toContain('"value": 0.99');
  });

  it('a renamed experiment file leaves its run alone, which can be resumed', async () => {
    const { workbench } = editor();
    await workbench.openFile('endless.transfer.yaml');
    await workbench.command('Transferscope: Run Experiment');
    await runs.waitForTraining('endless-1');
    renameSync(inWorkspace('endless.transfer.yaml'), inWorkspace('renamed.transfer.yaml'));
    await workbench.command('Transferscope: Stop');
    await runs.waitForState('endless-1', 'stopped');
    await workbench.command('Transferscope: Resume');
    await runs.waitForTraining('endless-1');
    expect(runs.status('endless-1')!.state).toBe('running');
  });

  it('results that are deleted under a run end it with a sentence, and the next run begins anew', async () => {
    const { workbench } = editor();
    rmSync(inWorkspace('.transferscope'), { recursive: true, force: true, maxRetries: 20, retryDelay: 20 });
    const why = /(failed|could not be run|was interrupted): cannot write .*its folder is gone/;
    await notice(why).waitFor({ timeout: 45_000 });
    await row('tiny-1').waitFor({ state: 'detached' });
    await workbench.openFile('tiny.transfer.yaml');
    await workbench.command('Transferscope: Run Experiment');
    await runs.waitForState('tiny-1', 'done');
    expect(readdirSync(inWorkspace('.transferscope', 'stages'))).toHaveLength(4);
  });

  it('leaves no unexpected error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toContain('[error]');
  });
});
