/**
 * Trunks of the perceptual distance, as torchvision's `features`: AlexNet (Krizhevsky 2014, arXiv 1404.5997) and VGG-16
 * (Simonyan & Zisserman 2015, arXiv 1409.1556, configuration D), each with the five rectified maps that LPIPS reads
 * (Zhang et al. 2018, arXiv 1801.03924, section 3). Names of weights are torchvision's: `features.0.weight`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { PerceptualTrunk } from '../../../shared/experiment/inversionFields';
import type { Random } from '../../../shared/random';
import { applyBiasedConv } from '../../models/layers';
import { WeightStore } from '../../models/weightStore';
import { relu } from '../../ops/activation';
import { maxPool2d } from '../../ops/pool';

/** One layer of `features`; the rectifier after a convolution counts as a module of its own. */
type Step =
  | {
      readonly kind: 'conv';
      /** Number of the module, as in its weights' names. */
      readonly module: number;
      readonly kernel: number;
      readonly stride: number;
      readonly padding: number;
      readonly inChannels: number;
      readonly outChannels: number;
      /** Whether the rectified map is one of the five. */
      readonly isRead: boolean;
    }
  | { readonly kind: 'pool'; readonly size: number };

const conv = (
  module: number,
  [inChannels, outChannels]: readonly [number, number],
  { kernel = 3, stride = 1, padding = 1, isRead = false } = {},
): Step => ({ kind: 'conv', module, kernel, stride, padding, inChannels, outChannels, isRead });
const pool = (size: number): Step => ({ kind: 'pool', size });
const read = { isRead: true };

const trunks: Readonly<Record<PerceptualTrunk, readonly Step[]>> = {
  alex: [
    conv(0, [3, 64], { kernel: 11, stride: 4, padding: 2, isRead: true }),
    pool(3),
    conv(3, [64, 192], { kernel: 5, padding: 2, isRead: true }),
    pool(3),
    conv(6, [192, 384], read),
    conv(8, [384, 256], read),
    conv(10, [256, 256], read),
  ],
  vgg: [
    ...[conv(0, [3, 64]), conv(2, [64, 64], read), pool(2)],
    ...[conv(5, [64, 128]), conv(7, [128, 128], read), pool(2)],
    ...[conv(10, [128, 256]), conv(12, [256, 256]), conv(14, [256, 256], read), pool(2)],
    ...[conv(17, [256, 512]), conv(19, [512, 512]), conv(21, [512, 512], read), pool(2)],
    ...[conv(24, [512, 512]), conv(26, [512, 512]), conv(28, [512, 512], read)],
  ],
};

/** Numbers of the convolutions among `features`, by the map that follows: LPIPS calls these groups slice1 … slice5. */
export function trunkSlices(trunk: PerceptualTrunk): readonly (readonly number[])[] {
  const slices: number[][] = [[]];
  for (const step of trunks[trunk]) {
    if (step.kind === 'pool') continue;
    slices.at(-1)!.push(step.module);
    if (step.isRead) slices.push([]);
  }
  return slices.slice(0, -1);
}

/** Channels of the five maps. */
export function trunkChannels(trunk: PerceptualTrunk): readonly number[] {
  return trunks[trunk].flatMap((step) => (step.kind === 'conv' && step.isRead ? [step.outChannels] : []));
}

/**
 * Weights of a trunk: normal with variance 2 / inputs (He et al. 2015, arXiv 1502.01852, equation 10), biases 0. The caller
 * disposes the store.
 */
export function createTrunkWeights(trunk: PerceptualTrunk, random: Random): WeightStore {
  const weights = new WeightStore();
  for (const step of trunks[trunk]) {
    if (step.kind === 'pool') continue;
    const { module, kernel, inChannels, outChannels } = step;
    const inputs = kernel ** 2 * inChannels;
    const deviation = Math.sqrt(2 / inputs);
    const filter = Float32Array.from({ length: inputs * outChannels }, () => deviation * random.normal());
    tf.tidy(() => {
      const shape: [number, number, number, number] = [kernel, kernel, inChannels, outChannels];
      weights.add(`features.${module}.weight`, tf.tensor4d(filter, shape), 'parameter', 'conv');
      weights.add(`features.${module}.bias`, tf.zeros([outChannels]), 'parameter', 'plain');
    });
  }
  return weights;
}

/** The five rectified maps of pictures [N, H, W, 3]; the caller disposes them. */
export function readTrunk(trunk: PerceptualTrunk, weights: WeightStore, pictures: tf.Tensor4D): tf.Tensor4D[] {
  return tf.tidy(() => {
    const maps: tf.Tensor4D[] = [];
    let x = pictures;
    for (const step of trunks[trunk]) {
      if (step.kind === 'pool') {
        x = maxPool2d(x, step.size, 2, 0);
        continue;
      }
      const { stride, padding } = step;
      x = relu(applyBiasedConv(weights, `features.${step.module}`, x, { stride, padding }));
      if (step.isRead) maps.push(x);
    }
    return maps;
  });
}
