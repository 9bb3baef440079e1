/**
 * Filter gradient of one tap: gradient[ci, co] (+)= Σ over images and pixels of x[pixel, ci] · dy[pixel, co].
 * `pairs` lists (x byte offset, dy byte offset) of the pixels the tap sees in one image. Six by eight sums are kept in
 * registers over all pixels of the range.
 */
import { multiplyAdd } from './vectors';

export function filterGradientTap(
  x: usize,
  xImageBytes: usize,
  dy: usize,
  dyImageBytes: usize,
  firstImage: i32,
  lastImage: i32,
  pairs: usize,
  pairCount: i32,
  gradient: usize,
  inputChannels: i32,
  outputChannels: i32,
  add: i32,
): void {
  const rowBytes = <usize>outputChannels * 4;
  const pairsEnd = pairs + (<usize>pairCount << 3);
  let ci = 0;
  while (ci < inputChannels) {
    const rows = inputChannels - ci >= 6 ? 6 : inputChannels - ci >= 4 ? 4 : 1;
    let co = 0;
    while (co < outputChannels) {
      const target = gradient + <usize>ci * rowBytes + (<usize>co << 2);
      const xStart = x + (<usize>ci << 2);
      const dyStart = dy + (<usize>co << 2);
      if (outputChannels - co < 8) {
        tileOne(xStart, xImageBytes, dyStart, dyImageBytes, firstImage, lastImage, pairs, pairsEnd, target, rows, rowBytes, add);
        co += 1;
        continue;
      }
      if (rows == 6) tileSix(xStart, xImageBytes, dyStart, dyImageBytes, firstImage, lastImage, pairs, pairsEnd, target, rowBytes, add);
      else if (rows == 4) tileFour(xStart, xImageBytes, dyStart, dyImageBytes, firstImage, lastImage, pairs, pairsEnd, target, rowBytes, add);
      else tileRow(xStart, xImageBytes, dyStart, dyImageBytes, firstImage, lastImage, pairs, pairsEnd, target, add);
      co += 8;
    }
    ci += rows;
  }
}

function tileSix(
  x: usize, xImageBytes: usize, dy: usize, dyImageBytes: usize, firstImage: i32, lastImage: i32,
  pairs: usize, pairsEnd: usize, target: usize, rowBytes: usize, add: i32,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  for (let image = firstImage; image < lastImage; image++) {
    const xImage = x + <usize>image * xImageBytes;
    const dyImage = dy + <usize>image * dyImageBytes;
    for (let pair = pairs; pair < pairsEnd; pair += 8) {
      const at = xImage + load<u32>(pair);
      const from = dyImage + load<u32>(pair, 4);
      const b0 = v128.load(from), b1 = v128.load(from, 16);
      let a = v128.load32_splat(at);
      c00 = multiplyAdd(a, b0, c00); c01 = multiplyAdd(a, b1, c01);
      a = v128.load32_splat(at, 4);
      c10 = multiplyAdd(a, b0, c10); c11 = multiplyAdd(a, b1, c11);
      a = v128.load32_splat(at, 8);
      c20 = multiplyAdd(a, b0, c20); c21 = multiplyAdd(a, b1, c21);
      a = v128.load32_splat(at, 12);
      c30 = multiplyAdd(a, b0, c30); c31 = multiplyAdd(a, b1, c31);
      a = v128.load32_splat(at, 16);
      c40 = multiplyAdd(a, b0, c40); c41 = multiplyAdd(a, b1, c41);
      a = v128.load32_splat(at, 20);
      c50 = multiplyAdd(a, b0, c50); c51 = multiplyAdd(a, b1, c51);
    }
  }
  put(target, c00, c01, add);
  put(target + rowBytes, c10, c11, add);
  put(target + 2 * rowBytes, c20, c21, add);
  put(target + 3 * rowBytes, c30, c31, add);
  put(target + 4 * rowBytes, c40, c41, add);
  put(target + 5 * rowBytes, c50, c51, add);
}

function tileFour(
  x: usize, xImageBytes: usize, dy: usize, dyImageBytes: usize, firstImage: i32, lastImage: i32,
  pairs: usize, pairsEnd: usize, target: usize, rowBytes: usize, add: i32,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let image = firstImage; image < lastImage; image++) {
    const xImage = x + <usize>image * xImageBytes;
    const dyImage = dy + <usize>image * dyImageBytes;
    for (let pair = pairs; pair < pairsEnd; pair += 8) {
      const at = xImage + load<u32>(pair);
      const from = dyImage + load<u32>(pair, 4);
      const b0 = v128.load(from), b1 = v128.load(from, 16);
      let a = v128.load32_splat(at);
      c00 = multiplyAdd(a, b0, c00); c01 = multiplyAdd(a, b1, c01);
      a = v128.load32_splat(at, 4);
      c10 = multiplyAdd(a, b0, c10); c11 = multiplyAdd(a, b1, c11);
      a = v128.load32_splat(at, 8);
      c20 = multiplyAdd(a, b0, c20); c21 = multiplyAdd(a, b1, c21);
      a = v128.load32_splat(at, 12);
      c30 = multiplyAdd(a, b0, c30); c31 = multiplyAdd(a, b1, c31);
    }
  }
  put(target, c00, c01, add);
  put(target + rowBytes, c10, c11, add);
  put(target + 2 * rowBytes, c20, c21, add);
  put(target + 3 * rowBytes, c30, c31, add);
}

function tileRow(
  x: usize, xImageBytes: usize, dy: usize, dyImageBytes: usize, firstImage: i32, lastImage: i32,
  pairs: usize, pairsEnd: usize, target: usize, add: i32,
): void {
  let c0 = f32x4.splat(0), c1 = c0;
  for (let image = firstImage; image < lastImage; image++) {
    const xImage = x + <usize>image * xImageBytes;
    const dyImage = dy + <usize>image * dyImageBytes;
    for (let pair = pairs; pair < pairsEnd; pair += 8) {
      const from = dyImage + load<u32>(pair, 4);
      const a = v128.load32_splat(xImage + load<u32>(pair));
      c0 = multiplyAdd(a, v128.load(from), c0);
      c1 = multiplyAdd(a, v128.load(from, 16), c1);
    }
  }
  put(target, c0, c1, add);
}

/** One output channel, up to six input channels one after the other: only for channel counts not divisible by eight. */
function tileOne(
  x: usize, xImageBytes: usize, dy: usize, dyImageBytes: usize, firstImage: i32, lastImage: i32,
  pairs: usize, pairsEnd: usize, target: usize, rows: i32, rowBytes: usize, add: i32,
): void {
  for (let row = 0; row < rows; row++) {
    let sum: f32 = 0;
    for (let image = firstImage; image < lastImage; image++) {
      const xImage = x + <usize>image * xImageBytes + (<usize>row << 2);
      const dyImage = dy + <usize>image * dyImageBytes;
      for (let pair = pairs; pair < pairsEnd; pair += 8) {
        sum += load<f32>(xImage + load<u32>(pair)) * load<f32>(dyImage + load<u32>(pair, 4));
      }
    }
    const at = target + <usize>row * rowBytes;
    store<f32>(at, add ? load<f32>(at) + sum : sum);
  }
}

// @ts-ignore: decorator
@inline
function put(target: usize, low: v128, high: v128, add: i32): void {
  if (add) {
    v128.store(target, f32x4.add(v128.load(target), low));
    v128.store(target, f32x4.add(v128.load(target, 16), high), 16);
  } else {
    v128.store(target, low);
    v128.store(target, high, 16);
  }
}
