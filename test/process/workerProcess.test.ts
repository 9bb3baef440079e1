/** Real child processes with a fake worker program that fails in every way we know. */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/shared/errors';
import { startWorker, type WorkerOptions, type WorkerProcess } from '../../src/runs/workerProcess';

const entry = fileURLToPath(new URL('./fakes/fakeWorker.mjs', import.meta.url));
const started: WorkerProcess[] = [];

async function start(mode: string, options: Partial<WorkerOptions> = {}): Promise<WorkerProcess> {
  const worker = await startWorker({ entry, env: { ...process.env, FAKE_WORKER: mode }, ...options });
  started.push(worker);
  return worker;
}

const request = { file: '/x.transfer.yaml', out: '/tmp/out' };

async function failureOf(promise: Promise<unknown>): Promise<UserError> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

afterEach(async () => {
  for (const worker of started.splice(0)) {
    worker.kill();
    await worker.exited;
  }
});

describe('a good worker', () => {
  it('answers, reports events, and ends when stopped', async () => {
    const events: string[] = [];
    const worker = await start('good', { onEvent: (event) => events.push(event.type) });
    await expect(worker.request('run', request)).resolves.toMatchObject({ run: 'fake-1', state: 'done' });
    expect(events).toEqual(['runPlanned', 'stageProgressed', 'stageChanged']);
    await worker.stop();
    expect((await worker.exited).signal).not.toBe('SIGABRT');
  });

  it('carries typed arrays over the process boundary', async () => {
    const worker = await start('good');
    const answer = await worker.request('checkRuntime', { runtime: 'wasm' });
    expect((answer as unknown as { bytes: Float32Array }).bytes).toEqual(new Float32Array([1.5, 2]));
  });

  it('passes a cancel on and takes the answer that follows', async () => {
    const worker = await start('waits');
    const abort = new AbortController();
    const outcome = worker.request('run', request, abort.signal);
    setTimeout(() => abort.abort(), 50);
    await expect(outcome).resolves.toMatchObject({ state: 'stopped' });
  });

  it('still counts an answer that was sent just before the exit', async () => {
    const worker = await start('answers and exits');
    await expect(worker.request('run', request)).resolves.toMatchObject({ state: 'done' });
  });

  it('survives garbage on the wire', async () => {
    const logs: string[] = [];
    const worker = await start('garbage', { onLog: (line) => logs.push(line) });
    await expect(worker.request('run', request)).resolves.toMatchObject({ state: 'done' });
    expect(logs.filter((line) => line.startsWith('ignored'))).toHaveLength(5);
  });
});

describe('a worker that does not come up', () => {
  it('dies at once: exit code and its last words', async () => {
    const error = await failureOf(start('dies at once'));
    expect(error.code).toBe('worker');
    expect(error.message).toMatch(/died \(exit code 3\)[^]*cannot find module tensors/);
  });

  it('exits silently', async () => {
    expect((await failureOf(start('exits silently'))).message).toMatch(
      /ended without an answer \(exit code 0\); it left no message/,
    );
  });

  it('never says ready', async () => {
    const error = await failureOf(start('never ready', { handshakeMs: 300 }));
    expect(error.message).toMatch(/did not say ready within 0.3 s/);
  });

  it('speaks another protocol version', async () => {
    expect((await failureOf(start('other version'))).message).toMatch(/protocol version 99/);
  });

  it('is not there', async () => {
    const error = await failureOf(startWorker({ entry: '/nowhere/worker.js' }));
    expect(error.message).toMatch(/Cannot find module '\/nowhere\/worker.js'/);
  });

  it('has a Node program that is not there', async () => {
    const error = await failureOf(start('good', { execPath: '/nowhere/node' }));
    expect(error.message).toMatch(/could not be started[^]*ENOENT/);
  });
});

describe('a worker that breaks in the middle', () => {
  it('is killed: signal, guess and the command to go on with', async () => {
    const worker = await start('killed');
    const error = await failureOf(worker.request('run', request));
    expect(error.message).toMatch(/SIGKILL, perhaps out of memory/);
    expect(error.message).toMatch(/resume with: transferscope resume fake-1$/);
    // Every later request is rejected too, at once.
    await failureOf(worker.request('listRuntimes', {}));
  });

  it('runs out of JavaScript memory', async () => {
    const worker = await start('out of memory');
    expect((await failureOf(worker.request('run', request))).message).toMatch(/TRANSFERSCOPE_MEMORY_MB/);
  });

  it('throws: its last lines are in the sentence', async () => {
    const worker = await start('dies in the middle');
    const error = await failureOf(worker.request('run', request));
    expect(error.message).toMatch(/exit code 70[^]*the disk caught fire[^]*transferscope resume fake-1/);
  });

  it('floods stderr: only the end is kept, long lines cut', async () => {
    const worker = await start('floods stderr');
    const error = await failureOf(worker.request('run', request));
    expect(error.message).toMatch(/line 19999\n {2}x{1000}/);
    expect(error.message).not.toMatch(/line 19990\n/);
    expect(error.message.length).toBeLessThan(4000);
    expect((await worker.exited).lastLines.length).toBeLessThanOrEqual(51);
  });

  it.each(['hangs', 'blocks'])('%s: reported first, ended later', async (mode) => {
    const logs: string[] = [];
    const worker = await start(mode, { silence: { reportMs: 200, killMs: 700 }, onLog: (line) => logs.push(line) });
    const error = await failureOf(worker.request('run', request));
    expect(logs.filter((line) => line.includes('has said nothing'))).toHaveLength(1);
    expect(error.message).toMatch(/said nothing for \d+ s and was ended[^]*transferscope resume fake-1/);
  });

  it('does not count a beating heart as silence', async () => {
    const worker = await start('waits', { silence: { reportMs: 150, killMs: 300 } });
    const abort = new AbortController();
    const outcome = worker.request('run', request, abort.signal);
    setTimeout(() => abort.abort(), 700);
    await expect(outcome).resolves.toMatchObject({ state: 'stopped' });
  });

  it('is ended by stop when it does not leave by itself', async () => {
    const worker = await start('waits for ever');
    const outcome = failureOf(worker.request('run', request));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await worker.stop(200);
    expect((await outcome).message).toBe('the worker process was stopped');
  });
});
