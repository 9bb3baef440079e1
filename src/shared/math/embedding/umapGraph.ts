/**
 * The weighted neighbour graph of UMAP: McInnes, Healy and Melville 2018, arXiv 1802.03426, section 3.1, algorithms 2 and 3, with
 * the tolerances of the umap-learn package.
 */
import { joinNeighbours, type SparseRows } from './neighbourGraph';

const STEPS = 64;
const TOLERANCE = 1e-5;
/** The widths are at least this share of the mean distance. */
const LEAST_WIDTH = 1e-3;

export interface NeighbourDistances {
  /** [rows, k] places of the nearest others, nearest first. */
  readonly neighbour: Int32Array;
  /** [rows, k] ≥ 0, rising along a row. */
  readonly distance: Float64Array;
}

/**
 * Weights w(i → j) = exp(-max(0, d - ρᵢ) / σᵢ), with ρᵢ the least distance above 0 and σᵢ such that the weights of a row sum to
 * log₂(k + 1), since the paper's lists hold the image itself as well; joined by a + b - a b. `k` is `n_neighbors` - 1.
 */
export function umapGraph({ neighbour, distance }: NeighbourDistances, rows: number): SparseRows {
  const k = neighbour.length / rows;
  const weights = new Float64Array(neighbour.length);
  let mean = 0;
  for (const d of distance) mean += d;
  mean /= rows * (k + 1);
  for (let i = 0; i < rows; i++) {
    const row = distance.subarray(i * k, (i + 1) * k);
    const rho = row.find((d) => d > 0) ?? 0;
    const floor = LEAST_WIDTH * (rho > 0 ? row.reduce((sum, d) => sum + d, 0) / (k + 1) : mean);
    const sigma = Math.max(fitWidth(row, rho), floor);
    for (let j = 0; j < k; j++) weights[i * k + j] = weightOf(row[j]! - rho, sigma);
  }
  return joinNeighbours({ neighbour, weights }, rows, (a, b) => a + b - a * b);
}

function weightOf(beyond: number, sigma: number): number {
  return beyond <= 0 || sigma === 0 ? 1 : Math.exp(-beyond / sigma);
}

/** σ by bisection. */
function fitWidth(row: Float64Array, rho: number): number {
  const target = Math.log2(row.length + 1);
  let [low, high, middle] = [0, Infinity, 1];
  for (let step = 0; step < STEPS; step++) {
    let sum = 0;
    for (const d of row) sum += weightOf(d - rho, middle);
    if (Math.abs(sum - target) < TOLERANCE) break;
    if (sum > target) high = middle;
    else low = middle;
    middle = high === Infinity ? middle * 2 : (low + high) / 2;
  }
  return middle;
}
