/**
 * Spearman's ρ, Kendall's τ-b and weighted τ of many resamples of the same points. Values are ranked once: a resample only
 * repeats points, so its ranks and ties follow by counting. Of two points it is known beforehand whether both sides order
 * them alike, o = sign(x₁ − x₂) · sign(y₁ − y₂); with c = Σ o over all drawn points, Σ pairs o · (s₁ + s₂) = Σ points s · c.
 * ρ and τ-b have every bit of spearman and kendall; weighted τ adds in another order than weightedKendall.
 */
import { correlation } from './rankCorrelation';

export interface Resampler {
  /** Of the points at `places`, which may repeat; each NaN where one side is constant. */
  correlate(places: Int32Array): Sampled;
}

export interface Sampled {
  readonly spearman: number;
  readonly kendall: number;
  readonly weighted: number;
}

/** `x` and `y`: finite, of equal length. `most`: points of the largest resample. */
export function createResampler(x: ArrayLike<number>, y: ArrayLike<number>, most: number): Resampler {
  const [byX, byY] = [levelsOf(x), levelsOf(y)];
  const orders = ordersOf(byX.at, byY.at);
  // By each side, equal ones by the other: the order that weightedKendall ranks by.
  const [bestByX, bestByY] = [levelsOf(x, y), levelsOf(y, x)];
  const harmonic = harmonicSums(most);
  const times = new Int32Array(x.length);
  return {
    correlate: (places) => {
      times.fill(0);
      for (const place of places) times[place]!++;
      const drawn: Drawn = { places, times, orders };
      const [countsX, countsY] = [countLevels(drawn, byX), countLevels(drawn, byY)];
      const alike = sumOrders(drawn);
      const spearman = correlation(midRanks(places, byX, countsX), midRanks(places, byY, countsY));
      const sides = { countsX, countsY, byX, byY, alike };
      const weighted = [bestByX, bestByY].map((best) =>
        weightedBy(drawn, { ...sides, shares: shareSums(drawn, best, harmonic) }),
      );
      const untied = (counts: Int32Array): number => (places.length ** 2 - product(counts, counts)) / 2;
      const kendall = ratio(product(times, alike) / 2, untied(countsX), untied(countsY));
      return { spearman, kendall, weighted: (weighted[0]! + weighted[1]!) / 2 };
    },
  };
}

interface Levels {
  /** For each point the place of its value among the different values, from 0 for the smallest. */
  readonly at: Int32Array;
  readonly count: number;
}

function levelsOf(values: ArrayLike<number>, others?: ArrayLike<number>): Levels {
  const compare = (a: number, b: number): number => values[a]! - values[b]! || (others ? others[a]! - others[b]! : 0);
  const order = Array.from({ length: values.length }, (_, i) => i).sort(compare);
  const at = new Int32Array(values.length);
  let level = -1;
  order.forEach((place, i) => {
    if (i === 0 || compare(order[i - 1]!, place) !== 0) level++;
    at[place] = level;
  });
  return { at, count: level + 1 };
}

/** o of each two points, [points][points]. */
function ordersOf(x: Int32Array, y: Int32Array): Int8Array {
  const n = x.length;
  const orders = new Int8Array(n * n);
  for (let a = 0; a < n; a++)
    for (let b = 0; b < n; b++) orders[a * n + b] = Math.sign(x[a]! - x[b]!) * Math.sign(y[a]! - y[b]!);
  return orders;
}

/** [k]: 1 + 1/2 + … + 1/k. */
function harmonicSums(most: number): Float64Array {
  const sums = new Float64Array(most + 1);
  for (let k = 1; k <= most; k++) sums[k] = sums[k - 1]! + 1 / k;
  return sums;
}

interface Drawn {
  readonly places: Int32Array;
  /** How often each point was drawn. */
  readonly times: Int32Array;
  readonly orders: Int8Array;
}

function countLevels({ places }: Drawn, { at, count }: Levels): Int32Array {
  const counts = new Int32Array(count);
  for (const place of places) counts[at[place]!]!++;
  return counts;
}

/** c of each drawn point. Most of a bootstrap's time goes here: whole numbers, and each two points once. */
function sumOrders({ times, orders }: Drawn): Int32Array {
  const n = times.length;
  const sums = new Int32Array(n);
  const drawn = new Int32Array(n);
  let count = 0;
  for (let a = 0; a < n; a++) {
    const timesOfA = times[a]!;
    if (timesOfA === 0) continue;
    const row = a * n;
    let sum = 0;
    for (let j = 0; j < count; j++) {
      const b = drawn[j]!;
      const order = orders[row + b]!;
      sum += order * times[b]!;
      sums[b] = sums[b]! + order * timesOfA;
    }
    sums[a] = sum;
    drawn[count++] = a;
  }
  return sums;
}

/** As averageRanks of the values, in the order of the places. */
function midRanks(places: Int32Array, { at, count }: Levels, counts: Int32Array): Float64Array {
  const rankOf = new Float64Array(count);
  for (let level = 0, start = 0; level < count; level++) {
    const end = start + counts[level]!;
    rankOf[level] = (start + 1 + end) / 2;
    start = end;
  }
  const ranks = new Float64Array(places.length);
  for (let i = 0; i < places.length; i++) ranks[i] = rankOf[at[places[i]!]!]!;
  return ranks;
}

/** Mean of s = 1 / (1 + rank) over equal points, times how often each was drawn; ranks from 0 for the best. */
function shareSums(drawn: Drawn, levels: Levels, harmonic: Float64Array): Float64Array {
  const counts = countLevels(drawn, levels);
  const means = new Float64Array(levels.count);
  for (let level = levels.count - 1, start = 0; level >= 0; level--) {
    const count = counts[level]!;
    if (count > 0) means[level] = (harmonic[start + count]! - harmonic[start]!) / count;
    start += count;
  }
  const sums = new Float64Array(drawn.times.length);
  for (let place = 0; place < sums.length; place++) sums[place] = drawn.times[place]! * means[levels.at[place]!]!;
  return sums;
}

interface Sides {
  readonly countsX: Int32Array;
  readonly countsY: Int32Array;
  readonly byX: Levels;
  readonly byY: Levels;
  readonly alike: Int32Array;
  readonly shares: Float64Array;
}

/** Σ s · c over √(Σ s · (n − ties by x) · Σ s · (n − ties by y)). */
function weightedBy({ places, times }: Drawn, { countsX, countsY, byX, byY, alike, shares }: Sides): number {
  const n = places.length;
  let both = 0;
  let x = 0;
  let y = 0;
  for (let place = 0; place < times.length; place++) {
    const share = shares[place]!;
    both += share * alike[place]!;
    x += share * (n - countsX[byX.at[place]!]!);
    y += share * (n - countsY[byY.at[place]!]!);
  }
  return ratio(both, x, y);
}

function product(a: Int32Array, b: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function ratio(both: number, byX: number, byY: number): number {
  return byX > 0 && byY > 0 ? both / Math.sqrt(byX * byY) : Number.NaN;
}
