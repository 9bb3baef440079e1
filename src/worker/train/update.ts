/** One update of a training: the gradients of the parts of its batch, their mean, the optimiser's step. */
import * as tf from '@tensorflow/tfjs-core';
import { requireWorkingRuntime } from '../runtimes/runtimeFailure';
import { createAdam } from './adam';
import { clipGradients, gradientNorm } from './clipGradients';
import { createGradientSums } from './gradientSums';
import type { LossTerms } from './lossMeter';
import { createOptimizer, type Optimizer } from './optimizer';
import { gatherFloats, ownParts } from './peers';
import type { LoopSettings, StepResult, TrainingTask } from './trainingTask';

export interface UpdateOptions<Batch> {
  readonly task: TrainingTask<Batch>;
  readonly settings: LoopSettings;
  readonly optimizer: Optimizer;
  /** Told how long each batch was waited for. */
  readonly onWait?: (milliseconds: number) => void;
}

export interface UpdateRequest {
  /** Updates made before this one. */
  readonly step: number;
  readonly rate: number;
  readonly isNormWanted: boolean;
  /** Takes the losses of all parts, in their order, before the weights move. */
  readonly onLosses: (parts: readonly LossTerms[]) => void;
  /** Sees the mean over the parts before it is clipped and before the weights move. */
  readonly onGradients?: (gradients: ReadonlyMap<string, tf.Tensor>) => Promise<void>;
}

export function createTaskOptimizer<Batch>({ parameters }: TrainingTask<Batch>, settings: LoopSettings): Optimizer {
  const { optimizer } = settings;
  return optimizer.kind === 'adam' ? createAdam(parameters, optimizer) : createOptimizer(parameters, optimizer);
}

/** Moves the weights once. Returns the length of all gradients together where it is wanted. */
export async function takeUpdate<Batch>(
  options: UpdateOptions<Batch>,
  request: UpdateRequest,
): Promise<number | undefined> {
  const { task, settings, optimizer } = options;
  const { accumulate, clipNorm } = settings;
  const { step, rate, isNormWanted, onLosses, onGradients } = request;
  const batches: Batch[] = [];
  const losses: LossTerms[] = [];
  const sums = createGradientSums(task.parameters, task.peers);
  let norm: number | undefined;
  try {
    await task.beginUpdate?.(step);
    for (const part of ownParts(accumulate, task.peers)) {
      const { batch, result } = await takePart(options, step, part);
      batches.push(batch);
      losses.push(result.losses);
      await sums.add(result.gradients);
    }
    onLosses(await shareLosses(losses, task));
    requireWorkingRuntime();
    const gradients = await sums.takeMean(accumulate);
    try {
      if (isNormWanted) norm = await gradientNorm(gradients);
      await onGradients?.(gradients);
      if (clipNorm > 0) clipGradients(gradients, clipNorm);
      optimizer.step(gradients, rate);
    } finally {
      tf.dispose([...gradients.values()]);
    }
  } finally {
    sums.dispose();
  }
  await task.afterUpdate?.(batches);
  return norm;
}

async function takePart<Batch>(
  { task, onWait }: UpdateOptions<Batch>,
  step: number,
  part: number,
): Promise<{ batch: Batch; result: StepResult }> {
  const asked = performance.now();
  const batch = await task.nextBatch(step, part);
  onWait?.(performance.now() - asked);
  try {
    return { batch, result: await task.step(batch, step, part) };
  } finally {
    task.disposeBatch(batch);
  }
}

/** Losses of all parts where other processes made some of them; then as numbers. */
async function shareLosses<Batch>(
  own: readonly LossTerms[],
  { peers }: TrainingTask<Batch>,
): Promise<readonly LossTerms[]> {
  if (!peers) return own;
  const all: LossTerms[] = [];
  for (const terms of own) {
    const names = Object.keys(terms);
    const values = Float32Array.from(await Promise.all(names.map((name) => valueOf(terms[name]!))));
    for (const theirs of await gatherFloats(peers, values))
      all.push(Object.fromEntries(names.map((name, i) => [name, theirs[i]!])));
  }
  return all;
}

async function valueOf(term: number | tf.Scalar): Promise<number> {
  if (typeof term === 'number') return term;
  const [value] = await term.data();
  term.dispose();
  return value!;
}
