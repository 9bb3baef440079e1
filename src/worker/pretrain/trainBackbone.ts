/** Trains a backbone by a pretraining method: the method's learner, its data and the settings of its loop, put together. */
import { augmentationPolicy } from '../../shared/experiment/augmentation';
import type { BackboneSettings, TrainedPretraining } from '../../shared/experiment/schema';
import { effectiveBatch } from '../../shared/experiment/effectiveBatch';
import { UserError } from '../../shared/errors';
import { createAugmentPool } from '../augment/augmentPool';
import type { Dataset } from '../data/dataset';
import type { StageContext } from '../stageContext';
import { runTrainingLoop } from '../train/trainingLoop';
import type { LoopSettings, Trained } from '../train/trainingTask';
import { createLearner } from './createLearner';
import type { Learner } from './learner';
import { PretrainingTask } from './pretrainingTask';

export interface TrainedBackbone extends Trained {
  /** The caller disposes it. */
  readonly learner: Learner;
  readonly steps: number;
  readonly notes: readonly string[];
}

/** Updates of a training: `steps` as written, or `epochs` times the whole effective batches of an epoch. */
export function countSteps(settings: TrainedPretraining, images: number): { total: number; perEpoch: number } {
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

export async function trainBackbone(
  settings: TrainedPretraining,
  plan: { readonly backbone: BackboneSettings; readonly dataset: Dataset },
  context: StageContext,
): Promise<TrainedBackbone> {
  const { dataset } = plan;
  const size = settings.imageSize;
  const steps = countSteps(settings, dataset.length);
  const learner = createLearner(settings, { ...plan, seed: context.seed });
  const ops = augmentationPolicy(settings.augment, { size });
  const pool = createAugmentPool({ store: dataset.store, ops, size, threads: context.threads });
  try {
    const task = new PretrainingTask({ settings, dataset, learner, pool, steps, context });
    const trained = await runTrainingLoop(task, loopSettings(settings, steps.total), context);
    return { ...trained, learner, steps: steps.total, notes: task.notes() };
  } catch (error) {
    learner.dispose();
    throw error;
  } finally {
    await pool.close();
  }
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
