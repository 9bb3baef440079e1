/** Counts the pixels of pairs of label images: the table of all, the totals of each, and outlines where they are wanted. */
import {
  boundaryDistance,
  countBoundary,
  createBoundaryCounts,
  type BoundaryCounts,
} from '../../shared/math/segmentation/boundaryIou';
import { totalsOf, type ImageTotals } from '../../shared/math/segmentation/bootstrapIou';
import { paintRuns, type LabelRuns } from '../../shared/formats/labelRuns';
import {
  addConfusion,
  countRuns,
  createPixelConfusion,
  type PixelConfusion,
} from '../../shared/math/segmentation/pixelConfusion';
import { readLabelPair, type LabelPair, type LabelPairNames, type ValueMeanings } from './labelPairs';

/** What is to be counted; can be posted to a thread. */
export interface CountRequest {
  readonly pairs: readonly LabelPairNames[];
  readonly folders: { readonly truth: string; readonly predicted: string };
  readonly meanings: ValueMeanings;
  readonly hasBoundary: boolean;
}

export interface CountedPairs {
  readonly confusion: PixelConfusion;
  /** By pair, in the order of the request. */
  readonly totals: readonly ImageTotals[];
  /** [65536] pixels by true value, of values that are no class. */
  readonly unjudged: Float64Array;
  readonly boundary?: BoundaryCounts;
}

/** Counts every pair of a request, one after the other. */
export function countLabelPairs({ pairs, folders, meanings, hasBoundary }: CountRequest): CountedPairs {
  const { numClasses } = meanings;
  const confusion = createPixelConfusion(numClasses);
  const totals: ImageTotals[] = [];
  const unjudged = new Float64Array(65_536);
  const boundary = hasBoundary ? createBoundaryCounts(numClasses) : undefined;
  for (const names of pairs) {
    const pair = readLabelPair(names, folders);
    const counted = countRuns(pair.truth, pair.predicted, meanings, unjudged);
    addConfusion(confusion, counted);
    totals.push(totalsOf(counted));
    if (boundary) addBoundary(boundary, pair, meanings);
  }
  return { confusion, totals, unjudged, ...(boundary && { boundary }) };
}

/** Shares of one request, counted apart, as one. shares[i] holds every pair i, i + n, i + 2n … of n shares. */
export function joinCounts(shares: readonly CountedPairs[]): CountedPairs {
  const first = shares[0]!;
  if (shares.length === 1) return first;
  const confusion = createPixelConfusion(first.confusion.numClasses);
  const boundary = first.boundary && createBoundaryCounts(first.confusion.numClasses);
  const unjudged = new Float64Array(65_536);
  for (const share of shares) {
    addConfusion(confusion, share.confusion);
    share.unjudged.forEach((pixels, value) => (unjudged[value]! += pixels));
    if (!boundary || !share.boundary) continue;
    for (const part of ['shared', 'truth', 'predicted'] as const)
      share.boundary[part].forEach((pixels, k) => (boundary[part][k]! += pixels));
  }
  const count = shares.reduce((sum, { totals }) => sum + totals.length, 0);
  const totals = Array.from(
    { length: count },
    (_, i) => shares[i % shares.length]!.totals[Math.floor(i / shares.length)]!,
  );
  return { confusion, totals, unjudged, ...(boundary && { boundary }) };
}

function addBoundary(counts: BoundaryCounts, { truth, predicted }: LabelPair, meanings: ValueMeanings): void {
  const { width, height } = truth;
  const classOf = (runs: LabelRuns, meaning: Uint16Array) =>
    paintRuns(
      runs,
      new Uint16Array(width * height),
      meaning.map((label) => Math.min(label, meanings.numClasses)),
    );
  const image = {
    ...{ width, height, truth: classOf(truth, meanings.truth) },
    predicted: classOf(predicted, meanings.predicted),
  };
  countBoundary(counts, image, boundaryDistance(width, height));
}
