/**
 * Faces and objects as a network sees them: squares cut out, brought to the network's size, mirrored or not, with their
 * landmarks in half pictures from the middle. What is drawn for a training picture is recorded, so that it can be undone;
 * mirroring exchanges left and right landmarks.
 */
import { isCounted } from '../../../shared/math/landmarks';
import type { LandmarkScheme } from '../../../shared/results/landmarks';
import type { Random } from '../../../shared/random';
import { applyHorizontalFlip } from '../../augment/flip';
import { resizeBox } from '../../augment/resample';
import type { RgbImage } from '../../data/dataset';
import { cutSquare, readImage } from '../../data/imageStore';
import type { LandmarkDataset } from '../../data/landmarks';

/** A square of the whole image, px, and whether it is mirrored after it is cut out. */
export interface SquareCut {
  readonly left: number;
  readonly top: number;
  readonly side: number;
  readonly isFlipped: boolean;
}

/** The square of an example as the data have it. */
export function storedCut({ store: { squares } }: LandmarkDataset, example: number): SquareCut {
  const [left, top, side] = squares.subarray(3 * example, 3 * example + 3) as unknown as [number, number, number];
  return { left, top, side, isFlipped: false };
}

/** A training cut: moved and scaled by at most the share `jitter` of the side, mirrored half of the time. */
export function drawCut(
  stored: SquareCut,
  { jitter, flip }: { readonly jitter: number; readonly flip: boolean },
  random: Random,
): SquareCut {
  // Each number is drawn whether it is wanted or not: turning one change off leaves the others as they were.
  const [x, y, scale] = [random, random, random].map((from) => from.uniformIn(-1, 1) * jitter) as [
    number,
    number,
    number,
  ];
  const isFlipped = random.uniform() < 0.5;
  const side = Math.max(2, Math.round(stored.side * (1 + scale)));
  const middle = (start: number, move: number) => start + stored.side / 2 + move * stored.side;
  return {
    left: Math.round(middle(stored.left, x) - side / 2),
    top: Math.round(middle(stored.top, y) - side / 2),
    side,
    isFlipped: flip && isFlipped,
  };
}

/** The picture of a cut at `size` px. */
export async function readCut(
  dataset: LandmarkDataset,
  example: number,
  cut: SquareCut,
  size: number,
): Promise<RgbImage> {
  const { of, images } = dataset.store;
  const square = cutSquare(await readImage(of, images[example]!), cut);
  const whole = { top: 0, left: 0, width: cut.side, height: cut.side };
  const scaled = cut.side === size ? square : resizeBox(square, whole, { width: size, height: size });
  return cut.isFlipped ? applyHorizontalFlip(scaled) : scaled;
}

/**
 * [2K] x, y of an example's landmarks in a cut: u = 2 (x − left + ½) / side − 1, so that −1 and 1 are the rims; mirrored,
 * u becomes −u and paired landmarks change places. Of landmarks that do not count: anything.
 */
export function pointsInCut(dataset: LandmarkDataset, example: number, cut: SquareCut): Float32Array {
  const count = dataset.scheme.names.length;
  const inCut = new Float32Array(2 * count);
  const partners = flipOrder(dataset.scheme);
  for (let k = 0; k < count; k++) {
    const from = 2 * (example * count + (cut.isFlipped ? partners[k]! : k));
    const u = (2 * (dataset.points[from]! - cut.left + 0.5)) / cut.side - 1;
    const v = (2 * (dataset.points[from + 1]! - cut.top + 0.5)) / cut.side - 1;
    inCut.set([cut.isFlipped ? -u : u, v], 2 * k);
  }
  return inCut.map((value) => (Number.isFinite(value) ? value : 0));
}

/** [2K] of 0 and 1: which coordinates of a cut are learnt. */
export function countedInCut(
  dataset: LandmarkDataset,
  example: number,
  { isFlipped, countsOccluded }: { readonly isFlipped: boolean; readonly countsOccluded: boolean },
): Float32Array {
  const count = dataset.scheme.names.length;
  const partners = flipOrder(dataset.scheme);
  return Float32Array.from({ length: 2 * count }, (_, c) => {
    const k = isFlipped ? partners[c >> 1]! : c >> 1;
    return isCounted(dataset.visibility[example * count + k]!, countsOccluded) ? 1 : 0;
  });
}

/** For each landmark, the one whose place it takes in a mirrored picture. */
function flipOrder({ names, flipPairs }: LandmarkScheme): number[] {
  const order = names.map((_, k) => k);
  for (const [a, b] of flipPairs) [order[a], order[b]] = [b, a];
  return order;
}

/** Half pictures → px of a picture of `size`, pixel centres at whole numbers: (u + 1) / 2 · size − ½. */
export function toPicture(halfPictures: ArrayLike<number>, size: number): Float64Array {
  return Float64Array.from(halfPictures, (u) => ((u + 1) / 2) * size - 0.5);
}
