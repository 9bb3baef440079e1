/**
 * A mean AP as flat lists of outcomes, for questions of the kind "what if": the detections of each class in descending
 * score, hit or not, with their images. Weights of images give bootstrap replicates without matching anew.
 */
import { meanAt } from './precisionRecall';

/** TIDE's recalls: i / 100 (COCO's are i · 0.01, which differs in the last bit). */
const RECALLS: readonly number[] = Array.from({ length: 101 }, (_, i) => i / 100);

export interface ApEntries {
  /** [classes + 1] into `hits` and `images`. */
  readonly starts: Uint32Array;
  /** 1 = true positive, 0 = false positive; those behind a class's last hit are left out, they change nothing. */
  readonly hits: Uint8Array;
  readonly images: Int32Array;
  /** [classes] whether the class has any detection. */
  readonly hasEntries: Uint8Array;
  /** [classes + 1] into `positiveImages`. */
  readonly positiveStarts: Uint32Array;
  /** Image of each object to be found. */
  readonly positiveImages: Int32Array;
}

/** Collects outcomes class by class. */
export class EntryList {
  private readonly hits: Uint8Array;
  private readonly images: Int32Array;
  private readonly starts: Uint32Array;
  private readonly hasEntries: Uint8Array;
  private length = 0;
  private lastHit = 0;
  private classIndex = 0;

  /** capacity: at most this many entries. */
  constructor(classes: number, capacity: number) {
    this.hits = new Uint8Array(capacity);
    this.images = new Int32Array(capacity);
    this.starts = new Uint32Array(classes + 1);
    this.hasEntries = new Uint8Array(classes);
  }

  push(isHit: boolean, image: number): void {
    this.hits[this.length] = isHit ? 1 : 0;
    this.images[this.length++] = image;
    this.hasEntries[this.classIndex] = 1;
    if (isHit) this.lastHit = this.length;
  }

  endClass(): void {
    this.length = this.lastHit;
    this.starts[++this.classIndex] = this.length;
  }

  take(positives: Pick<ApEntries, 'positiveStarts' | 'positiveImages'>): ApEntries {
    return {
      starts: this.starts,
      hits: this.hits.subarray(0, this.length),
      images: this.images.subarray(0, this.length),
      hasEntries: this.hasEntries,
      ...positives,
    };
  }
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

let hitSums = new Float64Array(256);
let precisions = new Float64Array(256);

function classAp(entries: ApEntries, k: number, positives: number, weights?: ArrayLike<number>): number {
  const { starts, hits, images } = entries;
  const [start, end] = [starts[k]!, starts[k + 1]!];
  if (hitSums.length < end - start) {
    hitSums = new Float64Array(2 * (end - start));
    precisions = new Float64Array(2 * (end - start));
  }
  let [count, right, wrong] = [0, 0, 0];
  for (let i = start; i < end; i++) {
    const weight = weights ? weights[images[i]!]! : 1;
    if (hits[i] === 0) wrong += weight;
    else if (weight > 0) {
      right += weight;
      hitSums[count] = right;
      precisions[count++] = right / (right + wrong);
    }
  }
  return meanAt({ count, hits: hitSums, precision: precisions }, positives, RECALLS);
}
