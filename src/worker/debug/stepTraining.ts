/** A training that stands still between its updates: from its start, or from the checkpoint of a run, which stays as it is. */
import { UserError } from '../../shared/errors';
import type { BatchInspection } from '../../shared/results/batchInspection';
import { splitState } from '../models/savedState';
import { METRICS_FILE } from '../storage/metricsFile';
import { loadUsableState, STATE_FILE } from '../train/trainingState';
import { createTaskOptimizer } from '../train/update';
import type { StageContext } from '../stageContext';
import { inspectUpdate } from './inspectUpdate';
import type { TrainedStage } from './lookedAt';

/** Batches of one stage, one after the other. */
export interface Steps {
  readonly steps: number;
  readonly batch: number;
  readonly accumulate: number;
  /** Updates made before the first one looked at. */
  readonly startedAt: number;
  readonly isTrained: boolean;
  next(): Promise<BatchInspection>;
  dispose(): Promise<void>;
}

export interface SteppingOptions {
  readonly context: StageContext;
  readonly fromCheckpoint: boolean;
  /** Absolute path, for pictures. */
  readonly folder: string;
  /** Whether the runtime can read a tensor in the middle of a computation. */
  readonly readsAtOnce: boolean;
  /** What the stage warned of since the last call. */
  takeWarnings(): readonly string[];
}

/** Takes the stage over and disposes it with itself. */
export async function stepTraining<Batch>(stage: TrainedStage<Batch>, options: SteppingOptions): Promise<Steps> {
  const { task, loop } = stage;
  const optimizer = createTaskOptimizer(task, loop);
  const dispose = async (): Promise<void> => {
    optimizer.dispose();
    await stage.dispose();
  };
  try {
    const state = options.fromCheckpoint ? await loadCheckpoint(options.context) : undefined;
    if (state) {
      task.importState(splitState('task', state));
      optimizer.importState(splitState('optimizer', state));
    }
    const startedAt = state?.step ?? 0;
    let step = startedAt;
    const next = async (): Promise<BatchInspection> => {
      if (step >= loop.steps) throw ended(loop.steps);
      const inspection = await inspectUpdate({ ...options, stage, optimizer, step });
      step++;
      return inspection;
    };
    const { steps, batch, accumulate } = loop;
    return { steps, batch, accumulate, startedAt, isTrained: true, next, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function loadCheckpoint({ stages, key, warn }: StageContext) {
  return loadUsableState({ file: stages.file(key, STATE_FILE), metrics: stages.file(key, METRICS_FILE), warn });
}

function ended(steps: number): UserError {
  return new UserError('config', `this training ends after ${steps} updates, all of which were made; start over`);
}
