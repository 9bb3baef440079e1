/** The Results view in a real editor: follows the file, reads run folders as they change, reveals, stops, survives a reload. */
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseExperiment } from '../../src/shared/experiment/parse';
import type { RunStatus, StageState } from '../../src/shared/results/runManifest';
import { createRun, writeRun } from '../support/reportFixture';
import { describeInEditor } from './support/useEditor';

const text = `name: seen
seeds: [0, 1]
imageSize: 32
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji, labels: category }
pretrainings:
  - { id: random }
  - id: moco
    method: moco
    data: emoji
    steps: 100
    batch: 32
    queue: 512
transfers:
  - { id: probe, task: linear-probe, data: emoji, layers: [layer4, avgpool] }
  - { id: nearest, task: knn, data: emoji, k: 5, layers: [avgpool] }
`;

const tiny = `name: tiny
seeds: [0]
imageSize: 32
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
pretrainings:
  - { id: random }
transfers:
  - { id: nearest, task: knn, data: emoji, k: 5, layers: [avgpool], trainImages: 100, testImages: 50 }
`;

const options = {
  files: { 'seen.transfer.yaml': text, 'tiny.transfer.yaml': tiny, 'notes.md': '# notes\n' },
  settings: { 'transferscope.runtime': 'wasm', 'transferscope.onClose': 'keep' },
};

describeInEditor('the Results view', options, (editor) => {
  const out = (): string => path.join(editor().server.workspace, '.transferscope');
  const view = () => editor().workbench.webview();
  const shoot = async (name: string) => {
    if (process.env.SHOTS)
      await editor().workbench.page.screenshot({ path: path.join(process.env.SHOTS, `${name}.png`) });
  };
  const cell = (pretraining: string, transfer: string) =>
    view().locator(`[data-pretraining="${pretraining}"][data-transfer="${transfer}"]`);

  /** A run of the file by another process: this one. Returns the key of a stage by its id. */
  const leaveRun = (run: string, state: RunStatus['state'], stateOf: (id: string) => StageState) => {
    const file = path.join(editor().server.workspace, 'seen.transfer.yaml');
    const made = createRun({
      run,
      seeds: [0, 1],
      pretrainings: [
        { id: 'random', method: 'random', gain: 0 },
        { id: 'moco', method: 'moco', gain: 0.1, steps: 100, images: 1911 },
      ],
      transfers: [
        { id: 'probe', task: 'linear-probe', data: 'emoji', base: 0.2 },
        { id: 'nearest', task: 'knn', data: 'emoji', base: 0.15 },
      ],
      layers: ['layer4', 'avgpool'],
      isMissing: ({ id }) => stateOf(id) !== 'done',
      manifest: { file, createdAt: new Date().toISOString(), finishedAt: new Date().toISOString() },
    });
    writeRun(out(), made);
    const { experiment } = parseExperiment(text, { fileName: file, recipes: new Map() });
    const now = new Date().toISOString();
    const stages = Object.fromEntries(made.manifest.stages.map(({ id }) => [id, { state: stateOf(id) }]));
    const status: RunStatus = {
      version: 1,
      state,
      pid: process.pid,
      host: hostname(),
      startedAt: now,
      heartbeatAt: now,
      stages,
    };
    const folder = path.join(out(), 'runs', run);
    writeFileSync(path.join(folder, 'experiment.json'), JSON.stringify(experiment));
    writeFileSync(
      path.join(folder, 'log.jsonl'),
      `${JSON.stringify({ at: now, level: 'info', message: `said by ${run}` })}\n`,
    );
    writeFileSync(path.join(folder, 'status.json'), JSON.stringify(status));
    return {
      keyOf: (id: string) => made.manifest.stages.find((stage) => stage.id === id)!.key,
      beat: () => {
        const heartbeatAt = new Date().toISOString();
        writeFileSync(path.join(folder, 'status.json'), JSON.stringify({ ...status, heartbeatAt }));
      },
    };
  };

  it('stands first and offers a beginning before a file was looked at', async () => {
    const { workbench } = editor();
    await workbench.openView('Transferscope');
    await workbench.page.locator('.pane-header', { hasText: 'Results' }).first().waitFor();
    await expect
      .poll(() => workbench.page.locator('.sidebar .pane-header h3').first().innerText())
      .toMatch(/^results/i);
    await view().getByRole('button', { name: 'New Experiment…' }).waitFor();
    await view().getByRole('button', { name: 'Open Experiment…' }).click();
    await workbench.quickRows.filter({ hasText: 'seen.transfer.yaml' }).click();
    await workbench.page.locator('.tab.active', { hasText: 'seen.transfer.yaml' }).waitFor();
    await view().getByRole('heading', { name: 'seen' }).waitFor();
    await view().getByText('not run yet', { exact: true }).waitFor();
  });

  it('fills from a run folder as it appears', async () => {
    leaveRun('seen-1', 'done', () => 'done');
    await view().getByText('16 stages · just now').waitFor();
    await expect
      .poll(() => cell('moco', 'probe').getAttribute('aria-label'))
      .toMatch(/^moco, probe: \d+\.\d ± \d+\.\d % top-1 accuracy at avgpool, 2 seeds, from seen-1/);
    await view()
      .getByText(/^probe: moco is/)
      .waitFor();
    await shoot('results');
  });

  it('stays while another kind of file is active', async () => {
    const { workbench } = editor();
    await workbench.openFile('notes.md');
    await workbench.page.waitForTimeout(500);
    await view().getByRole('heading', { name: 'seen' }).waitFor();
    await workbench.openFile('seen.transfer.yaml');
  });

  it('follows the cursor, and shows entries in the file', async () => {
    const { workbench } = editor();
    await workbench.goTo(12);
    await expect.poll(() => cell('moco', '').getAttribute('aria-selected')).toBe('true');
    await workbench.goTo(17);
    await expect.poll(() => cell('random', 'nearest').getAttribute('aria-selected')).toBe('true');
    expect(await cell('random', 'probe').getAttribute('aria-selected')).toBe('false');
    await cell('moco', '').click();
    const line = workbench.page.locator('.line-numbers.active-line-number').first();
    await expect.poll(() => line.innerText()).toBe('9');
    await expect.poll(() => cell('moco', 'probe').getAttribute('aria-selected')).toBe('true');
  });

  it('marks what the file has moved on from', async () => {
    const { workbench } = editor();
    await workbench.goTo(12, 15);
    await workbench.page.keyboard.type('0');
    const sentence = view().locator('.stale-sentence');
    await expect
      .poll(() => sentence.innerText())
      .toBe('2 results are stale: the file has changed since. Run to renew them.');
    expect(await cell('moco', 'probe').getAttribute('class')).toContain('stale');
    expect(await cell('random', 'probe').getAttribute('class')).not.toContain('stale');
    await shoot('results-stale');
    await workbench.page.keyboard.press('Control+Z');
    await expect
      .poll(() =>
        view()
          .getByText(/stale: the file has changed/)
          .count(),
      )
      .toBe(0);
  });

  it('counts problems and shows them', async () => {
    const { workbench } = editor();
    await workbench.goTo(12, 15);
    await workbench.page.keyboard.type(': x: y');
    await view().getByText('The file has errors; results stand as it was before them.').waitFor();
    expect(await view().locator('.cell .value').allInnerTexts()).not.toContain('');
    expect(await view().locator('.cell').count()).toBe(4);
    await view().getByRole('button', { name: '1 error' }).click();
    await workbench.page.locator('.markers-panel').waitFor();
    await workbench.goTo(12, 15);
    for (let i = 0; i < ': x: y'.length; i++) await workbench.page.keyboard.press('Delete');
    await expect.poll(() => view().getByRole('button', { name: '1 error' }).count()).toBe(0);
    await workbench.command('View: Toggle Panel Visibility');
  });

  it('has the commands of an entry in its context menu', async () => {
    const { workbench } = editor();
    await cell('moco', 'probe').click({ button: 'right' });
    const menu = workbench.page.locator('.monaco-menu');
    await menu.getByText('Run Only This').waitFor();
    // By keys: the menu does not take a click in its first moments.
    for (let i = 0; i < 4; i++) await workbench.page.keyboard.press('ArrowDown');
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.view-line', { hasText: 'said by seen-1' }).waitFor();
    await workbench.openFile('seen.transfer.yaml');
  });

  it('draws the curves of a run of another process, and asks it to stop', async () => {
    const run = leaveRun('seen-2', 'running', (id) =>
      id.startsWith('random') ? 'done' : id === 'moco/seed-0' ? 'running' : 'waiting',
    );
    const metrics = path.join(out(), 'stages', run.keyOf('moco/seed-0'), 'metrics.jsonl');
    mkdirSync(path.dirname(metrics), { recursive: true });
    const log = (step: number, loss: number) =>
      appendFileSync(metrics, `${JSON.stringify({ step, metrics: { loss, knn: step / 100 } })}\n`);
    log(10, 4.5);
    await view().locator('.run-name', { hasText: 'seen-2' }).waitFor();
    const last = view().locator('.curve-last').first();
    await expect.poll(() => last.innerText()).toBe('4.50');
    log(20, 3.25);
    run.beat();
    await expect.poll(() => last.innerText()).toBe('3.25');
    await shoot('results-running');
    await view().getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => existsSync(path.join(out(), 'runs', 'seen-2', 'stop'))).toBe(true);
  });

  it('runs the file that is active now, and fills', async () => {
    const { workbench } = editor();
    await workbench.openFile('tiny.transfer.yaml');
    await view().getByRole('heading', { name: 'tiny' }).waitFor();
    expect(await cell('random', 'nearest').getAttribute('aria-label')).toBe('random, nearest: not run');
    await view().getByRole('button', { name: 'Run', exact: true }).click();
    await view().locator('.run-state', { hasText: 'done' }).waitFor({ timeout: 45_000 });
    await expect
      .poll(() => cell('random', 'nearest').getAttribute('aria-label'))
      .toMatch(/^random, nearest: \d+\.\d % top-1 accuracy at avgpool, 1 seed, from tiny-1$/);
    await view().getByRole('button', { name: 'Run', exact: true }).waitFor();
  });

  it('is there again after a reload', async () => {
    const { workbench } = editor();
    await view().getByText('Findings').click();
    await expect.poll(() => view().locator('.findings-list').isVisible()).toBe(false);
    await workbench.openFile('notes.md');
    await workbench.page.waitForTimeout(1_500);
    await workbench.command('Developer: Reload Window');
    await workbench.waitForStart();
    await view().getByRole('heading', { name: 'tiny' }).waitFor({ timeout: 30_000 });
    await view().locator('.cell').first().waitFor();
    await expect.poll(() => view().locator('.findings-list').isVisible()).toBe(false);
  });

  it('leaves no error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});
