/** What transformers and ConvNeXts need besides matrix products: biases, GELU, layer norm, softmax. Counts are in floats. */
import { exponential, normalDistribution } from './exponential';
import { multiplyAdd, sumLanes } from './vectors';

/** The next four numbers; of fewer than four the rest is zero, and nothing past them is read. */
// @ts-ignore: decorator
@inline
function loadUpTo(at: usize, left: i32): v128 {
  if (left >= 4) return v128.load(at);
  let v = f32x4.splat(0);
  if (left > 0) v = f32x4.replace_lane(v, 0, load<f32>(at));
  if (left > 1) v = f32x4.replace_lane(v, 1, load<f32>(at, 4));
  if (left > 2) v = f32x4.replace_lane(v, 2, load<f32>(at, 8));
  return v;
}

// @ts-ignore: decorator
@inline
function storeUpTo(at: usize, v: v128, left: i32): void {
  if (left >= 4) {
    v128.store(at, v);
    return;
  }
  if (left > 0) store<f32>(at, f32x4.extract_lane(v, 0));
  if (left > 1) store<f32>(at, f32x4.extract_lane(v, 1), 4);
  if (left > 2) store<f32>(at, f32x4.extract_lane(v, 2), 8);
}

/** y[row, c] = x[row, c] + bias[c], rows firstRow..lastRow−1. */
export function addBiasRows(x: usize, bias: usize, y: usize, firstRow: i32, lastRow: i32, channels: i32): void {
  for (let row = firstRow; row < lastRow; row++) {
    const start = <usize>row * <usize>channels * 4;
    for (let c = 0; c < channels; c += 4) {
      const left = channels - c;
      const at = <usize>c << 2;
      storeUpTo(y + start + at, f32x4.add(loadUpTo(x + start + at, left), loadUpTo(bias + at, left)), left);
    }
  }
}

/** e^(−x²/2). */
// @ts-ignore: decorator
@inline
function bellOf(x: v128): v128 {
  return exponential(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

/** y = x · Φ(x) for elements first..last−1. */
export function gelu(x: usize, y: usize, first: i32, last: i32): void {
  for (let i = first; i < last; i += 4) {
    const at = <usize>i << 2;
    const v = loadUpTo(x + at, last - i);
    storeUpTo(y + at, f32x4.mul(v, normalDistribution(v, bellOf(v))), last - i);
  }
}

/** dx = dy · (Φ(x) + x · e^(−x²/2) / √(2π)) for elements first..last−1. */
export function geluGradient(dy: usize, x: usize, dx: usize, first: i32, last: i32): void {
  for (let i = first; i < last; i += 4) {
    const at = <usize>i << 2;
    const v = loadUpTo(x + at, last - i);
    const bell = bellOf(v);
    const density = f32x4.mul(bell, f32x4.splat(0.3989422804014327));
    const slope = multiplyAdd(v, density, normalDistribution(v, bell));
    storeUpTo(dx + at, f32x4.mul(loadUpTo(dy + at, last - i), slope), last - i);
  }
}

/** Σ of four-lane sums over one row of channels; the tail's missing lanes are zero. */
// @ts-ignore: decorator
@inline
function rowMean(x: usize, channels: i32): f32 {
  let sum = f32x4.splat(0);
  for (let c = 0; c < channels; c += 4) sum = f32x4.add(sum, loadUpTo(x + (<usize>c << 2), channels - c));
  return sumLanes(sum) / <f32>channels;
}

/** y = (x − mean) / √(variance + epsilon) · gamma + beta for each row; mean and 1/√(…) are stored by row. */
export function layerNormRows(
  x: usize, gamma: usize, beta: usize, y: usize, means: usize, inverses: usize, firstRow: i32, lastRow: i32,
  channels: i32, epsilon: f32,
): void {
  for (let row = firstRow; row < lastRow; row++) {
    const start = <usize>row * <usize>channels * 4;
    const mean = rowMean(x + start, channels);
    const centre = f32x4.splat(mean);
    let squares = f32x4.splat(0);
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      const d = f32x4.sub(v128.load(x + start + (<usize>c << 2)), centre);
      squares = multiplyAdd(d, d, squares);
    }
    let sum = sumLanes(squares);
    for (; c < channels; c++) {
      const d = load<f32>(x + start + (<usize>c << 2)) - mean;
      sum += d * d;
    }
    const inverse: f32 = 1 / sqrt<f32>(sum / <f32>channels + epsilon);
    store<f32>(means + (<usize>row << 2), mean);
    store<f32>(inverses + (<usize>row << 2), inverse);
    const scale = f32x4.splat(inverse);
    for (c = 0; c < channels; c += 4) {
      const at = <usize>c << 2;
      const left = channels - c;
      const normal = f32x4.mul(f32x4.sub(loadUpTo(x + start + at, left), centre), scale);
      storeUpTo(y + start + at, multiplyAdd(normal, loadUpTo(gamma + at, left), loadUpTo(beta + at, left)), left);
    }
  }
}

/**
 * With g = dy · gamma and n the normalised row: dx = (g − mean(g) − n · mean(g · n)) · inverse. Adds Σ dy · n and Σ dy over
 * the rows to dGamma and dBeta, which it clears first.
 */
export function layerNormGradient(
  dy: usize, x: usize, gamma: usize, means: usize, inverses: usize, dx: usize, dGamma: usize, dBeta: usize,
  firstRow: i32, lastRow: i32, channels: i32,
): void {
  memory.fill(dGamma, 0, <usize>channels << 2);
  memory.fill(dBeta, 0, <usize>channels << 2);
  for (let row = firstRow; row < lastRow; row++) {
    const start = <usize>row * <usize>channels * 4;
    const centre = f32x4.splat(load<f32>(means + (<usize>row << 2)));
    const scale = f32x4.splat(load<f32>(inverses + (<usize>row << 2)));
    let sumG = f32x4.splat(0), sumGN = f32x4.splat(0);
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c << 2;
      const left = channels - c;
      const own = loadUpTo(dy + start + at, left);
      const normal = f32x4.mul(f32x4.sub(loadUpTo(x + start + at, left), centre), scale);
      const g = f32x4.mul(own, loadUpTo(gamma + at, left));
      sumG = f32x4.add(sumG, g);
      sumGN = multiplyAdd(g, normal, sumGN);
      storeUpTo(dGamma + at, multiplyAdd(own, normal, loadUpTo(dGamma + at, left)), left);
      storeUpTo(dBeta + at, f32x4.add(own, loadUpTo(dBeta + at, left)), left);
    }
    const meanG = f32x4.splat(sumLanes(sumG) / <f32>channels);
    const meanGN = f32x4.splat(sumLanes(sumGN) / <f32>channels);
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c << 2;
      const left = channels - c;
      const normal = f32x4.mul(f32x4.sub(loadUpTo(x + start + at, left), centre), scale);
      const g = f32x4.mul(loadUpTo(dy + start + at, left), loadUpTo(gamma + at, left));
      const along = f32x4.sub(f32x4.sub(g, meanG), f32x4.mul(normal, meanGN));
      storeUpTo(dx + start + at, f32x4.mul(along, scale), left);
    }
  }
}

/** Each row becomes e^(factor · (x − max)) divided by its sum; in place. */
export function softmaxRows(x: usize, rows: i32, columns: i32, factor: f32): void {
  const wide = f32x4.splat(factor);
  for (let row = 0; row < rows; row++) {
    const start = x + <usize>row * <usize>columns * 4;
    let largest = load<f32>(start);
    for (let c = 1; c < columns; c++) largest = max(largest, load<f32>(start + (<usize>c << 2)));
    const top = f32x4.splat(largest);
    let total: f32 = 0;
    let sum = f32x4.splat(0);
    for (let c = 0; c < columns; c += 4) {
      const at = start + (<usize>c << 2);
      const left = columns - c;
      const e = exponential(f32x4.mul(f32x4.sub(loadUpTo(at, left), top), wide));
      storeUpTo(at, e, left);
      if (left >= 4) sum = f32x4.add(sum, e);
      else for (let k = 0; k < left; k++) total += load<f32>(at + (<usize>k << 2));
    }
    const share = f32x4.splat(1 / (total + sumLanes(sum)));
    for (let c = 0; c < columns; c += 4) {
      const at = start + (<usize>c << 2);
      storeUpTo(at, f32x4.mul(loadUpTo(at, columns - c), share), columns - c);
    }
  }
}

/** From p = softmax(factor · s) and ∂L/∂p to ∂L/∂s = factor · p · (∂p − Σ p ∂p), which replaces ∂p. */
export function softmaxGradientRows(p: usize, dp: usize, rows: i32, columns: i32, factor: f32): void {
  const wide = f32x4.splat(factor);
  for (let row = 0; row < rows; row++) {
    const start = <usize>row * <usize>columns * 4;
    let sum = f32x4.splat(0);
    for (let c = 0; c < columns; c += 4) {
      const at = start + (<usize>c << 2);
      sum = multiplyAdd(loadUpTo(p + at, columns - c), loadUpTo(dp + at, columns - c), sum);
    }
    const along = f32x4.splat(sumLanes(sum));
    for (let c = 0; c < columns; c += 4) {
      const at = start + (<usize>c << 2);
      const left = columns - c;
      const change = f32x4.sub(loadUpTo(dp + at, left), along);
      storeUpTo(dp + at, f32x4.mul(f32x4.mul(wide, loadUpTo(p + at, left)), change), left);
    }
  }
}
