/**
 * Multinomial logistic regression on the supports of an episode, solved to its optimum:
 *   minimise (1/N)·Σ cross-entropy(W x + b, y) + (l2/2)·‖W‖²   (the bias is not penalised),
 * which is scikit-learn's LogisticRegression with C = 1 / (l2 · N), and the linear probe's objective. W lies in the span of
 * the N supports, W = Aᵀ X, so that the work depends on K = X Xᵀ alone and not on the number of features. Newton's method;
 * its equations are solved by conjugate gradients in the inner product ⟨A, B⟩ = tr(Aᵀ K B), which is that of W itself.
 */
import type { EpisodeFeatures } from './episodeClassifiers';
import { productRows } from './rowProducts';

export interface LogisticSettings {
  /** Weight of half the squared norm of W, > 0; 1 / N is scikit-learn's C = 1. */
  readonly l2: number;
  /** Stop when the gradient is this much shorter than at the start; default 1e-6, far below what moves a prediction. */
  readonly tolerance?: number;
}

const MAX_NEWTON = 50;
const MAX_HALVINGS = 30;

/** Logits [queries, ways]. */
export function scoreByLogistic(features: EpisodeFeatures, { l2, tolerance }: LogisticSettings): Float64Array {
  const { ways, shots, dimension, support, query } = features;
  const count = ways * shots;
  const kernel = productRows(support, support, dimension); // [N, N]
  const labels = Int32Array.from({ length: count }, (_, i) => Math.floor(i / shots));
  const { weights, bias } = solveLogistic({
    kernel,
    labels,
    count,
    ways,
    l2,
    ...(tolerance !== undefined && { tolerance }),
  });
  const similarity = productRows(query, support, dimension); // [Q, N]
  return addBias(multiply(similarity, weights, { inner: count, columns: ways }), bias);
}

export interface LogisticProblem extends LogisticSettings {
  /** [count, count], inner products of the supports. */
  readonly kernel: Float64Array;
  /** [count] in 0..ways-1 */
  readonly labels: Int32Array;
  readonly count: number;
  readonly ways: number;
}

/** Coefficients of the supports [count, ways] and biases [ways]. */
export interface LogisticSolution {
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  /** The minimum, in nats. */
  readonly loss: number;
}

/** A point or direction: coefficients, their product with the kernel (kept, since that product is the work), biases. */
interface Vector {
  readonly a: Float64Array; // [N, C]
  readonly ka: Float64Array; // K a
  readonly b: Float64Array; // [C]
}

export function solveLogistic(problem: LogisticProblem): LogisticSolution {
  const { count, ways } = problem;
  let point = zeros(count, ways);
  let state = evaluate(problem, point);
  const goal = (problem.tolerance ?? 1e-6) * norm(state.gradient);
  for (let iteration = 0; iteration < MAX_NEWTON; iteration++) {
    const length = norm(state.gradient);
    if (length <= goal) break;
    const direction = newtonDirection(problem, state, Math.min(0.1, Math.sqrt(length)) * length);
    const slope = dot(state.gradient, direction);
    let step = 1;
    let next = combine(point, step, direction);
    let nextState = evaluate(problem, next);
    for (let halving = 0; !(nextState.loss <= state.loss + 1e-4 * step * slope) && halving < MAX_HALVINGS; halving++) {
      step /= 2;
      next = combine(point, step, direction);
      nextState = evaluate(problem, next);
    }
    // Rounding has been reached.
    if (!(nextState.loss <= state.loss)) break;
    point = next;
    state = nextState;
  }
  return { weights: point.a, bias: point.b, loss: state.loss };
}

interface State {
  readonly loss: number;
  readonly gradient: Vector;
  /** [N, C] */
  readonly shares: Float64Array;
}

function evaluate({ kernel, labels, count, ways, l2 }: LogisticProblem, point: Vector): State {
  const shares = addBias(point.ka.slice(), point.b);
  let loss = 0;
  for (let i = 0; i < count; i++) loss -= Math.log(softmaxRow(shares, i * ways, ways, labels[i]!)) / count;
  let square = 0;
  for (let i = 0; i < point.a.length; i++) square += point.a[i]! * point.ka[i]!;
  const a = new Float64Array(count * ways);
  const b = new Float64Array(ways);
  for (let i = 0; i < a.length; i++) {
    const c = i % ways;
    const residual = (shares[i]! - (labels[(i - c) / ways] === c ? 1 : 0)) / count;
    a[i] = residual + l2 * point.a[i]!;
    b[c] = b[c]! + residual;
  }
  return {
    loss: loss + (l2 / 2) * square,
    gradient: { a, ka: multiply(kernel, a, { inner: count, columns: ways }), b },
    shares,
  };
}

/** Solves H d = −g by conjugate gradients until the residual is at most `tolerance` long. */
function newtonDirection(problem: LogisticProblem, { gradient, shares }: State, tolerance: number): Vector {
  const { count, ways } = problem;
  let direction = zeros(count, ways);
  let residual = combine(direction, -1, gradient);
  let search = residual;
  let square = dot(residual, residual);
  for (let k = 0; k < 2 * count * ways && Math.sqrt(square) > tolerance; k++) {
    const image = applyHessian(problem, shares, search);
    const curvature = dot(search, image);
    if (!(curvature > 0)) break;
    const step = square / curvature;
    direction = combine(direction, step, search);
    residual = combine(residual, -step, image);
    const next = dot(residual, residual);
    search = combine(residual, next / square, search);
    square = next;
  }
  return direction;
}

/** [S(K a + b)/N + l2·a ; Σ of rows of S(…)/N], S(z)_i = p_i∘z_i − p_i (p_i·z_i). */
function applyHessian(
  { kernel, count, ways, l2 }: LogisticProblem,
  shares: Float64Array,
  { a, ka, b }: Vector,
): Vector {
  const image = { a: new Float64Array(count * ways), b: new Float64Array(ways) };
  for (let i = 0; i < count; i++) {
    const row = i * ways;
    let mean = 0;
    for (let c = 0; c < ways; c++) mean += shares[row + c]! * (ka[row + c]! + b[c]!);
    for (let c = 0; c < ways; c++) {
      const curved = (shares[row + c]! * (ka[row + c]! + b[c]! - mean)) / count;
      image.a[row + c] = curved + l2 * a[row + c]!;
      image.b[c] = image.b[c]! + curved;
    }
  }
  return { ...image, ka: multiply(kernel, image.a, { inner: count, columns: ways }) };
}

/** Turns a row of logits into shares in place; returns the share of `label`. */
function softmaxRow(values: Float64Array, from: number, ways: number, label: number): number {
  let top = -Infinity;
  for (let c = 0; c < ways; c++) top = Math.max(top, values[from + c]!);
  let sum = 0;
  for (let c = 0; c < ways; c++) sum += values[from + c] = Math.exp(values[from + c]! - top);
  for (let c = 0; c < ways; c++) values[from + c] = values[from + c]! / sum;
  return Math.max(values[from + label]!, Number.MIN_VALUE);
}

function zeros(count: number, ways: number): Vector {
  return { a: new Float64Array(count * ways), ka: new Float64Array(count * ways), b: new Float64Array(ways) };
}

/** x + s·y */
function combine(x: Vector, s: number, y: Vector): Vector {
  return { a: addScaled(x.a, s, y.a), ka: addScaled(x.ka, s, y.ka), b: addScaled(x.b, s, y.b) };
}

function addScaled(x: Float64Array, s: number, y: Float64Array): Float64Array {
  const sum = new Float64Array(x.length);
  for (let i = 0; i < sum.length; i++) sum[i] = x[i]! + s * y[i]!;
  return sum;
}

/** tr(aᵀ K a') + b·b' */
function dot(x: Vector, y: Vector): number {
  let sum = 0;
  for (let i = 0; i < x.a.length; i++) sum += x.a[i]! * y.ka[i]!;
  for (let c = 0; c < x.b.length; c++) sum += x.b[c]! * y.b[c]!;
  return sum;
}

function norm(x: Vector): number {
  return Math.sqrt(Math.max(0, dot(x, x)));
}

/** a · b; a: [rows, inner], b: [inner, columns]. */
function multiply(
  a: Float64Array,
  b: Float64Array,
  { inner, columns }: { readonly inner: number; readonly columns: number },
): Float64Array {
  const rows = a.length / inner;
  const product = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k]!;
      for (let c = 0; c < columns; c++)
        product[i * columns + c] = product[i * columns + c]! + factor * b[k * columns + c]!;
    }
  }
  return product;
}

function addBias(values: Float64Array, bias: Float64Array): Float64Array {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! + bias[i % bias.length]!;
  return values;
}
