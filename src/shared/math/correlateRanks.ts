/**
 * Rank correlations of paired values, for "does a better readoff mean a better transfer?": Spearman's ρ (Pearson's
 * correlation of mid-ranks), Kendall's τ-b (concordant minus discordant pairs, corrected for ties) and τ weighted towards the best
 * (weightedKendall.ts), each with a percentile bootstrap interval. Values of one group (seeds of one pretraining) are alike, so groups are drawn first and then members of
 * each (Davison & Hinkley 1997, section 3.8). Both are NaN where one side is constant.
 */
import { deriveRandom, type Random } from '../random';
import { averageRanks, correlation } from './rankCorrelation';
import { createResampler } from './resampledCorrelations';
import { quantileOfSorted, type Interval } from './statistics';
import { weightedKendall } from './weightedKendall';

/** ρ in −1..1. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return correlation(averageRanks(x), averageRanks(y));
}

/** τ-b = (C − D) / √((n₀ − ties of x)(n₀ − ties of y)), n₀ = n(n−1)/2; in −1..1. */
export function kendall(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let [difference, byX, byY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const p = Math.sign(x[i]! - x[j]!);
      const q = Math.sign(y[i]! - y[j]!);
      difference += p * q;
      byX += p * p;
      byY += q * q;
    }
  }
  return byX > 0 && byY > 0 ? difference / Math.sqrt(byX * byY) : Number.NaN;
}

export interface PairedPoint {
  readonly x: number;
  readonly y: number;
  /** Points of one group are not independent. */
  readonly group: string;
}

export interface Correlation {
  readonly value: number;
  /** Absent for fewer than three groups, of which nothing can be said. */
  readonly interval?: Interval;
}

export interface RankCorrelations {
  readonly spearman: Correlation;
  readonly kendall: Correlation;
  readonly weighted: Correlation;
}

const LEAST_GROUPS = 3;

/** The correlations of all points, which are finite, with 95 % intervals; `seed` decides the resamples. */
export function correlateRanks(points: readonly PairedPoint[], seed: number, resamples = 2000): RankCorrelations {
  const [x, y] = columnsOf(points);
  const groups = groupPlaces(points);
  const drawn: Record<keyof RankCorrelations, number[]> = { spearman: [], kendall: [], weighted: [] };
  if (groups.length >= LEAST_GROUPS) {
    const random = deriveRandom(seed, 'correlation');
    const places = new Int32Array(groups.length * Math.max(...groups.map(({ length }) => length)));
    const resampler = createResampler(x, y, places.length);
    for (let r = 0; r < resamples; r++) {
      const sampled = resampler.correlate(places.subarray(0, drawPlaces(places, groups, random)));
      drawn.spearman.push(sampled.spearman);
      drawn.kendall.push(sampled.kendall);
      drawn.weighted.push(sampled.weighted);
    }
  }
  return {
    spearman: { value: spearman(x, y), ...intervalOf(drawn.spearman) },
    kendall: { value: kendall(x, y), ...intervalOf(drawn.kendall) },
    weighted: { value: weightedKendall(x, y), ...intervalOf(drawn.weighted) },
  };
}

/** Places of the points of each group. */
function groupPlaces(points: readonly PairedPoint[]): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  points.forEach(({ group }, place) => {
    const own = groups.get(group);
    if (own) own.push(place);
    else groups.set(group, [place]);
  });
  return [...groups.values()];
}

/** As many groups as there are, then of each as many members as it has; how many were written. */
function drawPlaces(places: Int32Array, groups: readonly (readonly number[])[], random: Random): number {
  let n = 0;
  for (let g = 0; g < groups.length; g++) {
    const group = groups[random.integer(groups.length)]!;
    for (let k = 0; k < group.length; k++) places[n++] = group[random.integer(group.length)]!;
  }
  return n;
}

function columnsOf(points: readonly PairedPoint[]): [Float64Array, Float64Array] {
  return [Float64Array.from(points, ({ x }) => x), Float64Array.from(points, ({ y }) => y)];
}

/** A resample of one group alone may be constant and says nothing. */
function intervalOf(values: readonly number[]): { interval?: Interval } {
  const sorted = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
  if (sorted.length === 0) return {};
  return { interval: { low: quantileOfSorted(sorted, 0.025), high: quantileOfSorted(sorted, 0.975) } };
}
