/** What becomes of a run when its window goes: with each setting of transferscope.onClose, and after a reload. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { endlessExperiment, isAlive, WorkspaceRuns } from './probe/workspaceRuns';
import { describeInEditor, type EditorUnderTest } from './support/useEditor';

const files = { 'endless.transfer.yaml': endlessExperiment() };
const optionsFor = (onClose: string) => ({
  files,
  settings: { 'transferscope.runtime': 'wasm', 'transferscope.onClose': onClose },
});

/** Starts the experiment and returns its worker's process. */
async function startRun({ workbench }: EditorUnderTest, runs: WorkspaceRuns, run: string): Promise<number> {
  await workbench.openFile('endless.transfer.yaml');
  await workbench.command('Transferscope: Run Experiment');
  await runs.waitForTraining(run);
  return runs.status(run)!.pid;
}

/** Whatever a test has left running. */
function endOf(runs: WorkspaceRuns, ...names: string[]): void {
  for (const name of names) {
    const pid = runs.status(name)?.pid;
    if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL');
  }
}

describeInEditor('closing with "keep"', optionsFor('keep'), (editor) => {
  const runs = new WorkspaceRuns(() => editor().server);
  afterAll(() => endOf(runs, 'endless-1'));

  it('leaves the run going; the reloaded window finds it, shows its progress and can stop it', async () => {
    const { workbench } = editor();
    const worker = await startRun(editor(), runs, 'endless-1');
    await workbench.reload();
    expect(isAlive(worker)).toBe(true);
    await workbench.page.locator('.statusbar-item', { hasText: /endless-1 \d+ %/ }).waitFor();
    await workbench.openView('Transferscope');
    const row = workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'endless-1' }).first();
    await expect.poll(() => row.innerText(), { timeout: 15_000 }).toMatch(/running · \d+ % · .*supervised\/seed-0/);
    const before = runs.status('endless-1')!.progress!.done!;
    await expect.poll(() => runs.status('endless-1')?.progress?.done, { timeout: 15_000 }).toBeGreaterThan(before);
    await workbench.command('Transferscope: Stop');
    await runs.waitForState('endless-1', 'stopped');
    await expect.poll(() => isAlive(worker), { timeout: 15_000 }).toBe(false);
    const ended = workbench.page.locator('.notification-list-item', { hasText: 'endless-1 was stopped' });
    await ended.locator('.monaco-button', { hasText: 'Resume' }).waitFor();
  });

  it('leaves it going when the window is closed for good', async () => {
    const { server, workbench } = editor();
    await workbench.command('Transferscope: Resume');
    await runs.waitForTraining('endless-1');
    const worker = runs.status('endless-1')!.pid;
    await workbench.page.goto('about:blank');
    const beat = runs.status('endless-1')!.heartbeatAt;
    await expect.poll(() => runs.status('endless-1')!.heartbeatAt, { timeout: 15_000 }).not.toBe(beat);
    expect(isAlive(worker)).toBe(true);
    // Somebody asks it to stop from elsewhere.
    writeFileSync(path.join(runs.folder('endless-1'), 'stop'), '');
    await runs.waitForState('endless-1', 'stopped');
    expect(server.workspace).not.toBe('');
  });
});

describeInEditor('closing with "stop"', optionsFor('stop'), (editor) => {
  const runs = new WorkspaceRuns(() => editor().server);
  afterAll(() => endOf(runs, 'endless-1'));

  it('stops the run at a checkpoint, from which the next window resumes', async () => {
    const { workbench } = editor();
    const worker = await startRun(editor(), runs, 'endless-1');
    await workbench.reload();
    await runs.waitForState('endless-1', 'stopped');
    await expect.poll(() => isAlive(worker), { timeout: 25_000 }).toBe(false);
    expect(runs.log('endless-1').at(-1)).toMatchObject({ message: 'run stopped' });
    await workbench.command('Transferscope: Resume');
    await runs.waitForTraining('endless-1');
    await workbench.command('Transferscope: Stop');
    await runs.waitForState('endless-1', 'stopped');
  });
});

describeInEditor('closing with "ask"', optionsFor('ask'), (editor) => {
  const runs = new WorkspaceRuns(() => editor().server);
  afterAll(() => endOf(runs, 'endless-1', 'endless-2'));
  const question = () =>
    editor().workbench.page.locator('.notification-list-item', { hasText: 'When this window closes' }).first();

  it('asks once, and stops the run when told so', async () => {
    const { workbench } = editor();
    const worker = await startRun(editor(), runs, 'endless-1');
    await question().locator('.monaco-button', { hasText: 'Checkpoint and Stop' }).click();
    await workbench.reload();
    await runs.waitForState('endless-1', 'stopped');
    await expect.poll(() => isAlive(worker), { timeout: 25_000 }).toBe(false);
  });

  it('leaves the run going without an answer', async () => {
    const { workbench } = editor();
    const worker = await startRun(editor(), runs, 'endless-2');
    await question().waitFor();
    await workbench.reload();
    const beat = runs.status('endless-2')!.heartbeatAt;
    await expect.poll(() => runs.status('endless-2')!.heartbeatAt, { timeout: 15_000 }).not.toBe(beat);
    expect([isAlive(worker), runs.status('endless-2')!.state]).toEqual([true, 'running']);
    await workbench.command('Transferscope: Stop');
    await runs.waitForState('endless-2', 'stopped');
  });
});
