/** Stands in for the pipeline in tests of the worker's glue; what it does is chosen by the experiment file's name. */
import type { RunOutcome, RunRequest, WorkerEvent } from '../../../src/shared/protocol/worker';
import { UserError } from '../../../src/shared/errors';

interface Host {
  report(event: WorkerEvent): void;
  readonly signal: AbortSignal;
}

export async function runPipeline(request: RunRequest, host: Host): Promise<RunOutcome> {
  host.report({ type: 'logged', level: 'info', message: `started ${request.file}` });
  if (request.file === 'user error') throw new UserError('config', 'there is no such layer');
  if (request.file === 'bug') throw new TypeError('x is undefined');
  if (request.file === 'uncaught') {
    setTimeout(() => {
      throw new Error('thrown in a timer');
    }, 10);
  }
  if (request.file !== 'done') {
    await new Promise<void>((resolve) => host.signal.addEventListener('abort', () => resolve()));
    process.stderr.write('checkpoint written\n');
  }
  const state = host.signal.aborted ? 'stopped' : 'done';
  return { run: 'fake-1', state, counts: { done: 1, reused: 0, failed: 0, skipped: 0 }, seconds: 0, failures: [] };
}

export const makeScenes = notAsked;
export const runPeer = notAsked;
export const checkWeights = notAsked;
export const writeFeatures = notAsked;
export const validateFile = (): Promise<never[]> => Promise.resolve([]);
export const listRuntimes = (): Promise<never[]> => Promise.resolve([]);
export const startRuntime = (name: string): Promise<{ name: string }> => Promise.resolve({ name });
export const checkRuntime = (): Promise<{ ok: boolean; message: string }> =>
  Promise.resolve({ ok: true, message: 'ok' });

function notAsked(): Promise<never> {
  return Promise.reject(new Error('no test of the glue asks for this'));
}
