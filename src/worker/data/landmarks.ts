/**
 * The contract between readers of landmarks and everything that learns them. A reader gives whole images with marked faces or
 * objects; `cutExamples` makes of each a square picture with its landmarks, as a data set like any other, so that features
 * and fine-tuning see the same.
 */
import type { LandmarkScheme } from '../../shared/results/landmarks';
import { UserError } from '../../shared/errors';
import type { DataProblem, Dataset, ImageStore } from './dataset';

export interface MarkedImages {
  readonly split: string;
  readonly scheme: LandmarkScheme;
  /** Whole images. */
  readonly store: Exclude<ImageStore, { kind: 'crops' }>;
  /** Names of the images, as users know them. */
  readonly names: readonly string[];
  /** Class names of objects; a single one where nothing tells them apart. */
  readonly classes: readonly string[];
  readonly problems: readonly DataProblem[];
  /** The marked faces or objects, sorted by image. */
  readonly count: number;
  /** [count] index into the images. */
  readonly image: Int32Array;
  /** [count] index into the classes. */
  readonly category: Int32Array;
  /** [count, 4] x, y, width, height in px. */
  readonly boxes: Float64Array;
  /** [count, landmarks, 2] px of the image, pixel centres at whole numbers; anything where not marked. */
  readonly points: Float64Array;
  /** [count, landmarks] 0 not marked, 1 hidden, 2 visible. */
  readonly visibility: Uint8Array;
  /** [count, 3] left, top, side: the squares that the data's own protocol cuts out; else they follow from the boxes. */
  readonly squares?: Int32Array;
  /** [count]; who is seen. */
  readonly identities?: Int32Array;
}

export interface LandmarkSource {
  readonly splits: readonly string[];
  readonly fingerprint: string;
  openMarked(split: string): Promise<MarkedImages>;
}

/** Square pictures, one for each marked face or object; `labels` are the objects' classes. */
export interface LandmarkDataset extends Dataset {
  readonly store: Extract<ImageStore, { kind: 'crops' }>;
  readonly scheme: LandmarkScheme;
  /** [length, 4] px of the whole image. */
  readonly boxes: Float64Array;
  /** [length, landmarks, 2] px of the whole image. */
  readonly points: Float64Array;
  /** [length, landmarks] */
  readonly visibility: Uint8Array;
}

/** `margin`: room on every side of a box, as a share of its longer side; of no effect where the data say the squares. */
export function cutExamples(marked: MarkedImages, margin: number): LandmarkDataset {
  const { count, scheme, boxes } = marked;
  const squares = marked.squares ?? squaresAround(boxes, margin);
  const isUsable = (i: number) =>
    squares[3 * i + 2]! > 0 && scheme.names.some((_, k) => marked.visibility[i * scheme.names.length + k]! > 0);
  const kept = Array.from({ length: count }, (_, i) => i).filter(isUsable);
  if (kept.length === 0) {
    throw new UserError('data', `no object of ${marked.split} has a landmark; check that the annotations hold them`);
  }
  const { split, classes, problems, store } = marked;
  return {
    ...{ split, classes, problems, scheme },
    length: kept.length,
    labels: pick(marked.category, 1, kept),
    names: exampleNames(marked, kept),
    store: { kind: 'crops', of: store, images: pick(marked.image, 1, kept), squares: pick(squares, 3, kept) },
    boxes: pick(boxes, 4, kept),
    points: pick(marked.points, 2 * scheme.names.length, kept),
    visibility: pick(marked.visibility, scheme.names.length, kept),
    ...(marked.identities && { identities: pick(marked.identities, 1, kept) }),
  };
}

/** [n, 3] whole squares around the middles of boxes; 0 where a box has no area. */
function squaresAround(boxes: Float64Array, margin: number): Int32Array {
  const squares = new Int32Array((boxes.length / 4) * 3);
  for (let i = 0; 4 * i < boxes.length; i++) {
    const [x, y, w, h] = [boxes[4 * i]!, boxes[4 * i + 1]!, boxes[4 * i + 2]!, boxes[4 * i + 3]!];
    if (!(w > 0 && h > 0)) continue;
    const side = Math.max(2, Math.round(Math.max(w, h) * (1 + 2 * margin)));
    squares.set([Math.round(x + w / 2 - side / 2), Math.round(y + h / 2 - side / 2), side], 3 * i);
  }
  return squares;
}

/** The image's name; with `#1`, `#2` … where it holds several. */
function exampleNames({ image, names }: MarkedImages, kept: readonly number[]): string[] {
  const counts = new Map<number, number>();
  for (const i of kept) counts.set(image[i]!, (counts.get(image[i]!) ?? 0) + 1);
  const seen = new Map<number, number>();
  return kept.map((i) => {
    const name = names[image[i]!]!;
    if (counts.get(image[i]!) === 1) return name;
    const number = (seen.get(image[i]!) ?? 0) + 1;
    seen.set(image[i]!, number);
    return `${name}#${number}`;
  });
}

function pick<T extends Int32Array | Float64Array | Uint8Array>(values: T, width: number, rows: readonly number[]): T {
  const picked = new (values.constructor as new (length: number) => T)(rows.length * width);
  rows.forEach((row, i) => picked.set(values.subarray(row * width, (row + 1) * width), i * width));
  return picked;
}
