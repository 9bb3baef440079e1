/**
 * Limited-memory BFGS for a smooth function given with its gradient: Nocedal & Wright, Numerical Optimization (2nd ed.),
 * algorithms 7.4 (two-loop recursion), 7.5, and a line search for the strong Wolfe conditions after 3.5 and 3.6, bracketing
 * and zooming in one loop. Vectors are float64; the function may be noisy at float32 level (`noise`). The event loop gets a
 * turn at every iteration, so that cancelling and heartbeats work. Left out: bounds, line searches without gradients.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Cancelled } from '../../shared/errors';

export interface Evaluation {
  readonly value: number;
  readonly gradient: Float64Array;
}

export interface LbfgsOptions {
  readonly objective: (point: Float64Array) => Evaluation | Promise<Evaluation>;
  readonly start: Float64Array;
  /** Correction pairs kept. Default 10. */
  readonly history?: number;
  readonly maxIterations: number;
  /** Stop when the Euclidean norm of the gradient is at most this. Default 0. */
  readonly gradientTolerance?: number;
  /** Stop when the decrease the quadratic model predicts, -gᵀd/2, is at most this. Default 0. */
  readonly decreaseTolerance?: number;
  /** Relative rounding noise of the value; decreases below it are not asked for. Default 1e-14. */
  readonly noise?: number;
  readonly signal?: AbortSignal;
  readonly onIteration?: (iteration: number, value: number) => void;
}

export interface LbfgsResult {
  readonly point: Float64Array;
  readonly value: number;
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly evaluations: number;
  /** What ended it: a tolerance was met, the iterations ran out, or no step lowered the value (noise level reached). */
  readonly stop: 'gradient' | 'decrease' | 'iterations' | 'noStep';
}

/** Minimises a function from `start`. Throws Cancelled when the signal is aborted. */
export async function minimize(options: LbfgsOptions): Promise<LbfgsResult> {
  const { objective, start, history = 10, gradientTolerance = 0, decreaseTolerance = 0, noise = 1e-14 } = options;
  const memory = new Memory(history);
  let point: Float64Array = start.slice();
  let { value, gradient } = await objective(point);
  let evaluations = 1;
  const finish = (iterations: number, stop: LbfgsResult['stop']): LbfgsResult => {
    return { point, value, gradientNorm: norm(gradient), iterations, evaluations, stop };
  };
  for (let iteration = 0; ; iteration++) {
    await nextTurn();
    if (options.signal?.aborted) throw new Cancelled();
    if (norm(gradient) <= gradientTolerance) return finish(iteration, 'gradient');
    const direction = memory.direction(gradient);
    const slope = dot(gradient, direction);
    if (!memory.isEmpty && -slope / 2 <= decreaseTolerance) return finish(iteration, 'decrease');
    if (iteration === options.maxIterations) return finish(iteration, 'iterations');
    const first = memory.isEmpty ? Math.min(1, 1 / norm(gradient)) : 1;
    const found = await searchLine({
      objective,
      point,
      value,
      slope,
      direction,
      first,
      slack: noise * Math.abs(value),
    });
    evaluations += found.evaluations;
    if (!found.step) {
      if (memory.isEmpty) return finish(iteration, 'noStep');
      memory.clear(); // Once more from steepest descent before giving up.
      continue;
    }
    memory.add(difference(found.step.point, point), difference(found.step.gradient, gradient));
    ({ point, value, gradient } = found.step);
    options.onIteration?.(iteration + 1, value);
  }
}

/** The last correction pairs s = Δx, y = Δg, and the inverse-Hessian product they define. */
class Memory {
  private readonly pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  private scale = 1;

  constructor(private readonly size: number) {}

  get isEmpty(): boolean {
    return this.pairs.length === 0;
  }

  clear(): void {
    this.pairs.length = 0;
    this.scale = 1;
  }

  add(s: Float64Array, y: Float64Array): void {
    const curvature = dot(s, y);
    const square = dot(y, y);
    // A pair without positive curvature would make the direction uphill.
    if (!(curvature > 1e-12 * Math.sqrt(square * dot(s, s)))) return;
    this.pairs.push({ s, y, rho: 1 / curvature });
    if (this.pairs.length > this.size) this.pairs.shift();
    this.scale = curvature / square;
  }

  /** -H g by algorithm 7.4, with the initial H of equation 7.20. */
  direction(gradient: Float64Array): Float64Array {
    const result = gradient.slice();
    const alphas: number[] = [];
    for (let i = this.pairs.length - 1; i >= 0; i--) {
      const { s, y, rho } = this.pairs[i]!;
      const alpha = rho * dot(s, result);
      alphas.push(alpha);
      addScaled(result, -alpha, y);
    }
    for (let j = 0; j < result.length; j++) result[j] = -this.scale * result[j]!;
    for (const { s, y, rho } of this.pairs) {
      // The sign is turned already, so beta is too.
      addScaled(result, -alphas.pop()! - rho * dot(y, result), s);
    }
    return result;
  }
}

interface Trial extends Evaluation {
  readonly t: number;
  readonly slope: number;
  readonly point: Float64Array;
}

const ARMIJO = 1e-4;
const CURVATURE = 0.9;
const MAX_TRIALS = 20;

/** A step along `direction` that meets the strong Wolfe conditions, or the best one that at least lowers the value. */
async function searchLine(options: {
  readonly objective: LbfgsOptions['objective'];
  readonly point: Float64Array;
  readonly value: number;
  readonly slope: number;
  readonly direction: Float64Array;
  readonly first: number;
  readonly slack: number;
}): Promise<{ step?: Trial; evaluations: number }> {
  const { value, slope, slack } = options;
  const isTooHigh = (trial: Trial) => !(trial.value <= value + ARMIJO * trial.t * slope + slack);
  // `low` always satisfies the decrease condition; the wanted step lies between it and `high`.
  let low: { t: number; value: number; slope: number } = { t: 0, value, slope };
  let high: { t: number; value: number; slope: number } | undefined;
  let best: Trial | undefined;
  let t = options.first;
  for (let evaluations = 1; evaluations <= MAX_TRIALS; evaluations++) {
    const trial = await evaluateAt(options, t);
    if (isTooHigh(trial) || !(trial.value <= low.value + slack)) {
      high = trial;
    } else {
      best = trial;
      if (Math.abs(trial.slope) <= CURVATURE * Math.abs(slope)) return { step: best, evaluations };
      if (trial.slope * (high ? high.t - low.t : 1) >= 0) high = low;
      low = trial;
    }
    if (!high) t *= 2;
    else if (Math.abs(high.t - low.t) <= 1e-10 * options.first) return { step: best, evaluations };
    else t = insideBracket(low, high);
  }
  return { step: best, evaluations: MAX_TRIALS };
}

async function evaluateAt(
  {
    objective,
    point,
    direction,
  }: { objective: LbfgsOptions['objective']; point: Float64Array; direction: Float64Array },
  t: number,
): Promise<Trial> {
  const moved = point.slice();
  addScaled(moved, t, direction);
  const { value, gradient } = await objective(moved);
  return { t, point: moved, value, gradient, slope: dot(gradient, direction) };
}

/** Minimiser of the cubic through both ends (equation 3.59), kept away from the ends; the middle when there is none. */
function insideBracket(
  a: { t: number; value: number; slope: number },
  b: { t: number; value: number; slope: number },
): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.t - b.t);
  const d2 = Math.sign(b.t - a.t) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  const t = b.t - ((b.t - a.t) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
  const [from, to] = a.t < b.t ? [a.t, b.t] : [b.t, a.t];
  const margin = 0.1 * (to - from);
  return Number.isFinite(t) ? Math.min(Math.max(t, from + margin), to - margin) : (from + to) / 2;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function addScaled(target: Float64Array, factor: number, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + factor * source[i]!;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  const result = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = a[i]! - b[i]!;
  return result;
}
