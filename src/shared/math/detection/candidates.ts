/**
 * Which detections overlap which objects of their class, computed once. Everything that a slider can move (score and IoU
 * thresholds, sizes) is then worked out from these pairs without touching a box or a mask again.
 */
import type { Detections, GroundTruth, IouType } from '../../results/detections';
import { boxIou } from './boxes';
import { bucketSort, orderByClassAndScore } from './detectionOrder';
import { COCO_SIGMAS, keypointSimilarity } from './keypointSimilarity';
import { maskBoxes, maskIou } from './rle';

export interface CandidateOptions {
  readonly iouType: IouType;
  /** At most this many detections of one class in one image, the surest. COCO: 100, keypoints 20. */
  readonly maxDetections: number;
  /** Pairs with less overlap are not kept; no threshold can be lower. In (0, 1]; default 0.1. */
  readonly floor?: number;
  /** One σ per keypoint; default COCO's 17. */
  readonly sigmas?: readonly number[];
  /** [images] order of images where scores tie; default that of ascending image id, as in pycocotools. */
  readonly imageRank: ArrayLike<number>;
}

/** Detections that count, class by class in descending score, each with its overlapping objects. */
export interface Candidates {
  readonly truth: GroundTruth;
  readonly detections: Detections;
  readonly iouType: IouType;
  /** Index into `detections` of each that counts: at most maxDetections of a class in an image. */
  readonly order: Uint32Array;
  /** [classes + 1] into `order`. */
  readonly starts: Uint32Array;
  /** Place of each among those of its class in its image, from 0. */
  readonly ranks: Uint32Array;
  /** [order.length + 1] into the pairs. */
  readonly pairStarts: Uint32Array;
  /** Objects in the order of the file. */
  readonly pairObjects: Uint32Array;
  readonly pairIous: Float64Array;
  readonly floor: number;
}

/** Finds the pairs. Cost: sort of the detections, and one overlap for each pair of a class in an image. */
export function findCandidates(truth: GroundTruth, detections: Detections, options: CandidateOptions): Candidates {
  const { maxDetections, imageRank, floor = 0.1 } = options;
  const classes = truth.categories.ids.length;
  const images = truth.images.ids.length;
  const sorted = orderByClassAndScore(
    { ...detections, tieRank: Uint32Array.from(detections.image, (image) => imageRank[image]!) },
    classes,
  );
  const objects = bucketSort(Uint32Array.from(truth.ids.keys()), (object) => truth.category[object]!, classes);
  const overlap = createOverlap(truth, detections, options);
  const kept = new Uint32Array(detections.count);
  const ranks = new Uint32Array(detections.count);
  const starts = new Uint32Array(classes + 1);
  const pairStarts = new Uint32Array(detections.count + 1);
  const pairs = new PairColumns();
  const seen = new Uint32Array(images);
  const inImage = new ObjectsByImage(images, truth.count);
  let count = 0;
  for (let k = 0; k < classes; k++) {
    starts[k] = count;
    inImage.fill(objects.order.subarray(objects.starts[k], objects.starts[k + 1]), truth.image);
    for (let place = sorted.starts[k]!; place < sorted.starts[k + 1]!; place++) {
      const detection = sorted.order[place]!;
      const image = detections.image[detection]!;
      const rank = seen[image]!++;
      if (rank >= maxDetections) continue;
      kept[count] = detection;
      ranks[count] = rank;
      for (let object = inImage.first(image); object >= 0; object = inImage.next(object)) {
        const iou = overlap(detection, object);
        if (iou >= floor) pairs.push(object, iou);
      }
      pairStarts[++count] = pairs.length;
    }
    for (let place = sorted.starts[k]!; place < sorted.starts[k + 1]!; place++)
      seen[detections.image[sorted.order[place]!]!] = 0;
    inImage.clear();
  }
  starts[classes] = count;
  const { iouType } = options;
  return {
    ...{ truth, detections, iouType, starts, floor, pairObjects: pairs.objects(), pairIous: pairs.ious() },
    ...{ order: kept.slice(0, count), ranks: ranks.slice(0, count), pairStarts: pairStarts.slice(0, count + 1) },
  };
}

/** The overlap of detection i and object j that the task compares. */
function createOverlap(
  truth: GroundTruth,
  detections: Detections,
  { iouType, sigmas = COCO_SIGMAS }: CandidateOptions,
): (i: number, j: number) => number {
  const { isCrowd } = truth;
  if (iouType === 'bbox') return (i, j) => boxIou(detections.boxes, i, truth.boxes, j, isCrowd[j] === 1);
  if (iouType === 'segm') return createMaskOverlap(truth, detections);
  const { keypoints } = truth;
  const detected = detections.keypoints;
  if (!keypoints || !detected) throw new Error('internal: keypoints were not read');
  return (i, j) => keypointSimilarity(detected, i, { ...truth, keypoints }, j, sigmas);
}

/** IoU of masks; masks whose boxes do not touch are not walked. */
export function createMaskOverlap(truth: GroundTruth, detections: Detections): (i: number, j: number) => number {
  const { masks, isCrowd } = truth;
  const detected = detections.masks;
  if (!masks || !detected) throw new Error('internal: masks were not read');
  const [truthBoxes, boxes] = [maskBoxes(masks), maskBoxes(detected)];
  return (i, j) => (boxIou(boxes, i, truthBoxes, j) > 0 ? maskIou(detected, i, masks, j, isCrowd[j] === 1) : 0);
}

/** Linked lists of one class's objects, one list per image, in the order of the file. */
class ObjectsByImage {
  private readonly heads: Int32Array;
  private readonly links: Int32Array;
  private used: number[] = [];

  constructor(images: number, objects: number) {
    this.heads = new Int32Array(images).fill(-1);
    this.links = new Int32Array(objects);
  }

  fill(objects: Uint32Array, image: Int32Array): void {
    for (let i = objects.length - 1; i >= 0; i--) {
      const object = objects[i]!;
      const at = image[object]!;
      this.links[object] = this.heads[at]!;
      this.heads[at] = object;
      this.used.push(at);
    }
  }

  first(image: number): number {
    return this.heads[image]!;
  }

  next(object: number): number {
    return this.links[object]!;
  }

  clear(): void {
    for (const image of this.used) this.heads[image] = -1;
    this.used = [];
  }
}

/** Pairs found so far. */
class PairColumns {
  length = 0;
  private objectColumn = new Uint32Array(1024);
  private iouColumn = new Float64Array(1024);

  push(object: number, iou: number): void {
    if (this.length === this.objectColumn.length) {
      const [objects, ious] = [this.objectColumn, this.iouColumn];
      this.objectColumn = new Uint32Array(2 * this.length);
      this.iouColumn = new Float64Array(2 * this.length);
      this.objectColumn.set(objects);
      this.iouColumn.set(ious);
    }
    this.objectColumn[this.length] = object;
    this.iouColumn[this.length++] = iou;
  }

  objects(): Uint32Array {
    return this.objectColumn.slice(0, this.length);
  }

  ious(): Float64Array {
    return this.iouColumn.slice(0, this.length);
  }
}
