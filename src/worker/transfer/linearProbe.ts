/**
 * Linear probe solved to its optimum: multinomial logistic regression on frozen features,
 *   minimise (1/N)·Σ cross-entropy(W x + b, y) + (l2/2)·‖W‖²   (the bias is not penalised),
 * which is scikit-learn's LogisticRegression with C = 1 / (l2 · N). An optimum has no learning rate to tune; one fixed l2
 * still suits some layers better than others. Left out: choosing l2 on held-out images, as Kornblith et al. 2019
 * (arXiv 1805.08974) do.
 */
import { UserError } from '../../shared/errors';
import { minimize, type LbfgsResult } from './lbfgs';
import { ProbeObjective } from './linearProbeObjective';
import type { Curvature, Preconditioner } from './linearProbePreconditioner';
import {
  scoreClassifier,
  type ClassifierScore,
  type LabelledFeatures,
  type LinearClassifier,
} from './linearProbeScore';
import { applyStandardization, fitCentering, fitStandardization, type Standardization } from './standardize';

export interface LinearProbeOptions {
  readonly train: LabelledFeatures;
  readonly test: LabelledFeatures;
  readonly dimension: number;
  readonly numClasses: number;
  /** Weight of half the squared norm of W, ≥ 0. With `standardise`, W acts on the scaled features. */
  readonly l2: number;
  /** Scale features to mean 0 and deviation 1 over the training images first. */
  readonly standardise: boolean;
  /** Stop when the next step is predicted to lower the loss by at most this, in nats. Default 1e-5. */
  readonly tolerance?: number;
  /** Default 300. */
  readonly maxIterations?: number;
  readonly signal?: AbortSignal;
  readonly onIteration?: (iteration: number, loss: number) => void;
}

export interface LinearProbeResult extends ClassifierScore {
  /** Accuracy on the training images, in 0..1. */
  readonly trainAccuracy: number;
  /** Training loss that was minimised, with the penalty, in nats. */
  readonly loss: number;
  /** L-BFGS iterations or SGD steps. */
  readonly iterations: number;
  /** For features as they came in: any scaling is folded in. */
  readonly weights: LinearClassifier;
  /**
   * L-BFGS: whether the tolerance was met (or float32 rounding ended the descent) before the iterations ran out.
   * SGD: true, since it has a schedule and no optimum to reach.
   */
  readonly converged: boolean;
}

/** After so many iterations the change of variables is fitted again, to the curvature found by then. */
const FIRST_ROUND = 10;
/** Relative rounding noise of a loss whose logits are float32. */
const NOISE = 1e-7;

/** Fits the probe on `train` and scores it on `test`. train, test: [N, dimension] each; accuracy in 0..1. */
export async function solveLinearProbe(options: LinearProbeOptions): Promise<LinearProbeResult> {
  const { train, test, dimension, numClasses } = options;
  requireSolvable(options);
  const count = train.labels.length;
  // Centring changes nothing but the bias, which is free; it keeps float32 products accurate.
  const fit = options.standardise ? fitStandardization : fitCentering;
  const scaling = fit(train.values, count, dimension);
  const values = applyStandardization(train.values, scaling);
  const objective = new ProbeObjective({ values, labels: train.labels, count, dimension, numClasses, l2: options.l2 });
  try {
    const solution = await solveInRounds(objective, options);
    const weights = unscale(solution, scaling, numClasses);
    const score = await scoreClassifier(weights, test);
    const { accuracy: trainAccuracy } = await scoreClassifier(weights, train);
    const { loss, iterations, converged } = solution;
    return { ...score, trainAccuracy, loss, iterations, converged, weights };
  } finally {
    objective.dispose();
  }
}

interface Solution {
  readonly weight: Float32Array; // [C, D] for scaled features
  readonly bias: Float64Array; // [C]
  readonly loss: number;
  readonly iterations: number;
  readonly converged: boolean;
}

async function solveInRounds(objective: ProbeObjective, options: LinearProbeOptions): Promise<Solution> {
  const { maxIterations = 300 } = options;
  const start = priorStart(options);
  let preconditioner = await objective.createPreconditioner(start.curvature);
  try {
    let point = preconditioner.toPoint(new Float64Array(options.numClasses * options.dimension), start.bias);
    let result = await runRound({
      objective,
      preconditioner,
      point,
      options,
      done: 0,
      limit: Math.min(FIRST_ROUND, maxIterations),
    });
    const done = result.iterations;
    if (result.stop === 'iterations' && done < maxIterations) {
      const refitted = await objective.createPreconditioner(await objective.curvature(result.point, preconditioner));
      const { weight, bias } = await readSolution(result.point, preconditioner);
      preconditioner.dispose();
      preconditioner = refitted;
      point = preconditioner.toPoint(weight, bias);
      result = await runRound({ objective, preconditioner, point, options, done, limit: maxIterations - done });
      result = { ...result, iterations: result.iterations + done };
    }
    const { weight, bias } = await readSolution(result.point, preconditioner);
    return { weight, bias, loss: result.value, iterations: result.iterations, converged: result.stop !== 'iterations' };
  } finally {
    preconditioner.dispose();
  }
}

function runRound(round: {
  readonly objective: ProbeObjective;
  readonly preconditioner: Preconditioner;
  readonly point: Float64Array;
  readonly options: LinearProbeOptions;
  readonly done: number;
  readonly limit: number;
}): Promise<LbfgsResult> {
  const { objective, preconditioner, options, done } = round;
  return minimize({
    objective: (point) => objective.evaluate(point, preconditioner),
    start: round.point,
    maxIterations: round.limit,
    gradientTolerance: 1e-9,
    decreaseTolerance: options.tolerance ?? 1e-5,
    noise: NOISE,
    signal: options.signal,
    onIteration: (iteration, loss) => options.onIteration?.(done + iteration, loss),
  });
}

/** Zero weights and log class frequencies (one image added to each), and the curvature there. */
function priorStart({ train, numClasses }: LinearProbeOptions): { bias: Float64Array; curvature: Curvature } {
  const prior = new Float64Array(numClasses).fill(1);
  for (const label of train.labels) prior[label] = prior[label]! + 1;
  const total = train.labels.length + numClasses;
  const classes = prior.map((value) => (value / total) * (1 - value / total));
  const sample = classes.reduce((sum, value) => sum + value, 0) / numClasses;
  const samples = new Float64Array(train.labels.length).fill(sample);
  return { bias: prior.map((value) => Math.log(value / total)), curvature: { samples, classes } };
}

async function readSolution(
  point: Float64Array,
  preconditioner: Preconditioner,
): Promise<{ weight: Float32Array; bias: Float64Array }> {
  const tensor = preconditioner.toWeights(point);
  const weight = (await tensor.data()).slice() as Float32Array;
  tensor.dispose();
  return { weight, bias: preconditioner.toBias(point) };
}

/** Folds x ↦ (x - mean)·scale into the classifier. */
function unscale({ weight, bias }: Solution, { mean, scale }: Standardization, numClasses: number): LinearClassifier {
  const dimension = mean.length;
  const result = { weight: new Float32Array(weight.length), bias: new Float32Array(numClasses) };
  for (let c = 0; c < numClasses; c++) {
    let shift = 0;
    for (let j = 0; j < dimension; j++) {
      const value = weight[c * dimension + j]! * scale[j]!;
      result.weight[c * dimension + j] = value;
      shift += value * mean[j]!;
    }
    result.bias[c] = bias[c]! - shift;
  }
  return result;
}

function requireSolvable({ train, test, dimension, l2 }: LinearProbeOptions): void {
  for (const { values, labels } of [train, test]) {
    if (values.length !== labels.length * dimension) {
      throw new Error(
        `internal: ${values.length} feature values for ${labels.length} labels of dimension ${dimension}`,
      );
    }
  }
  if (!(l2 >= 0)) throw new Error(`internal: l2 is ${l2}`);
  const first = train.labels[0];
  if (train.labels.every((label) => label === first)) {
    throw new UserError(
      'numeric',
      `A linear probe needs images of at least two classes, but its ${train.labels.length} training images have one class at most; use a larger or different training split.`,
    );
  }
}
