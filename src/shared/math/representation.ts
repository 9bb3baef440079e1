/**
 * What the embeddings of a training look like, in numbers: how close positives are, how evenly embeddings fill the
 * sphere, how many directions they use, whether they collapse. Alignment and uniformity: Wang & Isola 2020,
 * arXiv 2005.10242; the spread measure: Chen & He 2020, arXiv 2011.10566, figure 2. Left out: drawing them.
 */
import type { Matrix } from './rank';

/** L_align = mean over i of |a_i - b_i|^alpha; a, b: [N, D] L2-normalised views of the same images. In 0..2^alpha, small is good. */
export function alignment(a: Matrix, b: Matrix, alpha: 1 | 2 = 2): number {
  if (a.rows !== b.rows || a.columns !== b.columns) throw new Error('internal: alignment needs two views of one shape');
  let sum = 0;
  for (let i = 0; i < a.rows; i++) {
    const squared = squaredDistance(a, i, b, i);
    sum += alpha === 2 ? squared : Math.sqrt(squared);
  }
  return sum / a.rows;
}

/**
 * L_uniform = log of the mean over pairs i < j of exp(-t |x_i - x_j|²); x: [N, D] L2-normalised, N ≥ 2.
 * In -4t..0; 0 when all embeddings are one point, about -2t when they are spread over a high-dimensional sphere.
 */
export function uniformity(x: Matrix, t = 2): number {
  if (x.rows < 2) throw new Error('internal: uniformity needs two embeddings');
  let sum = 0;
  for (let i = 1; i < x.rows; i++) {
    for (let j = 0; j < i; j++) sum += Math.exp(-t * squaredDistance(x, i, x, j));
  }
  return Math.log(sum / ((x.rows * (x.rows - 1)) / 2));
}

/**
 * Share of queries whose own key scores above every negative, in 0..1: the pretext accuracy of MoCo's logs.
 * positive, hardestNegative: [N] logits or similarities. A tie counts as wrong.
 */
export function positiveAccuracy(positive: ArrayLike<number>, hardestNegative: ArrayLike<number>): number {
  if (positive.length !== hardestNegative.length) throw new Error('internal: one negative per positive is needed');
  let right = 0;
  for (let i = 0; i < positive.length; i++) if (positive[i]! > hardestNegative[i]!) right++;
  return right / positive.length;
}

/**
 * Spread of embeddings: mean over dimensions of the standard deviation (divisor N) of the L2-normalised rows, times √D.
 * In 0..1; 1 for embeddings spread evenly over the sphere, 0 when they are one point.
 */
export function embeddingSpread({ data, rows, columns }: Matrix): number {
  const mean = new Float64Array(columns);
  const meanSquare = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    let norm = 0;
    for (let k = 0; k < columns; k++) norm += data[i * columns + k]! ** 2;
    norm = Math.sqrt(norm) || 1;
    for (let k = 0; k < columns; k++) {
      const value = data[i * columns + k]! / norm;
      mean[k] = mean[k]! + value / rows;
      meanSquare[k] = meanSquare[k]! + value ** 2 / rows;
    }
  }
  let sum = 0;
  for (let k = 0; k < columns; k++) sum += Math.sqrt(Math.max(0, meanSquare[k]! - mean[k]! ** 2));
  return (sum / columns) * Math.sqrt(columns);
}

export interface CollapseSigns {
  /** From `rankMe`. */
  readonly rankMe: number;
  /** From `embeddingSpread`. */
  readonly spread: number;
  /** D. */
  readonly dimension: number;
  /** N; the rank cannot exceed it. */
  readonly samples: number;
}

/** Below this share of the even spread, embeddings of different images are all but the same. */
const POINT_SPREAD = 0.1;
/** Below this share of the possible rank (and never above 1.5 directions by itself), most of the space is unused. */
const RANK_SHARE = 0.02;
const MIN_RANK = 1.5;

/**
 * One sentence when embeddings have collapsed to a point or to a few directions, else nothing.
 * The limits are ours: far below what healthy runs show, so that a warning means something. Young networks can trip
 * them as well: ask after the warm-up, not at step 0.
 */
export function collapseWarning({ rankMe, spread, dimension, samples }: CollapseSigns): string | undefined {
  if (![rankMe, spread].every(Number.isFinite)) return 'The embeddings are not finite: lower the learning rate.';
  if (spread < POINT_SPREAD) {
    const percent = (spread * 100).toFixed(1);
    return `The embeddings collapse to a point: their spread is ${percent} % of an even one; lower the learning rate or check the augmentation.`;
  }
  if (rankMe < Math.max(MIN_RANK, RANK_SHARE * Math.min(dimension, samples))) {
    return `The embeddings use ${rankMe.toFixed(1)} of ${dimension} dimensions; a longer queue, more negatives or a lower learning rate may help.`;
  }
  return undefined;
}

function squaredDistance(a: Matrix, i: number, b: Matrix, j: number): number {
  const columns = a.columns;
  let sum = 0;
  for (let k = 0; k < columns; k++) sum += (a.data[i * columns + k]! - b.data[j * columns + k]!) ** 2;
  return sum;
}
