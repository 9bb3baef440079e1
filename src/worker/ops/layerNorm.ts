/**
 * Layer normalisation over the last axis (Ba, Kiros & Hinton 2016, arXiv 1607.06450), as torch's LayerNorm:
 *   n = (x − mean) / √(variance + ε),  y = γ n + β;  with g = dy · γ: dx = (g − mean(g) − n · mean(g n)) / √(variance + ε)
 * with the biased variance of each row.
 */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

export interface LayerNormAttributes {
  readonly epsilon: number;
}

/** Outputs dx [rows, C], dγ [C], dβ [C]. */
const gradientOperation = defineOperation<LayerNormAttributes>({
  name: 'Transferscope.LayerNormGradient',
  portable: ({ dy, x, gamma, mean, inverse }) => {
    const rows = [dy!.shape[0]!, 1] as [number, number];
    const scale = tf.reshape(inverse!, rows);
    const normal = tf.mul(tf.sub(x!, tf.reshape(mean!, rows)), scale);
    const g = tf.mul(dy!, gamma!);
    const along = tf.mul(normal, tf.mean(tf.mul(g, normal), 1, true));
    const dx = tf.mul(tf.sub(tf.sub(g, tf.mean(g, 1, true)), along), scale);
    return [dx, columnSums(tf.mul(dy!, normal)), columnSums(dy!)];
  },
});

/** Inputs x [rows, C], γ, β [C]; outputs y, and for the gradient mean and 1/√(…) [rows]. */
const operation = defineOperation<LayerNormAttributes>({
  name: 'Transferscope.LayerNorm',
  portable: ({ x, gamma, beta }, { epsilon }) => {
    const mean = tf.mean(x!, 1, true); // [rows, 1]
    const centred = tf.sub(x!, mean);
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
    const y = tf.add(tf.mul(tf.mul(centred, inverse), gamma!), beta!);
    return [y, tf.reshape(mean, [-1]), tf.reshape(inverse, [-1])];
  },
  gradient: {
    saveInputs: ['x', 'gamma'],
    saveOutputs: [false, true, true],
    backward: ([dy], [x, gamma, mean, inverse], attributes) => {
      const inputs = { dy: dy!, x: x!, gamma: gamma!, mean: mean!, inverse: inverse! };
      const [dx, dGamma, dBeta] = gradientOperation(inputs, attributes);
      return { x: () => dx!, gamma: () => dGamma!, beta: () => dBeta! };
    },
  },
});

export interface LayerNormInput<T extends tf.Tensor> {
  /** [..., C] */
  readonly x: T;
  /** Scale [C]. */
  readonly gamma: tf.Tensor1D;
  /** Shift [C]. */
  readonly beta: tf.Tensor1D;
  /** Added to the variance. */
  readonly epsilon: number;
}

/** See the header for the formula. Returns the shape of x. */
export function layerNorm<T extends tf.Tensor>({ x, gamma, beta, epsilon }: LayerNormInput<T>): T {
  const flat = tf.reshape(x, [-1, gamma.shape[0]]);
  const [y, mean, inverse] = operation({ x: flat, gamma, beta }, { epsilon });
  tf.dispose([mean!, inverse!]); // the tape holds its own references
  return tf.reshape(y!, x.shape) as T;
}

/** [rows, C] → [C], as a product with ones. */
function columnSums(values: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.matMul(tf.ones([1, values.shape[0]!]), values), [-1]);
}
