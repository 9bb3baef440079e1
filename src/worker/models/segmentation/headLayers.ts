/** What segmentation heads are made of: convolutions with batch norm or a bias, drawn as torch draws them, and dropout. */
import * as tf from '@tensorflow/tfjs-core';
import type { ConvPlan } from '../../../shared/experiment/backbones/resnet';
import type { Random } from '../../../shared/random';
import { observe } from '../../ops/observe';
import { addBatchNorm, applyConvBatchNorm, defaultStatisticsMomentum, type Pass } from '../resnet/convBatchNorm';
import type { WeightStore } from '../weightStore';

/** A convolution of a head, stride 1, same size out as in. */
export interface HeadConv {
  readonly name: string;
  /** Name of the batch norm and rectifier after it; without one it has a bias. */
  readonly batchNorm?: string;
  readonly kernel: 1 | 3;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly dilation?: number;
}

/** Filters and biases are uniform in ±1 / √(k²·Cin), torch's Conv2d. */
export function addHeadConv(weights: WeightStore, conv: HeadConv, random: Random): void {
  const { name, batchNorm, kernel, inChannels, outChannels } = conv;
  const inputs = kernel * kernel * inChannels;
  const bound = 1 / Math.sqrt(inputs);
  const draw = () => random.uniformIn(-bound, bound);
  const filter = Float32Array.from({ length: inputs * outChannels }, draw);
  tf.tidy(() => {
    weights.add(`${name}.weight`, tf.tensor4d(filter, [kernel, kernel, inChannels, outChannels]), 'parameter', 'conv');
    if (batchNorm !== undefined) return;
    const bias = Float32Array.from({ length: outChannels }, draw);
    weights.add(`${name}.bias`, tf.tensor1d(bias), 'parameter', 'plain');
  });
  if (batchNorm !== undefined) addBatchNorm(weights, batchNorm, outChannels);
}

/** One pass over a head. */
export interface HeadPass {
  readonly weights: WeightStore;
  readonly training: boolean;
  /** For dropout. */
  readonly random: Random;
}

/** relu(batchNorm(conv(x))). x: [N, H, W, Cin]; returns [N, H, W, Cout]. */
export function applyHeadConv({ weights, training }: HeadPass, conv: HeadConv, x: tf.Tensor4D): tf.Tensor4D {
  const pass: Pass = { weights, training, batchNormGroups: 1, statisticsMomentum: defaultStatisticsMomentum };
  return observe(rectifierOf(conv), applyConvBatchNorm(pass, planOf(conv), x, { relu: true }));
}

/** torchvision's name of the rectifier after a convolution's batch norm: `classifier.2` → `classifier.3`. */
function rectifierOf({ name, batchNorm = name }: HeadConv): string {
  const place = batchNorm.lastIndexOf('.') + 1;
  return `${batchNorm.slice(0, place)}${Number(batchNorm.slice(place)) + 1}`;
}

function planOf({ name, batchNorm = '', kernel, inChannels, outChannels, dilation = 1 }: HeadConv): ConvPlan {
  const padding = kernel === 3 ? dilation : 0;
  return { name, batchNorm, kernel, inChannels, outChannels, stride: 1, padding, dilation, groups: 1 };
}

/** In training every number is 0 with probability `rate`, and times 1 / (1 − rate) otherwise; to 1/65536 of a probability. */
export function applyDropout({ training, random }: HeadPass, x: tf.Tensor4D, rate: number): tf.Tensor4D {
  const limit = Math.round(rate * 65536);
  if (!training || limit === 0) return x;
  const scale = 65536 / (65536 - limit);
  const mask = new Float32Array(x.size);
  for (let i = 0; i < mask.length; i += 2) {
    const both = random.nextUint32();
    if ((both & 0xffff) >= limit) mask[i] = scale;
    if (both >>> 16 >= limit && i + 1 < mask.length) mask[i + 1] = scale;
  }
  return tf.mul(x, tf.tensor4d(mask, x.shape));
}
