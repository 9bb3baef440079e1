/** Running an experiment in a real editor, on the editor's own Node and out of the packaged extension. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { describeInEditor } from './support/useEditor';

const tiny = `name: tiny
seeds: [0]
imageSize: 32
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
pretrainings:
  - { id: random }
transfers:
  - { id: nearest, task: knn, data: emoji, k: 5, layers: [avgpool], trainImages: 200, testImages: 100 }
`;

const trained = `name: longer
seeds: [0]
imageSize: 32
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
pretrainings:
  - { id: supervised, method: supervised, data: emoji, steps: 100000, batch: 32, learningRate: 0.05 }
transfers:
  - { id: nearest, task: knn, data: emoji, k: 5, layers: [avgpool], trainImages: 200, testImages: 100 }
`;

const options = {
  files: { 'tiny.transfer.yaml': tiny, 'longer.transfer.yaml': trained },
  settings: { 'transferscope.runtime': 'wasm', 'transferscope.onClose': 'stop' },
};

interface Status {
  readonly state: string;
  readonly pid: number;
}

describeInEditor('running', options, (editor) => {
  const runFolder = (run: string) => path.join(editor().server.workspace, '.transferscope', 'runs', run);
  const readStatus = (run: string): Status | undefined => {
    const file = path.join(runFolder(run), 'status.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Status) : undefined;
  };
  const waitForState = (run: string, state: string) =>
    expect.poll(() => readStatus(run)?.state, { timeout: 45_000, interval: 100 }).toBe(state);

  it('runs an experiment from the palette to its end and says so', async () => {
    const { workbench } = editor();
    await workbench.openFile('tiny.transfer.yaml');
    await workbench.command('Transferscope: Run Experiment');
    await waitForState('tiny-1', 'done');
    await workbench.page.locator('.notification-list-item-message', { hasText: /tiny-1 is done in/ }).waitFor();
    const stages = path.join(editor().server.workspace, '.transferscope', 'stages');
    const records = readdirSync(stages).filter((key) => existsSync(path.join(stages, key, 'record.json')));
    expect(records).toHaveLength(4);
  });

  it('shows the run in the side bar', async () => {
    const { workbench } = editor();
    await workbench.openView('Transferscope');
    await workbench.page.locator('.pane-body .monaco-list-row', { hasText: 'tiny-1' }).first().waitFor();
  });

  it('stops a run in good order and resumes it', async () => {
    const { workbench } = editor();
    await workbench.openFile('longer.transfer.yaml');
    await workbench.command('Transferscope: Run Experiment');
    await waitForState('longer-1', 'running');
    const worker = readStatus('longer-1')!.pid;
    await workbench.command('Transferscope: Stop');
    await waitForState('longer-1', 'stopped');
    await expect.poll(() => isAlive(worker), { timeout: 10_000 }).toBe(false);

    await workbench.command('Transferscope: Resume');
    await waitForState('longer-1', 'running');
    await workbench.command('Transferscope: Stop');
    await waitForState('longer-1', 'stopped');
  });

  it('tells of a worker that was killed and offers to resume', async () => {
    const { workbench } = editor();
    await workbench.command('Transferscope: Resume');
    await waitForState('longer-1', 'running');
    process.kill(readStatus('longer-1')!.pid, 'SIGKILL');
    const notice = workbench.page.locator('.notification-list-item', { hasText: /longer-1.*(interrupted|failed)/ });
    await notice.first().waitFor();
    await notice.first().locator('.monaco-button', { hasText: 'Resume' }).waitFor();
  });

  it('leaves no unexpected error in the log', async () => {
    expect(await editor().server.readOutput('Transferscope')).not.toMatch(/\[error\]/);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
