/** Whether scores are probabilities: precision of the detections in bins of score (Küppers et al. 2020, arXiv 2004.13546). */
import type { Candidates } from './candidates';
import type { CompactMatching } from './compactMatching';

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

/** Scores as the candidates are ordered, for bins of many matchings of them. */
export interface RankedScores {
  /** [classes + 1], the candidates'. */
  readonly starts: Uint32Array;
  /** [order], descending within a class, NaN last. */
  readonly scores: Float64Array;
  /** [order + 1] sums of the scores before each place, NaN as 0. */
  readonly sums: Float64Array;
}

export function rankScores({ order, starts, detections }: Candidates): RankedScores {
  const scores = new Float64Array(order.length);
  const sums = new Float64Array(order.length + 1);
  for (let place = 0; place < order.length; place++) {
    const score = detections.scores[order[place]!]!;
    scores[place] = score;
    sums[place + 1] = sums[place]! + (Number.isNaN(score) ? 0 : score);
  }
  return { starts, scores, sums };
}

/**
 * Bins of equal width over 0..1 at threshold t of the matching. Ignored detections and NaN are left out; scores outside
 * 0..1 fall into the outer bins. `category`: one class; default all. Cost: bisections and the places where something happened.
 */
export function computeCalibration(
  ranked: RankedScores,
  matching: CompactMatching,
  {
    bins = 10,
    threshold = 0,
    category,
  }: { readonly bins?: number; readonly threshold?: number; readonly category?: number } = {},
): Calibration {
  const [counts, scores, right] = [new Float64Array(bins), new Float64Array(bins), new Float64Array(bins)];
  const first = category ?? 0;
  const last = category ?? ranked.starts.length - 2;
  for (let k = first; k <= last; k++) {
    countScores(ranked, k, counts, scores);
    for (let i = matching.starts[k]!; i < matching.starts[k + 1]!; i++) {
      const score = ranked.scores[matching.places[i]!]!;
      if (Number.isNaN(score)) continue;
      const bin = binOf(score, bins);
      if (((matching.ignored[i]! >> threshold) & 1) === 1) {
        counts[bin]!--;
        scores[bin]! -= score;
      } else right[bin]! += (matching.hits[i]! >> threshold) & 1;
    }
  }
  const all = counts.reduce((sum, count) => sum + count, 0);
  const rows = Array.from(counts, (count, i) => ({
    ...{ low: i / bins, high: (i + 1) / bins, count },
    ...{ score: count === 0 ? Number.NaN : scores[i]! / count, precision: right[i]! / count },
  }));
  const gaps = rows.map(({ count, score, precision }) => (count === 0 ? 0 : count * Math.abs(precision - score)));
  return { bins: rows, error: all === 0 ? Number.NaN : gaps.reduce((sum, gap) => sum + gap, 0) / all };
}

function binOf(score: number, bins: number): number {
  return Math.min(bins - 1, Math.max(0, Math.floor(score * bins)));
}

/** Adds the scores of class k to their bins: they fall, so that each bin is one stretch. */
function countScores(
  { starts, scores, sums }: RankedScores,
  k: number,
  counts: Float64Array,
  totals: Float64Array,
): void {
  const bins = counts.length;
  let start = starts[k]!;
  const end = firstBelow(scores, start, starts[k + 1]!, (score) => Number.isNaN(score));
  for (let bin = bins - 1; bin >= 0 && start < end; bin--) {
    const next = firstBelow(scores, start, end, (score) => binOf(score, bins) < bin);
    counts[bin]! += next - start;
    totals[bin]! += sums[next]! - sums[start]!;
    start = next;
  }
}

/** First place from start to end-1 where the test holds, which it does from there on; `end` for none. */
function firstBelow(scores: Float64Array, start: number, end: number, test: (score: number) => boolean): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(scores[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
