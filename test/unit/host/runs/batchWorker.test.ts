/** Looking at one stage through a process: what it says of itself over steps, pauses, ends and deaths, and its folder. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BatchWorker } from '../../../../src/host/runs/batchWorker';
import type { WorkerProcess } from '../../../../src/runs/workerProcess';
import { UserError } from '../../../../src/shared/errors';
import type { BatchInspection, BatchSession } from '../../../../src/shared/results/batchInspection';

const session: BatchSession = {
  ...{ stage: 'moco/seed-0', label: 'moco, seed 0', kind: 'pretraining', method: 'moco', seed: 0, runtime: 'wasm' },
  ...{ steps: 4, batch: 8, accumulate: 1, startedAt: 1, weights: '', isTrained: true },
  images: { data: 'tiny', split: 'train' },
};
const request = { file: '/w/a.transfer.yaml', out: '/w/.transferscope', stage: 'moco', fromCheckpoint: true };

/** Answers when the test says so. */
class FakeWorker implements WorkerProcess {
  readonly pid = 1;
  readonly asked: string[] = [];
  isKilled = false;
  readonly exited: WorkerProcess['exited'];
  private exit: () => void = () => undefined;
  private readonly waiting: { resolve: (value: never) => void; reject: (error: Error) => void }[] = [];
  constructor() {
    this.exited = new Promise(
      (resolve) => (this.exit = () => resolve({ code: null, signal: 'SIGKILL', lastLines: [] })),
    );
  }
  request<Answer>(name: string): Promise<Answer> {
    this.asked.push(name);
    if (name === 'openInspector') return Promise.resolve({ url: 'ws://127.0.0.1:9230/x', port: 9230 } as Answer);
    return new Promise((resolve, reject) => this.waiting.push({ resolve: resolve as never, reject }));
  }
  async answer(value: BatchSession | Partial<BatchInspection> | Error): Promise<void> {
    const next = this.waiting.shift();
    if (!next) throw new Error('internal: nothing was asked');
    if (value instanceof Error) next.reject(value);
    else next.resolve(value as never);
    await turn();
  }
  stop(): Promise<void> {
    return Promise.resolve();
  }
  kill(): void {
    this.isKilled = true;
    this.exit();
    for (const { reject } of this.waiting.splice(0)) reject(new UserError('worker', 'the worker process died'));
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('a worker that looks at batches', () => {
  let storage: string;
  let workers: FakeWorker[];
  let seen: number[];
  let batch: BatchWorker;
  beforeEach(() => {
    storage = mkdtempSync(path.join(tmpdir(), 'batches-'));
    workers = [];
    seen = [];
    batch = new BatchWorker({
      storage,
      start: () => {
        workers.push(new FakeWorker());
        return Promise.resolve(workers.at(-1)!);
      },
      onChange: () => undefined,
      onInspection: ({ step }) => void seen.push(step),
      onBug: () => undefined,
    });
  });
  afterEach(() => rmSync(storage, { recursive: true, force: true }));
  /** Open, with the first update made. */
  const open = async (): Promise<FakeWorker> => {
    const before = workers.length;
    void batch.open(request);
    await expect.poll(() => workers[before]?.asked).toEqual(['openBatch']);
    const worker = workers[before]!;
    await worker.answer(session);
    expect(batch.state).toBe('stepping');
    await worker.answer({ step: 1 });
    return worker;
  };

  it('makes the first update by itself, then those asked for, and stops at the end of the training', async () => {
    const worker = await open();
    expect(batch).toMatchObject({ state: 'ready', made: 1, wanted: 0, session });
    expect(existsSync(batch.folder)).toBe(true);
    void batch.step(10);
    await worker.answer({ step: 2 });
    await worker.answer({ step: 3 });
    expect(batch).toMatchObject({ state: 'ready', made: 3, wanted: 0 });
    expect(seen).toEqual([1, 2, 3]);
    void batch.step(1);
    await turn();
    expect(worker.asked.filter((name) => name === 'inspectBatch')).toHaveLength(3);
  });

  it('finishes the update under way when it is paused', async () => {
    const worker = await open();
    void batch.step(10);
    batch.pause();
    await worker.answer({ step: 2 });
    expect(batch).toMatchObject({ state: 'ready', made: 2 });
  });

  it('is ended at once when it is cancelled; its folder goes, and what comes late is not heard', async () => {
    const worker = await open();
    const { folder } = batch;
    void batch.step(1);
    await batch.cancel();
    expect(worker.isKilled).toBe(true);
    expect(batch).toMatchObject({ state: 'ended', message: 'Cancelled; the process has been ended.' });
    expect(existsSync(folder)).toBe(false);
    await expect(batch.openInspector()).rejects.toThrow('No process is looking at a batch here');
    await open();
    expect(workers).toHaveLength(2);
    expect(seen).toEqual([1, 1]);
  });

  it('says why a stage cannot be looked at, and keeps pictures of one that died', async () => {
    void batch.open(request);
    await expect.poll(() => workers[0]?.asked).toEqual(['openBatch']);
    await workers[0]!.answer(new UserError('config', 'knn has no batch'));
    expect(batch).toMatchObject({ state: 'ended', message: 'knn has no batch' });
    expect(workers[0]!.isKilled).toBe(true);
    const second = await open();
    second.kill();
    await turn();
    expect(batch).toMatchObject({ state: 'ended', message: 'The worker process has ended by itself; start again.' });
    expect(existsSync(batch.folder)).toBe(true);
    await batch.end();
    expect(readdirSync(storage)).toEqual([]);
  });

  it('removes what a window that is gone has left, and leaves living ones alone', async () => {
    const [gone, living] = ['999999999-abc', `${process.ppid}-abc`];
    for (const name of [gone, living]) {
      mkdirSync(path.join(storage, name));
      writeFileSync(path.join(storage, name, '0-0-image.png'), '');
    }
    await open();
    expect(readdirSync(storage).sort()).toEqual([living, path.basename(batch.folder)].sort());
  });

  it('lets a debugger in', async () => {
    await open();
    expect(await batch.openInspector()).toBe(9230);
    expect(batch.debugger).toBe('ws://127.0.0.1:9230/x');
  });
});
