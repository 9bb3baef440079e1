/**
 * Shuffling batch norm on one device: keys are encoded in another order than queries, so that split batch norm does not
 * show a query which group its positive was in. He et al. 2019, arXiv 1911.05722, section 3.3 and A.9.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../shared/random';

export interface Shuffle {
  /** Row i of the shuffled batch is row order[i] of the original one. */
  readonly order: Int32Array;
  /** Row i of the original batch is row inverse[i] of the shuffled one. */
  readonly inverse: Int32Array;
}

/** A uniform permutation of a batch and its inverse. */
export function drawShuffle(random: Random, count: number): Shuffle {
  const order = Int32Array.from(random.permutation(count));
  const inverse = new Int32Array(count);
  order.forEach((from, to) => (inverse[from] = to));
  return { order, inverse };
}

/** Rows of `batch` [N, ...] in the given order; not differentiable on every runtime. The caller disposes the result. */
export function takeRows<T extends tf.Tensor>(batch: T, order: Int32Array): T {
  return tf.tidy(() => tf.gather(batch, tf.tensor1d(order, 'int32')));
}
