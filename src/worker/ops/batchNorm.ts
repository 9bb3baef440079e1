/**
 * Batch normalisation (Ioffe & Szegedy 2015, arXiv 1502.03167, algorithm 1) as one operation with one gradient:
 *   x̂ = (x − μ) / √(σ² + ε),  y = γ x̂ + β;  with relu: y = max(γ x̂ + β + skip, 0)
 *   dx = γ / √(σ² + ε) · (dz − mean(dz) − x̂ · mean(dz x̂)),  dγ = Σ dz x̂,  dβ = Σ dz
 * μ and σ² (biased) are per channel over all rows of a group. `groups` > 1 is split batch norm: the batch is cut into
 * equal runs of images, each normalised by its own statistics, as if each were on a device of its own (MoCo, He et al.
 * 2020, arXiv 1911.05722, section 3.3, without the shuffling). Left out: a gradient through the returned statistics.
 */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

export interface BatchNormTrainingInput<T extends tf.Tensor> {
  /** [N, H, W, C] or [N, C]. */
  readonly x: T;
  /** Scale [C]. */
  readonly gamma: tf.Tensor1D;
  /** Shift [C]. */
  readonly beta: tf.Tensor1D;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
  /** Equal parts of the batch normalised apart. Must divide N. Default 1. */
  readonly groups?: number;
  /** Rectifies the result in the same pass. Default false. */
  readonly relu?: boolean;
  /** Added before the rectifier: the short cut of a residual block. Same shape as x. */
  readonly skip?: T;
}

export interface BatchNormTrainingOutput<T extends tf.Tensor> {
  readonly y: T;
  /** Batch mean [C], averaged over groups. */
  readonly mean: tf.Tensor1D;
  /** Biased batch variance [C], averaged over groups. */
  readonly variance: tf.Tensor1D;
  /** variance · M / (M − 1), M rows per group: what PyTorch folds into its running variance. */
  readonly unbiasedVariance: tf.Tensor1D;
}

export interface BatchNormAttributes {
  readonly epsilon: number;
  readonly groups: number;
  readonly relu: boolean;
  /** Whether there is a shortcut, so that its gradient is wanted. */
  readonly skip: boolean;
}

const gradientOperation = defineOperation<BatchNormAttributes>({
  name: 'Transferscope.BatchNormGradient',
  portable: portableGradient,
});

const operation = defineOperation<BatchNormAttributes>({
  name: 'Transferscope.BatchNorm',
  portable: portableForward,
  gradient: {
    saveInputs: ['x', 'gamma'],
    saveOutputs: [true, true, true],
    backward: ([dy], [x, gamma, y, mean, variance], attributes) => {
      const inputs = { dy: dy!, x: x!, gamma: gamma!, y: y!, mean: mean!, variance: variance! };
      const [dx, dGamma, dBeta, dSkip] = gradientOperation(inputs, attributes);
      return { x: () => dx!, gamma: () => dGamma!, beta: () => dBeta!, skip: () => tf.clone(dSkip!) };
    },
  },
});

/** Normalises by the batch's own statistics and returns them; see the header for formulas. */
export function batchNormTraining<T extends tf.Tensor>(input: BatchNormTrainingInput<T>): BatchNormTrainingOutput<T> {
  const { x, gamma, beta, epsilon = 1e-5, groups = 1, relu = false, skip } = input;
  const count = x.shape[0]!;
  if (count % groups !== 0) throw new Error(`internal: ${groups} batch-norm groups do not divide a batch of ${count}`);
  const inputs: Record<string, tf.Tensor> = skip ? { x, gamma, beta, skip } : { x, gamma, beta };
  const [y, groupMeans, groupVariances] = operation(inputs, { epsilon, groups, relu, skip: skip !== undefined }); // y; [G, C]; [G, C]
  const rows = x.size / x.shape[x.rank - 1]! / groups;
  const mean = tf.tidy(() => averageGroups(groupMeans!));
  const variance = tf.tidy(() => averageGroups(groupVariances!));
  const unbiasedVariance = tf.tidy(() => tf.mul<tf.Tensor1D>(variance, rows / Math.max(rows - 1, 1)));
  return { y: y as T, mean, variance, unbiasedVariance };
}

export interface BatchNormInferenceInput<T extends tf.Tensor> {
  /** [N, H, W, C] or [N, C]. */
  readonly x: T;
  readonly gamma: tf.Tensor1D;
  readonly beta: tf.Tensor1D;
  /** Running mean [C]. */
  readonly mean: tf.Tensor1D;
  /** Running variance [C]. */
  readonly variance: tf.Tensor1D;
  readonly epsilon?: number;
  /** Rectifies the result in the same pass. Default false. */
  readonly relu?: boolean;
  /** Added before the rectifier. Same shape as x. */
  readonly skip?: T;
}

export interface BatchNormInferenceAttributes {
  readonly epsilon: number;
  readonly relu: boolean;
}

const inferenceOperation = defineOperation<BatchNormInferenceAttributes>({
  name: 'Transferscope.BatchNormInference',
  portable: ({ x, gamma, beta, mean, variance, skip }, { epsilon, relu }) => {
    const scale = tf.mul(gamma!, tf.rsqrt(tf.add(variance!, epsilon)));
    let y = tf.add(tf.mul(tf.sub(x!, mean!), scale), beta!);
    if (skip) y = tf.add(y, skip);
    return relu ? tf.relu(y) : y;
  },
  gradient: {
    saveInputs: ['x', 'gamma', 'mean', 'variance'],
    saveOutputs: [true],
    backward: ([dy], [x, gamma, mean, variance, y], { epsilon, relu }) => {
      const dz = relu ? tf.mul(dy!, tf.step(y!)) : dy!;
      const inverse = tf.rsqrt(tf.add(variance!, epsilon));
      return {
        x: () => tf.mul(dz, tf.mul(gamma!, inverse)),
        gamma: () => tf.mul(columnSums(tf.mul(dz, tf.sub(x!, mean!))), inverse),
        beta: () => columnSums(dz),
        skip: () => tf.clone(dz),
        // Running statistics are measured, not learned.
        mean: () => tf.zerosLike(mean!),
        variance: () => tf.zerosLike(variance!),
      };
    },
  },
});

/**
 * y = γ (x − mean) / √(variance + ε) + β (+ skip), rectified if asked, with given statistics; differentiable in x, γ, β, skip.
 */
export function batchNormInference<T extends tf.Tensor>(input: BatchNormInferenceInput<T>): T {
  const { x, gamma, beta, mean, variance, epsilon = 1e-5, relu = false, skip } = input;
  const inputs: Record<string, tf.Tensor> = { x, gamma, beta, mean, variance, ...(skip ? { skip } : {}) };
  return inferenceOperation(inputs, { epsilon, relu })[0] as T;
}

/** Σ over all axes but the last, as a product with ones. */
function columnSums(values: tf.Tensor): tf.Tensor {
  const channels = values.shape[values.rank - 1]!;
  const rows = tf.reshape(values, [-1, channels]);
  return tf.reshape(tf.matMul(tf.ones([1, rows.shape[0]!]), rows), [channels]);
}

function averageGroups(values: tf.Tensor): tf.Tensor1D {
  return values.shape[0] === 1 ? tf.reshape(values, [-1]) : tf.mean<tf.Tensor1D>(values, 0);
}

function portableForward(
  { x, gamma, beta, skip }: Readonly<Record<string, tf.Tensor>>,
  { epsilon, groups, relu }: BatchNormAttributes,
): tf.Tensor[] {
  const channels = gamma!.size;
  const rows = tf.reshape(x!, [groups, -1, channels]); // [G, M, C]
  const mean = meanOfRows(rows); // [G, 1, C]
  const centred = tf.sub(rows, mean);
  const variance = meanOfRows(tf.square(centred));
  const scale = tf.mul(gamma!, tf.rsqrt(tf.add(variance, epsilon)));
  let y = tf.reshape(tf.add(tf.mul(centred, scale), beta!), x!.shape);
  if (skip) y = tf.add(y, skip);
  if (relu) y = tf.relu(y);
  return [y, tf.reshape(mean, [groups, channels]), tf.reshape(variance, [groups, channels])];
}

function portableGradient(
  { dy, x, gamma, y, mean, variance }: Readonly<Record<string, tf.Tensor>>,
  { epsilon, groups, relu, skip }: BatchNormAttributes,
): tf.Tensor[] {
  const channels = gamma!.size;
  const dSkip = relu ? tf.mul(dy!, tf.step(y!)) : tf.clone(dy!);
  const dz = tf.reshape(dSkip, [groups, -1, channels]); // [G, M, C]
  const centred = tf.sub(tf.reshape(x!, dz.shape), tf.reshape(mean!, [groups, 1, channels]));
  const inverse = tf.reshape(tf.rsqrt(tf.add(variance!, epsilon)), [groups, 1, channels]);
  const normal = tf.mul(centred, inverse);
  const meanDz = meanOfRows(dz); // [G, 1, C]
  const meanDzNormal = meanOfRows(tf.mul(dz, normal));
  const dx = tf.mul(tf.mul(inverse, gamma!), tf.sub(tf.sub(dz, meanDz), tf.mul(normal, meanDzNormal)));
  const rows = dz.shape[1]!;
  const dGamma = tf.mul(tf.sum(meanDzNormal, [0, 1]), rows);
  const dBeta = tf.mul(tf.sum(meanDz, [0, 1]), rows);
  return [tf.reshape(dx, x!.shape), dGamma, dBeta, ...(skip ? [dSkip] : [])];
}

/** [G, M, C] → [G, 1, C], as a product with 1/M: on wasm many times faster than a sum over a middle axis. */
function meanOfRows(rows: tf.Tensor): tf.Tensor {
  const [groups, count] = rows.shape as [number, number, number];
  return tf.matMul(tf.fill([groups, 1, count], 1 / count), rows);
}
