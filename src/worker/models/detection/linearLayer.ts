/** Fully connected layers under torchvision's names. */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { linear } from '../../ops/linear';
import { observe } from '../../ops/observe';
import type { WeightStore } from '../weightStore';

export interface LinearLayer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Weights are normal with this deviation and biases 0; or `torch`: both uniform in ±1/√inputs. */
  readonly deviation: number | 'torch';
}

export function addLinearLayer(weights: WeightStore, layer: LinearLayer, random: Random): void {
  const { name, inputs, outputs, deviation } = layer;
  const limit = 1 / Math.sqrt(inputs);
  const draw = () => (deviation === 'torch' ? random.uniformIn(-limit, limit) : deviation * random.normal());
  const weight = Float32Array.from({ length: inputs * outputs }, draw);
  const bias = Float32Array.from({ length: outputs }, () => (deviation === 'torch' ? draw() : 0));
  tf.tidy(() => {
    weights.add(`${name}.weight`, tf.tensor2d(weight, [inputs, outputs]), 'parameter', 'linear');
    weights.add(`${name}.bias`, tf.tensor1d(bias), 'parameter', 'plain');
  });
}

/** x: [K, inputs]. Returns x·W + b, [K, outputs]. */
export function applyLinearLayer(weights: WeightStore, name: string, x: tf.Tensor2D): tf.Tensor2D {
  const weight = weights.get(`${name}.weight`) as tf.Variable<tf.Rank.R2>;
  return observe(name, linear(x, weight, weights.get(`${name}.bias`) as tf.Variable<tf.Rank.R1>));
}
