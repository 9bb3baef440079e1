/** Segments the test pictures and counts, once and in whole numbers, what every score is made of. */
import { deflateSync } from 'node:zlib';
import {
  addConfusion,
  confusionOfPairs,
  countPairs,
  createPixelConfusion,
  scoreSegmentation,
  type PixelConfusion,
  type SegmentationScores,
} from '../../../shared/math/segmentation/pixelConfusion';
import { bootstrapMeanIou, totalsOf, type ImageTotals } from '../../../shared/math/segmentation/bootstrapIou';
import {
  boundaryDistance,
  countBoundary,
  createBoundaryCounts,
  scoreBoundary,
} from '../../../shared/math/segmentation/boundaryIou';
import type { LabelledImages, PixelLabels } from '../../data/labelledImages';
import type { RgbImage } from '../../data/dataset';
import type { Segmenter } from '../../models/segmentation/segmenter';
import { readLabelled } from './cropBatches';
import { segmentImages, type InferenceSettings } from './segmentImages';

/** One test picture with its label maps, packed by zlib: of hundreds of large ones the maps alone would fill the memory. */
export interface SegmentedPicture {
  readonly index: number;
  readonly width: number;
  readonly height: number;
  readonly truth: Uint8Array;
  readonly predicted: Uint8Array;
  readonly confusion: PixelConfusion;
}

export interface TestedSegmenter {
  readonly images: readonly SegmentedPicture[];
  /** Shares in 0..1 by name; what nothing is known of is left out. */
  readonly metrics: Readonly<Record<string, number>>;
  /** IoU of each class that occurs, by name. */
  readonly perClass: Readonly<Record<string, number>>;
}

export interface TestOptions {
  readonly data: LabelledImages;
  /** Places in the data set. */
  readonly images: Int32Array;
  readonly settings: InferenceSettings;
  readonly seed: number;
  readonly onProblem: (name: string, message: string) => void;
  /** Called between pictures; throws to end the test. */
  readonly onProgress: (done: number) => Promise<void>;
}

const BATCH = 4;
const identity = Uint16Array.from({ length: 256 }, (_, value) => value);

export async function testSegmenter(segmenter: Segmenter, options: TestOptions): Promise<TestedSegmenter> {
  const { data, images, settings, onProblem, onProgress } = options;
  const numClasses = data.classes.length;
  const boundary = createBoundaryCounts(numClasses);
  const found: SegmentedPicture[] = [];
  const read = (from: number) =>
    Promise.all(Array.from(images.subarray(from, from + BATCH), (index) => readLabelled(data, index, onProblem)));
  let next = read(0);
  for (let from = 0; from < images.length; from += BATCH) {
    const batch = await next;
    next = read(from + BATCH);
    next.catch(() => undefined); // seen when it is awaited
    const predictions = await segmentAll(segmenter, batch, settings);
    batch.forEach(({ labels }, i) => {
      const pair = { ...sizeOf(labels), truth: labels.labels, predicted: predictions[i]! };
      countBoundary(boundary, pair, boundaryDistance(pair.width, pair.height));
      found.push(packPicture(images[from + i]!, pair, numClasses));
    });
    await onProgress(found.length);
  }
  const sum = createPixelConfusion(numClasses);
  for (const { confusion } of found) addConfusion(sum, confusion);
  const totals = found.map(({ confusion }) => totalsOf(confusion));
  const scores = scoreSegmentation(sum);
  const metrics = namedMetrics(scores, scoreBoundary(boundary).meanIou, intervalOf(totals, options.seed));
  const perClass = data.classes.flatMap((name, k) => (Number.isNaN(scores.iou[k]!) ? [] : [[name, scores.iou[k]!]]));
  return { images: found, metrics, perClass: Object.fromEntries(perClass) as Record<string, number> };
}

/** Pictures of one size together, others one by one. */
async function segmentAll(
  segmenter: Segmenter,
  batch: readonly { readonly picture: RgbImage }[],
  settings: InferenceSettings,
): Promise<Uint8Array[]> {
  const pictures = batch.map(({ picture }) => picture);
  const isOneSize = pictures.every(
    ({ width, height }) => width === pictures[0]!.width && height === pictures[0]!.height,
  );
  if (isOneSize) return segmentImages(segmenter, pictures, settings);
  const found: Uint8Array[] = [];
  for (const picture of pictures) found.push(...(await segmentImages(segmenter, [picture], settings)));
  return found;
}

const sizeOf = ({ width, height }: PixelLabels) => ({ width, height });

function packPicture(
  index: number,
  pair: { readonly width: number; readonly height: number; readonly truth: Uint8Array; readonly predicted: Uint8Array },
  numClasses: number,
): SegmentedPicture {
  const { width, height, truth, predicted } = pair;
  const pack = (labels: Uint8Array) => new Uint8Array(deflateSync(labels, { level: 1 }));
  const confusion = confusionOfPairs(countPairs(truth, predicted), numClasses, {
    truth: identity,
    predicted: identity,
  });
  return { index, width, height, truth: pack(truth), predicted: pack(predicted), confusion };
}

function intervalOf(totals: readonly ImageTotals[], seed: number): Record<string, number> {
  const interval = bootstrapMeanIou(totals, { seed });
  return interval ? { meanIouLow: interval.low, meanIouHigh: interval.high } : {};
}

function namedMetrics(
  { meanIou, pixelAccuracy, meanAccuracy, weightedIou }: SegmentationScores,
  boundaryIou: number,
  interval: Readonly<Record<string, number>>,
): Record<string, number> {
  const all = { meanIou, pixelAccuracy, meanAccuracy, weightedIou, boundaryIou, ...interval };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => !Number.isNaN(value)));
}
