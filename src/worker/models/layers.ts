/** Layers of transformers and ConvNeXts, applied by the names of their weights. */
import type * as tf from '@tensorflow/tfjs-core';
import { conv2d, type Conv2dOptions } from '../ops/conv';
import { layerNorm } from '../ops/layerNorm';
import { addChannelBias, linear } from '../ops/linear';
import type { WeightStore } from './weightStore';

/** As the authors of DeiT, DINO, MAE and ConvNeXt, and timm; torch's own default is larger. */
const epsilon = 1e-6;

/** x: [..., C]. Returns the same shape. */
export function applyNorm<T extends tf.Tensor>(weights: WeightStore, name: string, x: T): T {
  const [gamma, beta] = [vector(weights, `${name}.weight`), vector(weights, `${name}.bias`)];
  return layerNorm({ x, gamma, beta, epsilon });
}

/** x: [rows, inputs]. Returns [rows, outputs]. */
export function applyLinear(weights: WeightStore, name: string, x: tf.Tensor2D): tf.Tensor2D {
  const weight = weights.get(`${name}.weight`) as tf.Variable<tf.Rank.R2>;
  return linear(x, weight, vector(weights, `${name}.bias`));
}

/** x: [N, H, W, Cin]. Returns [N, H', W', Cout]. */
export function applyBiasedConv(
  weights: WeightStore,
  name: string,
  x: tf.Tensor4D,
  options: Conv2dOptions,
): tf.Tensor4D {
  const filter = weights.get(`${name}.weight`) as tf.Variable<tf.Rank.R4>;
  return addChannelBias(conv2d(x, filter, options), vector(weights, `${name}.bias`));
}

function vector(weights: WeightStore, name: string): tf.Variable<tf.Rank.R1> {
  return weights.get(name) as tf.Variable<tf.Rank.R1>;
}
