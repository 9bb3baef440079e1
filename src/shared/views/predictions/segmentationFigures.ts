/**
 * All figures of the Predictions panel for segmentations, from the confusions that the stages counted: scores by class,
 * which class is taken for which, and which images show it.
 */
import { scoreSegmentation, type SegmentationScores } from '../../math/segmentation/pixelConfusion';
import { confusionEntries, imagesOfCell, sumConfusion, type SegmentationIndex } from '../../results/segmentations';
import type { PredictionsView } from '../../protocol/panels/predictionsPanel';

export interface SegmentationRun {
  readonly index: SegmentationIndex;
  readonly scores: SegmentationScores;
  /** [classes, classes] pixels, row = truth. */
  readonly confusion: Float64Array;
  /** [images] judged pixels, and those of them that are wrong. */
  readonly judged: Float64Array;
  readonly wrong: Float64Array;
}

export function figureSegmentation(index: SegmentationIndex): SegmentationRun {
  const confusion = sumConfusion(index);
  const numClasses = index.classes.length;
  // The last column is for pixels predicted as no class, of which there are none here.
  const counts = new Float64Array(numClasses * (numClasses + 1));
  for (let t = 0; t < numClasses; t++)
    counts.set(confusion.subarray(t * numClasses, (t + 1) * numClasses), t * (numClasses + 1));
  const judged = new Float64Array(index.images.length);
  const wrong = new Float64Array(index.images.length);
  index.images.forEach((image, i) => {
    for (const { truth, predicted, pixels } of confusionEntries(image)) {
      judged[i] = judged[i]! + pixels;
      if (truth !== predicted) wrong[i] = wrong[i]! + pixels;
    }
  });
  return { index, scores: scoreSegmentation({ numClasses, counts }), confusion, judged, wrong };
}

/** Share of an image's judged pixels that is wrong; NaN where none is judged. */
export function wrongShare({ judged, wrong }: SegmentationRun, image: number): number {
  return wrong[image]! / judged[image]!;
}

export interface ConfusedPair {
  readonly truth: number;
  readonly predicted: number;
  /** Pixels by run. */
  readonly pixels: readonly number[];
}

/** Off the diagonal, most pixels first. */
export function listConfusedPairs(runs: readonly SegmentationRun[]): ConfusedPair[] {
  const classes = runs[0]?.index.classes.length ?? 0;
  const pairs: ConfusedPair[] = [];
  for (let truth = 0; truth < classes; truth++)
    for (let predicted = 0; predicted < classes; predicted++) {
      const pixels = runs.map(({ confusion }) => confusion[truth * classes + predicted]!);
      if (truth !== predicted && pixels.some((count) => count > 0)) pairs.push({ truth, predicted, pixels });
    }
  const size = ({ pixels }: ConfusedPair): number => pixels.reduce((sum, count) => sum + count, 0);
  return pairs.sort((a, b) => size(b) - size(a));
}

/** Images that pass the filters, in the order that is asked for. `runs`: one or two on the same images. */
export function orderImages(
  runs: readonly SegmentationRun[],
  { segmentation, search, sort, layout }: Pick<PredictionsView, 'segmentation' | 'search' | 'sort' | 'layout'>,
): Int32Array {
  const [first, second] = runs;
  if (!first) return new Int32Array(0);
  const { classes, images } = first.index;
  const isNamed = ({ name }: { readonly name: string }): boolean =>
    name.toLowerCase().includes(search.trim().toLowerCase());
  const { cell, category } = segmentation;
  const shown = layout === 'second' && second ? second : first;
  if (cell) {
    const found = imagesOfCell(shown.index.images, classes.indexOf(cell.truth), classes.indexOf(cell.predicted));
    return Int32Array.from(found.map(({ image }) => image).filter((image) => isNamed(images[image]!)));
  }
  const k = classes.indexOf(category);
  const hasClass = (image: number): boolean =>
    runs.some(({ index }) =>
      [...confusionEntries(index.images[image]!)].some(({ truth, predicted }) => truth === k || predicted === k),
    );
  const passing = images.flatMap((image, i) => (isNamed(image) && (k < 0 || hasClass(i)) ? [i] : []));
  const rank = rankOf(runs, sort, k);
  if (rank) passing.sort((a, b) => rank(b) - rank(a) || a - b);
  return Int32Array.from(passing);
}

/** Higher comes first; of one class where one is chosen. */
function rankOf(
  runs: readonly SegmentationRun[],
  sort: PredictionsView['sort'],
  k: number,
): ((image: number) => number) | undefined {
  const [first, second] = runs;
  if (sort === 'file' || !first) return undefined;
  const share = (run: SegmentationRun, image: number): number => {
    const value = k < 0 ? wrongShare(run, image) : classWrong(run, image, k) / run.judged[image]!;
    return Number.isNaN(value) ? 0 : value;
  };
  if (sort === 'moved' && second) return (image) => Math.abs(share(second, image) - share(first, image));
  return (image) => Math.max(...runs.map((run) => share(run, image)));
}

/** Pixels of class `k` that are taken for another, or others taken for it. */
function classWrong({ index }: SegmentationRun, image: number, k: number): number {
  let pixels = 0;
  for (const entry of confusionEntries(index.images[image]!))
    if (entry.truth !== entry.predicted && (entry.truth === k || entry.predicted === k)) pixels += entry.pixels;
  return pixels;
}
