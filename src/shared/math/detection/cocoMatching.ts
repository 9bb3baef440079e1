/**
 * COCO's matching: each detection, surest first, takes the object of its class and image that it overlaps most and that
 * none has taken, if the overlap reaches the threshold; objects that count come before ignored ones, and only crowds are
 * taken more than once. Detections that take an ignored object, or none while their area is outside the range, are
 * ignored. Same results as pycocotools' evaluateImg, for all thresholds in one pass.
 */
import type { Candidates } from './candidates';

/** Object areas in square pixels that count, both ends included. */
export interface AreaRange {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

export const COCO_AREAS: readonly AreaRange[] = [
  { name: 'all', low: 0, high: 1e10 },
  { name: 'small', low: 0, high: 1024 },
  { name: 'medium', low: 1024, high: 9216 },
  { name: 'large', low: 9216, high: 1e10 },
];

/** 0.50 to 0.95 in steps of 0.05, with numpy's linspace's rounding. */
export const COCO_THRESHOLDS: readonly number[] = Array.from({ length: 10 }, (_, i) =>
  i === 9 ? 0.95 : i * ((0.95 - 0.5) / 9) + 0.5,
);

/** What became of each detection of `Candidates.order`; bit t of a mask is threshold t. */
export interface Matching {
  readonly thresholds: readonly number[];
  /** True positive. */
  readonly hits: Uint16Array;
  /** Neither true nor false positive. */
  readonly ignored: Uint16Array;
  /** [classes] objects that count. */
  readonly positives: Uint32Array;
  /** [order.length] object taken at the first threshold; -1 for none. */
  readonly takenFirst: Int32Array;
}

/** Matches at up to 16 thresholds, ascending, none below the candidates' floor, for objects in one range of areas. */
export function matchCoco(candidates: Candidates, thresholds: readonly number[], range: AreaRange): Matching {
  checkThresholds(thresholds, candidates.floor);
  const { truth, detections, order, pairStarts } = candidates;
  const ignoredObjects = findIgnored(candidates, range);
  const hits = new Uint16Array(order.length);
  const ignored = new Uint16Array(order.length);
  const takenFirst = new Int32Array(order.length).fill(-1);
  const all = 2 ** thresholds.length - 1;
  const matcher = new Matcher(candidates, thresholds, ignoredObjects);
  // In the range of all sizes, areas need not be looked up place by place.
  const areInside = areAllInside(detections.areas, range);
  for (let place = 0; place < order.length; place++) {
    const isOutside = !areInside && !isInside(detections.areas[order[place]!]!, range);
    if (pairStarts[place + 1] === pairStarts[place]) {
      if (isOutside) ignored[place] = all;
      continue;
    }
    matcher.match(place);
    hits[place] = matcher.hits;
    ignored[place] = matcher.ignored | (isOutside ? all & ~matcher.hits & ~matcher.ignored : 0);
    takenFirst[place] = matcher.takenFirst;
  }
  return {
    thresholds,
    hits,
    ignored,
    takenFirst,
    positives: countPositives(truth.category, ignoredObjects, candidates.starts.length - 1),
  };
}

function checkThresholds(thresholds: readonly number[], floor: number): void {
  const isSound = thresholds.every((threshold, i) => threshold >= floor && threshold > (thresholds[i - 1] ?? 0));
  if (thresholds.length === 0 || thresholds.length > 16 || !isSound) {
    throw new Error(`internal: thresholds ${thresholds.join(', ')} are not 1 to 16 ascending ones from ${floor}`);
  }
}

/** NaN, the area of a broken mask, is inside every range, as in pycocotools. */
function isInside(area: number, { low, high }: AreaRange): boolean {
  return !(area < low || area > high);
}

function areAllInside(areas: Float64Array, range: AreaRange): boolean {
  for (let i = 0; i < areas.length; i++) if (!isInside(areas[i]!, range)) return false;
  return true;
}

/** Objects that do not count in this range. */
function findIgnored({ truth }: Candidates, { low, high }: AreaRange): Uint8Array {
  const ignored = truth.isIgnored.slice();
  for (let i = 0; i < truth.count; i++) {
    const area = truth.areas[i]!;
    if (area < low || area > high) ignored[i] = 1;
  }
  return ignored;
}

function countPositives(category: Int32Array, ignored: Uint8Array, classes: number): Uint32Array {
  const positives = new Uint32Array(classes);
  for (let i = 0; i < category.length; i++) if (ignored[i] === 0) positives[category[i]!]!++;
  return positives;
}

/** Matches one detection after the other; remembers which objects are taken at which thresholds. */
class Matcher {
  hits = 0;
  ignored = 0;
  takenFirst = -1;
  private readonly taken: Uint16Array;
  private readonly minima: Float64Array;

  constructor(
    private readonly candidates: Candidates,
    thresholds: readonly number[],
    private readonly ignoredObjects: Uint8Array,
  ) {
    this.taken = new Uint16Array(candidates.truth.count);
    this.minima = Float64Array.from(thresholds, (threshold) => Math.min(threshold, 1 - 1e-10));
  }

  match(place: number): void {
    const { pairStarts, pairIous, truth } = this.candidates;
    const [start, end] = [pairStarts[place]!, pairStarts[place + 1]!];
    this.hits = 0;
    this.ignored = 0;
    this.takenFirst = -1;
    let most = 0;
    for (let pair = start; pair < end; pair++) most = Math.max(most, pairIous[pair]!);
    for (let t = 0; t < this.minima.length; t++) {
      if (most < this.minima[t]!) break;
      const bit = 1 << t;
      let object = this.best(start, end, t, 0);
      if (object < 0) object = this.best(start, end, t, 1);
      if (object < 0) continue;
      this.taken[object]! |= bit;
      if (t === 0) this.takenFirst = object;
      if (this.ignoredObjects[object] === 1) this.ignored |= bit;
      // pycocotools marks a match by the annotation's id, so that id 0 reads as unmatched.
      else if (truth.ids[object] !== 0) this.hits |= bit;
    }
  }

  /** The free object with most overlap, of equal ones the last; of those that count (0) or are ignored (1). -1 for none. */
  private best(start: number, end: number, t: number, ignored: 0 | 1): number {
    const { pairObjects, pairIous, truth } = this.candidates;
    let [best, most] = [-1, this.minima[t]!];
    for (let pair = start; pair < end; pair++) {
      const object = pairObjects[pair]!;
      if (this.ignoredObjects[object] !== ignored || pairIous[pair]! < most) continue;
      if (((this.taken[object]! >> t) & 1) === 1 && truth.isCrowd[object] === 0) continue;
      best = object;
      most = pairIous[pair]!;
    }
    return best;
  }
}
