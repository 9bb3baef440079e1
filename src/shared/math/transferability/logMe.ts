/**
 * LogME: the logarithm of the largest evidence that a Bayesian linear model on the features has for the labels, by image.
 * You et al. 2021, arXiv 2102.11005, equation 2; the fixed point is theirs, run to convergence. Larger is better.
 */
import type { MainDirections } from '../mainDirections';

const MAX_ROUNDS = 100;
const TOLERANCE = 1e-6;

/**
 * directions: of the features F [n, d] as they come, with all their variance; labels: [n]; dimension: d.
 * Mean over the classes that have images, each against the rest.
 */
export function logMe(directions: MainDirections, labels: ArrayLike<number>, dimension: number): number {
  const n = labels.length;
  const classes = [...new Set(Array.from({ length: n }, (_, i) => labels[i]!))];
  const squares = directions.strengths.map((strength) => strength ** 2);
  let sum = 0;
  for (const label of classes) {
    const along = new Float64Array(squares.length);
    let total = 0;
    for (let i = 0; i < n; i++) {
      if (labels[i] !== label) continue;
      total++;
      for (let k = 0; k < along.length; k++) along[k] = along[k]! + directions.basis.get(i, k);
    }
    sum += evidence({ squares, along, total, n, dimension }) / n;
  }
  return sum / classes.length;
}

interface Target {
  /** Squared singular values of F; the rest of `dimension` are 0. */
  readonly squares: readonly number[];
  /** u_kᵀ y */
  readonly along: Float64Array;
  /** yᵀ y */
  readonly total: number;
  readonly n: number;
  readonly dimension: number;
}

/** max over α, β of log p(y | F, α, β): y = F w + noise, w ~ N(0, 1 / α), noise ~ N(0, 1 / β). */
function evidence(target: Target): number {
  let [alpha, beta] = [1, 1];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { weights, residual, gamma } = solve(target, alpha / beta);
    const next = { alpha: gamma / (weights + Number.EPSILON), beta: (target.n - gamma) / (residual + Number.EPSILON) };
    const moved = Math.abs((next.alpha * beta) / (next.beta * alpha) - 1);
    ({ alpha, beta } = next);
    if (moved < TOLERANCE) break;
  }
  const { weights, residual } = solve(target, alpha / beta);
  const { squares, n, dimension } = target;
  const logs = squares.reduce((sum, square) => sum + Math.log(alpha + beta * square), 0);
  const logDeterminant = logs + (dimension - squares.length) * Math.log(alpha);
  const fit = n * Math.log(beta) + dimension * Math.log(alpha) - n * Math.log(2 * Math.PI);
  return 0.5 * (fit - logDeterminant - beta * residual - alpha * weights);
}

/** ‖m‖², ‖F m - y‖² and the effective number of weights for λ = α / β. */
function solve({ squares, along, total }: Target, lambda: number) {
  let [weights, residual, gamma] = [0, total, 0];
  squares.forEach((square, k) => {
    const energy = along[k]! ** 2;
    gamma += square / (square + lambda);
    weights += (square * energy) / (square + lambda) ** 2;
    residual += energy * ((lambda / (square + lambda)) ** 2 - 1);
  });
  return { weights, residual: Math.max(0, residual), gamma };
}
