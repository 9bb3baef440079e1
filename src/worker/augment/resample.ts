/**
 * Antialiased bilinear resampling of 8-bit RGB: the triangle filter, widened by the scale when shrinking, one pass along
 * rows and one along columns. The reference is Pillow's BILINEAR, on which torchvision's PIL transforms (and so the
 * paper's pipeline) rest; coefficients are in its 22-bit fixed point and each pass rounds to 8 bits, so results are equal.
 * Left out: other filters.
 */
import type { RgbImage } from '../data/dataset';
import { PixelWork } from './pixelKernels';

/** A box inside an image, px. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Fraction bits of a coefficient: 8 bits of pixel and 2 of headroom leave 22 of 32. */
const precisionBits = 22;

/**
 * Cut a box and resize it to `target` px. Output pixel i of a row of n, cut from m pixels, is
 * sum_x w((x + 1/2 - c_i) / s) p_x / sum_x w(...), c_i = (i + 1/2) m / n, s = max(1, m / n), w(t) = max(0, 1 - |t|).
 * Pixels outside the box have no influence, as after PIL's crop.
 */
export function resizeBox(image: RgbImage, box: Box, target: Size): RgbImage {
  const columns = filterOf(box.width, target.width);
  const rows = filterOf(box.height, target.height);
  return { ...target, pixels: resample(image, box, { columns, rows, target }) }; // [target.height, target.width, 3]
}

/**
 * The window of an image that was resized to `target` px: cut out of it, but computed alone. Equal to resizing all of it
 * first. window: px of the result, inside it.
 */
export function resizeWindow(image: RgbImage, target: Size, window: Box): RgbImage {
  const columns = takeOutputs(filterOf(image.width, target.width), window.left, window.width);
  const rows = takeOutputs(filterOf(image.height, target.height), window.top, window.height);
  const top = rows.first[0]!;
  const end = rows.first.reduce((last, first, i) => Math.max(last, first + rows.length[i]!), 0);
  const box = { top, left: 0, width: image.width, height: end - top };
  const size = { width: window.width, height: window.height };
  const below = { ...rows, first: rows.first.map((row) => row - top) };
  return { ...size, pixels: resample(image, box, { columns, rows: below, target: size }) };
}

function takeOutputs({ first, length, weights, taps }: Filter, start: number, count: number): Filter {
  const end = start + count;
  return {
    outputs: count,
    first: first.slice(start, end),
    length: length.slice(start, end),
    weights: weights.slice(start * taps, end * taps),
    taps,
  };
}

interface Filter {
  readonly outputs: number;
  /** [outputs], first input pixel of each output. */
  readonly first: Int32Array;
  /** [outputs], number of input pixels of each output. */
  readonly length: Int32Array;
  /** [outputs, taps], fixed-point coefficients. */
  readonly weights: Int32Array;
  readonly taps: number;
}

function filterOf(inputs: number, outputs: number): Filter {
  const scale = inputs / outputs;
  const support = Math.max(1, scale);
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputs);
  const length = new Int32Array(outputs);
  const weights = new Int32Array(outputs * taps);
  const raw = new Float64Array(taps);
  for (let i = 0; i < outputs; i++) {
    const center = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(inputs, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      raw[k] = Math.max(0, 1 - Math.abs((k + start - center + 0.5) * (1 / support)));
      sum += raw[k]!;
    }
    for (let k = 0; k < count; k++) weights[i * taps + k] = Math.trunc((raw[k]! / sum) * (1 << precisionBits) + 0.5);
    first[i] = start;
    length[i] = count;
  }
  return { outputs, first, length, weights, taps };
}

/** Rows of the box, then columns: each output pixel is half + Σ weight · p, shifted back to 8 bits. */
function resample(image: RgbImage, box: Box, { columns, rows, target }: Plan): Uint8Array {
  const work = new PixelWork();
  const source = image.width * 3;
  const narrow = target.width * 3;
  const pixels = work.place(image.pixels.subarray(box.top * source, (box.top + box.height) * source));
  const half = work.reserve(box.height * narrow);
  const out = work.reserve(target.height * narrow);
  const across = placeFilter(work, columns);
  const down = placeFilter(work, rows);
  work.kernels.resampleRows(pixels + box.left * 3, source, box.height, ...across, half);
  work.kernels.resampleColumns(half, narrow, ...down, out);
  return work.take(out, target.height * narrow);
}

interface Plan {
  readonly columns: Filter;
  readonly rows: Filter;
  readonly target: Size;
}

function placeFilter(work: PixelWork, { first, length, weights, taps, outputs }: Filter): number[] {
  return [work.place(first), work.place(length), work.place(weights), taps, outputs];
}
