/** Workers that die: killed, out of memory, or their window's extension host killed. The window says why and offers what to do. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { endlessExperiment, isAlive, tinyExperiment, WorkspaceRuns } from './probe/workspaceRuns';
import { describeInEditor } from './support/useEditor';

/** So many stages that their plan alone does not fit into the smallest heap. */
const many = tinyExperiment('many')
  .replace('seeds: [0]', `seeds: [${Array.from({ length: 1000 }, (_, seed) => seed).join(', ')}]`)
  .replace(/ {2}- \{ id: nearest.*\n/, (line) =>
    Array.from({ length: 60 }, (_, k) =>
      line.replace('nearest', `nearest-${k + 1}`).replace('k: 5', `k: ${k + 1}`),
    ).join(''),
  );

const options = {
  files: { 'endless.transfer.yaml': endlessExperiment(), 'many.transfer.yaml': many },
  settings: {
    'transferscope.runtime': 'wasm',
    'transferscope.onClose': 'stop',
    'transferscope.workerMemoryMb': 64,
  },
};

/** Of Linux, where these tests run. */
function parentOf(pid: number): number {
  return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))![1]);
}

describeInEditor('a worker that dies', options, (editor) => {
  const runs = new WorkspaceRuns(() => editor().server);
  const notice = (text: string | RegExp) =>
    editor().workbench.page.locator('.notification-list-item', { hasText: text }).first();

  it('of a kill: the run can be resumed from the notice', async () => {
    const { workbench } = editor();
    await workbench.openFile('endless.transfer.yaml');
    await workbench.command('Transferscope: Run Experiment');
    await runs.waitForTraining('endless-1');
    const { pid } = runs.status('endless-1')!;
    process.kill(pid, 'SIGKILL');
    const told = notice(/endless-1 was interrupted: the worker process died \(signal SIGKILL, perhaps out of memory\)/);
    await told.locator('.monaco-button', { hasText: 'Show Log' }).waitFor();
    await told.locator('.monaco-button', { hasText: 'Resume' }).click();
    await expect.poll(() => runs.status('endless-1')?.pid, { timeout: 45_000 }).not.toBe(pid);
    await runs.waitForTraining('endless-1');
    await workbench.command('Transferscope: Stop');
    await runs.waitForState('endless-1', 'stopped');
  });

  it('of its memory limit: says which limit, its last words, and offers to change it', async () => {
    const { workbench } = editor();
    await workbench.openFile('many.transfer.yaml');
    await workbench.command('Transferscope: Run Experiment');
    const told = notice(/ran out of JavaScript memory \(give it more with the setting transferscope\.workerMemoryMb\)/);
    await told.waitFor({ timeout: 45_000 });
    expect(await told.innerText()).toMatch(/It said last: .*heap/);
    await told.locator('.monaco-button', { hasText: 'Change Limit' }).click();
    await workbench.page.locator('.settings-editor', { hasText: 'Worker Memory Mb' }).waitFor();
  });

  it('of the window it belonged to: a killed extension host leaves the run resumable, and the next one shows it', async () => {
    const { workbench } = editor();
    await workbench.openFile('endless.transfer.yaml');
    await workbench.command('Transferscope: Run Experiment');
    await runs.waitForTraining('endless-2');
    const { pid } = runs.status('endless-2')!;
    process.kill(parentOf(pid), 'SIGKILL');
    // A worker without its window checkpoints and ends by itself.
    await expect.poll(() => isAlive(pid), { timeout: 50_000 }).toBe(false);
    await workbench.reload();
    await workbench.openView('Transferscope');
    const row = workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'endless-2' }).first();
    await expect.poll(() => row.innerText(), { timeout: 45_000 }).toMatch(/stopped|interrupted/);
    await workbench.openFile('endless.transfer.yaml');
    await workbench.command('Transferscope: Resume');
    await workbench.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: 'endless-2' }).waitFor();
    await workbench.page.keyboard.press('Enter');
    await expect.poll(() => runs.status('endless-2')?.pid, { timeout: 45_000 }).not.toBe(pid);
    await runs.waitForTraining('endless-2');
    await workbench.command('Transferscope: Stop');
    await runs.waitForState('endless-2', 'stopped');
    expect(runs.status('endless-1')?.state).toBe('stopped');
  });

  it('leaves no unexpected error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toContain('[error]');
  });
});
