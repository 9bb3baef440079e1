/**
 * What TIDE looks at (Bolya et al. 2020, arXiv 2008.08115): each detection's overlap with every object of its image,
 * whatever its class. Computed once; thresholds can then move.
 */
import type { Detections, GroundTruth } from '../../results/detections';
import { boxIou } from './boxes';
import { createMaskOverlap } from './candidates';
import { bucketSort, orderByClassAndScore, type ClassOrder } from './detectionOrder';

export interface TideOptions {
  readonly iouType: 'bbox' | 'segm';
  /** At most this many detections in one image, of all classes together, the surest; TIDE's 100. */
  readonly maxDetections?: number;
}

export interface TidePairs {
  readonly truth: GroundTruth;
  readonly detections: Detections;
  /** Detections that count, image by image in the order of the file, in descending score. */
  readonly order: Uint32Array;
  /** [images + 1] into `order`. */
  readonly imageStarts: Uint32Array;
  /** [order.length + 1] into the pairs; overlaps above 0 with objects that count, in the order of the file. */
  readonly pairStarts: Uint32Array;
  readonly pairObjects: Uint32Array;
  readonly pairIous: Float64Array;
  /** What no threshold moves. */
  readonly nearest: NearestObjects;
  /** [order.length] largest share of the detection inside an ignored region of its class. */
  readonly inIgnored: Float64Array;
  /** Places of `order` class by class in descending score, with what is often asked of them beside them. */
  readonly byClass: RankedPlaces;
}

/** [order.length] each: the largest overlap with objects of the same class and of others, and the first object that has it, or -1. */
export interface NearestObjects {
  readonly same: Float64Array;
  readonly sameObject: Int32Array;
  readonly other: Float64Array;
  readonly otherObject: Int32Array;
}

export interface RankedPlaces extends ClassOrder {
  readonly detections: Uint32Array;
  readonly images: Int32Array;
  readonly scores: Float64Array;
}

/** Finds all overlaps; boxes or masks. */
export function findTidePairs(truth: GroundTruth, detections: Detections, options: TideOptions): TidePairs {
  const { maxDetections = 100 } = options;
  const images = truth.images.ids.length;
  const classes = truth.categories.ids.length;
  const overlap =
    options.iouType === 'segm' ? createMaskOverlap(truth, detections) : createBoxOverlap(truth, detections);
  const objects = bucketSort(Uint32Array.from(truth.ids.keys()), (object) => truth.image[object]!, images);
  const sorted = orderByClassAndScore(
    { count: detections.count, category: detections.image, scores: detections.scores },
    images,
  );
  const order = new Uint32Array(detections.count);
  const imageStarts = new Uint32Array(images + 1);
  const pairs = new Pairs(detections.count);
  let count = 0;
  for (let image = 0; image < images; image++) {
    const [first, last] = [sorted.starts[image]!, sorted.starts[image + 1]!];
    const here = objects.order.subarray(objects.starts[image], objects.starts[image + 1]);
    for (let place = first; place < Math.min(last, first + maxDetections); place++) {
      order[count++] = sorted.order[place]!;
      pairs.add(sorted.order[place]!, here, truth, { detections, overlap });
    }
    imageStarts[image + 1] = count;
  }
  const kept = order.slice(0, count);
  const taken = pairs.take(count);
  return {
    truth,
    detections,
    order: kept,
    imageStarts,
    byClass: groupByClass(kept, detections, classes),
    nearest: findNearest(kept, taken, { truth, detections }),
    ...taken,
  };
}

function findNearest(
  order: Uint32Array,
  { pairStarts, pairObjects, pairIous }: Pick<TidePairs, 'pairStarts' | 'pairObjects' | 'pairIous'>,
  { truth, detections }: Pick<TidePairs, 'truth' | 'detections'>,
): NearestObjects {
  const [same, other] = [new Float64Array(order.length), new Float64Array(order.length)];
  const sameObject = new Int32Array(order.length).fill(-1);
  const otherObject = new Int32Array(order.length).fill(-1);
  for (let place = 0; place < order.length; place++) {
    const category = detections.category[order[place]!]!;
    for (let pair = pairStarts[place]!; pair < pairStarts[place + 1]!; pair++) {
      const object = pairObjects[pair]!;
      const iou = pairIous[pair]!;
      const isSame = truth.category[object] === category;
      const most = isSame ? same : other;
      if (iou <= most[place]!) continue;
      most[place] = iou;
      (isSame ? sameObject : otherObject)[place] = object;
    }
  }
  return { same, sameObject, other, otherObject };
}

function groupByClass(order: Uint32Array, detections: Detections, classes: number): RankedPlaces {
  const grouped = orderByClassAndScore(
    {
      count: order.length,
      category: Int32Array.from(order, (detection) => detections.category[detection]!),
      scores: Float64Array.from(order, (detection) => detections.scores[detection]!),
    },
    classes,
  );
  const ranked = grouped.order.map((place) => order[place]!);
  const images = Int32Array.from(ranked, (detection) => detections.image[detection]!);
  const scores = Float64Array.from(ranked, (detection) => detections.scores[detection]!);
  return { ...grouped, detections: ranked, images, scores };
}

type Overlap = (detection: number, object: number) => number;

function createBoxOverlap(truth: GroundTruth, detections: Detections): Overlap {
  return (i, j) => boxIou(detections.boxes, i, truth.boxes, j, truth.isIgnored[j] === 1);
}

/** The pairs of one detection after the other. */
class Pairs {
  private readonly starts: Uint32Array;
  private readonly ignored: Float64Array;
  private objects = new Uint32Array(1024);
  private ious = new Float64Array(1024);
  private count = 0;
  private length = 0;

  constructor(detections: number) {
    this.starts = new Uint32Array(detections + 1);
    this.ignored = new Float64Array(detections);
  }

  add(
    detection: number,
    objects: Uint32Array,
    truth: GroundTruth,
    { detections, overlap }: { readonly detections: Detections; readonly overlap: Overlap },
  ): void {
    let inIgnored = 0;
    const category = detections.category[detection]!;
    for (let i = 0; i < objects.length; i++) {
      const object = objects[i]!;
      const isIgnored = truth.isIgnored[object] === 1;
      if (isIgnored && truth.category[object] !== category) continue;
      const iou = overlap(detection, object);
      if (!(iou > 0)) continue;
      if (isIgnored) inIgnored = Math.max(inIgnored, iou);
      else this.push(object, iou);
    }
    this.ignored[this.count++] = inIgnored;
    this.starts[this.count] = this.length;
  }

  take(count: number): Pick<TidePairs, 'pairStarts' | 'pairObjects' | 'pairIous' | 'inIgnored'> {
    return {
      pairStarts: this.starts.slice(0, count + 1),
      pairObjects: this.objects.slice(0, this.length),
      pairIous: this.ious.slice(0, this.length),
      inIgnored: this.ignored.slice(0, count),
    };
  }

  private push(object: number, iou: number): void {
    if (this.length === this.objects.length) {
      const [objects, ious] = [new Uint32Array(2 * this.length), new Float64Array(2 * this.length)];
      objects.set(this.objects);
      ious.set(this.ious);
      [this.objects, this.ious] = [objects, ious];
    }
    this.objects[this.length] = object;
    this.ious[this.length++] = iou;
  }
}
