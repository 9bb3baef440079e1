/** A pretraining method as the training loop sees it: augmented batches, its learner, its diagnostics, what a checkpoint holds. */
import * as tf from '@tensorflow/tfjs-core';
import type { TrainedPretraining } from '../../shared/experiment/schema';
import type { AugmentedBatch, AugmentPool } from '../augment/augmentPool';
import { prefetchBatches, type BatchPrefetch } from '../augment/prefetch';
import { batchIndices } from '../data/batchOrder';
import type { Dataset } from '../data/dataset';
import { joinStates, splitState, weightState, type SavedState } from '../models/savedState';
import type { StageContext } from '../stageContext';
import type { Measurement, StepResult, TrainingTask } from '../train/trainingTask';
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

/** Batches asked for ahead of the one in use: as many as this many bytes hold, within limits. */
const PREFETCH = { bytes: 512 * 2 ** 20, least: 1, most: 3 } as const;

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
    this.prefetch = prefetchBatches(parts.pool, (number) => this.request(number), this.prefetchDepth());
  }

  async nextBatch(step: number, part: number): Promise<LearnerBatch> {
    const augmented = await this.prefetch.next(step * this.parts.settings.accumulate + part);
    this.reportProblems(augmented);
    return this.toBatch(augmented, step, part);
  }

  async step(batch: LearnerBatch): Promise<StepResult> {
    const { loss, gradients } = await this.parts.learner.step(batch);
    return { losses: { loss }, gradients };
  }

  afterUpdate(batches: readonly LearnerBatch[]): Promise<void> {
    return this.parts.learner.afterUpdate(batches);
  }

  disposeBatch(batch: LearnerBatch): void {
    tf.dispose([...batch.views]);
  }

  eventAt(step: number): string | undefined {
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

  private prefetchDepth(): number {
    const { settings, learner } = this.parts;
    const bytes = learner.views * settings.batch * settings.imageSize ** 2 * 3 * Float32Array.BYTES_PER_ELEMENT;
    return Math.min(PREFETCH.most, Math.max(PREFETCH.least, Math.floor(PREFETCH.bytes / bytes)));
  }

  /** A part of an update's batch, by a number that counts parts: what is in the batch does not depend on how it is cut. */
  private request(number: number) {
    const { settings, dataset, learner, steps, context } = this.parts;
    const { batch, accumulate } = settings;
    const step = Math.floor(number / accumulate);
    if (step >= steps.total) return undefined;
    const { seed } = context;
    const whole = batchIndices({ length: dataset.length, batch: batch * accumulate, seed, step });
    const first = (number % accumulate) * batch;
    return { seed, step, indices: whole.slice(first, first + batch), views: learner.views };
  }

  private toBatch({ indices, views }: AugmentedBatch, step: number, part: number): LearnerBatch {
    const { settings, dataset } = this.parts;
    const { imageSize: size } = settings;
    const labels = Int32Array.from(indices, (index) => dataset.labels[index]!);
    return {
      // The views lie in shared memory; the runtime wants its own copy.
      views: views.map((view) => tf.tensor4d(view.slice(), [indices.length, size, size, 3])),
      ...{ indices, labels, step, part },
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
