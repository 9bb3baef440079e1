/**
 * Adam with PyTorch's semantics (Kingma & Ba 2014, arXiv 1412.6980, algorithm 1; AdamW: Loshchilov & Hutter 2017, arXiv 1711.05101).
 * tfjs's own Adam keeps no exact step count and places epsilon differently. Left out: AMSGrad.
 */
import * as tf from '@tensorflow/tfjs-core';
import { wholePower } from '../../shared/math/wholePower';
import { addDecay, isNormOrBias, requireGradient } from './optimizer';
import type { Optimizer } from './optimizer';
import { readTensor, requireScalar, requireTensor, restoreVariable } from '../models/savedState';
import type { SavedState } from '../models/savedState';

export interface AdamSettings {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8, outside the square root. */
  readonly epsilon?: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /** AdamW: decay shrinks the parameter and does not enter the gradient. Default false. */
  readonly decoupled?: boolean;
  /** As for SGD; default 'none'. */
  readonly exclude?: 'none' | 'norm-and-bias';
}

/**
 * Adam over named parameters, which stay the caller's. t counts from 1.
 *
 *   g ← g + wd p (decoupled: p ← p - lr wd p);  m ← b1 m + (1 - b1) g;  v ← b2 v + (1 - b2) g²
 *   p ← p - lr / (1 - b1^t) · m / ( √v / √(1 - b2^t) + epsilon )
 */
export function createAdam(parameters: ReadonlyMap<string, tf.Variable>, settings: AdamSettings = {}): Optimizer {
  return new Adam(parameters, settings);
}

interface Moments {
  readonly mean: tf.Variable;
  readonly square: tf.Variable;
}

class Adam implements Optimizer {
  private readonly moments = new Map<string, Moments>();
  private readonly settings: Required<AdamSettings>;
  private count = 0;

  constructor(
    private readonly parameters: ReadonlyMap<string, tf.Variable>,
    settings: AdamSettings,
  ) {
    const defaults = {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      decoupled: false,
      exclude: 'none',
    } as const;
    this.settings = { ...defaults, ...settings };
    const zeros = (like: tf.Tensor) => tf.tidy(() => tf.variable(tf.zeros(like.shape), false));
    for (const [name, parameter] of parameters) {
      this.moments.set(name, { mean: zeros(parameter), square: zeros(parameter) });
    }
  }

  step(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number): void {
    this.count++;
    for (const [name, parameter] of this.parameters) {
      const gradient = requireGradient(gradients, name);
      tf.tidy(() => this.move(parameter, this.moments.get(name)!, { gradient, learningRate }));
    }
  }

  private move(
    parameter: tf.Variable,
    { mean, square }: Moments,
    { gradient, learningRate }: { gradient: tf.Tensor; learningRate: number },
  ): void {
    const { beta1, beta2, epsilon, decoupled, exclude, weightDecay } = this.settings;
    const decay = exclude === 'norm-and-bias' && isNormOrBias(parameter) ? 0 : weightDecay;
    const slope = addDecay(gradient, parameter, decoupled ? 0 : decay);
    const shrunk = decoupled && decay !== 0 ? tf.mul(parameter, 1 - learningRate * decay) : parameter;
    mean.assign(tf.add(tf.mul(mean, beta1), tf.mul(slope, 1 - beta1)));
    square.assign(tf.add(tf.mul(square, beta2), tf.mul(tf.square(slope), 1 - beta2)));
    const scale = Math.sqrt(1 - wholePower(beta2, this.count));
    const denominator = tf.add(tf.div(tf.sqrt(square), scale), epsilon);
    const change = tf.mul(tf.div(mean, denominator), learningRate / (1 - wholePower(beta1, this.count)));
    parameter.assign(tf.sub(shrunk, change));
  }

  async exportState(): Promise<SavedState> {
    const tensors = new Map<string, Awaited<ReturnType<typeof readTensor>>>();
    for (const [name, { mean, square }] of this.moments) {
      tensors.set(`mean.${name}`, await readTensor(mean));
      tensors.set(`square.${name}`, await readTensor(square));
    }
    return { tensors, scalars: { step: this.count } };
  }

  importState(state: SavedState): void {
    const step = requireScalar(state, 'step');
    for (const [name, { mean }] of this.moments) requireTensor(state, `square.${name}`, mean.shape);
    for (const [name, { mean, square }] of this.moments) {
      restoreVariable(mean, state, `mean.${name}`);
      restoreVariable(square, state, `square.${name}`);
    }
    this.count = step;
  }

  dispose(): void {
    for (const { mean, square } of this.moments.values()) tf.dispose([mean, square]);
    this.moments.clear();
  }
}
