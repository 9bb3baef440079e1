/** Whether scores are probabilities: precision of the detections in bins of score (Küppers et al. 2020, arXiv 2004.13546). */
import type { Candidates } from './candidates';
import type { Matching } from './cocoMatching';

export interface CalibrationBin {
  /** Scores from low (included) to high; the last bin includes 1. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean score of its detections; NaN for none. */
  readonly score: number;
  /** Share of them that are true positives; NaN for none. */
  readonly precision: number;
}

export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  /** Σ (count / all) · |precision - score|, 0..1; NaN without detections. */
  readonly error: number;
}

/**
 * Bins of equal width over 0..1 at threshold t of the matching. Ignored detections and NaN are left out; scores outside
 * 0..1 fall into the outer bins. `category`: one class; default all.
 */
export function computeCalibration(
  { order, starts, detections }: Candidates,
  { hits, ignored }: Matching,
  {
    bins = 10,
    threshold = 0,
    category,
  }: { readonly bins?: number; readonly threshold?: number; readonly category?: number } = {},
): Calibration {
  const [counts, scores, right] = [new Uint32Array(bins), new Float64Array(bins), new Uint32Array(bins)];
  const start = category === undefined ? 0 : starts[category]!;
  const end = category === undefined ? order.length : starts[category + 1]!;
  let all = 0;
  for (let place = start; place < end; place++) {
    const score = detections.scores[order[place]!]!;
    if (((ignored[place]! >> threshold) & 1) === 1 || Number.isNaN(score)) continue;
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(score * bins)));
    counts[bin]!++;
    scores[bin]! += score;
    right[bin]! += (hits[place]! >> threshold) & 1;
    all++;
  }
  const rows = Array.from(counts, (count, i) => ({
    ...{ low: i / bins, high: (i + 1) / bins, count },
    ...{ score: scores[i]! / count, precision: right[i]! / count },
  }));
  const gaps = rows.map(({ count, score, precision }) => (count === 0 ? 0 : count * Math.abs(precision - score)));
  return { bins: rows, error: all === 0 ? Number.NaN : gaps.reduce((sum, gap) => sum + gap, 0) / all };
}
