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

/** Adds the pixels of another confusion of the same classes. */
export function addConfusion({ counts }: PixelConfusion, other: PixelConfusion): void {
  other.counts.forEach((pixels, cell) => (counts[cell]! += pixels));
}

/**
 * How often each pair of values occurs in two label maps of the same size: [65536] counts, truth · 256 + prediction. Runs of
 * equal pixels, which label maps are made of, are counted four pixels at a time.
 */
export function countPairs(truth: Uint8Array, predicted: Uint8Array): Float64Array {
  if (truth.length !== predicted.length) throw new Error('internal: label images differ in size');
  const counts = new Float64Array(65_536);
  const [a, b] = [wordsOf(truth), wordsOf(predicted)];
  const words = a.length;
  for (let w = 0; w < words;) {
    const [x, y] = [a[w]!, b[w]!];
    if (!isFlat(x) || !isFlat(y)) {
      for (let shift = 0; shift < 32; shift += 8) counts[(((x >>> shift) & 255) << 8) | ((y >>> shift) & 255)]!++;
      w++;
      continue;
    }
    let end = w + 1;
    while (end < words && a[end] === x && b[end] === y) end++;
    counts[((x & 255) << 8) | (y & 255)]! += 4 * (end - w);
    w = end;
  }
  for (let i = 4 * words; i < truth.length; i++) counts[(truth[i]! << 8) | predicted[i]!]!++;
  return counts;
}

/** Four equal bytes. */
function isFlat(word: number): boolean {
  return Math.imul(word & 255, 0x01010101) === (word | 0);
}

/** The bytes four at a time, without the last three at most. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  // No slice(): that of a Buffer is a view.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
}

/** What a value of a label map means: its class, or `numClasses` and above for none. */
export type ValueMeaning = ArrayLike<number>;

/**
 * Pairs of values as pixels of classes. truth, predicted: [256] class of each value; pixels whose true value is no class
 * 0..numClasses−1 are not judged, predictions that are none stand in the last column.
 */
export function confusionOfPairs(
  pairs: Float64Array,
  numClasses: number,
  { truth, predicted }: { readonly truth: ValueMeaning; readonly predicted: ValueMeaning },
): PixelConfusion {
  const confusion = createPixelConfusion(numClasses);
  for (let pair = 0; pair < pairs.length; pair++) {
    if (pairs[pair] === 0) continue;
    const label = truth[pair >> 8]!;
    if (label >= numClasses) continue;
    confusion.counts[label * (numClasses + 1) + Math.min(predicted[pair & 255]!, numClasses)]! += pairs[pair]!;
  }
  return confusion;
}

/** Equal pixels in a row; ends[i]: the place after the last one of run i. */
interface Runs {
  readonly ends: Uint32Array;
  readonly values: ArrayLike<number>;
}

/**
 * Counts two label maps of the same size by their runs, as countPairs and confusionOfPairs do by pixels. truth, predicted: what
 * each value means. `unjudged`: [values] pixels by true value are added to it where that value is no class.
 */
export function countRuns(
  labels: Runs,
  predictions: Runs,
  meanings: { readonly numClasses: number; readonly truth: ValueMeaning; readonly predicted: ValueMeaning },
  unjudged: Float64Array,
): PixelConfusion {
  const { numClasses, truth, predicted } = meanings;
  const confusion = createPixelConfusion(numClasses);
  let found = 0;
  let start = 0;
  for (let run = 0; run < labels.ends.length; run++) {
    const [value, end] = [labels.values[run]!, labels.ends[run]!];
    const label = truth[value]!;
    if (label >= numClasses) unjudged[value]! += end - start;
    while (start < end) {
      const both = Math.min(end, predictions.ends[found]!);
      if (label < numClasses) {
        const prediction = Math.min(predicted[predictions.values[found]!]!, numClasses);
        confusion.counts[label * (numClasses + 1) + prediction]! += both - start;
      }
      if (both === predictions.ends[found]) found++;
      start = both;
    }
  }
  return confusion;
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
