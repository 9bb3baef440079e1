/**
 * Semantic segmentation: pixels counted by true and predicted class, and what follows. Long et al. 2015 (arXiv 1411.4038),
 * section 5; mean IoU as Cityscapes and VOC compute it.
 */

/** Pixels [numClasses, numClasses + 1]; entry (t, p): of class t, predicted as p. The last column: predicted as no class. */
export interface PixelConfusion {
  readonly numClasses: number;
  readonly counts: Float64Array;
}

export function createPixelConfusion(numClasses: number): PixelConfusion {
  return { numClasses, counts: new Float64Array(numClasses * (numClasses + 1)) };
}

/** Adds one image. labels, predictions: [pixels]; pixels whose label is no class 0..numClasses-1 are not judged. */
export function countPixels(
  { numClasses, counts }: PixelConfusion,
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
): void {
  if (labels.length !== predictions.length) throw new Error('internal: label images differ in size');
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label >= numClasses) continue;
    const predicted = Math.min(predictions[i]!, numClasses);
    counts[label * (numClasses + 1) + predicted]!++;
  }
}

export interface SegmentationScores {
  /** Mean of `iou` over classes that occur; NaN when none does. */
  readonly meanIou: number;
  /** Share of judged pixels that are right. */
  readonly pixelAccuracy: number;
  /** Mean over classes that have pixels of the share of them that is right. */
  readonly meanAccuracy: number;
  /** Mean of `iou` weighted by the classes' true pixels. */
  readonly weightedIou: number;
  /** [numClasses] right / (true + predicted - right), 0..1; NaN for a class that neither truth nor prediction has. */
  readonly iou: readonly number[];
  /** [numClasses] right / true; NaN for a class without true pixels. */
  readonly accuracy: readonly number[];
  /** [numClasses] */
  readonly pixels: readonly number[];
}

export function scoreSegmentation({ numClasses, counts }: PixelConfusion): SegmentationScores {
  const classes = Array.from({ length: numClasses }, (_, k) => k);
  const at = (t: number, p: number): number => counts[t * (numClasses + 1) + p]!;
  const pixels = classes.map((t) => sum(Array.from({ length: numClasses + 1 }, (_, p) => at(t, p))));
  const predicted = classes.map((p) => sum(classes.map((t) => at(t, p))));
  const right = classes.map((k) => at(k, k));
  const iou = classes.map((k) => right[k]! / (pixels[k]! + predicted[k]! - right[k]!));
  const accuracy = classes.map((k) => right[k]! / pixels[k]!);
  return {
    meanIou: meanOfNumbers(iou),
    pixelAccuracy: sum(right) / sum(pixels),
    meanAccuracy: meanOfNumbers(accuracy),
    weightedIou: sum(classes.map((k) => (pixels[k] === 0 ? 0 : iou[k]! * pixels[k]!))) / sum(pixels),
    ...{ iou, accuracy, pixels },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function meanOfNumbers(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return sum(known) / known.length;
}
