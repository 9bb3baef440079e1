/** Probabilities of t-SNE: van der Maaten and Hinton 2008, JMLR 9, section 2, over nearest neighbours only (van der Maaten 2014). */
import { joinNeighbours, type SparseRows } from './neighbourGraph';

const STEPS = 100;
const TOLERANCE = 1e-5;

/**
 * p(j | i) ∝ exp(-βᵢ d²) over the listed neighbours, βᵢ such that the entropy is log(perplexity), within 1e-5; made symmetric and
 * divided so that all sum to 1. neighbour: [rows, k]; squares: [rows, k] squared distances. `perplexity` < k.
 */
export function neighbourProbabilities(
  { neighbour, squares }: { readonly neighbour: Int32Array; readonly squares: Float64Array },
  rows: number,
  perplexity: number,
): SparseRows {
  const k = neighbour.length / rows;
  const weights = new Float64Array(neighbour.length);
  for (let i = 0; i < rows; i++)
    fitEntropy(squares.subarray(i * k, (i + 1) * k), Math.log(perplexity), weights.subarray(i * k, (i + 1) * k));
  const { offsets, columns, values } = joinNeighbours({ neighbour, weights }, rows, (a, b) => a + b);
  let sum = 0;
  for (const value of values) sum += value;
  return { offsets, columns, values: values.map((value) => value / sum) };
}

/** Writes the probabilities of one row. */
function fitEntropy(squares: Float64Array, wanted: number, probabilities: Float64Array): void {
  let [low, high, beta] = [0, Infinity, 1];
  // Only differences of distances count; the nearest has weight 1, so that the sum cannot vanish.
  const least = squares.reduce((a, b) => Math.min(a, b), Infinity);
  for (let step = 0; step < STEPS; step++) {
    let [sum, weighted] = [0, 0];
    for (let j = 0; j < squares.length; j++) {
      const beyond = squares[j]! - least;
      const weight = Math.exp(-beta * beyond);
      probabilities[j] = weight;
      sum += weight;
      weighted += beyond * weight;
    }
    for (let j = 0; j < squares.length; j++) probabilities[j] = probabilities[j]! / sum;
    const surplus = Math.log(sum) + (beta * weighted) / sum - wanted;
    if (Math.abs(surplus) <= TOLERANCE) return;
    if (surplus > 0) low = beta;
    else high = beta;
    beta = high === Infinity ? beta * 2 : (low + high) / 2;
  }
}
