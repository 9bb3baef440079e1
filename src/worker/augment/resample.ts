/**
 * Antialiased bilinear resampling of 8-bit RGB: the triangle filter, widened by the scale when shrinking, one pass along
 * rows and one along columns. The reference is Pillow's BILINEAR, on which torchvision's PIL transforms (and so the
 * paper's pipeline) rest; coefficients are in its 22-bit fixed point and each pass rounds to 8 bits, so results are equal.
 * Left out: other filters.
 */
import type { RgbImage } from '../data/dataset';

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
const half = 1 << (precisionBits - 1);

/**
 * Cut a box and resize it to `target` px. Output pixel i of a row of n, cut from m pixels, is
 * sum_x w((x + 1/2 - c_i) / s) p_x / sum_x w(...), c_i = (i + 1/2) m / n, s = max(1, m / n), w(t) = max(0, 1 - |t|).
 * Pixels outside the box have no influence, as after PIL's crop.
 */
export function resizeBox(image: RgbImage, box: Box, target: Size): RgbImage {
  const columns = filterOf(box.width, target.width);
  const rows = filterOf(box.height, target.height);
  const narrow = resampleRows(image, box, columns); // [box.height, target.width, 3]
  return { ...target, pixels: resampleColumns(narrow, target, rows) }; // [target.height, target.width, 3]
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
  const narrow = resampleRows(image, { top, left: 0, width: image.width, height: end - top }, columns);
  const size = { width: window.width, height: window.height };
  return { ...size, pixels: resampleColumns(narrow, size, { ...rows, first: rows.first.map((row) => row - top) }) };
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

function resampleRows(image: RgbImage, box: Box, filter: Filter): Uint8Array {
  const { outputs, first, length, weights, taps } = filter;
  const { pixels } = image;
  const out = new Uint8Array(box.height * outputs * 3);
  let to = 0;
  for (let y = 0; y < box.height; y++) {
    const row = ((box.top + y) * image.width + box.left) * 3;
    for (let i = 0; i < outputs; i++) {
      let from = row + first[i]! * 3;
      const start = i * taps;
      const end = start + length[i]!;
      let red = half;
      let green = half;
      let blue = half;
      for (let k = start; k < end; k++, from += 3) {
        const weight = weights[k]!;
        red += pixels[from]! * weight;
        green += pixels[from + 1]! * weight;
        blue += pixels[from + 2]! * weight;
      }
      // Positive coefficients that sum to one keep the result in 0..255.
      out[to++] = red >> precisionBits;
      out[to++] = green >> precisionBits;
      out[to++] = blue >> precisionBits;
    }
  }
  return out;
}

function resampleColumns(rows: Uint8Array, target: Size, filter: Filter): Uint8Array {
  const { first, length, weights, taps } = filter;
  const stride = target.width * 3;
  const out = new Uint8Array(target.height * stride);
  for (let i = 0; i < target.height; i++) {
    const source = first[i]! * stride;
    const start = i * taps;
    const end = start + length[i]!;
    for (let x = 0; x < stride; x++) {
      let value = half;
      for (let k = start, from = source + x; k < end; k++, from += stride) value += rows[from]! * weights[k]!;
      out[i * stride + x] = value >> precisionBits;
    }
  }
  return out;
}
