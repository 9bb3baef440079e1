/**
 * The worker process: glue between Node's process IPC and the pipeline. It announces itself, serves one run at a time,
 * beats its heart, and turns every wish to stop (cancel, SIGTERM, SIGINT, a launcher that is gone) into an abort signal
 * upon which the pipeline checkpoints. Nothing numeric. The heavy modules load on the first request, after the handshake.
 */
import { UserError } from '../shared/errors';
import { runtimeNames, type RuntimeName } from '../shared/experiment/runtimeName';
import { createChannel, type Channel, type NoRequests, type Transport } from '../shared/protocol/channel';
import { BatchService } from './debug/batchService';
import { openInspector } from './debug/inspector';
import { WORKER_PROTOCOL_VERSION, type WorkerEvent, type WorkerRequests } from '../shared/protocol/worker';

/** How long a run may take to checkpoint once nobody is there to hear of it. */
const GRACE_MS = 20_000;
const EXIT_UNEXPECTED = 70;
/** Checkpointed and stopped: whoever launched it may resume. */
const EXIT_STOPPED = 75;

const stopping = new AbortController();
let activeRequests = 0;
const batches = new BatchService();

function main(): void {
  const [, , command, folder, name] = process.argv;
  if (command === 'part' && folder !== undefined && name !== undefined)
    return runAlone(async () => {
      const { runClusterPart } = await import('./clusterPart');
      return runClusterPart(folder, name);
    });
  if (command === 'peer')
    return runAlone(async () => {
      const { runPeer } = await import('./pretrain/peer');
      return runPeer();
    });
  if (command === 'probe' && folder !== undefined)
    return runAlone(async () => {
      const { answerProbe } = await import('./clusterPart');
      return answerProbe(folder);
    });
  if (!process.send) {
    process.stderr.write('transferscope worker: started without a launcher; use the transferscope command\n');
    process.exit(2);
  }
  // A launcher that is gone has closed the pipes; words nobody hears must not cost the checkpoint.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.on('uncaughtException', dieOf);
  process.on('unhandledRejection', dieOf);
  const channel: Channel<NoRequests, WorkerEvent> = createChannel<NoRequests, never, WorkerEvent, WorkerRequests>(
    createParentTransport(),
    {
      version: WORKER_PROTOCOL_VERSION,
      handshake: 'announce',
      handlers: {
        run: (params, signal) => serve(signal, (both) => runOne(params, both)),
        prepare: (params, signal) => serve(signal, (both) => prepareOne(params, both)),
        validate: (params, signal) => serve(signal, () => validateOne(params)),
        listRuntimes: (_, signal) => serve(signal, listAll),
        checkRuntime: (params, signal) => serve(signal, () => checkOne(params.runtime)),
        checkWeights: (params, signal) => serve(signal, () => checkWeightsOf(params)),
        extractFeatures: (params, signal) => serve(signal, (both) => extractOne(params, both)),
        makeScenes: (params, signal) => serve(signal, (both) => drawScenes(params, both)),
        inspectWeights: (params, signal) => serve(signal, (both) => inspectOne(params, both)),
        openBatch: (params, signal) => serve(signal, (both) => batches.open(params, both)),
        inspectBatch: (_, signal) => serve(signal, () => batches.next()),
        openInspector,
      },
      onLog: (message) => process.stderr.write(`transferscope worker: ${message}\n`),
    },
  );

  async function runOne(
    params: WorkerRequests['run']['params'],
    signal: AbortSignal,
  ): Promise<WorkerRequests['run']['answer']> {
    const { runPipeline } = await import('./pipeline');
    return batches.apart(() => runPipeline(params, { report: (event: WorkerEvent) => channel.emit(event), signal }));
  }

  async function prepareOne(
    params: WorkerRequests['prepare']['params'],
    signal: AbortSignal,
  ): Promise<WorkerRequests['prepare']['answer']> {
    const { prepareRun } = await import('./prepareRun');
    return prepareRun(params, { report: (event: WorkerEvent) => channel.emit(event), signal });
  }

  async function inspectOne(
    params: WorkerRequests['inspectWeights']['params'],
    signal: AbortSignal,
  ): Promise<WorkerRequests['inspectWeights']['answer']> {
    const { inspectWeights } = await import('./weightsInspection');
    await inspectWeights(params, (part) => channel.emit({ type: 'weightsInspected', part }), signal);
    return {};
  }

  setInterval(() => channel.emit({ type: 'heartbeat', at: Date.now() }), 1000).unref();
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
}

/** A job of a cluster: there is nobody to talk to, and the exit code is the answer. */
function runAlone(work: () => Promise<number>): void {
  process.on('uncaughtException', dieOf);
  process.on('unhandledRejection', dieOf);
  work().then((code) => process.exit(code), dieOf);
}

/** Aborts what is running and exits when it is done, or after the grace time at the latest. */
function stop(): void {
  stopping.abort();
  if (activeRequests === 0) process.exit(0);
  setTimeout(() => {
    process.stderr.write(
      `transferscope worker: no checkpoint within ${GRACE_MS / 1000} s of the wish to stop; ending\n`,
    );
    process.exit(EXIT_STOPPED);
  }, GRACE_MS).unref();
}

async function serve<Answer>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
  activeRequests++;
  try {
    return await work(AbortSignal.any([signal, stopping.signal]));
  } finally {
    activeRequests--;
    // The answer is sent after this returns; leave it time to go out.
    if (stopping.signal.aborted && activeRequests === 0) setTimeout(() => process.exit(EXIT_STOPPED), 100);
  }
}

async function validateOne(
  params: WorkerRequests['validate']['params'],
): Promise<WorkerRequests['validate']['answer']> {
  const { validateFile } = await import('./validate');
  return { problems: await validateFile(params) };
}

async function drawScenes(
  params: WorkerRequests['makeScenes']['params'],
  signal: AbortSignal,
): Promise<WorkerRequests['makeScenes']['answer']> {
  const { makeScenes } = await import('./scenes/makeScenes');
  return makeScenes(params, signal);
}

async function listAll(): Promise<WorkerRequests['listRuntimes']['answer']> {
  const { listRuntimes } = await import('./runtimes/startRuntime');
  return { runtimes: await listRuntimes() };
}

/** Starts the runtime and proves it with a training step; a runtime that cannot start is an answer, not an error. */
async function checkOne(runtime: string): Promise<WorkerRequests['checkRuntime']['answer']> {
  const { startRuntime } = await import('./runtimes/startRuntime');
  const { checkRuntime } = await import('./runtimes/checkRuntime');
  const startedAt = performance.now();
  const answer = (name: string, ok: boolean, message: string): WorkerRequests['checkRuntime']['answer'] => {
    return { runtime: name, ok, message, milliseconds: Math.round(performance.now() - startedAt) };
  };
  try {
    const started = await startRuntime(parseRuntime(runtime));
    const check = await checkRuntime();
    return answer(started.name, check.ok, check.message);
  } catch (error) {
    if (error instanceof UserError) return answer(runtime, false, error.message);
    throw error;
  }
}

function parseRuntime(typed: string): RuntimeName | 'auto' {
  const name = [...runtimeNames, 'auto' as const].find((known) => known === typed);
  if (!name) throw new UserError('config', `there is no runtime "${typed}"; known: ${runtimeNames.join(', ')}`);
  return name;
}

async function checkWeightsOf(
  params: WorkerRequests['checkWeights']['params'],
): Promise<WorkerRequests['checkWeights']['answer']> {
  const { startRuntime } = await import('./runtimes/startRuntime');
  const { checkWeights } = await import('./weightsCheck');
  const { name } = await startRuntime(parseRuntime(params.runtime));
  return { ...(await checkWeights(params)), runtime: name };
}

async function extractOne(
  params: WorkerRequests['extractFeatures']['params'],
  signal: AbortSignal,
): Promise<WorkerRequests['extractFeatures']['answer']> {
  const { startRuntime } = await import('./runtimes/startRuntime');
  const { writeFeatures } = await import('./features/writeFeatures');
  const { name } = await startRuntime(parseRuntime(params.runtime));
  return writeFeatures({ ...params, runtime: name }, signal);
}

function createParentTransport(): Transport {
  return {
    send: (message) => {
      if (!process.connected) throw new UserError('worker', 'the launcher is gone');
      // Asynchronous failures mean that the launcher is gone, which `disconnect` tells as well.
      process.send?.(message, undefined, undefined, () => {});
    },
    onMessage: (listener) => void process.on('message', listener),
    onClose: (listener) => {
      process.on('disconnect', () => listener(new UserError('worker', 'the launcher is gone')));
    },
  };
}

function dieOf(error: unknown): void {
  process.stderr.write(
    `transferscope worker: unexpected error\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(EXIT_UNEXPECTED);
}

main();
