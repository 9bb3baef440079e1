/**
 * Heads on top of pooled features: a linear classifier, and the projections of contrastive methods (one linear layer as in
 * MoCo v1, arXiv 1911.05722; linear, ReLU, linear as in MoCo v2, arXiv 2003.04297). Names are those of the published
 * checkpoints: `fc.*`, or `fc.0.*` and `fc.2.*`. Left out: normalising the output, which belongs to the objective.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../shared/random';
import { linear } from '../ops/linear';
import { relu } from '../ops/activation';
import { observe } from '../ops/observe';
import { WeightStore } from './weightStore';

export interface HeadConfig {
  readonly kind: 'classifier' | 'linear' | 'mlp';
  /** Features per image. */
  readonly inputSize: number;
  /** Classes, or dimensions of the projection. */
  readonly outputSize: number;
  /** Units between the two layers of `mlp`; default inputSize, as in MoCo v2. */
  readonly hiddenSize?: number;
  /**
   * `torch` (default): weights and biases uniform in ±1/√inputs, as torch's Linear. `normal`: weights N(0, 0.01²), biases 0,
   * as the paper's linear classifiers.
   */
  readonly initialisation?: 'torch' | 'normal';
}

export interface Head {
  readonly weights: WeightStore;
  /** features: [batch, inputSize]. Returns [batch, outputSize]; the caller disposes it. */
  forward(features: tf.Tensor2D): tf.Tensor2D;
  /** Frees every variable. */
  dispose(): void;
}

/** A head with freshly drawn weights; the caller disposes it. */
export function createHead(config: HeadConfig, random: Random): Head {
  const { inputSize, outputSize, hiddenSize = inputSize, initialisation = 'torch' } = config;
  const weights = new WeightStore();
  const add = (name: string, inputs: number, outputs: number) =>
    addLinear(weights, { name, inputs, outputs, initialisation }, random);
  if (config.kind === 'mlp') {
    add('fc.0', inputSize, hiddenSize);
    add('fc.2', hiddenSize, outputSize);
  } else {
    add('fc', inputSize, outputSize);
  }
  const forward = (features: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() =>
      config.kind === 'mlp'
        ? applyLinear(weights, 'fc.2', observe('fc.1', relu(applyLinear(weights, 'fc.0', features))))
        : applyLinear(weights, 'fc', features),
    );
  return { weights, forward, dispose: () => weights.dispose() };
}

interface LinearPlan {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly initialisation: 'torch' | 'normal';
}

function addLinear(weights: WeightStore, plan: LinearPlan, random: Random): void {
  const { name, inputs, outputs, initialisation } = plan;
  const bound = 1 / Math.sqrt(inputs);
  const isNormal = initialisation === 'normal';
  const draw = () => (isNormal ? 0.01 * random.normal() : random.uniformIn(-bound, bound));
  const weight = Float32Array.from({ length: inputs * outputs }, draw);
  const bias = Float32Array.from({ length: outputs }, () => (isNormal ? 0 : draw()));
  tf.tidy(() => {
    weights.add(`${name}.weight`, tf.tensor2d(weight, [inputs, outputs]), 'parameter', 'linear');
    weights.add(`${name}.bias`, tf.tensor1d(bias), 'parameter', 'plain');
  });
}

/** x: [batch, inputs]. Returns x·W + b, [batch, outputs]. */
function applyLinear(weights: WeightStore, name: string, x: tf.Tensor2D): tf.Tensor2D {
  const weight = weights.get(`${name}.weight`) as tf.Variable<tf.Rank.R2>;
  return observe(name, linear(x, weight, weights.get(`${name}.bias`) as tf.Variable<tf.Rank.R1>));
}
