/**
 * Training a backbone further on a task: the settings of a fine-tuning and the task's losses, run by the training loop.
 * What a task computes from a batch is the task's; left out here: data, models, losses.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { FineTuningSettings } from '../../shared/experiment/transferSchema';
import type { LearningRateSchedule } from '../../shared/experiment/schedule';
import { joinStates, splitState, weightState, type SavedState } from '../models/savedState';
import type { WeightStore } from '../models/weightStore';
import type { StageContext } from '../stageContext';
import { runTrainingLoop } from './trainingLoop';
import type { LoopSettings, StepResult, Trained, TrainingTask } from './trainingTask';

/** One task as the loop sees it; Batch is the task's own. */
export interface FineTuneTask<Batch> {
  /** What is trained, by name; frozen weights are absent. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Factors on the learning rate by parameter name, 1 where absent. */
  readonly rateFactors?: ReadonlyMap<string, number>;
  /** Everything that training changes, buffers included, under distinct prefixes. */
  readonly weights: Readonly<Record<string, WeightStore>>;
  /** Batches that go once over the training images; for schedules and curves. */
  readonly stepsPerEpoch: number;
  /** A batch by its number, from 0; it depends on seed and number alone. `accumulate` of them make one update. */
  nextBatch(step: number): Promise<Batch>;
  /**
   * Loss terms of a batch, their sum under `loss`, what else is worth a curve, and gradients by parameter name, which the
   * loop disposes.
   */
  step(batch: Batch, step: number): Promise<StepResult>;
  disposeBatch(batch: Batch): void;
  /** Scores of the test split as the network is now, for the curves; changes nothing. */
  evaluate(): Promise<Readonly<Record<string, number>>>;
}

export type FineTuned = Trained;

/** `optimizer`: `sgd` when absent. */
export type FineTuneSettings = FineTuningSettings & { readonly id: string; readonly optimizer?: 'sgd' | 'adam' };

/** Trains a task to its last step, from its checkpoint where there is one. The task's weights hold the result. */
export function fineTune<Batch>(
  task: FineTuneTask<Batch>,
  settings: FineTuneSettings,
  context: StageContext,
): Promise<FineTuned> {
  return runTrainingLoop(asTrainingTask(task, settings.accumulate), fineTuneLoop(task, settings), context);
}

/** What the training loop goes by. */
export function fineTuneLoop<Batch>(task: FineTuneTask<Batch>, settings: FineTuneSettings): LoopSettings {
  const { momentum, weightDecay, weightDecayExclude: exclude } = settings;
  return {
    ...settings,
    schedule: fineTuneSchedule(settings),
    optimizer: {
      ...(settings.optimizer === 'adam'
        ? { kind: 'adam' as const, weightDecay, exclude }
        : { kind: 'sgd' as const, momentum, weightDecay, exclude }),
      ...(task.rateFactors && { rateFactors: task.rateFactors }),
    },
    // The test of the whole split comes after it.
    checkpointAtEnd: true,
  };
}

/** The schedule of the settings; the warm-up begins at a thousandth, as in detectron2. */
function fineTuneSchedule(settings: FineTuningSettings): LearningRateSchedule {
  const { learningRate, warmupSteps, milestones, gamma, power } = settings;
  const common = { learningRate, warmupSteps, warmupStart: 0.001, per: 'step' as const };
  switch (settings.schedule) {
    case 'constant':
      return { ...common, kind: 'constant' };
    case 'step':
      return { ...common, kind: 'step', milestones, gamma };
    case 'cosine':
      return { ...common, kind: 'cosine' };
    case 'poly':
      return { ...common, kind: 'poly', power };
  }
}

/** The task as the loop sees it: its batches are the loop's parts of a batch. */
export function asTrainingTask<Batch>(task: FineTuneTask<Batch>, parts: number): TrainingTask<Batch> {
  return {
    parameters: task.parameters,
    stepsPerEpoch: task.stepsPerEpoch / parts,
    nextBatch: (step, part) => task.nextBatch(step * parts + part),
    step: (batch, step, part) => task.step(batch, step * parts + part),
    disposeBatch: (batch) => task.disposeBatch(batch),
    measure: async (_, isScored) => ({ metrics: isScored ? await task.evaluate() : {} }),
    exportState: () => exportStores(task.weights),
    importState: (state) => {
      for (const [prefix, store] of Object.entries(task.weights))
        store.importTensors(splitState(prefix, state).tensors);
    },
  };
}

async function exportStores(stores: Readonly<Record<string, WeightStore>>): Promise<SavedState> {
  const parts: Record<string, SavedState> = {};
  for (const [prefix, store] of Object.entries(stores)) parts[prefix] = await weightState(store);
  return joinStates(parts);
}
