/** A pretraining method with its learner, its data and the settings of its loop, put together as every process does it. */
import os from 'node:os';
import { augmentationPolicy } from '../../shared/experiment/augmentation';
import type { BackboneSettings, TrainedPretraining } from '../../shared/experiment/schema';
import { effectiveBatch } from '../../shared/experiment/effectiveBatch';
import { UserError } from '../../shared/errors';
import { createAugmentPool, type AugmentPool } from '../augment/augmentPool';
import type { KeptSnapshot } from '../../shared/results/records';
import type { Dataset } from '../data/dataset';
import type { StageContext } from '../stageContext';
import type { Peers } from '../train/peers';
import { snapshotFile } from '../train/snapshots';
import type { LoopSettings } from '../train/trainingTask';
import { createLearner } from './createLearner';
import type { Learner } from './learner';
import { PretrainingTask } from './pretrainingTask';

export interface Training {
  /** The caller disposes it. */
  readonly learner: Learner;
  /** The caller closes it. */
  readonly pool: AugmentPool;
  readonly task: PretrainingTask;
  readonly loop: LoopSettings;
  readonly snapshots: readonly KeptSnapshot[];
}

export interface TrainingPlan {
  readonly backbone: BackboneSettings;
  readonly dataset: Dataset;
  readonly context: Pick<StageContext, 'seed' | 'threads' | 'warn'>;
  /** The processes that share the parts of each update. */
  readonly peers?: Peers;
}

export function assembleTraining(settings: TrainedPretraining, plan: TrainingPlan): Training {
  const { backbone, dataset, context, peers } = plan;
  const size = settings.imageSize;
  const steps = countSteps(settings, dataset.length);
  const shared = peers && { peers };
  const learner = createLearner(settings, { backbone, dataset, seed: context.seed, ...shared });
  const ops = augmentationPolicy(settings.augment, { size });
  const threads = peers ? threadsOf(peers, context.threads) : context.threads;
  const pool = createAugmentPool({ store: dataset.store, ops, size, threads });
  const task = new PretrainingTask({ settings, dataset, learner, pool, steps, context, ...shared });
  const snapshots = snapshotsOf(settings, steps);
  const loop = { ...loopSettings(settings, steps.total), snapshots: snapshots.map(({ step }) => step) };
  return { learner, pool, task, loop, snapshots };
}

/** Threads for images of each process: its share of the cores, less the one that computes; no more than one process would have. */
function threadsOf({ count }: Peers, most: number): number {
  return Math.min(most, Math.max(1, Math.floor(os.availableParallelism() / count) - 1));
}

/** Updates of a training: `steps` as written, or `epochs` times the whole effective batches of an epoch. */
function countSteps(settings: TrainedPretraining, images: number): { total: number; perEpoch: number } {
  const batch = effectiveBatch(settings);
  const perEpoch = Math.floor(images / batch);
  if (perEpoch === 0) {
    throw new UserError(
      'config',
      `the batch of ${batch} is larger than the ${images} images of "${settings.data}" (${settings.split}); set batch to ${Math.floor(images / settings.accumulate)} or less`,
    );
  }
  return { total: settings.steps ?? Math.max(1, Math.round((settings.epochs ?? 1) * perEpoch)), perEpoch };
}

/** The updates after which weights are kept. An epoch's fraction is the nearest step, which may be the last. */
function snapshotsOf(settings: TrainedPretraining, steps: { total: number; perEpoch: number }): KeptSnapshot[] {
  return (settings.snapshots ?? []).map((at) => {
    const step = settings.steps === undefined ? Math.min(steps.total, Math.round(at * steps.perEpoch)) : at;
    return { at, step, file: snapshotFile(step) };
  });
}

function loopSettings(settings: TrainedPretraining, steps: number): LoopSettings {
  const { id, batch, accumulate, checkpointEvery, momentum, weightDecay, weightDecayExclude: exclude } = settings;
  return {
    ...{ id, steps, batch, accumulate, checkpointEvery, clipNorm: 0 },
    schedule: { ...settings.schedule, learningRate: settings.learningRate },
    optimizer: { kind: settings.optimizer, momentum, weightDecay, nesterov: false, exclude },
    logEvery: settings.monitor.every,
    evaluateEvery: 0,
    // The record follows at once.
    checkpointAtEnd: false,
  };
}
