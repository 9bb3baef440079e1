/**
 * The softmax over one positive key and a queue that MoCo, exemplar, SupCon and InstDisc's softmax form share.
 * They differ in two 0/1 masks only: which queue entries are removed, and which are further positives.
 * One operation that makes the gradient along with the loss: the tape then keeps [N, D] instead of several [N, K].
 * On wasm a product with a transposed second factor is five times slower than transposing first.
 * Left out: any gradient to keys or queue (they are constants).
 */
import * as tf from '@tensorflow/tfjs-core';
import { reportMatch } from '../ops/observe';
import { defineOperation } from '../ops/operation';

export interface ContrastiveInput {
  /** [N, D], L2-normalised; the only input that receives a gradient. */
  readonly queries: tf.Tensor2D;
  /** [N, D], L2-normalised: the positive of each query. */
  readonly keys: tf.Tensor2D;
  /** [K, D], L2-normalised. */
  readonly queue: tf.Tensor2D;
  /** tau > 0. */
  readonly temperature: number;
  /** [K], places of the entries in a memory of which they are a part; for reports alone. */
  readonly places?: Int32Array;
}

/** Tensors belong to the caller (or to the surrounding tidy; `tf.keep` the last two to use them after a gradient). */
export type ContrastiveOutput = {
  /** Mean over the batch. */
  readonly loss: tf.Scalar;
  /** [N]: logit of the query's own key, q·k / tau. No gradient. */
  readonly positive: tf.Tensor1D;
  /** [N]: largest logit among the true negatives, about -1e30 where none is left. No gradient. */
  readonly hardestNegative: tf.Tensor1D;
};

export interface ContrastiveMasks {
  /** [N, K], 1 where the entry takes no part at all. */
  readonly removed?: tf.Tensor2D;
  /** [N, K], 1 where the entry is a further positive. */
  readonly positives?: tf.Tensor2D;
}

/** Finite, so that 0 · it is 0 and no NaN arises; exp of it is exactly 0 and adding any logit leaves it unchanged. */
const REMOVED_LOGIT = -1e30;

const comparison = defineOperation<{ readonly temperature: number }>({
  name: 'Transferscope.ContrastiveSoftmax',
  portable: (inputs, { temperature }) => {
    const { queries, keys, queue, removed, positives } = inputs as unknown as ComparisonInputs;
    const own = tf.div(tf.sum(tf.mul(queries, keys), 1, true), temperature); // [N, 1]
    const products = tf.div(tf.matMul(queries, tf.transpose(queue)), temperature); // [N, K]
    const others = removed ? tf.add(products, tf.mul(removed, REMOVED_LOGIT)) : products;
    const top = tf.maximum(own, tf.max(others, 1, true)); // [N, 1]
    const ownExp = tf.exp(tf.sub(own, top)); // [N, 1]
    const otherExp = tf.exp(tf.sub(others, top)); // [N, K]
    const total = tf.add(ownExp, tf.sum(otherExp, 1, true)); // [N, 1]
    const count = positives ? tf.add(tf.sum(positives, 1, true), 1) : tf.onesLike(own); // [N, 1], 1 + |P|
    const attracted = positives ? tf.add(own, tf.sum(tf.mul(positives, products), 1, true)) : own;
    const loss = tf.mean(tf.sub(tf.add(tf.log(total), top), tf.div(attracted, count)));
    const negatives = positives ? tf.add(others, tf.mul(positives, REMOVED_LOGIT)) : others;
    const softmax = tf.div<tf.Tensor2D>(otherExp, total); // [N, K]
    const weights = positives ? tf.sub<tf.Tensor2D>(softmax, tf.div(positives, count)) : softmax;
    const ownWeight = tf.sub(tf.div(ownExp, total), tf.div(1, count)); // [N, 1]
    const pulled = tf.add(tf.mul(ownWeight, keys), tf.matMul(weights, queue)); // [N, D]
    const slope = tf.div(pulled, temperature * queries.shape[0]);
    return [loss, tf.squeeze(own, [1]), tf.max(negatives, 1), slope];
  },
  gradient: {
    saveInputs: [],
    saveOutputs: [false, false, false, true],
    backward: ([dy], [slope]) => ({ queries: () => tf.mul(slope!, dy!) }),
  },
});

interface ComparisonInputs extends ContrastiveMasks {
  readonly queries: tf.Tensor2D;
  readonly keys: tf.Tensor2D;
  readonly queue: tf.Tensor2D;
}

/**
 * Cross-entropy between the softmax over {key, queue} and the uniform distribution over the positives.
 *
 *   s+ = q·k/tau,  s_j = q·queue_j/tau,  Z = exp(s+) + Σ_{j not removed} exp(s_j),  P = further positives
 *   loss = mean over N of  log Z - (s+ + Σ_{j in P} s_j) / (1 + |P|)
 *   dloss/dq = 1/(N tau) [ Σ_j p_j queue_j + p+ k - (k + Σ_{j in P} queue_j) / (1 + |P|) ],  p = softmax
 */
export function contrastiveSoftmax(input: ContrastiveInput, masks: ContrastiveMasks = {}): ContrastiveOutput {
  const { queries, keys, queue, temperature, places } = input;
  const told = { queries, keys, entries: queue, temperature, ...masks };
  reportMatch(() => ({ kind: 'contrast', ...told, ...(places && { places }) }));
  const given = Object.entries({ queries, keys, queue, ...masks }).filter(([, tensor]) => tensor !== undefined);
  const [loss, positive, hardestNegative, slope] = comparison(Object.fromEntries(given), { temperature });
  slope!.dispose(); // The tape holds its own reference.
  return { loss, positive, hardestNegative } as ContrastiveOutput;
}

/**
 * 1 where a queue entry has the query's class, else 0: [N, K]. Negative labels mean "unknown" and match nothing.
 * Composed of subtractions because `equal` with broadcasting is slow on wasm; exact for labels below 2^24.
 */
export function sameClass(labels: ArrayLike<number>, queueLabels: ArrayLike<number>): tf.Tensor2D {
  return tf.tidy(() => {
    // Two different stand-ins for "unknown", so that two unknowns differ as well.
    const rows = tf.tensor2d(
      Float32Array.from(labels, (label) => (label < 0 ? -2 : label)),
      [labels.length, 1],
    );
    const columns = tf.tensor2d(
      Float32Array.from(queueLabels, (label) => (label < 0 ? -1 : label)),
      [1, queueLabels.length],
    );
    const distance = tf.abs(tf.sub(rows, columns)); // [N, K], integers
    return tf.sub(1, tf.clipByValue(distance, 0, 1)) as tf.Tensor2D;
  });
}
