/**
 * How far an AP moves with the choice of test images: percentile bootstrap over images (Efron 1979), and for two runs on
 * the same images a paired randomisation test of their difference (Fisher 1935). Matching happens within images, so a
 * replicate only weights images: nothing is matched anew.
 */
import { deriveRandom } from '../../random';
import { quantileOfSorted, type Interval } from '../statistics';
import type { Candidates } from './candidates';
import { COCO_AREAS, matchCoco, type Matching } from './cocoMatching';
import { averagePrecision, CurveTable, type Interpolation } from './precisionRecall';

export interface ApInterval extends Interval {
  readonly ap: number;
  readonly level: number;
  readonly resamples: number;
}

export interface ApDifference extends Interval {
  /** AP of the second run minus that of the first. */
  readonly difference: number;
  /** Two-sided: share of random exchanges of the runs' images that give at least this difference; never 0. */
  readonly pValue: number;
  readonly level: number;
  readonly resamples: number;
}

export interface ResamplingOptions {
  readonly seed: number;
  /** Default 1000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly level?: number;
  readonly interpolation?: Interpolation;
}

/** One run's outcomes with images as weights; all that replicates need. */
export interface WeightedAp {
  readonly images: number;
  readonly starts: Uint32Array;
  readonly matching: Pick<Matching, 'thresholds' | 'hits' | 'ignored'>;
  /** [order] image and score of each detection. */
  readonly imageOf: Int32Array;
  readonly scores: Float64Array;
  /** [classes] images of the objects that count, an object each. */
  readonly positives: readonly Int32Array[];
  readonly interpolation: Interpolation;
}

/** The outcomes of a run at the given thresholds, for objects of all sizes. */
export function prepareWeightedAp(
  candidates: Candidates,
  thresholds: readonly number[],
  interpolation: Interpolation = 'coco',
): WeightedAp {
  const { truth, detections, order, starts } = candidates;
  const positives = truth.categories.ids.map(() => [] as number[]);
  for (let j = 0; j < truth.count; j++) {
    const area = truth.areas[j]!;
    const isInside = area >= COCO_AREAS[0]!.low && area <= COCO_AREAS[0]!.high;
    if (truth.isIgnored[j] === 0 && isInside) positives[truth.category[j]!]!.push(truth.image[j]!);
  }
  return {
    ...{ images: truth.images.ids.length, starts, interpolation },
    matching: matchCoco(candidates, thresholds, COCO_AREAS[0]!),
    imageOf: Int32Array.from(order, (detection) => detections.image[detection]!),
    scores: Float64Array.from(order, (detection) => detections.scores[detection]!),
    positives: positives.map((images) => Int32Array.from(images)),
  };
}

/**
 * Mean AP in 0..1 over thresholds and classes with objects, image i counting weights[i] times; NaN without objects.
 * `weightOfPlace`: other weights for detections than for objects.
 */
export function weighAp(
  run: WeightedAp,
  weights: ArrayLike<number>,
  weightOfPlace: (place: number) => number = (place) => weights[run.imageOf[place]!]!,
): number {
  const { thresholds } = run.matching;
  const curves = new CurveTable(thresholds.length);
  let [sum, count] = [0, 0];
  for (let k = 0; k + 1 < run.starts.length; k++) {
    let positives = 0;
    for (const image of run.positives[k]!) positives += weights[image]!;
    if (positives === 0) continue;
    curves.fill({ start: run.starts[k]!, end: run.starts[k + 1]! }, { ...run.matching, weightOf: weightOfPlace });
    for (let t = 0; t < thresholds.length; t++) sum += averagePrecision(curves.curve(t), positives, run.interpolation);
    count += thresholds.length;
  }
  return count === 0 ? Number.NaN : sum / count;
}

/** AP with its interval over images. Replicates without any object are left out. */
export function bootstrapAp(run: WeightedAp, options: ResamplingOptions): ApInterval {
  const { seed, resamples = 1000, level = 0.95 } = options;
  const values = drawReplicates(run.images, { seed, resamples }, (weights) => weighAp(run, weights));
  return { ap: weighAp(run, new Uint8Array(run.images).fill(1)), level, resamples, ...percentiles(values, level) };
}

/** Difference of two runs' AP on the same images: interval by drawing images, p-value by exchanging the runs' results of images. */
export function compareAp(first: WeightedAp, second: WeightedAp, options: ResamplingOptions): ApDifference {
  const { seed, resamples = 1000, level = 0.95 } = options;
  if (first.images !== second.images) throw new Error('internal: the runs were evaluated on different images');
  const once = new Uint8Array(first.images).fill(1);
  const difference = weighAp(second, once) - weighAp(first, once);
  const values = drawReplicates(
    first.images,
    { seed, resamples },
    (weights) => weighAp(second, weights) - weighAp(first, weights),
  );
  return {
    difference,
    level,
    resamples,
    ...percentiles(values, level),
    pValue: exchangeTest(first, second, { seed, resamples, difference }),
  };
}

/** Draws as many images as there are, with replacement, and calls back with how often each was drawn. */
export function drawReplicates(
  images: number,
  { seed, resamples }: { readonly seed: number; readonly resamples: number },
  statistic: (weights: Uint32Array) => number,
): Float64Array {
  const values: number[] = [];
  const weights = new Uint32Array(images);
  for (let r = 0; r < resamples; r++) {
    const random = deriveRandom(seed, 'bootstrap-images', r);
    weights.fill(0);
    for (let i = 0; i < images; i++) weights[random.integer(images)]!++;
    const value = statistic(weights);
    if (!Number.isNaN(value)) values.push(value);
  }
  return Float64Array.from(values).sort();
}

/** Percentile interval of sorted values; NaN for none. */
export function percentiles(sorted: Float64Array, level: number): Interval {
  if (sorted.length === 0) return { low: Number.NaN, high: Number.NaN };
  return { low: quantileOfSorted(sorted, (1 - level) / 2), high: quantileOfSorted(sorted, (1 + level) / 2) };
}

interface TestOptions {
  readonly seed: number;
  readonly resamples: number;
  readonly difference: number;
}

function exchangeTest(first: WeightedAp, second: WeightedAp, { seed, resamples, difference }: TestOptions): number {
  const once = new Uint8Array(first.images).fill(1);
  const merged = mergeRuns(first, second);
  const exchanged = new Uint8Array(first.images);
  let extreme = 0;
  for (let r = 0; r < resamples; r++) {
    const random = deriveRandom(seed, 'exchange-images', r);
    for (let i = 0; i < exchanged.length; i++) exchanged[i] = random.nextUint32() & 1;
    // Run 0 takes its own result of an image, or the other's where exchanged.
    const apOf = (run: 0 | 1): number =>
      weighAp(merged, once, (place) => ((merged.source[place]! ^ exchanged[merged.imageOf[place]!]!) === run ? 1 : 0));
    if (Math.abs(apOf(1) - apOf(0)) >= Math.abs(difference) - 1e-12) extreme++;
  }
  return (1 + extreme) / (1 + resamples);
}

/** Both runs' detections of each class in one order of score; `source` says whose each is. */
interface MergedRuns extends WeightedAp {
  readonly source: Uint8Array;
}

function mergeRuns(first: WeightedAp, second: WeightedAp): MergedRuns {
  const count = first.imageOf.length + second.imageOf.length;
  const hits = new Uint16Array(count);
  const ignored = new Uint16Array(count);
  const imageOf = new Int32Array(count);
  const scores = new Float64Array(count);
  const source = new Uint8Array(count);
  const starts = new Uint32Array(first.starts.length);
  let place = 0;
  const take = (run: WeightedAp, from: number, which: 0 | 1): void => {
    hits[place] = run.matching.hits[from]!;
    ignored[place] = run.matching.ignored[from]!;
    imageOf[place] = run.imageOf[from]!;
    scores[place] = run.scores[from]!;
    source[place++] = which;
  };
  for (let k = 0; k + 1 < starts.length; k++) {
    let [i, j] = [first.starts[k]!, second.starts[k]!];
    const [endFirst, endSecond] = [first.starts[k + 1]!, second.starts[k + 1]!];
    while (i < endFirst || j < endSecond) {
      const isFirst = j >= endSecond || (i < endFirst && first.scores[i]! >= second.scores[j]!);
      if (isFirst) take(first, i++, 0);
      else take(second, j++, 1);
    }
    starts[k + 1] = place;
  }
  const { thresholds } = first.matching;
  return { ...first, starts, imageOf, scores, source, matching: { thresholds, hits, ignored } };
}
