/**
 * COCO's numbers: AP over thresholds 0.50:0.05:0.95 and 101 recalls, AP at 0.50 and 0.75, by size; AR at 1, 10, 100
 * detections, by size; the same for each class. Equal to pycocotools; NaN where pycocotools writes -1 (no such objects).
 */
import type { Detections, GroundTruth, IouType } from '../../results/detections';
import { findCandidates, type Candidates } from './candidates';
import { COCO_AREAS, COCO_THRESHOLDS, matchCoco, type AreaRange, type Matching } from './cocoMatching';
import { averagePrecision, CurveTable } from './precisionRecall';

/** In the order of pycocotools' stats. `segm` and `bbox` have all; `keypoints` neither small nor the limits 1 and 10. */
export type CocoNumber =
  | 'AP'
  | 'AP50'
  | 'AP75'
  | 'APsmall'
  | 'APmedium'
  | 'APlarge'
  | 'AR1'
  | 'AR10'
  | 'AR100'
  | 'AR'
  | 'AR50'
  | 'AR75'
  | 'ARsmall'
  | 'ARmedium'
  | 'ARlarge';

export type CocoNumbers = Readonly<Partial<Record<CocoNumber, number>>>;

export interface ClassNumbers {
  /** Index into the categories. */
  readonly category: number;
  /** Objects that count. */
  readonly objects: number;
  readonly detections: number;
  readonly numbers: CocoNumbers;
}

export interface CocoSummary {
  readonly iouType: IouType;
  /** Means over classes with objects, in 0..1; NaN without any. */
  readonly numbers: CocoNumbers;
  readonly perClass: readonly ClassNumbers[];
}

export interface CocoOptions {
  readonly iouType: IouType;
  readonly sigmas?: readonly number[];
  /** Least overlap that a threshold will ask for; default 0.1. */
  readonly floor?: number;
}

/** pycocotools adds np.spacing(1) to precision's denominator. */
const EPSILON = 2.220446049250313e-16;

/** Finds the overlaps and evaluates. */
export function evaluateCoco(truth: GroundTruth, detections: Detections, options: CocoOptions): CocoSummary {
  return summarizeCoco(findCocoCandidates(truth, detections, options));
}

/** Overlapping pairs under COCO's limits: 100 detections of a class in an image, 20 poses. */
export function findCocoCandidates(truth: GroundTruth, detections: Detections, options: CocoOptions): Candidates {
  const maxDetections = options.iouType === 'keypoints' ? 20 : 100;
  return findCandidates(truth, detections, { ...options, maxDetections, imageRank: rankImages(truth) });
}

/** [images] place of each image in ascending order of ids: the order in which pycocotools breaks ties of scores. */
function rankImages({ images }: GroundTruth): Uint32Array {
  const order = [...images.ids.keys()].sort((a, b) => {
    const [left, right] = [images.ids[a]!, images.ids[b]!];
    return left < right ? -1 : left > right ? 1 : 0;
  });
  const rank = new Uint32Array(order.length);
  order.forEach((image, place) => (rank[image] = place));
  return rank;
}

/** All numbers from the pairs. */
export function summarizeCoco(candidates: Candidates): CocoSummary {
  const { iouType, starts } = candidates;
  const isPose = iouType === 'keypoints';
  const areas = COCO_AREAS.filter(({ name }) => !(isPose && name === 'small'));
  const limits = isPose ? [20] : [1, 10, 100];
  const tables = areas.map((area) => tabulate(candidates, area, area.name === 'all' ? limits : limits.slice(-1)));
  const classes = starts.length - 1;
  const perClass: ClassNumbers[] = [];
  for (let k = 0; k < classes; k++) {
    const objects = tables[0]!.matching.positives[k]!;
    const detections = starts[k + 1]! - starts[k]!;
    perClass.push({ category: k, objects, detections, numbers: readNumbers(tables, isPose, [k]) });
  }
  return { iouType, numbers: readNumbers(tables, isPose, [...Array(classes).keys()]), perClass };
}

/** Of one range of areas: AP [thresholds, classes], recall [limits, thresholds, classes]; NaN for classes without objects. */
interface AreaTable {
  readonly area: AreaRange;
  readonly matching: Matching;
  readonly limits: readonly number[];
  readonly ap: Float64Array[];
  readonly recall: Float64Array[][];
}

function tabulate(candidates: Candidates, area: AreaRange, limits: readonly number[]): AreaTable {
  const { starts, ranks } = candidates;
  const classes = starts.length - 1;
  const matching = matchCoco(candidates, COCO_THRESHOLDS, area);
  const empty = (): Float64Array[] => COCO_THRESHOLDS.map(() => new Float64Array(classes).fill(Number.NaN));
  const ap = empty();
  const recall = limits.map(empty);
  const curves = new CurveTable(COCO_THRESHOLDS.length);
  for (let k = 0; k < classes; k++) {
    const positives = matching.positives[k]!;
    if (positives === 0) continue;
    const range = { start: starts[k]!, end: starts[k + 1]! };
    curves.fill(range, { ...matching, epsilon: EPSILON });
    COCO_THRESHOLDS.forEach((_, t) => (ap[t]![k] = averagePrecision(curves.curve(t), positives, 'coco')));
    limits.forEach((limit, l) => {
      const hits = countHits(matching.hits, ranks, range, limit);
      COCO_THRESHOLDS.forEach((_, t) => (recall[l]![t]![k] = hits[t]! / positives));
    });
  }
  return { area, matching, limits, ap, recall };
}

/** True positives among the `limit` surest of each image, per threshold. */
function countHits(
  hits: Uint16Array,
  ranks: Uint32Array,
  { start, end }: { readonly start: number; readonly end: number },
  limit: number,
): Uint32Array {
  const counts = new Uint32Array(COCO_THRESHOLDS.length);
  for (let place = start; place < end; place++) {
    const bits = hits[place]!;
    if (bits === 0 || ranks[place]! >= limit) continue;
    for (let t = 0; t < counts.length; t++) if (((bits >> t) & 1) === 1) counts[t]!++;
  }
  return counts;
}

function readNumbers(tables: readonly AreaTable[], isPose: boolean, classes: readonly number[]): CocoNumbers {
  const at = (name: string): AreaTable => tables.find(({ area }) => area.name === name)!;
  const all = at('all');
  const half = COCO_THRESHOLDS.indexOf(0.5);
  const strict = COCO_THRESHOLDS.indexOf(0.75);
  const ap = (table: AreaTable, t?: number) => meanOver(t === undefined ? table.ap : [table.ap[t]!], classes);
  const ar = (table: AreaTable, l: number, t?: number) =>
    meanOver(t === undefined ? table.recall[l]! : [table.recall[l]![t]!], classes);
  const precisions = { AP: ap(all), AP50: ap(all, half), AP75: ap(all, strict) };
  const bySize = { APmedium: ap(at('medium')), APlarge: ap(at('large')) };
  const recallBySize = { ARmedium: ar(at('medium'), 0), ARlarge: ar(at('large'), 0) };
  if (isPose) {
    return {
      ...precisions,
      ...bySize,
      AR: ar(all, 0),
      AR50: ar(all, 0, half),
      AR75: ar(all, 0, strict),
      ...recallBySize,
    };
  }
  return {
    ...precisions,
    APsmall: ap(at('small')),
    ...bySize,
    ...{ AR1: ar(all, 0), AR10: ar(all, 1), AR100: ar(all, 2) },
    ARsmall: ar(at('small'), 0),
    ...recallBySize,
  };
}

/** Mean over thresholds and those of `classes` that have a value; NaN when none has. */
function meanOver(rows: readonly Float64Array[], classes: readonly number[]): number {
  let [sum, count] = [0, 0];
  for (const row of rows) {
    for (const k of classes) {
      const value = row[k]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
  }
  return count === 0 ? Number.NaN : sum / count;
}
