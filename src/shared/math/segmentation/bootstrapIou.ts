/**
 * How far a mean IoU moves with the choice of test images: percentile bootstrap over images (Efron 1979). A replicate adds
 * the images' right, true and predicted pixels anew; no pixel is looked at again.
 */
import { deriveRandom } from '../../random';
import { quantileOfSorted, type Interval } from '../statistics';
import type { PixelConfusion } from './pixelConfusion';

/** Of one image: [classes] pixels that are right, that are of the class, that were predicted as it. */
export interface ImageTotals {
  readonly right: Float64Array;
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
}

export function totalsOf({ numClasses, counts }: PixelConfusion): ImageTotals {
  const zeros = () => new Float64Array(numClasses);
  const totals = { right: zeros(), truth: zeros(), predicted: zeros() };
  for (let t = 0; t < numClasses; t++) {
    totals.right[t] = counts[t * (numClasses + 1) + t]!;
    for (let p = 0; p <= numClasses; p++) {
      const pixels = counts[t * (numClasses + 1) + p]!;
      totals.truth[t]! += pixels;
      if (p < numClasses) totals.predicted[p]! += pixels;
    }
  }
  return totals;
}

export interface BootstrapOptions {
  readonly seed: number;
  /** Default 1000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly level?: number;
}

/** Interval of the mean IoU in 0..1; undefined for fewer than two images. */
export function bootstrapMeanIou(images: readonly ImageTotals[], options: BootstrapOptions): Interval | undefined {
  const { seed, resamples = 1000, level = 0.95 } = options;
  if (images.length < 2) return undefined;
  const numClasses = images[0]!.right.length;
  const random = deriveRandom(seed, 'bootstrap-iou');
  const values = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    const times = new Uint32Array(images.length);
    for (let i = 0; i < images.length; i++) times[random.integer(images.length)]!++;
    values[r] = weightedMeanIou(images, times, numClasses);
  }
  // A replicate without any judged pixel says nothing.
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length === 0) return undefined;
  const tail = (1 - level) / 2;
  return { low: quantileOfSorted(sorted, tail), high: quantileOfSorted(sorted, 1 - tail) };
}

function weightedMeanIou(images: readonly ImageTotals[], times: Uint32Array, numClasses: number): number {
  let [sum, known] = [0, 0];
  for (let k = 0; k < numClasses; k++) {
    let [right, union] = [0, 0];
    for (let i = 0; i < images.length; i++) {
      const { right: hits, truth, predicted } = images[i]!;
      right += times[i]! * hits[k]!;
      union += times[i]! * (truth[k]! + predicted[k]! - hits[k]!);
    }
    if (union === 0) continue;
    sum += right / union;
    known++;
  }
  return sum / known;
}
