/** Starts the processes that share the updates of a pretraining with this one, each with its device or share of the cores. */
import { fileURLToPath } from 'node:url';
import { Cancelled, UserError } from '../../shared/errors';
import { featureSize, parameterCount } from '../../shared/experiment/layers';
import type { BackboneSettings, TrainedPretraining } from '../../shared/experiment/schema';
import type { Dataset } from '../data/dataset';
import { digestDataset } from '../data/digestDataset';
import { deviceOf, visibleDevices } from '../runtimes/devices';
import { limitWasmThreads } from '../runtimes/wasm/startWasm';
import { usableThreads } from '../runtimes/wasm/usableThreads';
import type { StageContext } from '../stageContext';
import { PeerFiles, makePeerFolder, removePeerFolder } from '../train/peerFiles';
import type { Peers } from '../train/peers';
import { STATE_FILE } from '../train/trainingState';
import { PeerHub } from './peerHub';
import type { PeerPlan } from './peerMessages';

export interface StartedPeers {
  readonly peers: Peers;
  /** Ends the other processes. */
  close(): Promise<void>;
}

/** Resolves when all of them are ready. Throws what keeps one from it, after ending the others. */
export async function startPeers(
  settings: TrainedPretraining,
  { backbone, dataset }: { readonly backbone: BackboneSettings; readonly dataset: Dataset },
  context: StageContext,
): Promise<StartedPeers> {
  const { processes: count, id } = settings;
  requireDevices(count, context.runtime);
  const folder = makePeerFolder(parameterCount(backbone, headOutputs(settings, backbone, dataset)), count);
  const hub = new PeerHub({ id, entry: workerEntry(), warn: context.warn });
  const peers = new PeerFiles({ rank: 0, count, folder, meet: (point) => hub.meet(point) });
  const threads = Math.max(1, Math.floor(usableThreads() / count));
  const giveBackThreads = limitWasmThreads(threads);
  const close = async (): Promise<void> => {
    await hub.close();
    peers.close();
    removePeerFolder(folder);
    giveBackThreads();
  };
  const stop = (): void => hub.fail(new Cancelled());
  context.signal.addEventListener('abort', stop);
  try {
    for (let rank = 1; rank < count; rank++) {
      const plan: PeerPlan = {
        ...{ rank, count, settings, backbone, folder, seed: context.seed, runtime: context.runtime },
        ...{ data: context.data.settings, baseDir: context.baseDir, threads: context.threads },
        digest: digestDataset(dataset),
        stateFile: context.stages.file(context.key, STATE_FILE),
      };
      const device = context.runtime === 'tensorflow-gpu' ? { CUDA_VISIBLE_DEVICES: deviceOf(rank) } : {};
      hub.start({ plan, env: { ...process.env, TRANSFERSCOPE_THREADS: String(threads), ...device } });
    }
    await hub.meet('ready');
    // Everybody has the files open; without names they vanish with the processes.
    removePeerFolder(folder);
    return { peers, close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    // From here on a wish to stop waits for the end of the step, and a checkpoint.
    context.signal.removeEventListener('abort', stop);
  }
}

/** At least as many as the method's head has: the classes, or the hidden and last units of a projection. */
function headOutputs({ method }: TrainedPretraining, backbone: BackboneSettings, { classes }: Dataset): number {
  return method === 'supervised' ? classes.length : featureSize(backbone) + 256;
}

/** The worker's program, which is also theirs. */
function workerEntry(): string {
  return fileURLToPath(new URL('./worker.js', import.meta.url));
}

function requireDevices(count: number, runtime: string): void {
  if (runtime === 'webgpu')
    throw new UserError(
      'runtime',
      `the runtime webgpu cannot tell several devices apart; set \`processes: 1\` instead of ${count}, or use tensorflow-gpu`,
    );
  const devices = visibleDevices();
  if (runtime !== 'tensorflow-gpu' || devices === undefined || devices.length >= count) return;
  throw new UserError(
    'runtime',
    `${count} processes need a graphics processor each, but ${devices.length} can be seen (CUDA_VISIBLE_DEVICES); ask for \`gpus: ${count}\`, or use \`processes: ${devices.length}\``,
  );
}
