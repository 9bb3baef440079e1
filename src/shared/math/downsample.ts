/**
 * A curve for so many pixels: the visible range is cut into buckets, and of each bucket the first, lowest, highest and last
 * point stay, so that the drawn line has every extreme and enters and leaves each pixel column where the full one does (M4:
 * Jugel et al. 2014, VLDB 7(10)). A bucket with a NaN keeps one, so that gaps stay gaps.
 */

export interface Points {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface VisibleRange {
  readonly from: number;
  readonly to: number;
  /** Usually the drawing's width in px. */
  readonly buckets: number;
}

/**
 * x: [N] ascending, y: [N] with NaN as gap. Points outside the range are left out, but for the nearest on each side, to
 * which the line goes on. At most 5 points a bucket and 2 more; all of them when there are no more than 2 a bucket.
 * O(log N + points in range).
 */
export function downsample({ x, y }: Points, { from, to, buckets }: VisibleRange): Points {
  if (x.length !== y.length) throw new Error('internal: one y for each x is needed');
  if (!(buckets >= 1) || !(to >= from)) throw new Error('internal: no range to downsample to');
  const first = Math.max(0, firstAtLeast(x, from) - 1);
  const end = Math.min(x.length, firstAbove(x, to) + 1);
  if (end - first <= 2 * buckets) return { x: x.slice(first, end), y: y.slice(first, end) };
  const kept = new Kept(x, y, 5 * Math.ceil(buckets) + 2);
  const inside = { from: x[first]! < from ? first + 1 : first, end: x[end - 1]! > to ? end - 1 : end };
  if (inside.from > first) kept.add(first);
  // A range of one point has one bucket.
  const perUnit = to > from ? buckets / (to - from) : 0;
  for (let i = inside.from; i < inside.end;) {
    const bucket = bucketOf(x[i]!);
    const start = i++;
    while (i < inside.end && bucketOf(x[i]!) === bucket) i++;
    keepBucket(y, { start, end: i }, kept);
  }
  if (inside.end < end) kept.add(inside.end);
  return kept.points();

  function bucketOf(at: number): number {
    return Math.min(buckets - 1, Math.floor((at - from) * perUnit));
  }
}

/** First, lowest, highest and last finite point and one NaN, in their order. */
function keepBucket(y: Float64Array, { start, end }: { start: number; end: number }, kept: Kept): void {
  let low = -1;
  let high = -1;
  let last = -1;
  let first = -1;
  let gap = -1;
  for (let i = start; i < end; i++) {
    const value = y[i]!;
    if (Number.isNaN(value)) {
      if (gap < 0) gap = i;
      continue;
    }
    if (first < 0) first = i;
    last = i;
    if (low < 0 || value < y[low]!) low = i;
    if (high < 0 || value > y[high]!) high = i;
  }
  const chosen = [first, low, high, last, gap].filter((i) => i >= 0).sort((a, b) => a - b);
  for (const i of new Set(chosen)) kept.add(i);
}

class Kept {
  private readonly chosen: Float64Array;
  private length = 0;

  constructor(
    private readonly x: Float64Array,
    private readonly y: Float64Array,
    capacity: number,
  ) {
    this.chosen = new Float64Array(capacity);
  }

  add(index: number): void {
    this.chosen[this.length++] = index;
  }

  points(): Points {
    const chosen = this.chosen.subarray(0, this.length);
    return { x: chosen.map((i) => this.x[i]!), y: chosen.map((i) => this.y[i]!) };
  }
}

/** Index of the first element ≥ value, the length when there is none. x ascending. */
export function firstAtLeast(x: Float64Array, value: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first element > value, the length when there is none. x ascending. */
export function firstAbove(x: Float64Array, value: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
