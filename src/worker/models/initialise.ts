/** Weights as torch and timm draw them, added to a store. */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../shared/random';
import type { WeightStore } from './weightStore';

/** Deviation that transformers' and ConvNeXts' authors draw weights with; they cut the tails at ±2, which is 100 deviations. */
const deviation = 0.02;

/** Scale 1 and shift 0. */
export function addNorm(weights: WeightStore, name: string, channels: number): void {
  tf.tidy(() => {
    weights.add(`${name}.weight`, tf.ones([channels]), 'parameter', 'plain');
    weights.add(`${name}.bias`, tf.zeros([channels]), 'parameter', 'plain');
  });
}

/** Weights N(0, 0.02²), biases 0. */
export function addNormalLinear(
  weights: WeightStore,
  { name, inputs, outputs }: { readonly name: string; readonly inputs: number; readonly outputs: number },
  random: Random,
): void {
  tf.tidy(() => {
    const values = drawNormal(inputs * outputs, random);
    weights.add(`${name}.weight`, tf.tensor2d(values, [inputs, outputs]), 'parameter', 'linear');
    weights.add(`${name}.bias`, tf.zeros([outputs]), 'parameter', 'plain');
  });
}

export interface ConvSize {
  readonly name: string;
  readonly kernel: number;
  /** Of one group. */
  readonly inChannels: number;
  readonly outChannels: number;
}

/** `normal`: as addNormalLinear. `torch`: weights and biases uniform in ±1/√inputs, as torch's Conv2d. */
export function addBiasedConv(
  weights: WeightStore,
  { name, kernel, inChannels, outChannels }: ConvSize,
  { random, initialisation }: { readonly random: Random; readonly initialisation: 'normal' | 'torch' },
): void {
  const inputs = kernel ** 2 * inChannels;
  const bound = 1 / Math.sqrt(inputs);
  const uniform = (count: number) => Float32Array.from({ length: count }, () => random.uniformIn(-bound, bound));
  const isNormal = initialisation === 'normal';
  const filter = isNormal ? drawNormal(inputs * outChannels, random) : uniform(inputs * outChannels);
  const bias = isNormal ? new Float32Array(outChannels) : uniform(outChannels);
  tf.tidy(() => {
    const shape: [number, number, number, number] = [kernel, kernel, inChannels, outChannels];
    weights.add(`${name}.weight`, tf.tensor4d(filter, shape), 'parameter', 'conv');
    weights.add(`${name}.bias`, tf.tensor1d(bias), 'parameter', 'plain');
  });
}

/** N(0, 0.02²). */
export function drawNormal(count: number, random: Random): Float32Array {
  return Float32Array.from({ length: count }, () => deviation * random.normal());
}
