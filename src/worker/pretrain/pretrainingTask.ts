/** A pretraining method as the training loop sees it: augmented batches, its learner, its diagnostics, what a checkpoint holds. */
import * as tf from '@tensorflow/tfjs-core';
import type { TrainedPretraining } from '../../shared/experiment/schema';
import type { AugmentedBatch, AugmentPool } from '../augment/augmentPool';
import { prefetchBatches, type BatchPrefetch } from '../augment/prefetch';
import { batchIndices } from '../data/batchOrder';
import type { Dataset } from '../data/dataset';
import { joinStates, splitState, weightState, type SavedState } from '../models/savedState';
import type { StageContext } from '../stageContext';
import type { Measurement, StepResult, TrainingTask } from '../train/trainingLoop';
import type { Learner, LearnerBatch } from './learner';
import { Monitor } from './monitor';

export interface PretrainingTaskParts {
  readonly settings: TrainedPretraining;
  readonly dataset: Dataset;
  readonly learner: Learner;
  /** Stays the caller's, as the learner does. */
  readonly pool: AugmentPool;
  readonly steps: { readonly total: number; readonly perEpoch: number };
  readonly context: Pick<StageContext, 'seed' | 'warn'>;
}

/** Batches asked for ahead of the one in use. */
const PREFETCH = 2;

export class PretrainingTask implements TrainingTask<LearnerBatch> {
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly stepsPerEpoch: number;
  private readonly prefetch: BatchPrefetch;
  private readonly monitor: Monitor;
  /** Images that were reported as unreadable. */
  private readonly reported = new Set<string>();

  constructor(private readonly parts: PretrainingTaskParts) {
    this.parameters = parts.learner.parameters;
    this.stepsPerEpoch = parts.steps.perEpoch;
    this.monitor = new Monitor(parts.settings, parts.dataset, parts.pool);
    this.prefetch = prefetchBatches(parts.pool, (step) => this.request(step), PREFETCH);
  }

  async nextBatch(step: number): Promise<LearnerBatch> {
    const augmented = await this.prefetch.next(step);
    this.reportProblems(augmented);
    return this.toBatch(augmented, step);
  }

  async step(batch: LearnerBatch): Promise<StepResult> {
    const { loss, gradients } = await this.parts.learner.step(batch);
    return { losses: { loss }, gradients };
  }

  afterUpdate(batch: LearnerBatch): Promise<void> {
    return this.parts.learner.afterUpdate(batch);
  }

  disposeBatch(batch: LearnerBatch): void {
    tf.dispose([...batch.views]);
  }

  eventAt(step: number): Promise<string | undefined> {
    return this.monitor.queueEvent(this.parts.learner, step);
  }

  async measure(step: number): Promise<Measurement> {
    const { learner } = this.parts;
    const measured = await this.monitor.measure(learner, step);
    return { ...measured, metrics: { ...(await learner.figures()), ...measured.metrics } };
  }

  /** What the record should say about the whole training. */
  notes(): string[] {
    return this.monitor.notes();
  }

  async exportState(): Promise<SavedState> {
    const { learner } = this.parts;
    return joinStates({
      backbone: await weightState(learner.backbone.weights),
      learner: await learner.exportState(),
      monitor: this.monitor.exportState(),
    });
  }

  importState(state: SavedState): void {
    const { learner } = this.parts;
    learner.backbone.weights.importTensors(splitState('backbone', state).tensors);
    learner.importState(splitState('learner', state));
    this.monitor.importState(splitState('monitor', state));
  }

  private request(step: number) {
    const { settings, dataset, learner, steps, context } = this.parts;
    if (step >= steps.total) return undefined;
    const indices = batchIndices({ length: dataset.length, batch: settings.batch, seed: context.seed, step });
    return { seed: context.seed, step, indices, views: learner.views };
  }

  private toBatch({ indices, views }: AugmentedBatch, step: number): LearnerBatch {
    const { settings, dataset } = this.parts;
    const { imageSize: size } = settings;
    const labels = Int32Array.from(indices, (index) => dataset.labels[index]!);
    return {
      // The views lie in shared memory; the runtime wants its own copy.
      views: views.map((view) => tf.tensor4d(view.slice(), [indices.length, size, size, 3])),
      indices,
      labels,
      step,
    };
  }

  private reportProblems({ problems }: AugmentedBatch): void {
    for (const { index, message } of problems) {
      const name = this.parts.dataset.names[index] ?? `image ${index}`;
      if (this.reported.has(name)) continue;
      this.reported.add(name);
      this.parts.context.warn(`${name} cannot be read (${message}); another image takes its place`);
    }
  }
}
