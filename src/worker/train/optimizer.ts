/**
 * Gradient descent with momentum, PyTorch's way (the learning rate is outside the velocity), and LARS.
 * SGD: torch.optim.SGD with dampening 0. LARS: You et al. 2017, arXiv 1708.03888, algorithm 1 (learning rate inside the velocity).
 * tfjs's own optimisers differ (no weight decay, velocity scaled another way) and their state cannot be saved exactly.
 */
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../shared/errors';
import { readTensor, restoreVariable } from '../models/savedState';
import { blend } from '../ops/blend';
import { momentumStep } from '../ops/momentumStep';
import type { SavedState } from '../models/savedState';

export interface Optimizer {
  /** Moves every parameter once; the gradients stay the caller's. */
  step(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number): void;
  exportState(): Promise<SavedState>;
  importState(state: SavedState): void;
  dispose(): void;
}

export interface OptimizerSettings {
  readonly kind: 'sgd' | 'lars';
  /** mu in 0..1. */
  readonly momentum: number;
  /** beta, added to the gradient as beta · p. */
  readonly weightDecay: number;
  readonly nesterov?: boolean;
  /** `norm-and-bias` spares parameters with one axis weight decay, and LARS's layer-wise rate as well. */
  readonly exclude: 'none' | 'norm-and-bias';
  /** eta of LARS. */
  readonly trustCoefficient?: number;
  /** Factors on the learning rate by parameter name, 1 where absent: PyTorch's parameter groups. */
  readonly rateFactors?: ReadonlyMap<string, number>;
}

/**
 * An optimiser over named parameters, which stay the caller's. Shapes are those of the parameters; p: parameter, g: gradient.
 *
 *   sgd   g ← g + beta p;  v ← mu v + g;  p ← p - lr (nesterov ? g + mu v : v)
 *   lars  lambda = eta |p| / (|g| + beta |p|), 1 where a norm is 0;  v ← mu v + lr lambda (g + beta p);  p ← p - v
 */
export function createOptimizer(parameters: ReadonlyMap<string, tf.Variable>, settings: OptimizerSettings): Optimizer {
  if (settings.kind === 'lars' && settings.nesterov) {
    throw new UserError('config', 'LARS has no Nesterov form here; set nesterov to false or the optimizer to sgd.');
  }
  return new MomentumOptimizer(parameters, settings);
}

/** Whether a parameter is a batch-norm scale or shift or a bias: those are the ones with a single axis. */
export function isNormOrBias(parameter: tf.Tensor): boolean {
  return parameter.rank <= 1;
}

/** The gradient of a parameter; leaving one out is a mistake in the caller. */
export function requireGradient(gradients: ReadonlyMap<string, tf.Tensor>, name: string): tf.Tensor {
  const gradient = gradients.get(name);
  if (!gradient) throw new Error(`internal: no gradient for ${name}`);
  return gradient;
}

class MomentumOptimizer implements Optimizer {
  /** v per parameter; absent without momentum. Zero at the start, which equals PyTorch's first step. */
  private readonly velocities = new Map<string, tf.Variable>();

  constructor(
    private readonly parameters: ReadonlyMap<string, tf.Variable>,
    private readonly settings: OptimizerSettings,
  ) {
    if (settings.momentum === 0) return;
    for (const [name, parameter] of parameters) {
      this.velocities.set(
        name,
        tf.tidy(() => tf.variable(tf.zeros(parameter.shape), false)),
      );
    }
  }

  step(gradients: ReadonlyMap<string, tf.Tensor>, commonRate: number): void {
    for (const [name, parameter] of this.parameters) {
      const gradient = requireGradient(gradients, name);
      const learningRate = commonRate * (this.settings.rateFactors?.get(name) ?? 1);
      const velocity = this.velocities.get(name);
      const { kind, nesterov, momentum } = this.settings;
      if (kind === 'sgd' && velocity && !nesterov) {
        const weightDecay = this.decayOf(parameter);
        momentumStep({ parameter, velocity }, gradient, { learningRate, momentum, weightDecay });
        continue;
      }
      tf.tidy(() => {
        const [direction, rate] =
          this.settings.kind === 'lars'
            ? [this.larsChange(name, parameter, { gradient, learningRate }), 1]
            : [this.sgdDirection(name, parameter, gradient), learningRate];
        parameter.assign(blend(parameter as tf.Tensor, 1, direction, -rate));
      });
    }
  }

  private sgdDirection(name: string, parameter: tf.Variable, gradient: tf.Tensor): tf.Tensor {
    const decayed = addDecay(gradient, parameter, this.decayOf(parameter));
    const velocity = this.accumulate(name, decayed);
    return this.settings.nesterov ? tf.add(decayed, tf.mul(velocity, this.settings.momentum)) : velocity;
  }

  private larsChange(
    name: string,
    parameter: tf.Variable,
    { gradient, learningRate }: { gradient: tf.Tensor; learningRate: number },
  ): tf.Tensor {
    const decay = this.decayOf(parameter);
    const plain = tf.mul(addDecay(gradient, parameter, decay), learningRate);
    const exempt = this.settings.exclude === 'norm-and-bias' && isNormOrBias(parameter);
    if (exempt) return this.accumulate(name, plain);
    const trust = this.settings.trustCoefficient ?? 0.001;
    return this.accumulate(name, tf.mul(plain, layerRate({ parameter, gradient, decay, trust })));
  }

  /** v ← mu v + update. */
  private accumulate(name: string, update: tf.Tensor): tf.Tensor {
    const velocity = this.velocities.get(name);
    if (!velocity) return update;
    velocity.assign(blend(velocity as tf.Tensor, this.settings.momentum, update, 1));
    return velocity;
  }

  private decayOf(parameter: tf.Variable): number {
    return this.settings.exclude === 'norm-and-bias' && isNormOrBias(parameter) ? 0 : this.settings.weightDecay;
  }

  async exportState(): Promise<SavedState> {
    const tensors = new Map<string, Awaited<ReturnType<typeof readTensor>>>();
    for (const [name, velocity] of this.velocities) tensors.set(name, await readTensor(velocity));
    return { tensors, scalars: {} };
  }

  importState(state: SavedState): void {
    for (const [name, velocity] of this.velocities) restoreVariable(velocity, state, name);
  }

  dispose(): void {
    for (const velocity of this.velocities.values()) velocity.dispose();
    this.velocities.clear();
  }
}

/** g + beta p, or g itself without decay. */
export function addDecay(gradient: tf.Tensor, parameter: tf.Tensor, decay: number): tf.Tensor {
  return decay === 0 ? gradient : blend(gradient, 1, parameter, decay);
}

interface LayerRateInput {
  readonly parameter: tf.Tensor;
  readonly gradient: tf.Tensor;
  readonly decay: number;
  readonly trust: number;
}

/** lambda = eta |p| / (|g| + beta |p|), or 1 where either norm is 0; a scalar that stays on the runtime. */
function layerRate({ parameter, gradient, decay, trust }: LayerRateInput): tf.Tensor {
  const size = euclideanNorm(parameter);
  const slope = euclideanNorm(gradient);
  const rate = tf.div(tf.mul(size, trust), tf.add(slope, tf.mul(size, decay)));
  const usable = tf.logicalAnd(tf.greater(size, 0), tf.greater(slope, 0));
  return tf.where(usable, rate, tf.onesLike(rate));
}

/** |x| over all axes. Row sums first: one long float32 sum loses digits and is slow on wasm. */
function euclideanNorm(x: tf.Tensor): tf.Tensor {
  const last = x.shape[x.rank - 1] ?? 1;
  const rows = tf.reshape(tf.square(x), [-1, last]); // [size / last, last]
  return tf.sqrt(tf.sum(tf.sum(rows, 1)));
}
