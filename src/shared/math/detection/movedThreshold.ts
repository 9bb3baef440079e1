/** AP where a slider stands: from the matches that are there, without a box or a mask being touched. */
import type { Candidates } from './candidates';
import type { Matching } from './cocoMatching';
import { averagePrecision, CurveTable, type Interpolation } from './precisionRecall';

/**
 * Mean AP in 0..1 over classes with objects and over the matching's thresholds, of detections with a score of at least
 * `minScore`. Leaving out low scores changes no match of higher ones, so nothing is matched anew. NaN without objects.
 */
export function meanApAbove(
  candidates: Candidates,
  matching: Matching,
  minScore: number,
  interpolation: Interpolation = 'coco',
): number {
  const { starts } = candidates;
  const curves = new CurveTable(matching.thresholds.length);
  let [sum, count] = [0, 0];
  for (let k = 0; k + 1 < starts.length; k++) {
    const positives = matching.positives[k]!;
    if (positives === 0) continue;
    curves.fill({ start: starts[k]!, end: findEnd(candidates, k, minScore) }, matching);
    for (let t = 0; t < matching.thresholds.length; t++)
      sum += averagePrecision(curves.curve(t), positives, interpolation);
    count += matching.thresholds.length;
  }
  return count === 0 ? Number.NaN : sum / count;
}

/** First place of class k whose score is below `minScore`, by bisection; NaN counts as below. */
export function findEnd({ starts, order, detections }: Candidates, k: number, minScore: number): number {
  let [low, high] = [starts[k]!, starts[k + 1]!];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (detections.scores[order[middle]!]! >= minScore) low = middle + 1;
    else high = middle;
  }
  return low;
}
