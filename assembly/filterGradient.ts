/**
 * Filter gradient: for pixel pairs that see the same run of taps,
 *   gradient[r, o] += Σ over images and pairs of x[pair, r] · dy[pair, o],  r over the run's taps × input channels.
 * Rows of the gradient are `rowFloats` apart. `pairs` lists (x byte offset, dy byte offset) within one image. Four by eight sums are kept in registers over all pairs of
 * the range. Reads may pass the end of a tensor by up to 28 bytes, which the allocator's own bookkeeping covers; what is read
 * there is never stored.
 */
import { multiplyAdd } from './vectors';

export function filterGradientRun(
  x: usize,
  xImageBytes: usize,
  dy: usize,
  dyImageBytes: usize,
  firstImage: i32,
  lastImage: i32,
  pairs: usize,
  pairCount: i32,
  gradient: usize,
  runLength: i32,
  outputChannels: i32,
  rowFloats: i32,
  firstBlock: i32,
  lastBlock: i32,
): void {
  const rowBytes = <usize>rowFloats * 4;
  const pairsEnd = pairs + (<usize>pairCount << 3);
  for (let r = 0; r < runLength; r += 4) {
    const rows = min(4, runLength - r);
    for (let block = firstBlock; block < lastBlock; block++) {
      let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
      for (let image = firstImage; image < lastImage; image++) {
        const xImage = x + (<usize>r << 2) + <usize>image * xImageBytes;
        const dyImage = dy + (<usize>block << 5) + <usize>image * dyImageBytes;
        for (let pair = pairs; pair < pairsEnd; pair += 8) {
          const v = v128.load(xImage + load<u32>(pair));
          const from = dyImage + load<u32>(pair, 4);
          const b0 = v128.load(from), b1 = v128.load(from, 16);
          let a = v128.shuffle<f32>(v, v, 0, 0, 0, 0);
          c00 = multiplyAdd(a, b0, c00); c01 = multiplyAdd(a, b1, c01);
          a = v128.shuffle<f32>(v, v, 1, 1, 1, 1);
          c10 = multiplyAdd(a, b0, c10); c11 = multiplyAdd(a, b1, c11);
          a = v128.shuffle<f32>(v, v, 2, 2, 2, 2);
          c20 = multiplyAdd(a, b0, c20); c21 = multiplyAdd(a, b1, c21);
          a = v128.shuffle<f32>(v, v, 3, 3, 3, 3);
          c30 = multiplyAdd(a, b0, c30); c31 = multiplyAdd(a, b1, c31);
        }
      }
      const width = min(8, outputChannels - block * 8);
      const target = gradient + <usize>r * rowBytes + (<usize>block << 5);
      addPart(target, c00, c01, width);
      if (rows > 1) addPart(target + rowBytes, c10, c11, width);
      if (rows > 2) addPart(target + 2 * rowBytes, c20, c21, width);
      if (rows > 3) addPart(target + 3 * rowBytes, c30, c31, width);
    }
  }
}

function addPart(target: usize, low: v128, high: v128, width: i32): void {
  if (width == 8) {
    v128.store(target, f32x4.add(v128.load(target), low));
    v128.store(target, f32x4.add(v128.load(target, 16), high), 16);
    return;
  }
  let rest = low;
  let left = width;
  if (left >= 4) {
    v128.store(target, f32x4.add(v128.load(target), low));
    target += 16;
    left -= 4;
    rest = high;
  }
  if (left > 0) store<f32>(target, load<f32>(target) + f32x4.extract_lane(rest, 0));
  if (left > 1) store<f32>(target, load<f32>(target, 4) + f32x4.extract_lane(rest, 1), 4);
  if (left > 2) store<f32>(target, load<f32>(target, 8) + f32x4.extract_lane(rest, 2), 8);
}
