/**
 * Group normalisation (Wu & He 2018, arXiv 1803.08494), as torch's GroupNorm: mean and biased variance over the pixels
 * and the channels of each group of one image. Detection heads use it, whose batches are too small for batch norm.
 * Sums over pixels are products with ones, which are many times faster than sums on wasm.
 */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

interface Attributes {
  readonly groups: number;
  readonly epsilon: number;
}

/** Inputs as [N, pixels, C]. Outputs: y, and for the gradient x̂ and 1/σ spread over channels [N, 1, C]. */
const operation = defineOperation<Attributes>({
  name: 'Transferscope.GroupNorm',
  portable: ({ x, gamma, beta }, { groups, epsilon }) => {
    const [, pixels, channels] = x!.shape as [number, number, number];
    const count = (pixels * channels) / groups;
    const mean = spread(tf.div(groupSums(sumPixels(x!), groups), count), channels);
    const centred = tf.sub(x!, mean);
    const variance = tf.div(groupSums(sumPixels(tf.square(centred)), groups), count);
    const inverse = spread(tf.rsqrt(tf.add(variance, epsilon)), channels);
    const normalised = tf.mul(centred, inverse);
    return [tf.add(tf.mul(normalised, gamma!), beta!), normalised, inverse];
  },
  gradient: {
    saveInputs: ['gamma'],
    saveOutputs: [false, true, true],
    // With g = dy·γ: dx = (g − mean(g) − x̂·mean(g·x̂)) / σ, means over the group.
    backward: ([dy], [gamma, normalised, inverse], { groups }) => {
      const [, pixels, channels] = dy!.shape as [number, number, number];
      const count = (pixels * channels) / groups;
      return {
        x: () => {
          const g = tf.mul(dy!, gamma!);
          const meanOf = (t: tf.Tensor) => spread(tf.div(groupSums(sumPixels(t), groups), count), channels);
          const along = tf.mul(normalised!, meanOf(tf.mul(g, normalised!)));
          return tf.mul(tf.sub(tf.sub(g, meanOf(g)), along), inverse!);
        },
        gamma: () => tf.reshape(sumImages(sumPixels(tf.mul(dy!, normalised!))), [channels]),
        beta: () => tf.reshape(sumImages(sumPixels(dy!)), [channels]),
      };
    },
  },
});

/** x: [N, H, W, C]; gamma, beta: [C]; groups divides C. Returns [N, H, W, C]. */
export function groupNorm(
  x: tf.Tensor4D,
  { gamma, beta, groups, epsilon = 1e-5 }: { gamma: tf.Tensor1D; beta: tf.Tensor1D; groups: number; epsilon?: number },
): tf.Tensor4D {
  const [count, height, width, channels] = x.shape;
  const flat = tf.reshape(x, [count, height * width, channels]);
  const [y, normalised, inverse] = operation({ x: flat, gamma, beta }, { groups, epsilon });
  tf.dispose([normalised!, inverse!]);
  return tf.reshape(y!, [count, height, width, channels]);
}

/** [N, pixels, C] → [N, 1, C] */
function sumPixels(x: tf.Tensor): tf.Tensor {
  const [count, pixels] = x.shape as [number, number, number];
  return tf.matMul(tf.ones([count, 1, pixels]), x);
}

/** [N, 1, C] → [1, 1, C] */
function sumImages(x: tf.Tensor): tf.Tensor {
  const [count, , channels] = x.shape as [number, number, number];
  return tf.matMul(tf.ones([1, count]), tf.reshape(x, [count, channels]));
}

/** [N, 1, C] → [N, groups, 1] */
function groupSums(x: tf.Tensor, groups: number): tf.Tensor {
  const [count, , channels] = x.shape as [number, number, number];
  return tf.sum(tf.reshape(x, [count, groups, channels / groups]), 2, true);
}

/** [N, groups, 1] → [N, 1, C] */
function spread(x: tf.Tensor, channels: number): tf.Tensor {
  const [count, groups] = x.shape as [number, number, number];
  return tf.reshape(tf.tile(x, [1, 1, channels / groups]), [count, 1, channels]);
}
