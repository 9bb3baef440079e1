/**
 * Precision over recall, and the areas under it that benchmarks call AP. All of them need precision only at the true
 * positives: between two of them it falls, and each takes the best precision at that recall or beyond.
 */

import type { CompactMatching } from './compactMatching';

/** Cumulated at each true positive, in descending score: [count] each. */
export interface PrecisionCurve {
  readonly count: number;
  /** True positives so far, this one included (weighted where images are). */
  readonly hits: Float64Array;
  /** hits / (hits + false positives so far). */
  readonly precision: Float64Array;
}

/** How precision over recall becomes one number. */
export type Interpolation =
  /** COCO: mean of the best precision at recall ≥ 0, 0.01, …, 1. */
  | 'coco'
  /** VOC 2007: the same at 0, 0.1, …, 1. */
  | '11point'
  /** VOC 2010 and later: area under the best precision. */
  | 'area';

/** The recalls at which `coco` and `11point` look; numpy's linspace and arange. */
const COCO_RECALLS: readonly number[] = Array.from({ length: 101 }, (_, i) => (i === 100 ? 1 : i * 0.01));
const VOC_RECALLS: readonly number[] = Array.from({ length: 11 }, (_, i) => i * 0.1);

/** AP in 0..1 of a curve over `positives` objects; NaN where there are none, which is no AP at all. */
export function averagePrecision(curve: PrecisionCurve, positives: number, interpolation: Interpolation): number {
  if (!(positives > 0)) return Number.NaN;
  if (interpolation === 'area') return areaUnder(curve, positives);
  return meanAt(curve, positives, interpolation === 'coco' ? COCO_RECALLS : VOC_RECALLS);
}

/** Mean of the best precision at each of `recalls` (ascending) or beyond; 0 where the recall is never reached. */
export function meanAt(
  { count, hits, precision }: PrecisionCurve,
  positives: number,
  recalls: readonly number[],
): number {
  let sum = 0;
  // From the highest recall down, with the best precision seen so far.
  let place = count;
  let best = 0;
  for (let r = recalls.length - 1; r >= 0; r--) {
    while (place > 0 && hits[place - 1]! / positives >= recalls[r]!) best = Math.max(best, precision[--place]!);
    sum += best;
  }
  return sum / recalls.length;
}

function areaUnder({ count, hits, precision }: PrecisionCurve, positives: number): number {
  let [area, best] = [0, 0];
  for (let i = count - 1; i >= 0; i--) {
    best = Math.max(best, precision[i]!);
    area += (hits[i]! / positives - (i > 0 ? hits[i - 1]! / positives : 0)) * best;
  }
  return area;
}

/** Best precision at each of COCO's 101 recalls, as drawn in a precision-recall chart. */
export function interpolatedPrecision({ count, hits, precision }: PrecisionCurve, positives: number): Float64Array {
  const values = new Float64Array(COCO_RECALLS.length);
  let place = count;
  let best = 0;
  for (let r = values.length - 1; r >= 0; r--) {
    while (place > 0 && hits[place - 1]! / positives >= COCO_RECALLS[r]!) best = Math.max(best, precision[--place]!);
    values[r] = best;
  }
  return values;
}

/** Curves of one class at several thresholds at once; refilled for each class, so that nothing is allocated per class. */
export class CurveTable {
  private readonly rows: { count: number; hits: Float64Array; precision: Float64Array }[];
  private readonly hitSums: Float64Array;
  private readonly missSums: Float64Array;

  constructor(private readonly thresholds: number) {
    this.rows = Array.from({ length: thresholds }, () => ({
      count: 0,
      hits: new Float64Array(64),
      precision: new Float64Array(64),
    }));
    this.hitSums = new Float64Array(thresholds);
    this.missSums = new Float64Array(thresholds);
  }

  curve(threshold: number): PrecisionCurve {
    return this.rows[threshold]!;
  }

  /** True positives of all, at each threshold. */
  hitsAt(threshold: number): number {
    return this.hitSums[threshold]!;
  }

  /**
   * Walks places start..end-1 in descending score. hits, ignored: bits of each place per threshold. `weightOf`: how often the
   * place's image was drawn (bootstrap); default once. `epsilon` is added to the denominators (pycocotools adds 2^-52).
   */
  fill(
    { start, end }: { readonly start: number; readonly end: number },
    { hits, ignored, weightOf, epsilon = 0 }: TallyInput,
  ): void {
    this.hitSums.fill(0);
    this.missSums.fill(0);
    for (const row of this.rows) row.count = 0;
    const all = 2 ** this.thresholds - 1;
    // False positives at every threshold, which is what most detections are.
    let misses = 0;
    for (let place = start; place < end; place++) {
      const weight = weightOf ? weightOf(place) : 1;
      if (weight === 0) continue;
      const [hit, skipped] = [hits[place]!, ignored[place]!];
      if (hit === 0) {
        if (skipped === 0) misses += weight;
        if (skipped === 0 || skipped === all) continue;
      }
      this.tally(hit, skipped, weight, misses + epsilon);
    }
  }

  /** The same of class k alone, up to place `end`, once each: places that are not listed are false positives. */
  fillCompact({ start, end, k }: { start: number; end: number; k: number }, compact: CompactMatching): void {
    const { starts, places, hits, ignored } = compact;
    this.hitSums.fill(0);
    this.missSums.fill(0);
    for (const row of this.rows) row.count = 0;
    let [misses, next] = [0, start];
    for (let i = starts[k]!; i < starts[k + 1]! && places[i]! < end; i++) {
      misses += places[i]! - next;
      next = places[i]! + 1;
      this.tally(hits[i]!, ignored[i]!, 1, misses);
    }
  }

  private tally(hit: number, skipped: number, weight: number, misses: number): void {
    for (let t = 0; t < this.thresholds; t++) {
      if (((hit >> t) & 1) === 1) this.addHit(t, weight, misses);
      else if (((skipped >> t) & 1) === 0) this.missSums[t]! += weight;
    }
  }

  private addHit(t: number, weight: number, misses: number): void {
    const row = this.rows[t]!;
    if (row.count === row.hits.length) {
      row.hits = doubled(row.hits);
      row.precision = doubled(row.precision);
    }
    this.hitSums[t]! += weight;
    const sum = this.hitSums[t]!;
    row.hits[row.count] = sum;
    row.precision[row.count++] = sum / (this.missSums[t]! + sum + misses);
  }
}

export interface TallyInput {
  readonly hits: ArrayLike<number>;
  readonly ignored: ArrayLike<number>;
  readonly weightOf?: (place: number) => number;
  readonly epsilon?: number;
}

function doubled(values: Float64Array): Float64Array {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}
