/**
 * A linear support vector machine with squared hinge loss, as liblinear solves it (Hsieh et al. 2008, dual coordinate
 * descent, algorithm 1):  minimise ½‖w‖² + C·Σ c_i·max(0, 1 − y_i (w·x_i))²,  the bias being the weight of a feature that
 * is 1 and penalised like the others. That is scikit-learn's LinearSVC with intercept_scaling 1. And the average precision by
 * which such classifiers are judged. Left out: shrinking, which changes the time and not the solution.
 */
import { deriveRandom } from '../random';

export interface SvmProblem {
  /** [count, dimension] */
  readonly values: Float32Array;
  readonly dimension: number;
  /** [count] 1 or −1 */
  readonly labels: Int8Array;
  /** C > 0 */
  readonly cost: number;
  /** Factor on the cost of positive rows. */
  readonly positiveWeight: number;
  readonly seed: number;
  /** Stop when projected gradients differ by at most this over a pass. Default 1e-4, liblinear's. */
  readonly tolerance?: number;
  /** Passes. Default 2000. */
  readonly maxPasses?: number;
}

export interface LinearSvm {
  /** [dimension] */
  readonly weights: Float64Array;
  readonly bias: number;
  /** Whether the tolerance was met. */
  readonly converged: boolean;
}

export function trainLinearSvm(problem: SvmProblem): LinearSvm {
  const { values, dimension, labels, tolerance = 1e-4, maxPasses = 2000 } = problem;
  const weights = new Float64Array(dimension + 1);
  const alpha = new Float64Array(labels.length);
  const { diagonal, curvature } = quadratics(problem);
  for (let pass = 0; pass < maxPasses; pass++) {
    let [high, low] = [-Infinity, Infinity];
    for (const i of deriveRandom(problem.seed, 'svm-order', pass).permutation(labels.length)) {
      const gradient = labels[i]! * decide(values, i * dimension, weights, dimension) - 1 + diagonal[i]! * alpha[i]!;
      const projected = alpha[i] === 0 ? Math.min(gradient, 0) : gradient;
      high = Math.max(high, projected);
      low = Math.min(low, projected);
      if (projected === 0) continue;
      const before = alpha[i]!;
      alpha[i] = Math.max(0, before - gradient / curvature[i]!);
      addRow(weights, (alpha[i]! - before) * labels[i]!, values, i * dimension);
    }
    if (high - low <= tolerance) return { weights: weights.slice(0, -1), bias: weights[dimension]!, converged: true };
  }
  return { weights: weights.slice(0, -1), bias: weights[dimension]!, converged: false };
}

/** w·x + b of every row. values: [count, dimension]. */
export function decideRows({ weights, bias }: LinearSvm, values: Float32Array): Float64Array {
  const dimension = weights.length;
  const all = Float64Array.from([...weights, bias]);
  return Float64Array.from({ length: values.length / dimension }, (_, i) =>
    decide(values, i * dimension, all, dimension),
  );
}

/**
 * Area under the precision-recall steps, Σ (R_k − R_(k−1))·P_k over falling thresholds, equal scores together: scikit-learn's
 * average_precision_score. In 0..1; NaN without positives. With `elevenPoint` VOC 2007's: the mean over recalls 0, 0.1 … 1
 * of the highest precision at that recall or above.
 */
export function averagePrecision(
  scores: ArrayLike<number>,
  isPositive: ArrayLike<number | boolean>,
  { elevenPoint = false }: { readonly elevenPoint?: boolean } = {},
): number {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const positives = order.filter((i) => Boolean(isPositive[i])).length;
  if (positives === 0) return Number.NaN;
  const [recalls, precisions]: [number[], number[]] = [[], []];
  let right = 0;
  order.forEach((i, place) => {
    if (isPositive[i]) right++;
    const next = order[place + 1];
    if (next !== undefined && scores[next] === scores[i]) return;
    recalls.push(right / positives);
    precisions.push(right / (place + 1));
  });
  if (elevenPoint) {
    const best = (recall: number) => Math.max(0, ...precisions.filter((_, k) => recalls[k]! >= recall));
    return Array.from({ length: 11 }, (_, t) => best(t / 10)).reduce((sum, value) => sum + value, 0) / 11;
  }
  return precisions.reduce((sum, precision, k) => sum + (recalls[k]! - (recalls[k - 1] ?? 0)) * precision, 0);
}

/** 1 / (2 C c_i), and with ‖x_i‖² + 1 added: the diagonal of the dual. */
function quadratics({ values, dimension, labels, cost, positiveWeight }: SvmProblem) {
  const diagonal = Float64Array.from(labels, (label) => 0.5 / (cost * (label > 0 ? positiveWeight : 1)));
  const curvature = diagonal.map((value, i) => {
    let square = 1;
    for (let d = i * dimension; d < (i + 1) * dimension; d++) square += values[d]! * values[d]!;
    return value + square;
  });
  return { diagonal, curvature };
}

/** weights: [dimension + 1], the bias last. */
function decide(values: Float32Array, from: number, weights: Float64Array, dimension: number): number {
  let sum = weights[dimension]!;
  for (let d = 0; d < dimension; d++) sum += weights[d]! * values[from + d]!;
  return sum;
}

function addRow(weights: Float64Array, factor: number, values: Float32Array, from: number): void {
  const last = weights.length - 1;
  for (let d = 0; d < last; d++) weights[d] = weights[d]! + factor * values[from + d]!;
  weights[last] = weights[last]! + factor;
}
