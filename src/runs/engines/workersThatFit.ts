/** How many workers may compute stages side by side: as many as are wanted, and as memory and devices allow. */
import { freemem } from 'node:os';
import { trainingBytes } from '../../shared/experiment/checks/size';
import { isTrained } from '../../shared/experiment/training';
import { activationBytes, parameterCount } from '../../shared/experiment/layers';
import type { Experiment, TrainedPretraining } from '../../shared/experiment/schema';
import { isFineTuning } from '../../shared/experiment/transferSchema';
import { formatBytes, formatNumberOf } from '../../shared/views/formatNumbers';

/** Node, the runtime, decoded images and features, before anything is trained. Measured: 0.3 to 0.5 GB. */
const BASE_BYTES = 500 * 1024 * 1024;
/** Share of the free memory that workers may fill. */
const USABLE = 0.8;
/** Weights, gradients, momentum. */
const COPIES = 3;

export interface Machine {
  /** Bytes that are free, a container's limit included. */
  readonly free: number;
  /** Graphics processors; of no account on the processor. */
  readonly gpus: readonly string[];
}

/** `said`: why there are fewer than wanted. */
export interface Fitting {
  readonly workers: number;
  readonly said?: string;
}

/**
 * Each worker is taken to need a fixed part and what the largest training of the experiment needs: weights in three copies
 * (four with a key encoder), the queue, and the activations of one batch, as often as the training has processes. One
 * graphics processor serves one process.
 */
export function workersThatFit(
  wanted: number,
  experiment: Experiment | undefined,
  { runtime, stages, machine }: { readonly runtime: string; readonly stages: number; readonly machine: Machine },
): Fitting {
  const busy = Math.min(wanted, Math.max(1, stages));
  if (runtime === 'tensorflow-gpu' || runtime === 'webgpu') {
    const processes = Math.max(1, ...trainings(experiment).map((training) => training.processes));
    const devices = Math.floor(machine.gpus.length / processes);
    const workers = Math.min(busy, Math.max(1, runtime === 'webgpu' ? 1 : devices));
    const share = processes === 1 ? 'one for each graphics processor' : `each needs ${processes} graphics processors`;
    return workers === busy ? { workers } : { workers, said: `${workers} of ${wanted} workers: ${share}` };
  }
  const each = Math.max(BASE_BYTES, experiment ? largestTraining(experiment) : 0);
  // The first worker runs in any case; a run that does not fit by itself is told by the experiment's checks.
  const workers = Math.max(1, Math.min(busy, Math.floor((USABLE * machine.free) / each)));
  if (workers === busy) return { workers };
  const said = `${workers} of ${formatNumberOf(wanted, 'worker')}: each needs about ${formatBytes(each)}, and ${formatBytes(machine.free)} are free`;
  return { workers, said };
}

function trainings(experiment: Experiment | undefined): readonly TrainedPretraining[] {
  return experiment?.pretrainings.filter(isTrained) ?? [];
}

/** Bytes with everything that its processes need. */
function largestTraining(experiment: Experiment): number {
  const { transfers, backbone } = experiment;
  const trained = trainings(experiment).map((pretraining) => {
    const { processes, batch } = pretraining;
    const { fixed, perImage } = trainingBytes(pretraining, backbone);
    const exchanged = processes > 1 ? (processes + 1) * 4 * parameterCount(backbone) : 0;
    return processes * (BASE_BYTES + fixed + batch * perImage) + exchanged;
  });
  const tuned = transfers.filter(isFineTuning).map(({ batch, imageSize }) => {
    return BASE_BYTES + COPIES * 4 * parameterCount(backbone) + batch * activationBytes(backbone, imageSize, 1);
  });
  return Math.max(0, ...trained, ...tuned);
}

export function thisMachine(environment: NodeJS.ProcessEnv = process.env): Machine {
  const allowed = process.constrainedMemory?.() || Infinity;
  const visible = environment.CUDA_VISIBLE_DEVICES;
  return {
    free: Math.min(freemem(), allowed),
    // Without a list there is one that everybody may use.
    gpus: visible === undefined || visible === '' ? ['0'] : visible.split(','),
  };
}
