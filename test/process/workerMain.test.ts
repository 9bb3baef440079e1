/** The worker's own glue (src/worker/main.ts) as a real process, with a fake pipeline behind it. */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RemoteBug } from '../../src/shared/protocol/channelMessages';
import { startWorker, type WorkerProcess } from '../../src/runs/workerProcess';
import { bundleProgram, makeProgramFolder } from './bundleForTest';

const folder = makeProgramFolder();
const entry = join(folder, 'worker.js');
const fake = resolve(import.meta.dirname, 'fakes', 'fakePipeline.ts');
let worker: WorkerProcess;
let logs: string[] = [];

beforeAll(async () => {
  const standIns = {
    './pipeline': fake,
    './prepareRun': fake,
    './batchSession': fake,
    './pretrain/peer': fake,
    './validate': fake,
    './runtimes/startRuntime': fake,
    './runtimes/checkRuntime': fake,
    './scenes/makeScenes': fake,
    './weightsCheck': fake,
    './features/writeFeatures': fake,
  };
  await bundleProgram({ entry: 'src/worker/main.ts', outfile: entry, standIns });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(silence?: { reportMs: number; killMs: number }): Promise<void> {
  logs = [];
  const onEvent = (event: { type: string; message?: string }): void => void logs.push(event.message ?? event.type);
  worker = await startWorker({ entry, onEvent, onLog: (line) => logs.push(line), silence });
}
afterEach(async () => {
  worker.kill();
  await worker.exited;
});

const request = (file: string, signal?: AbortSignal): ReturnType<typeof run> => run(file, signal);
function run(file: string, signal?: AbortSignal): Promise<{ state: string }> {
  return worker.request('run', { file, out: '/o' }, signal);
}
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe('the worker process', () => {
  it('serves requests and leaves with 0 when stopped', async () => {
    await start();
    await expect(request('done')).resolves.toMatchObject({ state: 'done' });
    await expect(worker.request('listRuntimes', {})).resolves.toEqual({ runtimes: [] });
    await expect(worker.request('validate', { file: 'x', openData: false })).resolves.toEqual({ problems: [] });
    await expect(worker.request('checkRuntime', { runtime: 'wasm' })).resolves.toMatchObject({
      runtime: 'wasm',
      ok: true,
    });
    await expect(worker.request('checkRuntime', { runtime: 'cuda' })).resolves.toMatchObject({
      ok: false,
      message: /no runtime "cuda"/,
    });
    expect(logs).toEqual(['started done']);
    await worker.stop();
    expect(await worker.exited).toMatchObject({ code: 0, signal: null });
  });

  it('answers user errors and bugs as what they are', async () => {
    await start();
    await expect(request('user error')).rejects.toMatchObject({ code: 'config', message: 'there is no such layer' });
    await expect(request('bug')).rejects.toBeInstanceOf(RemoteBug);
    await expect(request('done')).resolves.toMatchObject({ state: 'done' });
  });

  it('beats its heart while a run goes on', async () => {
    await start({ reportMs: 1800, killMs: 2600 });
    const abort = new AbortController();
    const outcome = request('long', abort.signal);
    setTimeout(() => abort.abort(), 3500);
    await expect(outcome).resolves.toMatchObject({ state: 'stopped' });
    expect(logs.filter((line) => line.includes('said nothing'))).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s: checkpoints, answers, leaves with 75', async (signal) => {
    await start();
    const outcome = request('long');
    await until(() => logs.length > 0);
    process.kill(worker.pid, signal);
    await expect(outcome).resolves.toMatchObject({ state: 'stopped' });
    expect(await worker.exited).toMatchObject({ code: 75, lastLines: ['checkpoint written'] });
  });

  it('checkpoints and leaves when its launcher goes away', async () => {
    await start();
    request('long').catch(() => {});
    await until(() => logs.length > 0);
    await worker.stop();
    expect(await worker.exited).toMatchObject({ code: 75, lastLines: ['checkpoint written'] });
  });

  it('dies of an uncaught exception with 70 and the stack in its last lines', async () => {
    await start();
    await expect(request('uncaught')).rejects.toThrow(/exit code 70[^]*thrown in a timer/);
    expect((await worker.exited).lastLines.join('\n')).toMatch(/unexpected error\nError: thrown in a timer\n\s+at /);
  });
});
