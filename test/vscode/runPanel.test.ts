/** The run panel in a real editor: fills from a run folder, follows it, does what is clicked, comes back after a reload. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { writeTrainingRun } from '../support/trainingFixture';
import { describeInEditor } from './support/useEditor';

const options = { files: { 'README.md': 'runs of another process' }, settings: {} };

describeInEditor('the run panel', options, (editor) => {
  const refused: string[] = [];
  const out = () => path.join(editor().server.workspace, '.transferscope');
  const panel = () => editor().workbench.panelWebview();
  const card = (metric: string) => panel().locator(`.card[data-metric="${metric}"]`);

  it('opens from the palette and shows a run that another process computes', async () => {
    const { workbench } = editor();
    workbench.page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) refused.push(message.text());
    });
    // This test is the other process: it is alive, so the run is.
    writeTrainingRun({ out: out(), run: 'quickstart-2', running: 1, progress: 0.5 });
    await workbench.openView('Transferscope');
    await workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'quickstart-2' }).first().waitFor();
    await workbench.command('Transferscope: Open Run Panel');
    await panel().locator('h1', { hasText: 'quickstart-2' }).waitFor();
    await card('loss').locator('.lines path').first().waitFor();
    expect(await panel().locator('.summary').innerText()).toMatch(/^running · 2 of 6 stages/);
    expect(await panel().locator('.happenings').innerText()).toContain('queue full at step 50');
    expect(await panel().locator('.load svg').count()).toBe(4);
    expect(await panel().locator('.log li').count()).toBe(5);
    if (process.env.SHOTS) await workbench.page.screenshot({ path: path.join(process.env.SHOTS, 'run-panel.png') });
  });

  it('follows the run within seconds', async () => {
    const row = { step: 5_000, metrics: { loss: 3, newcomer: 1 }, event: 'learning rate dropped to 0.003' };
    appendFileSync(path.join(out(), 'stages', 'quickstart-2-moco-0', 'metrics.jsonl'), `${JSON.stringify(row)}\n`);
    const stages = { 'supervised/seed-0': { state: 'done' }, 'moco/seed-0': { state: 'running' } };
    const progress = { fraction: 0.5, stage: 'moco/seed-0', done: 900, total: 1200, unit: 'steps' };
    const status = { version: 1, state: 'running', pid: process.pid, host: hostname() };
    const now = new Date().toISOString();
    writeFileSync(
      path.join(out(), 'runs', 'quickstart-2', 'status.json'),
      JSON.stringify({ ...status, startedAt: now, heartbeatAt: now, stages, progress }),
    );
    await card('newcomer').waitFor({ timeout: 10_000 });
    await panel().locator('.happenings li', { hasText: 'dropped to 0.003 at step 5,000' }).waitFor();
    await panel().locator('.stages li', { hasText: '75 %' }).waitFor();
  });

  it('does what is clicked', async () => {
    const { workbench } = editor();
    await panel().locator('vscode-button', { hasText: 'Show Log' }).click();
    await workbench.page.locator('.view-line', { hasText: 'runtime wasm' }).first().waitFor();
    await workbench.page.locator('.tab', { hasText: 'Run: quickstart-2' }).click();
    await panel().locator('vscode-checkbox[aria-label="Curves of supervised/seed-0"]').click();
    await card('trainAccuracy').waitFor();
    await panel().getByRole('button', { name: 'Loss: log axis' }).click();
    await card('loss').locator('.plot').focus();
    await workbench.page.keyboard.press('+');
    await panel().locator('vscode-button:not([disabled])', { hasText: 'Show All Steps' }).waitFor();
  });

  it('comes back after a reload as it was', async () => {
    const { workbench } = editor();
    await workbench.command('Developer: Reload Window');
    await workbench.waitForStart();
    await panel().locator('h1', { hasText: 'quickstart-2' }).waitFor({ timeout: 60_000 });
    await card('trainAccuracy').waitFor();
    await panel().locator('vscode-button:not([disabled])', { hasText: 'Show All Steps' }).waitFor();
    const log = panel().getByRole('button', { name: 'Loss: log axis' });
    expect(await log.getAttribute('aria-pressed')).toBe('true');
  });

  it('draws another run over it', async () => {
    const { workbench } = editor();
    writeTrainingRun({ out: out(), run: 'quickstart-1', state: 'done', createdAt: '2026-11-19T09:00:00.000Z' });
    await workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'quickstart-1' }).first().waitFor();
    await panel().locator('vscode-button', { hasText: 'Add Run…' }).click();
    await workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: 'quickstart-1' }).click();
    await workbench.page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).click();
    await panel().locator('.legend li', { hasText: 'moco · quickstart-1' }).waitFor();
  });

  it('keeps to its content policy and leaves no error in the log', async () => {
    expect(refused.filter((text) => text.includes('/dist/webview/'))).toEqual([]);
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});
