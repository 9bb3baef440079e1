/** A pretraining method as the training loop sees it: augmented batches, its learner, its diagnostics, what a checkpoint holds. */
import * as tf from '@tensorflow/tfjs-core';
import type { TrainedPretraining } from '../../shared/experiment/schema';
import type { AugmentedBatch, AugmentPool, AugmentRequest } from '../augment/augmentPool';
import { prefetchBatches, type BatchPrefetch } from '../augment/prefetch';
import { batchIndices } from '../data/batchOrder';
import type { Dataset } from '../data/dataset';
import { joinStates, splitState, weightState, type SavedState } from '../models/savedState';
import type { StageContext } from '../stageContext';
import { gatherIntegers, ownParts, type Peers } from '../train/peers';
import type { Measurement, StepResult, TrainingTask } from '../train/trainingTask';
import type { Learner, LearnerBatch } from './learner';
import { encodeLearner } from './encodeLearner';
import { Monitor } from './monitor';

export interface PretrainingTaskParts {
  readonly settings: TrainedPretraining;
  readonly dataset: Dataset;
  readonly learner: Learner;
  /** Stays the caller's, as the learner does. */
  readonly pool: AugmentPool;
  readonly steps: { readonly total: number; readonly perEpoch: number };
  readonly context: Pick<StageContext, 'seed' | 'warn'>;
  /** The processes that share the parts of each update. */
  readonly peers?: Peers;
}

/** Batches asked for ahead of the one in use: as many as this many bytes hold, within limits. */
const PREFETCH = { bytes: 512 * 2 ** 20, least: 1, most: 3 } as const;

export class PretrainingTask implements TrainingTask<LearnerBatch> {
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly stepsPerEpoch: number;
  private readonly prefetch: BatchPrefetch;
  private readonly monitor: Monitor;
  /** The parts of an update that this process makes. */
  private readonly own: readonly number[];
  /** Images that were reported as unreadable. */
  private readonly reported = new Set<string>();

  constructor(private readonly parts: PretrainingTaskParts) {
    this.parameters = parts.learner.parameters;
    this.stepsPerEpoch = parts.steps.perEpoch;
    this.monitor = new Monitor(parts.settings, parts.dataset, parts.pool);
    this.own = ownParts(parts.settings.accumulate, parts.peers);
    this.prefetch = prefetchBatches(parts.pool, (number) => this.request(number), this.prefetchDepth());
  }

  get peers(): Peers | undefined {
    return this.parts.peers;
  }

  /** Where keys are shuffled over several parts, all of them are encoded before the first query is. */
  async beginUpdate(step: number): Promise<void> {
    const { keys } = this.parts.learner;
    if (!this.encodesKeysFirst || !keys) return;
    for (const round of this.own.keys()) {
      const { indices, views } = await this.prefetch.next(this.number(step, { isKeys: true, round }));
      const images = this.toTensor(views[0]!, indices.length);
      keys.encode(images);
      images.dispose();
    }
    await keys.finish(step);
  }

  async nextBatch(step: number, part: number): Promise<LearnerBatch> {
    const augmented = await this.prefetch.next(this.number(step, { isKeys: false, round: this.own.indexOf(part) }));
    this.reportProblems(augmented);
    return this.toBatch(augmented, step, part);
  }

  async step(batch: LearnerBatch): Promise<StepResult> {
    const { loss, gradients } = await this.parts.learner.step(batch);
    return { losses: { loss }, gradients };
  }

  async afterUpdate(batches: readonly LearnerBatch[]): Promise<void> {
    const { learner, peers } = this.parts;
    await learner.gatherParts();
    await learner.afterUpdate(peers ? await this.allBatches(batches, peers) : batches);
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

  encodeWeights(step: number): Promise<Uint8Array> {
    return encodeLearner(this.parts.learner, `step ${step}`);
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

  private get encodesKeysFirst(): boolean {
    return this.parts.learner.keys !== undefined && this.parts.settings.accumulate > 1;
  }

  private get views(): number {
    return this.encodesKeysFirst ? 1 : this.parts.learner.views;
  }

  private prefetchDepth(): number {
    const { settings } = this.parts;
    const bytes = this.views * settings.batch * settings.imageSize ** 2 * 3 * Float32Array.BYTES_PER_ELEMENT;
    return Math.min(PREFETCH.most, Math.max(PREFETCH.least, Math.floor(PREFETCH.bytes / bytes)));
  }

  /** Counts what this process asks the pool for: of each update the parts of keys, if they are apart, then its parts. */
  private number(step: number, { isKeys, round }: { readonly isKeys: boolean; readonly round: number }): number {
    const rounds = this.own.length;
    const perUpdate = this.encodesKeysFirst ? 2 * rounds : rounds;
    return step * perUpdate + (this.encodesKeysFirst && !isKeys ? rounds : 0) + round;
  }

  /** A part of an update's batch, by its number: what is in the batch does not depend on how it is cut. */
  private request(number: number): AugmentRequest | undefined {
    const { settings, dataset, steps, context, learner } = this.parts;
    const { batch, accumulate } = settings;
    const perUpdate = this.number(1, { isKeys: true, round: 0 });
    const step = Math.floor(number / perUpdate);
    if (step >= steps.total) return undefined;
    const { seed } = context;
    const whole = batchIndices({ length: dataset.length, batch: batch * accumulate, seed, step });
    const place = number % perUpdate;
    const first = this.own[place % this.own.length]! * batch;
    if (!this.encodesKeysFirst || place >= this.own.length)
      return { seed, step, indices: whole.slice(first, first + batch), views: this.views };
    const shuffled = learner.keys!.order(step, whole.length).subarray(first, first + batch);
    return { seed, step, indices: Uint32Array.from(shuffled, (row) => whole[row]!), views: 1, firstView: 1 };
  }

  private toTensor(view: Float32Array, rows: number): tf.Tensor4D {
    const { imageSize: size } = this.parts.settings;
    // The views lie in shared memory; the runtime wants its own copy.
    return tf.tensor4d(view.slice(), [rows, size, size, 3]);
  }

  private toBatch({ indices, views }: AugmentedBatch, step: number, part: number): LearnerBatch {
    const labels = Int32Array.from(indices, (index) => this.parts.dataset.labels[index]!);
    return { views: views.map((view) => this.toTensor(view, indices.length)), indices, labels, step, part };
  }

  /** All parts of an update in order, with those that other processes made, without views. */
  private async allBatches(own: readonly LearnerBatch[], peers: Peers): Promise<LearnerBatch[]> {
    const all: LearnerBatch[] = [];
    for (const { indices, labels, step } of own) {
      for (const theirs of await gatherIntegers(peers, Int32Array.of(...indices, ...labels))) {
        const read = {
          indices: Uint32Array.from(theirs.subarray(0, indices.length)),
          labels: theirs.slice(indices.length),
        };
        all.push({ views: [], ...read, step, part: all.length });
      }
    }
    return all;
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
