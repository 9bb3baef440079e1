/**
 * VOC's AP: each detection of a class, surest first, belongs to the object it overlaps most, difficult ones included. Beyond
 * the threshold it is right the first time, wrong when the object is taken, and not counted when the object is difficult.
 * Everingham et al. 2010, section 4.4; the arithmetic of the Python evaluator that detectron2 and others use (overlap
 * *above* the threshold, precision without a small number added). VOC's boxes include their last pixel: parsers convert.
 */
import type { Detections, GroundTruth } from '../../results/detections';
import { boxIou } from './boxes';
import { bucketSort, orderByClassAndScore } from './detectionOrder';
import { averagePrecision, CurveTable, type Interpolation } from './precisionRecall';

/** 0.50 to 0.95, each the decimal number (not linspace's). */
export const VOC_THRESHOLDS: readonly number[] = Array.from({ length: 10 }, (_, i) => (50 + 5 * i) / 100);

export interface VocClass {
  /** Index into the categories. */
  readonly category: number;
  /** Objects that count: not difficult. */
  readonly objects: number;
  readonly detections: number;
  /** [thresholds] 0..1; NaN for a class without objects. */
  readonly ap: readonly number[];
  /** [thresholds] share of the objects found by all detections. */
  readonly recall: readonly number[];
}

export interface VocSummary {
  readonly thresholds: readonly number[];
  readonly perClass: readonly VocClass[];
  /** [thresholds] mean over classes with objects; NaN without any. */
  readonly ap: readonly number[];
}

export interface VocOptions {
  readonly interpolation: Interpolation;
  /** Ascending, at most 16; default VOC_THRESHOLDS. */
  readonly thresholds?: readonly number[];
}

/** AP of every class at every threshold. */
export function evaluateVoc(truth: GroundTruth, detections: Detections, options: VocOptions): VocSummary {
  const { interpolation, thresholds = VOC_THRESHOLDS } = options;
  const { starts, hits, ignored, positives } = matchVoc(truth, detections, thresholds);
  const curves = new CurveTable(thresholds.length);
  const perClass = truth.categories.ids.map((_, category) => {
    const range = { start: starts[category]!, end: starts[category + 1]! };
    curves.fill(range, { hits, ignored });
    const objects = positives[category]!;
    return {
      category,
      objects,
      detections: range.end - range.start,
      ap: thresholds.map((_threshold, t) => averagePrecision(curves.curve(t), objects, interpolation)),
      recall: thresholds.map((_threshold, t) => (objects === 0 ? Number.NaN : curves.hitsAt(t) / objects)),
    };
  });
  const counted = perClass.filter(({ objects }) => objects > 0);
  const ap = thresholds.map((_, t) => counted.reduce((sum, row) => sum + row.ap[t]!, 0) / counted.length);
  return { thresholds, perClass, ap };
}

/** Detections class by class in descending score (ties in the order of the file) with their outcomes as bits per threshold. */
export interface VocMatching {
  readonly order: Uint32Array;
  /** [classes + 1] into `order`. */
  readonly starts: Uint32Array;
  readonly hits: Uint16Array;
  readonly ignored: Uint16Array;
  /** [classes] objects that are not difficult. */
  readonly positives: Uint32Array;
}

function matchVoc(truth: GroundTruth, detections: Detections, thresholds: readonly number[]): VocMatching {
  const classes = truth.categories.ids.length;
  const { order, starts } = orderByClassAndScore(detections, classes);
  const byImage = bucketSort(
    Uint32Array.from(truth.ids.keys()),
    (object) => truth.image[object]!,
    truth.images.ids.length,
  );
  const hits = new Uint16Array(order.length);
  const ignored = new Uint16Array(order.length);
  const taken = new Uint16Array(truth.count);
  for (let place = 0; place < order.length; place++) {
    const detection = order[place]!;
    const image = detections.image[detection]!;
    const here = byImage.order.subarray(byImage.starts[image], byImage.starts[image + 1]);
    const [object, iou] = findMostOverlapped(truth, detections, detection, here);
    for (let t = 0; t < thresholds.length && iou > thresholds[t]!; t++) {
      const bit = 1 << t;
      if (truth.isIgnored[object] === 1) ignored[place]! |= bit;
      else if ((taken[object]! & bit) === 0) {
        taken[object]! |= bit;
        hits[place]! |= bit;
      }
    }
  }
  const positives = new Uint32Array(classes);
  for (let j = 0; j < truth.count; j++) if (truth.isIgnored[j] === 0) positives[truth.category[j]!]!++;
  return { order, starts, hits, ignored, positives };
}

/** The first of the objects of its class with the largest overlap, and that overlap. */
function findMostOverlapped(
  truth: GroundTruth,
  detections: Detections,
  detection: number,
  objects: Uint32Array,
): [object: number, iou: number] {
  const category = detections.category[detection]!;
  let [best, most] = [-1, 0];
  for (let i = 0; i < objects.length; i++) {
    const object = objects[i]!;
    if (truth.category[object] !== category) continue;
    const iou = boxIou(detections.boxes, detection, truth.boxes, object, truth.isCrowd[object] === 1);
    if (iou > most) [best, most] = [object, iou];
  }
  return [best, most];
}
