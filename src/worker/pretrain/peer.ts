/**
 * A process that trains along: it reads its share of the images, makes its parts of every update, and leaves nothing behind.
 * It ends when the process that has the stage is gone, and leaves signals to it.
 */
import { UserError } from '../../shared/errors';
import { DataLibrary } from '../data/dataLibrary';
import { digestDataset } from '../data/digestDataset';
import { checkRuntime } from '../runtimes/checkRuntime';
import { explainRuntimeFailure } from '../runtimes/runtimeFailure';
import { startRuntime } from '../runtimes/startRuntime';
import { PeerFiles } from '../train/peerFiles';
import { followTraining } from '../train/followTraining';
import { assembleTraining } from './assembleTraining';
import type { FromPeer, PeerPlan, ToPeer } from './peerMessages';

type RuntimeChoice = Parameters<typeof startRuntime>[0];

/** Between two signs of life before it is ready, whatever the number of images. */
const BEAT_MS = 30_000;

/** Never returns before its work is done; the number is the exit code. */
export async function runPeer(): Promise<number> {
  // Ctrl-C and a cluster's signals reach the whole group; the first process decides what becomes of them.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR2'] as const) process.on(signal, () => {});
  process.on('disconnect', () => process.exit(0));
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const mail = new Mail();
  try {
    await trainAlong(await mail.plan, mail);
    await mail.send({ type: 'ended' });
    return 0;
  } catch (thrown) {
    const error = explainRuntimeFailure(thrown);
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    await mail.send({ type: 'failed', message, ...(error instanceof UserError ? { code: error.code } : { stack }) });
    return 1;
  }
}

async function trainAlong(plan: PeerPlan, mail: Mail): Promise<void> {
  const { rank, count, settings, backbone, folder, seed, threads } = plan;
  const beat = setInterval(() => void mail.send({ type: 'preparing' }), BEAT_MS);
  const runtime = await startRuntime(plan.runtime as RuntimeChoice);
  // Each device is proved; the processor was, by the first process.
  const check = runtime.name === 'wasm' ? undefined : await checkRuntime();
  if (check?.ok === false) throw new UserError('runtime', `the runtime fails its self-check: ${check.message}`);
  const library = new DataLibrary(plan.data, plan.baseDir, () => {});
  const dataset = await library.dataset({ id: settings.data, split: settings.split });
  if (digestDataset(dataset) !== plan.digest)
    throw new UserError('data', `"${settings.data}" changed while the training began; launch the experiment again`);
  const peers = new PeerFiles({ rank, count, folder, meet: (point) => mail.meet(point) });
  clearInterval(beat);
  await mail.meet('ready');
  const context = { seed, threads, warn: (message: string) => void mail.send({ type: 'warned', message }) };
  const { learner, pool, task, loop } = assembleTraining(settings, { backbone, dataset, context, peers });
  try {
    await followTraining(task, loop, plan.stateFile);
  } finally {
    await pool.close();
    learner.dispose();
    peers.close();
  }
}

/** What comes from the first process, and what goes to it. */
class Mail {
  readonly plan: Promise<PeerPlan>;
  private onMet: (() => void) | undefined;

  constructor() {
    this.plan = new Promise((resolve) => {
      process.on('message', (message: ToPeer) => {
        if (message.type === 'plan') resolve(message.plan);
        else this.onMet?.();
      });
    });
  }

  meet(point: string): Promise<void> {
    const met = new Promise<void>((resolve) => (this.onMet = resolve));
    void this.send({ type: 'arrived', point });
    return met;
  }

  /** Resolves when the message has left, or nobody is there to get it. */
  send(message: FromPeer): Promise<void> {
    return new Promise((resolve) => {
      if (!process.connected) return resolve();
      process.send?.(message, undefined, undefined, () => resolve());
    });
  }
}
