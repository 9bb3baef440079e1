/**
 * Means, intervals and paired comparisons over a handful of seeds: what stands behind every "mean ± interval" of a
 * table. Student's t intervals (Gosset 1908), the percentile bootstrap (Efron 1979). Corrections for many comparisons are in manyComparisons.ts.
 */
import { studentQuantile, studentTwoSidedTail } from './distributions';

export interface MeanInterval {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation (n - 1); undefined for fewer than two values. */
  readonly sd?: number;
  /** Half of the interval's width: mean ± halfWidth. Undefined for fewer than two values: one seed gives no interval. */
  readonly halfWidth?: number;
  readonly level: number;
}

export interface PairedDifference extends MeanInterval {
  /** Two-sided p-value of the paired t-test that the mean difference is 0; undefined for fewer than two pairs. */
  readonly pValue?: number;
  /** The same, corrected for the number of comparisons that it was made among. */
  readonly adjustedP?: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Arithmetic mean; NaN for no values. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Sample standard deviation √(Σ(x - x̄)² / (n - 1)); NaN for fewer than two values. */
export function standardDeviation(values: ArrayLike<number>): number {
  if (values.length < 2) return Number.NaN;
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}

/** Mean with a two-sided Student interval: x̄ ± t(n-1, (1+level)/2) · s / √n. level in (0, 1). */
export function meanInterval(values: ArrayLike<number>, level = 0.95): MeanInterval {
  const n = values.length;
  if (n < 2) return { n, mean: mean(values), level };
  const sd = standardDeviation(values);
  const halfWidth = (studentQuantile((1 + level) / 2, n - 1) * sd) / Math.sqrt(n);
  return { n, mean: mean(values), sd, halfWidth, level };
}

/** Mean of a[i] - b[i] with its Student interval and the paired t-test. Pairs share a seed (or an image, a class). */
export function pairedDifference(a: ArrayLike<number>, b: ArrayLike<number>, level = 0.95): PairedDifference {
  if (a.length !== b.length) throw new Error(`internal: paired values differ in number (${a.length} and ${b.length})`);
  const differences = Float64Array.from({ length: a.length }, (_, i) => a[i]! - b[i]!);
  const interval = meanInterval(differences, level);
  if (interval.sd === undefined) return interval;
  // Equal differences: certain unless they are all zero.
  if (interval.sd === 0) return { ...interval, pValue: interval.mean === 0 ? 1 : 0 };
  const t = interval.mean / (interval.sd / Math.sqrt(interval.n));
  return { ...interval, pValue: studentTwoSidedTail(t, interval.n - 1) };
}

/** Value below which a share `q` in 0..1 of the sorted values lies, linear between values (type 7 of Hyndman & Fan 1996). */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}
