/**
 * Classification accuracy from scores or predictions, on plain arrays. Ties always go to the lower class index, so that
 * a result never depends on a sort. Left out: calibration and multi-label measures.
 */

/**
 * Rank of a label among the scores of one row: 1 = first. Equal scores of lower classes stand before it.
 * A label whose score is NaN comes last.
 */
export function rankOfLabel(scores: ArrayLike<number>, offset: number, numClasses: number, label: number): number {
  const own = scores[offset + label]!;
  let rank = 1;
  for (let c = 0; c < numClasses; c++) {
    if (c === label) continue;
    const other = scores[offset + c]!;
    // Written so that a NaN of its own counts every other class as better.
    if (!(other < own) && (other !== own || c < label)) rank++;
  }
  return rank;
}

/** Ranks of all labels; scores: [rows, numClasses], labels: [rows] in 0..numClasses-1. Returns [rows], 1 = first. */
export function ranksOfLabels(scores: ArrayLike<number>, labels: ArrayLike<number>, numClasses: number): Int32Array {
  const ranks = new Int32Array(labels.length);
  for (let i = 0; i < ranks.length; i++) ranks[i] = rankOfLabel(scores, i * numClasses, numClasses, labels[i]!);
  return ranks;
}

/** Share of ranks that are at most k, in 0..1. NaN when there are none. */
export function shareWithin(ranks: ArrayLike<number>, k: number): number {
  let hits = 0;
  for (let i = 0; i < ranks.length; i++) if (ranks[i]! <= k) hits++;
  return hits / ranks.length;
}

/** Index of the highest of `length` values from `offset` on; the first of equal ones. */
export function argMax(values: ArrayLike<number>, offset = 0, length = values.length - offset): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[offset + i]! > values[offset + best]!) best = i;
  return best;
}

/** Share of each class's images that were predicted right (recall), [numClasses] in 0..1; NaN for a class without images. */
export function perClassAccuracy(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  numClasses: number,
): Float64Array {
  const right = new Float64Array(numClasses);
  const total = new Float64Array(numClasses);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    total[label] = total[label]! + 1;
    if (predictions[i] === label) right[label] = right[label]! + 1;
  }
  return right.map((hits, c) => hits / total[c]!);
}
