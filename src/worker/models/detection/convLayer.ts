/** Convolutions with a bias, as heads and pyramids have them, under torchvision's names (`<name>.weight`, `<name>.bias`). */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { conv2d, type Conv2dOptions } from '../../ops/conv';
import { addChannelBias } from '../../ops/linear';
import { observe } from '../../ops/observe';
import type { WeightStore } from '../weightStore';

export interface ConvLayer {
  readonly name: string;
  readonly kernel: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /**
   * `normal`: N(0, 0.01²); `kaiming`: uniform in ±√(3 / inputs) (kaiming_uniform_ with a = 1, of pyramids); `he`: normal
   * with variance 2 / outputs (kaiming_normal_, fan out, of mask heads). Biases are `bias`, 0 unless said.
   */
  readonly initialisation: 'normal' | 'kaiming' | 'he';
  readonly bias?: number;
}

export function addConvLayer(weights: WeightStore, layer: ConvLayer, random: Random): void {
  const { name, kernel, inChannels, outChannels, initialisation, bias = 0 } = layer;
  const limit = Math.sqrt(3 / (kernel * kernel * inChannels));
  const deviation = initialisation === 'he' ? Math.sqrt(2 / (kernel * kernel * outChannels)) : 0.01;
  const draw = () => (initialisation === 'kaiming' ? random.uniformIn(-limit, limit) : deviation * random.normal());
  const filter = Float32Array.from({ length: kernel * kernel * inChannels * outChannels }, draw);
  tf.tidy(() => {
    weights.add(`${name}.weight`, tf.tensor4d(filter, [kernel, kernel, inChannels, outChannels]), 'parameter', 'conv');
    weights.add(`${name}.bias`, tf.fill([outChannels], bias), 'parameter', 'plain');
  });
}

/** x: [N, H, W, Cin]. Returns conv(x) + bias, [N, H', W', Cout]. */
export function applyConvLayer(
  weights: WeightStore,
  name: string,
  x: tf.Tensor4D,
  options?: Conv2dOptions,
): tf.Tensor4D {
  const filter = weights.get(`${name}.weight`) as tf.Variable<tf.Rank.R4>;
  const bias = weights.get(`${name}.bias`) as tf.Variable<tf.Rank.R1>;
  return observe(name, addChannelBias(conv2d(x, filter, options), bias));
}
