/**
 * Linear probe by the schedule of the paper (Zhao et al. 2021, arXiv 2006.06606; He et al. 2020, arXiv 1911.05722, section
 * 4.1): SGD with momentum on a linear layer drawn from N(0, 0.01²) with zero bias, mean cross-entropy, the learning rate
 * divided by ten at milestones. Features are cached, so there is one view per image instead of a fresh random crop in each
 * epoch. The update is PyTorch's: v ← momentum·v + g + weightDecay·w; w ← w - lr·v. The last batch of an epoch may be short.
 */
import * as tf from '@tensorflow/tfjs-core';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Cancelled, UserError } from '../../shared/errors';
import { wholePower } from '../../shared/math/wholePower';
import { deriveRandom } from '../../shared/random';
import type { LinearProbeResult } from './linearProbe';
import { crossEntropyResiduals } from './linearProbeLoss';
import { scoreClassifier, type LabelledFeatures, type LinearClassifier } from './linearProbeScore';
import { applyStandardization, fitStandardization } from './standardize';

export interface LinearProbeSgdOptions {
  readonly train: LabelledFeatures;
  readonly test: LabelledFeatures;
  readonly dimension: number;
  readonly numClasses: number;
  readonly seed: number;
  /** Scale features to mean 0 and deviation 1 first; the paper's protocol does not. */
  readonly standardise: boolean;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly epochs: number;
  /** Epochs, counted from 0, at whose start the learning rate is divided by ten. */
  readonly milestones: readonly number[];
  readonly batch: number;
  readonly signal?: AbortSignal;
  /** Epochs done and the mean loss of the last one, in nats. */
  readonly onEpoch?: (epoch: number, loss: number) => void;
}

/** Trains the probe on `train` and scores it on `test`; `loss` of the result is the mean over the last epoch's batches. */
export async function trainLinearProbe(options: LinearProbeSgdOptions): Promise<LinearProbeResult> {
  const { epochs } = options;
  const { train, test } = options.standardise ? standardiseSplits(options) : options;
  const training = new SgdProbe({ ...options, train });
  const count = train.labels.length;
  let loss = Number.NaN;
  for (let epoch = 0; epoch < epochs; epoch++) {
    loss = 0;
    for (let batch = 0; batch < training.perEpoch; batch++) {
      await nextTurn();
      if (options.signal?.aborted) throw new Cancelled();
      loss += (await training.take(epoch * training.perEpoch + batch)) / count;
    }
    if (!Number.isFinite(loss)) throw diverged(epoch, options.learningRate);
    options.onEpoch?.(epoch + 1, loss);
  }
  const { weights } = training;
  const score = await scoreClassifier(weights, test);
  const { accuracy: trainAccuracy } = await scoreClassifier(weights, train);
  return { ...score, trainAccuracy, loss, iterations: training.steps, weights, converged: true };
}

/** What one step of the probe computed; arrays are valid during the call alone. */
export interface ProbeStep {
  readonly batch: LabelledFeatures;
  /** Without the bias [C, rows], and the gradient of the loss with respect to them. */
  readonly products: Float32Array;
  readonly residuals: Float32Array;
  readonly weightGradient: ArrayLike<number>;
  readonly biasGradient: ArrayLike<number>;
}

type ProbeTraining = Omit<LinearProbeSgdOptions, 'test' | 'standardise' | 'signal' | 'onEpoch'>;

/** The probe between its steps, which are counted from 0 over all epochs and taken in order. `train`: as it is learnt from. */
export class SgdProbe {
  readonly perEpoch: number;
  readonly steps: number;
  private readonly state: SgdState;
  private order: { readonly epoch: number; readonly rows: Uint32Array } | undefined;

  constructor(private readonly options: ProbeTraining) {
    this.perEpoch = Math.ceil(options.train.labels.length / options.batch);
    this.steps = options.epochs * this.perEpoch;
    this.state = createState(options);
  }

  get weights(): LinearClassifier {
    return { weight: this.state.weight, bias: this.state.bias };
  }

  rateAt(step: number): number {
    const { learningRate, milestones } = this.options;
    const epoch = Math.floor(step / this.perEpoch);
    return learningRate * wholePower(0.1, milestones.filter((milestone) => epoch >= milestone).length);
  }

  /** Rows of `train` that a step learns from. */
  rowsOf(step: number): Uint32Array {
    const { seed, train, batch } = this.options;
    const epoch = Math.floor(step / this.perEpoch);
    if (this.order?.epoch !== epoch)
      this.order = { epoch, rows: deriveRandom(seed, 'probe-order', epoch).permutation(train.labels.length) };
    const start = (step % this.perEpoch) * batch;
    return this.order.rows.subarray(start, start + batch);
  }

  /** Returns the sum of the batch's losses. */
  take(step: number, onStep?: (seen: ProbeStep) => void): Promise<number> {
    const { train, dimension } = this.options;
    const batch = gatherRows(train, this.rowsOf(step), dimension);
    return takeStep(this.state, batch, { ...this.options, rate: this.rateAt(step), onStep });
  }
}

interface SgdState {
  readonly weight: Float32Array; // [C, D]
  readonly bias: Float32Array; // [C]
  readonly weightVelocity: Float32Array;
  readonly biasVelocity: Float32Array;
}

function createState({ seed, numClasses, dimension }: ProbeTraining): SgdState {
  const random = deriveRandom(seed, 'probe-init');
  return {
    weight: Float32Array.from({ length: numClasses * dimension }, () => 0.01 * random.normal()),
    bias: new Float32Array(numClasses),
    weightVelocity: new Float32Array(numClasses * dimension),
    biasVelocity: new Float32Array(numClasses),
  };
}

/** One SGD step; returns the sum of the batch's losses. */
async function takeStep(
  state: SgdState,
  batch: LabelledFeatures,
  {
    numClasses,
    dimension,
    momentum,
    weightDecay,
    rate,
    onStep,
  }: ProbeTraining & { readonly rate: number; readonly onStep: ((seen: ProbeStep) => void) | undefined },
): Promise<number> {
  const { values, labels } = batch;
  const rows = labels.length;
  const x = tf.tensor2d(values, [rows, dimension]);
  const product = tf.tidy(() => {
    const w = tf.tensor2d(state.weight, [numClasses, dimension]);
    return tf.matMul(w, tf.transpose(x)); // [C, rows]
  });
  const logits = (await product.data()) as Float32Array;
  const biasGradient = new Float64Array(numClasses);
  const products = onStep && logits.slice();
  const loss = crossEntropyResiduals({ logits, bias: state.bias, rows }, labels, rows, biasGradient);
  const gradient = tf.tidy(() => tf.matMul(tf.tensor2d(logits, [numClasses, rows]), x)); // [C, D]
  const weightGradient = await gradient.data();
  tf.dispose([x, product, gradient]);
  if (products) onStep?.({ batch, products, residuals: logits, weightGradient, biasGradient });
  const update = { rate, momentum, weightDecay };
  moveAgainst(state.weight, state.weightVelocity, weightGradient, update);
  moveAgainst(state.bias, state.biasVelocity, biasGradient, update);
  return loss;
}

function moveAgainst(
  weights: Float32Array,
  velocity: Float32Array,
  gradient: ArrayLike<number>,
  { rate, momentum, weightDecay }: { rate: number; momentum: number; weightDecay: number },
): void {
  for (let i = 0; i < weights.length; i++) {
    velocity[i] = momentum * velocity[i]! + gradient[i]! + weightDecay * weights[i]!;
    weights[i] = weights[i]! - rate * velocity[i]!;
  }
}

function gatherRows({ values, labels }: LabelledFeatures, rows: Uint32Array, dimension: number): LabelledFeatures {
  const gathered = { values: new Float32Array(rows.length * dimension), labels: new Int32Array(rows.length) };
  rows.forEach((row, i) => {
    gathered.values.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension);
    gathered.labels[i] = labels[row]!;
  });
  return gathered;
}

function standardiseSplits({ train, test, dimension }: LinearProbeSgdOptions): {
  train: LabelledFeatures;
  test: LabelledFeatures;
} {
  const scaling = fitStandardization(train.values, train.labels.length, dimension);
  const scale = ({ values, labels }: LabelledFeatures) => ({ values: applyStandardization(values, scaling), labels });
  return { train: scale(train), test: scale(test) };
}

function diverged(epoch: number, learningRate: number): UserError {
  return new UserError(
    'numeric',
    `The linear probe diverged in epoch ${epoch + 1} at learning rate ${learningRate}; ` +
      'lower its `learningRate` or use `solver: lbfgs`, which has none.',
  );
}
