/**
 * What is measured while a pretraining runs, so that curves explain themselves: alignment, uniformity, effective rank,
 * nearest-neighbour accuracy, "queue full", collapse. Looks only: evaluation mode, no parameter or statistic moves.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { TrainedPretraining } from '../../shared/experiment/schema';
import { classifyByNeighbours, votedAccuracy } from '../../shared/math/knn';
import { rankMe, type Matrix } from '../../shared/math/rank';
import { alignment, collapseWarning, embeddingSpread, uniformity } from '../../shared/math/representation';
import { deriveRandom } from '../../shared/random';
import type { AugmentPool } from '../augment/augmentPool';
import type { Dataset } from '../data/dataset';
import type { SavedState } from '../models/savedState';
import { l2Normalize } from '../ops/normalize';
import type { Learner } from './learner';

export interface Measurement {
  readonly metrics: Record<string, number>;
  /** Shown beside the metrics, not kept in the record. */
  readonly curves: Record<string, number>;
  readonly warning?: string;
}

type Pooled = Matrix & { readonly data: Float32Array };

const NEIGHBOURS = 20;
const NEIGHBOUR_TEMPERATURE = 0.1;
const MONITOR_BATCH = 64;

export class Monitor {
  private queueWasFull = false;
  private collapsed = 0;
  /** Looked at each time: the same for every pretraining on the same data, so that curves compare. */
  private readonly indices: Uint32Array;

  constructor(
    private readonly settings: TrainedPretraining,
    private readonly dataset: Dataset,
    private readonly pool: AugmentPool,
  ) {
    // Drawn and not evenly spaced: data sets may interleave their classes.
    const count = Math.min(settings.monitor.images, dataset.length);
    this.indices = deriveRandom(0, 'monitor-images').permutation(dataset.length).slice(0, count);
  }

  async measure(learner: Learner, step: number): Promise<Measurement> {
    const { metrics, pooled } = await this.measureFeatures(learner);
    const pair = await learner.embeddings();
    if (pair) {
      metrics.alignment = alignment(pair.a, pair.b);
      metrics.uniformity = uniformity(pair.a);
    }
    const embeddings = pair?.a ?? pooled;
    const spread = embeddingSpread(embeddings);
    const warning = this.judge(embeddings, spread, step);
    return { metrics, curves: { spread }, ...(warning && { warning }) };
  }

  /** What the record should say about the whole training. */
  notes(): string[] {
    return this.collapsed >= 3
      ? ['the features looked collapsed at the end of training; see rankMe in the curves']
      : [];
  }

  exportState(): SavedState {
    const scalars = { queueWasFull: Number(this.queueWasFull), collapsed: this.collapsed };
    return { tensors: new Map(), scalars };
  }

  importState({ scalars }: SavedState): void {
    this.queueWasFull = scalars.queueWasFull === 1;
    this.collapsed = scalars.collapsed ?? 0;
  }

  /** Effective rank and nearest neighbours on pooled features of some images of the training split. */
  private async measureFeatures(learner: Learner): Promise<{ metrics: Record<string, number>; pooled: Pooled }> {
    const { indices } = this;
    const count = indices.length;
    const columns = learner.backbone.featureSize;
    const data = new Float32Array(count * columns);
    const size = this.settings.imageSize;
    for (let from = 0; from < count; from += MONITOR_BATCH) {
      const { views } = await this.pool.evalBatch(indices.subarray(from, from + MONITOR_BATCH));
      const rows = tf.tidy(() => {
        const images = tf.tensor4d(views[0]!.slice(), [views[0]!.length / (size * size * 3), size, size, 3]);
        return l2Normalize(learner.backbone.forward(images, { training: false }).pooled);
      });
      data.set((await rows.data()) as Float32Array, from * columns);
      rows.dispose();
    }
    const pooled = { data, rows: count, columns };
    const metrics: Record<string, number> = { rankMe: rankMe(pooled) };
    const canVote = this.dataset.classes.length > 1 && count > 1;
    if (this.settings.monitor.knn && canVote) metrics.knn = this.neighbourAccuracy(pooled);
    return { metrics, pooled };
  }

  /** The second half of the images is looked up in the first. */
  private neighbourAccuracy({ data, rows, columns }: Pooled): number {
    const labels = Int32Array.from(this.indices, (index) => this.dataset.labels[index]!);
    const half = Math.ceil(rows / 2);
    const votes = classifyByNeighbours({
      queries: data.slice(half * columns),
      bank: data.slice(0, half * columns),
      labels: labels.subarray(0, half),
      numClasses: this.dataset.classes.length,
      dimension: columns,
      k: NEIGHBOURS,
      temperature: NEIGHBOUR_TEMPERATURE,
    });
    return votedAccuracy(votes, labels.subarray(half), 1);
  }

  private judge(embeddings: Matrix, spread: number, step: number): string | undefined {
    const warning = collapseWarning({
      rankMe: rankMe(embeddings),
      spread,
      dimension: embeddings.columns,
      samples: embeddings.rows,
    });
    this.collapsed = warning === undefined ? 0 : this.collapsed + 1;
    // Young networks look collapsed for a moment: one warning, once it has been seen three times in a row.
    return this.collapsed === 3 ? `step ${step}: ${warning}` : undefined;
  }

  /** To be asked after every step, so that the annotation stands where the queue was filled. */
  queueEvent({ queueFill: fill }: Learner, step: number): string | undefined {
    if (this.queueWasFull) return undefined;
    if (fill === undefined) return undefined;
    if (fill < 1)
      return step === this.settings.monitor.every ? 'queue still filling: the loss rises until it is full' : undefined;
    this.queueWasFull = true;
    return 'queue full';
  }
}
