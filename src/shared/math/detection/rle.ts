/**
 * Masks as run lengths, the way COCO stores them: pixels column by column, the first run background (0), then object,
 * background, … in turn. Same results as pycocotools.mask, bit for bit; same format, so that files can be exchanged.
 */
import type { MaskColumn } from '../../results/detections';

/** One mask: runs of `counts` over height × width pixels. */
export interface Rle {
  readonly height: number;
  readonly width: number;
  readonly counts: Uint32Array;
}

/** Runs of a bitmap [height, width], row-major; not 0 = object. */
export function encodeMask(bitmap: ArrayLike<number>, height: number, width: number): Rle {
  const counts: number[] = [];
  let [value, run] = [0, 0];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const pixel = bitmap[y * width + x] ? 1 : 0;
      if (pixel !== value) {
        counts.push(run);
        run = 0;
        value = pixel;
      }
      run++;
    }
  }
  counts.push(run);
  return { height, width, counts: Uint32Array.from(counts) };
}

/** Bitmap [height, width] of 0 and 1, row-major; undefined when the runs cover more than the image. */
export function decodeMask(mask: Rle): Uint8Array | undefined {
  const { height, width, counts } = mask;
  const bitmap = new Uint8Array(height * width);
  let place = 0;
  for (let i = 0; i < counts.length; i++) {
    const end = place + counts[i]!;
    if (end > bitmap.length) return undefined;
    if (i % 2 === 1) for (; place < end; place++) bitmap[(place % height) * width + Math.floor(place / height)] = 1;
    place = end;
  }
  return bitmap;
}

/** Number of object pixels. */
export function maskArea(counts: Uint32Array, start = 0, end = counts.length): number {
  let area = 0;
  for (let i = start + 1; i < end; i += 2) area += counts[i]!;
  return area;
}

/** Union of masks of one size, or their intersection. An empty mask of size 0 × 0 when the sizes differ or there are none. */
export function mergeMasks(masks: readonly Rle[], isIntersection = false): Rle {
  const [first, ...others] = masks;
  if (!first || others.some(({ height, width }) => height !== first.height || width !== first.width)) {
    return { height: 0, width: 0, counts: new Uint32Array(0) };
  }
  let counts = first.counts;
  for (const other of others) counts = mergeTwo(counts, other.counts, isIntersection);
  return { height: first.height, width: first.width, counts };
}

function mergeTwo(a: Uint32Array, b: Uint32Array, isIntersection: boolean): Uint32Array {
  const merged: number[] = [];
  let [leftA, leftB, run] = [a[0] ?? 0, b[0] ?? 0, 0];
  let [nextA, nextB] = [1, 1];
  let [inA, inB, inside] = [false, false, false];
  for (let rest = 1; rest > 0;) {
    const step = Math.min(leftA, leftB);
    run += step;
    leftA -= step;
    if (leftA === 0 && nextA < a.length) {
      leftA = a[nextA++]!;
      inA = !inA;
    }
    leftB -= step;
    if (leftB === 0 && nextB < b.length) {
      leftB = b[nextB++]!;
      inB = !inB;
    }
    rest = leftA + leftB;
    // One of them ended before the other (runs that do not cover the image): nothing left to walk together.
    if (step === 0 && ((leftA === 0 && nextA >= a.length) || (leftB === 0 && nextB >= b.length))) rest = 0;
    const was = inside;
    inside = isIntersection ? inA && inB : inA || inB;
    if (inside !== was || rest === 0) {
      merged.push(run);
      run = 0;
    }
  }
  return Uint32Array.from(merged);
}

/** Smallest box [x, y, width, height] around the object pixels into `boxes` at row i; zeros for an empty mask. */
export function maskBox(masks: MaskColumn, index: number, boxes: Float64Array, row: number): void {
  const [start, end] = [masks.offsets[index]!, masks.offsets[index + 1]!];
  const [height, width] = [masks.heights[index]!, masks.widths[index]!];
  const pairs = height * width === 0 ? 0 : end - start - ((end - start) % 2);
  let [left, top, right, bottom, place] = [width, height, -1, -1, 0];
  for (let i = 0; i < pairs; i += 2) {
    const from = place + masks.counts[start + i]!;
    const run = masks.counts[start + i + 1]!;
    place = from + run;
    if (run === 0) continue;
    const [y0, y1] = [from % height, (place - 1) % height];
    const [x0, x1] = [(from - y0) / height, (place - 1 - y1) / height];
    left = Math.min(left, x0);
    right = Math.max(right, x1);
    // A run over the end of a column touches the image's top and bottom.
    top = x0 < x1 ? 0 : Math.min(top, y0);
    bottom = x0 < x1 ? height - 1 : Math.max(bottom, y1);
  }
  const isEmpty = right < 0;
  boxes[4 * row] = isEmpty ? 0 : left;
  boxes[4 * row + 1] = isEmpty ? 0 : top;
  boxes[4 * row + 2] = isEmpty ? 0 : right - left + 1;
  boxes[4 * row + 3] = isEmpty ? 0 : bottom - top + 1;
}

/** Boxes [n, 4] of all masks of a column. */
export function maskBoxes(masks: MaskColumn): Float64Array {
  const count = masks.heights.length;
  const boxes = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) maskBox(masks, i, boxes, i);
  return boxes;
}

/**
 * |A ∩ B| / |A ∪ B| of mask i of a and mask j of b, or |A ∩ B| / |A| where b is a crowd. -1 for masks of different image
 * sizes, which matches nothing. Costs one walk along both lists of runs.
 */
export function maskIou(a: MaskColumn, i: number, b: MaskColumn, j: number, isCrowd = false): number {
  if (a.heights[i] !== b.heights[j] || a.widths[i] !== b.widths[j]) return -1;
  const [runsA, endA] = [a.counts, a.offsets[i + 1]!];
  const [runsB, endB] = [b.counts, b.offsets[j + 1]!];
  let nextA = a.offsets[i]!;
  let nextB = b.offsets[j]!;
  if (nextA === endA || nextB === endB) return 0;
  let leftA = runsA[nextA++]!;
  let leftB = runsB[nextB++]!;
  let [inA, inB, common, union] = [0, 0, 0, 0];
  for (;;) {
    const step = leftA < leftB ? leftA : leftB;
    if ((inA | inB) !== 0) {
      union += step;
      if ((inA & inB) !== 0) common += step;
    }
    leftA -= step;
    leftB -= step;
    if (leftA === 0 && nextA < endA) {
      leftA = runsA[nextA++]!;
      inA ^= 1;
    }
    if (leftB === 0 && nextB < endB) {
      leftB = runsB[nextB++]!;
      inB ^= 1;
    }
    if (leftA === 0 && leftB === 0) break;
    if (step === 0 && ((leftA === 0 && nextA === endA) || (leftB === 0 && nextB === endB))) break;
  }
  if (common === 0) return 0;
  return common / (isCrowd ? maskArea(runsA, a.offsets[i]!, endA) : union);
}
