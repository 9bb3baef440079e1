/**
 * The encoder–decoder with skip connections of the deep image prior (Ulyanov, Vedaldi & Lempitsky 2018, arXiv 1711.10925,
 * supplement, figure 21), in the form that Zhao et al. 2021, arXiv 2006.06606, invert features with. At each scale i:
 *   skip = act(bn(conv1×1(x)))
 *   down = act(bn(conv(act(bn(avgpool(conv(x)))))));  below = scale i + 1 of down, or down itself at the last
 *   y    = act(bn(conv1×1(act(bn(conv(bn(concat(skip, double(below)))))))))
 * and a 1×1 convolution to RGB at the end, without a sigmoid. Batch statistics throughout: the network always trains, and
 * its one image is its batch. Convolutions keep the size (zero padding) and have biases; act: leaky rectifier, slope 0.2.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { addBiasedConv, addNorm } from '../../models/initialise';
import { applyBiasedConv } from '../../models/layers';
import { WeightStore } from '../../models/weightStore';
import { averagePool2 } from '../../ops/averagePool';
import { batchNormTraining } from '../../ops/batchNorm';
import { doubleSize } from '../../ops/doubleSize';
import { leakyRelu } from '../../ops/leakyRelu';

export interface SkipNetworkConfig {
  /** Channels of the noise. */
  readonly inputs: number;
  /** By scale, from the picture down. */
  readonly channels: readonly number[];
  /** Odd sides of the filters by scale; as many as `channels`. */
  readonly kernels: readonly number[];
  readonly skipChannels: number;
}

const slope = 0.2;

interface Conv {
  readonly name: string;
  readonly kernel: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** What stands at one scale, in torch's order of creation. */
interface ScalePlan {
  readonly skip: Conv;
  readonly down: Conv;
  readonly mix: Conv;
  /** Channels of the concatenation, normalised before `up`. */
  readonly joined: { readonly name: string; readonly channels: number };
  readonly up: Conv;
  readonly end: Conv;
}

function planScales({ inputs, channels, kernels, skipChannels }: SkipNetworkConfig): readonly ScalePlan[] {
  return channels.map((own, i) => {
    const name = `scale${i + 1}`;
    const [kernel, before] = [kernels[i]!, channels[i - 1] ?? inputs];
    const joined = skipChannels + (channels[i + 1] ?? own);
    const conv = (part: string, side: number, [inChannels, outChannels]: readonly [number, number]): Conv => {
      return { name: `${name}.${part}`, kernel: side, inChannels, outChannels };
    };
    return {
      skip: conv('skip', 1, [before, skipChannels]),
      down: conv('down', kernel, [before, own]),
      mix: conv('mix', kernel, [own, own]),
      joined: { name: `${name}.joined`, channels: joined },
      up: conv('up', kernel, [joined, own]),
      end: conv('end', 1, [own, own]),
    };
  });
}

/** The network with torch's first weights: convolutions uniform in ±1/√inputs, norms 1 and 0. The caller disposes the store. */
export class SkipNetwork {
  readonly weights = new WeightStore();
  private readonly scales: readonly ScalePlan[];
  private readonly output: Conv;

  constructor(config: SkipNetworkConfig, random: Random) {
    this.scales = planScales(config);
    this.output = { name: 'output', kernel: 1, inChannels: config.channels[0]!, outChannels: 3 };
    for (const { skip, down, mix, joined, up, end } of this.scales) {
      for (const conv of [skip, down, mix, up, end]) {
        addBiasedConv(this.weights, conv, { random, initialisation: 'torch' });
        addNorm(this.weights, `${conv.name}.bn`, conv.outChannels);
      }
      addNorm(this.weights, joined.name, joined.channels);
    }
    addBiasedConv(this.weights, this.output, { random, initialisation: 'torch' });
  }

  /** noise: [1, S, S, inputs], S a multiple of 2^scales. Returns the picture, [1, S, S, 3]; differentiable in the weights. */
  draw(noise: tf.Tensor4D): tf.Tensor4D {
    return this.convolve(this.output, this.applyScale(0, noise));
  }

  private applyScale(index: number, x: tf.Tensor4D): tf.Tensor4D {
    const { skip, down, mix, joined, up, end } = this.scales[index]!;
    const kept = this.activate(skip, this.convolve(skip, x));
    const halved = this.activate(down, averagePool2(this.convolve(down, x)));
    const deep = this.activate(mix, this.convolve(mix, halved));
    const below = index + 1 < this.scales.length ? this.applyScale(index + 1, deep) : deep;
    const both: tf.Tensor4D = tf.concat([kept, doubleSize(below)], 3);
    const wide = this.activate(up, this.convolve(up, this.normalise(joined.name, both)));
    return this.activate(end, this.convolve(end, wide));
  }

  private convolve({ name, kernel }: Conv, x: tf.Tensor4D): tf.Tensor4D {
    return applyBiasedConv(this.weights, name, x, { padding: (kernel - 1) / 2 });
  }

  private activate({ name }: Conv, x: tf.Tensor4D): tf.Tensor4D {
    return leakyRelu(this.normalise(`${name}.bn`, x), slope);
  }

  private normalise(name: string, x: tf.Tensor4D): tf.Tensor4D {
    const vector = (part: string) => this.weights.get(`${name}.${part}`) as tf.Variable<tf.Rank.R1>;
    return batchNormTraining({ x, gamma: vector('weight'), beta: vector('bias') }).y;
  }

  dispose(): void {
    this.weights.dispose();
  }
}
