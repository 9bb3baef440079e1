/**
 * A mean AP as flat lists of outcomes, for questions of the kind "what if": the detections of each class in descending
 * score, hit or not, with their images. Weights of images give bootstrap replicates without matching anew.
 */
import { meanAt } from './precisionRecall';

/** TIDE's recalls: i / 100 (COCO's are i · 0.01, which differs in the last bit). */
const RECALLS: readonly number[] = Array.from({ length: 101 }, (_, i) => i / 100);

/** What a detection counts as. */
export const OUTCOME = { none: 0, miss: 1, hit: 2 } as const;

export interface ApEntries extends Positives {
  /** [classes + 1] into `outcomes` and `images`. */
  readonly starts: Uint32Array;
  /** of OUTCOME, class by class in descending score. */
  readonly outcomes: Uint8Array;
  readonly images: Int32Array;
  /** [classes] behind the last hit of each class; what follows changes no AP. */
  readonly ends: Uint32Array;
  /** [classes] whether the class has any hit or miss. */
  readonly hasEntries: Uint8Array;
}

/** Objects to be found. */
export interface Positives {
  /** [classes + 1] into `positiveImages`. */
  readonly positiveStarts: Uint32Array;
  readonly positiveImages: Int32Array;
}

/** Adds where each class's last hit is. The arrays may be shared between entries. */
export function createEntries(
  lists: Pick<ApEntries, 'starts' | 'outcomes' | 'images'>,
  { positiveStarts, positiveImages }: Positives,
): ApEntries {
  const { starts, outcomes } = lists;
  const classes = starts.length - 1;
  const ends = new Uint32Array(classes);
  const hasEntries = new Uint8Array(classes);
  for (let k = 0; k < classes; k++) {
    const start = starts[k]!;
    let end = starts[k + 1]!;
    for (; end > start && outcomes[end - 1] !== OUTCOME.hit; end--) {
      if (outcomes[end - 1] === OUTCOME.miss) hasEntries[k] = 1;
    }
    ends[k] = end;
    if (end > start) hasEntries[k] = 1;
  }
  return { ...lists, ends, hasEntries, positiveStarts, positiveImages };
}

/**
 * Mean AP in 0..1 over the classes that have objects in `base` (weighted where weights [images] are given); NaN without
 * any. A class whose objects all went (what if nothing had been missed?) counts 0 with and nothing without detections,
 * as in tidecv.
 */
export function meanApOf(entries: ApEntries, base: ApEntries, weights?: ArrayLike<number>): number {
  const classes = entries.starts.length - 1;
  let [sum, count] = [0, 0];
  for (let k = 0; k < classes; k++) {
    if (sumPositives(base, k, weights) === 0) continue;
    const positives = entries === base ? sumPositives(base, k, weights) : sumPositives(entries, k, weights);
    if (positives === 0 && entries.hasEntries[k] === 0) continue;
    if (positives > 0) sum += classAp(entries, k, positives, weights);
    count++;
  }
  return count === 0 ? Number.NaN : sum / count;
}

function sumPositives({ positiveStarts, positiveImages }: ApEntries, k: number, weights?: ArrayLike<number>): number {
  const [start, end] = [positiveStarts[k]!, positiveStarts[k + 1]!];
  if (!weights) return end - start;
  let sum = 0;
  for (let i = start; i < end; i++) sum += weights[positiveImages[i]!]!;
  return sum;
}

/** The same with the mean over `classes` alone; as `base` it does so for all that is weighed against it. */
export function restrictTo(base: ApEntries, classes: ReadonlySet<number>): ApEntries {
  const { positiveStarts, positiveImages } = base;
  const starts = new Uint32Array(positiveStarts.length);
  const images: number[] = [];
  for (let k = 0; k + 1 < starts.length; k++) {
    if (classes.has(k)) images.push(...positiveImages.subarray(positiveStarts[k], positiveStarts[k + 1]));
    starts[k + 1] = images.length;
  }
  return { ...base, positiveStarts: starts, positiveImages: Int32Array.from(images) };
}

let hitSums = new Float64Array(256);
let precisions = new Float64Array(256);

function classAp(entries: ApEntries, k: number, positives: number, weights?: ArrayLike<number>): number {
  const { starts, ends, outcomes, images } = entries;
  const [start, end] = [starts[k]!, ends[k]!];
  if (hitSums.length < end - start) {
    hitSums = new Float64Array(2 * (end - start));
    precisions = new Float64Array(2 * (end - start));
  }
  let [count, right, wrong] = [0, 0, 0];
  for (let i = start; i < end; i++) {
    const outcome = outcomes[i]!;
    if (outcome === OUTCOME.none) continue;
    const weight = weights ? weights[images[i]!]! : 1;
    if (outcome === OUTCOME.miss) wrong += weight;
    else if (weight > 0) {
      right += weight;
      hitSums[count] = right;
      precisions[count++] = right / (right + wrong);
    }
  }
  return meanAt({ count, hits: hitSums, precision: precisions }, positives, RECALLS);
}
