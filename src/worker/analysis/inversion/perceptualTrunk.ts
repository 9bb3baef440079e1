/**
 * Trunks of the perceptual distance, as torchvision's `features`: AlexNet (Krizhevsky 2014, arXiv 1404.5997), VGG-16
 * (Simonyan & Zisserman 2015, arXiv 1409.1556, configuration D) and SqueezeNet 1.1 (Iandola et al. 2016, arXiv 1602.07360), each with
 * the five (SqueezeNet: seven) rectified maps that LPIPS reads (Zhang et al. 2018, arXiv 1801.03924, section 3). Names of weights
 * are torchvision's: `features.0.weight`, `features.3.squeeze.weight`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { PerceptualTrunk } from '../../../shared/experiment/perceptualTrunks';
import type { Random } from '../../../shared/random';
import { applyBiasedConv } from '../../models/layers';
import { WeightStore } from '../../models/weightStore';
import { relu } from '../../ops/activation';
import { maxPool2d } from '../../ops/pool';

interface Convolution {
  /** Without `.weight` and `.bias`. */
  readonly name: string;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** One module of `features` with its rectifiers. */
type Step =
  | {
      readonly kind: 'conv' | 'fire';
      /** Number of the module, as in its weights' names. */
      readonly module: number;
      /** Of a fire module: squeeze, then the two that widen it again side by side. */
      readonly convs: readonly Convolution[];
      /** Whether the rectified map is one that LPIPS reads. */
      readonly isRead: boolean;
    }
  /** `isCeil`: a last window that sticks out counts, too. */
  | { readonly kind: 'pool'; readonly size: number; readonly isCeil: boolean };

const conv = (
  module: number,
  [inChannels, outChannels]: readonly [number, number],
  { kernel = 3, stride = 1, padding = 1, isRead = false } = {},
): Step => ({
  ...{ kind: 'conv', module, isRead },
  convs: [{ name: `features.${module}`, kernel, stride, padding, inChannels, outChannels }],
});
const pool = (size: number, isCeil = false): Step => ({ kind: 'pool', size, isCeil });
const read = { isRead: true };

/** Iandola et al. 2016, section 3.1: a narrow 1 × 1 convolution, then as many kernels of 1 × 1 as of 3 × 3. */
const fire = (
  module: number,
  [inChannels, narrow, wide]: readonly [number, number, number],
  { isRead = false } = {},
): Step => {
  const part = (name: string, kernel: number, channels: readonly [number, number]): Convolution => ({
    ...{ name: `features.${module}.${name}`, kernel, stride: 1, padding: (kernel - 1) / 2 },
    ...{ inChannels: channels[0], outChannels: channels[1] },
  });
  const convs = [
    part('squeeze', 1, [inChannels, narrow]),
    part('expand1x1', 1, [narrow, wide]),
    part('expand3x3', 3, [narrow, wide]),
  ];
  return { kind: 'fire', module, isRead, convs };
};

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
  squeeze: [
    ...[conv(0, [3, 64], { stride: 2, padding: 0, isRead: true }), pool(3, true)],
    ...[fire(3, [64, 16, 64]), fire(4, [128, 16, 64], read), pool(3, true)],
    ...[fire(6, [128, 32, 128]), fire(7, [256, 32, 128], read), pool(3, true)],
    ...[fire(9, [256, 48, 192], read), fire(10, [384, 48, 192], read)],
    ...[fire(11, [384, 64, 256], read), fire(12, [512, 64, 256], read)],
  ],
};

/** Channels of the maps that LPIPS reads. */
export function trunkChannels(trunk: PerceptualTrunk): readonly number[] {
  return trunks[trunk].flatMap((step) => (step.kind !== 'pool' && step.isRead ? [outputChannels(step.convs)] : []));
}

function outputChannels([first, ...wider]: readonly Convolution[]): number {
  return wider.length === 0 ? first!.outChannels : wider.reduce((sum, { outChannels }) => sum + outChannels, 0);
}

/**
 * Weights of a trunk: normal with variance 2 / inputs (He et al. 2015, arXiv 1502.01852, equation 10), biases 0. The caller
 * disposes the store.
 */
export function createTrunkWeights(trunk: PerceptualTrunk, random: Random): WeightStore {
  const weights = new WeightStore();
  for (const { name, kernel, inChannels, outChannels } of trunks[trunk].flatMap((step) =>
    step.kind === 'pool' ? [] : step.convs,
  )) {
    const inputs = kernel ** 2 * inChannels;
    const deviation = Math.sqrt(2 / inputs);
    const filter = Float32Array.from({ length: inputs * outChannels }, () => deviation * random.normal());
    tf.tidy(() => {
      const shape: [number, number, number, number] = [kernel, kernel, inChannels, outChannels];
      weights.add(`${name}.weight`, tf.tensor4d(filter, shape), 'parameter', 'conv');
      weights.add(`${name}.bias`, tf.zeros([outChannels]), 'parameter', 'plain');
    });
  }
  return weights;
}

/** The rectified maps of pictures [N, H, W, 3] that LPIPS reads; the caller disposes them. */
export function readTrunk(trunk: PerceptualTrunk, weights: WeightStore, pictures: tf.Tensor4D): tf.Tensor4D[] {
  return tf.tidy(() => {
    const maps: tf.Tensor4D[] = [];
    let x = pictures;
    for (const step of trunks[trunk]) {
      if (step.kind === 'pool') {
        x = maxPool2d(step.isCeil ? roundUp(x, step.size) : x, step.size, 2, 0);
        continue;
      }
      const [first, ...wider] = step.convs.map(({ name, stride, padding }) => (map: tf.Tensor4D) => {
        return relu(applyBiasedConv(weights, name, map, { stride, padding }));
      });
      x = first!(x);
      if (wider.length > 0)
        x = tf.concat(
          wider.map((branch) => branch(x)),
          3,
        ); // [N, H, W, 2 · wide]
      if (step.isRead) maps.push(x);
    }
    return maps;
  });
}

/** Room for a last window that sticks out; 0 is the least value of a rectified map. */
function roundUp(x: tf.Tensor4D, size: number): tf.Tensor4D {
  const [, height, width] = x.shape;
  const [down, right] = [(height - size) % 2, (width - size) % 2];
  return down + right === 0
    ? x
    : tf.pad(x, [
        [0, 0],
        [0, down],
        [0, right],
        [0, 0],
      ]);
}
