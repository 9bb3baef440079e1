/**
 * MoCo's queue of keys, with the class of each key beside it for the exemplar and SupCon losses.
 * He et al. 2019, arXiv 1911.05722, algorithm 1; label queue of Zhao et al. 2021, arXiv 2006.06606.
 * A ring: one pointer for keys and labels, so that the two cannot drift apart.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../shared/random';
import { readTensor, requireScalar, requireTensor, restoreVariable } from '../models/savedState';
import type { SavedState } from '../models/savedState';
import { drawUnitVectors } from './randomVectors';

export interface KeyQueueOptions {
  /** K. MoCo wants a multiple of the batch; other sizes wrap correctly as well. */
  readonly size: number;
  /** D. */
  readonly dimension: number;
  /** Draws the initial noise keys. */
  readonly random: Random;
}

export class KeyQueue {
  readonly size: number;
  readonly dimension: number;
  private readonly stored: tf.Variable;
  private readonly storedLabels: Int32Array;
  private next = 0;
  private count = 0;

  constructor({ size, dimension, random }: KeyQueueOptions) {
    this.size = size;
    this.dimension = dimension;
    this.storedLabels = new Int32Array(size).fill(-1);
    this.stored = tf.tidy(() => tf.variable(drawUnitVectors(random, size, dimension), false));
  }

  /** [K, D]; owned by the queue and valid until the next `enqueue`. */
  get keys(): tf.Tensor2D {
    return this.stored as tf.Tensor as tf.Tensor2D;
  }

  /** [K]; -1 for initial noise and for keys enqueued without labels. */
  get labels(): Int32Array {
    return this.storedLabels;
  }

  /** Where the next key goes. */
  get pointer(): number {
    return this.next;
  }

  /** Real keys held; below `size` the queue is still filling and the rest is noise. */
  get filled(): number {
    return this.count;
  }

  /** Replaces the oldest entries by `keys` [N, D]. Call it after the loss: a batch is no negative of itself. */
  enqueue(keys: tf.Tensor2D, labels?: ArrayLike<number>): void {
    const batch = keys.shape[0];
    if (labels && labels.length !== batch) throw new Error(`internal: ${batch} keys but ${labels.length} labels`);
    const kept = Math.min(batch, this.size);
    const skipped = batch - kept;
    const start = (this.next + skipped) % this.size;
    for (let i = 0; i < kept; i++) this.storedLabels[(start + i) % this.size] = labels ? labels[skipped + i]! : -1;
    tf.tidy(() => this.stored.assign(this.replaced(keys, { skipped, start, kept })));
    this.next = (this.next + batch) % this.size;
    this.count = Math.min(this.size, this.count + batch);
  }

  /** The ring with `kept` rows from `start` on overwritten by the rows of `keys` after the first `skipped`. */
  private replaced(
    keys: tf.Tensor2D,
    { skipped, start, kept }: Record<'skipped' | 'start' | 'kept', number>,
  ): tf.Tensor {
    const rows = (from: tf.Tensor2D, begin: number, length: number) =>
      tf.slice(from, [begin, 0], [length, this.dimension]);
    const wrapped = Math.max(0, start + kept - this.size);
    const straight = kept - wrapped;
    const parts = [
      rows(keys, skipped + straight, wrapped),
      rows(this.keys, wrapped, start - wrapped),
      rows(keys, skipped, straight),
      rows(this.keys, start + straight, this.size - start - straight),
    ].filter((part) => part.shape[0] > 0);
    return tf.concat(parts, 0); // [K, D]
  }

  async exportState(): Promise<SavedState> {
    const labels = { shape: [this.size], data: Float32Array.from(this.storedLabels) };
    const tensors = new Map([['keys', await readTensor(this.stored)] as const, ['labels', labels] as const]);
    return { tensors, scalars: { pointer: this.next, filled: this.count } };
  }

  importState(state: SavedState): void {
    const labels = requireTensor(state, 'labels', [this.size]).data;
    const [pointer, filled] = [requireScalar(state, 'pointer'), requireScalar(state, 'filled')];
    restoreVariable(this.stored, state, 'keys');
    this.storedLabels.set(labels);
    this.next = pointer;
    this.count = filled;
  }

  dispose(): void {
    this.stored.dispose();
  }
}
