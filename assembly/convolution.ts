/**
 * Convolution as many small matrix products without im2col. The host sorts the output pixels of one image into classes
 * that see the same filter taps, so that padding costs nothing, and gives for each class
 *   pixels: (input byte offset, output byte offset) per pixel,  runs: (input byte offset, weight byte offset) per run of
 * taps whose inputs and weights are contiguous. Four pixels of a class by eight output channels are computed in registers.
 * The same kernel serves the forward pass and the gradient of the input (with transposed filters and other tables); any
 * stride, padding and dilation is in the tables.
 */
import { multiplyAdd } from './vectors';

/** Output channels per block; packed weights are [block][tap][input channel][8], zero-padded. */
const BLOCK: i32 = 8;

/**
 * Packs weights [taps][rows][columns], rows being `rowFloats` apart, so that the convolution's output channels come in blocks
 * of eight. backward = 0: output channels are the columns. 1, for the input gradient: they are the rows, and taps come in
 * reverse.
 */
export function packWeights(
  source: usize,
  target: usize,
  taps: i32,
  rows: i32,
  columns: i32,
  rowFloats: i32,
  backward: i32,
  firstBlock: i32,
  lastBlock: i32,
): void {
  const outputs = backward ? rows : columns;
  const inputs = backward ? columns : rows;
  const outputStep: usize = backward ? <usize>rowFloats * 4 : 4;
  const inputStep: usize = backward ? 4 : <usize>rowFloats * 4;
  let at = target + <usize>firstBlock * <usize>(taps * inputs) * 32;
  for (let block = firstBlock; block < lastBlock; block++) {
    const width = min(BLOCK, outputs - block * BLOCK);
    for (let place = 0; place < taps; place++) {
      const tap = backward ? taps - 1 - place : place;
      let from = source + <usize>tap * <usize>(rows * rowFloats) * 4 + <usize>(block * BLOCK) * outputStep;
      if (width == BLOCK && !backward) {
        for (let i = 0; i < inputs; i++) {
          v128.store(at, v128.load(from));
          v128.store(at, v128.load(from, 16), 16);
          from += inputStep;
          at += 32;
        }
      } else {
        for (let i = 0; i < inputs; i++) {
          let own = from;
          for (let o = 0; o < BLOCK; o++) {
            store<f32>(at, o < width ? load<f32>(own) : 0);
            own += outputStep;
            at += 4;
          }
          from += inputStep;
        }
      }
    }
  }
}

/**
 * One class of pixels over images firstImage..lastImage−1 and channel blocks firstBlock..lastBlock−1.
 * runLength: floats per run, taps × input channels.
 */
export function convolveClass(
  input: usize,
  inputImageBytes: usize,
  output: usize,
  outputImageBytes: usize,
  firstImage: i32,
  lastImage: i32,
  pixels: usize,
  pixelCount: i32,
  runs: usize,
  runCount: i32,
  runLength: i32,
  packed: usize,
  blockBytes: usize,
  outputChannels: i32,
  firstBlock: i32,
  lastBlock: i32,
): void {
  const runsEnd = runs + (<usize>runCount << 3);
  const pixelsEnd = pixels + (<usize>pixelCount << 3);
  for (let block = firstBlock; block < lastBlock; block++) {
    const weights = packed + <usize>block * blockBytes;
    const channel = <usize>(block * BLOCK) * 4;
    const width = min(BLOCK, outputChannels - block * BLOCK);
    let image = firstImage;
    let pixel = pixels;
    let inputImage = input + <usize>image * inputImageBytes;
    let outputImage = output + <usize>image * outputImageBytes + channel;
    while (image < lastImage) {
      // Addresses of the next four pixels; past the end the last one is computed and stored again.
      const in0 = inputImage + load<u32>(pixel), out0 = outputImage + load<u32>(pixel, 4);
      let in1 = in0, in2 = in0, in3 = in0, out1 = out0, out2 = out0, out3 = out0;
      for (let row = 1; row <= 4; row++) {
        pixel += 8;
        if (pixel == pixelsEnd) {
          pixel = pixels;
          if (++image == lastImage) break;
          inputImage += inputImageBytes;
          outputImage += outputImageBytes;
        }
        if (row == 4) break;
        in3 = inputImage + load<u32>(pixel);
        out3 = outputImage + load<u32>(pixel, 4);
        if (row == 1) { in1 = in3; out1 = out3; }
        if (row <= 2) { in2 = in3; out2 = out3; }
      }
      let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
      for (let run = runs; run < runsEnd; run += 8) {
        const offset = <usize>load<i32>(run);
        let b = weights + load<u32>(run, 4);
        let a0 = in0 + offset, a1 = in1 + offset, a2 = in2 + offset, a3 = in3 + offset;
        let left = runLength;
        while (left >= 4) {
          const v0 = v128.load(a0), v1 = v128.load(a1), v2 = v128.load(a2), v3 = v128.load(a3);
          let b0 = v128.load(b), b1 = v128.load(b, 16);
          let a = v128.shuffle<f32>(v0, v0, 0, 0, 0, 0);
          c00 = multiplyAdd(a, b0, c00); c01 = multiplyAdd(a, b1, c01);
          a = v128.shuffle<f32>(v1, v1, 0, 0, 0, 0);
          c10 = multiplyAdd(a, b0, c10); c11 = multiplyAdd(a, b1, c11);
          a = v128.shuffle<f32>(v2, v2, 0, 0, 0, 0);
          c20 = multiplyAdd(a, b0, c20); c21 = multiplyAdd(a, b1, c21);
          a = v128.shuffle<f32>(v3, v3, 0, 0, 0, 0);
          c30 = multiplyAdd(a, b0, c30); c31 = multiplyAdd(a, b1, c31);
          b0 = v128.load(b, 32); b1 = v128.load(b, 48);
          a = v128.shuffle<f32>(v0, v0, 1, 1, 1, 1);
          c00 = multiplyAdd(a, b0, c00); c01 = multiplyAdd(a, b1, c01);
          a = v128.shuffle<f32>(v1, v1, 1, 1, 1, 1);
          c10 = multiplyAdd(a, b0, c10); c11 = multiplyAdd(a, b1, c11);
          a = v128.shuffle<f32>(v2, v2, 1, 1, 1, 1);
          c20 = multiplyAdd(a, b0, c20); c21 = multiplyAdd(a, b1, c21);
          a = v128.shuffle<f32>(v3, v3, 1, 1, 1, 1);
          c30 = multiplyAdd(a, b0, c30); c31 = multiplyAdd(a, b1, c31);
          b0 = v128.load(b, 64); b1 = v128.load(b, 80);
          a = v128.shuffle<f32>(v0, v0, 2, 2, 2, 2);
          c00 = multiplyAdd(a, b0, c00); c01 = multiplyAdd(a, b1, c01);
          a = v128.shuffle<f32>(v1, v1, 2, 2, 2, 2);
          c10 = multiplyAdd(a, b0, c10); c11 = multiplyAdd(a, b1, c11);
          a = v128.shuffle<f32>(v2, v2, 2, 2, 2, 2);
          c20 = multiplyAdd(a, b0, c20); c21 = multiplyAdd(a, b1, c21);
          a = v128.shuffle<f32>(v3, v3, 2, 2, 2, 2);
          c30 = multiplyAdd(a, b0, c30); c31 = multiplyAdd(a, b1, c31);
          b0 = v128.load(b, 96); b1 = v128.load(b, 112);
          a = v128.shuffle<f32>(v0, v0, 3, 3, 3, 3);
          c00 = multiplyAdd(a, b0, c00); c01 = multiplyAdd(a, b1, c01);
          a = v128.shuffle<f32>(v1, v1, 3, 3, 3, 3);
          c10 = multiplyAdd(a, b0, c10); c11 = multiplyAdd(a, b1, c11);
          a = v128.shuffle<f32>(v2, v2, 3, 3, 3, 3);
          c20 = multiplyAdd(a, b0, c20); c21 = multiplyAdd(a, b1, c21);
          a = v128.shuffle<f32>(v3, v3, 3, 3, 3, 3);
          c30 = multiplyAdd(a, b0, c30); c31 = multiplyAdd(a, b1, c31);
          a0 += 16; a1 += 16; a2 += 16; a3 += 16;
          b += 128;
          left -= 4;
        }
        while (left > 0) {
          const b0 = v128.load(b), b1 = v128.load(b, 16);
          let a = v128.load32_splat(a0);
          c00 = multiplyAdd(a, b0, c00); c01 = multiplyAdd(a, b1, c01);
          a = v128.load32_splat(a1);
          c10 = multiplyAdd(a, b0, c10); c11 = multiplyAdd(a, b1, c11);
          a = v128.load32_splat(a2);
          c20 = multiplyAdd(a, b0, c20); c21 = multiplyAdd(a, b1, c21);
          a = v128.load32_splat(a3);
          c30 = multiplyAdd(a, b0, c30); c31 = multiplyAdd(a, b1, c31);
          a0 += 4; a1 += 4; a2 += 4; a3 += 4;
          b += 32;
          left--;
        }
      }
      if (width == BLOCK) {
        v128.store(out0, c00); v128.store(out0, c01, 16);
        v128.store(out1, c10); v128.store(out1, c11, 16);
        v128.store(out2, c20); v128.store(out2, c21, 16);
        v128.store(out3, c30); v128.store(out3, c31, 16);
      } else {
        storePart(out0, c00, c01, width);
        storePart(out1, c10, c11, width);
        storePart(out2, c20, c21, width);
        storePart(out3, c30, c31, width);
      }
    }
  }
}

/** Stores the first `width` of eight numbers, width < 8. */
function storePart(target: usize, low: v128, high: v128, width: i32): void {
  let rest = low;
  let left = width;
  if (left >= 4) {
    v128.store(target, low);
    target += 16;
    left -= 4;
    rest = high;
  }
  if (left > 0) store<f32>(target, f32x4.extract_lane(rest, 0));
  if (left > 1) store<f32>(target, f32x4.extract_lane(rest, 1), 4);
  if (left > 2) store<f32>(target, f32x4.extract_lane(rest, 2), 8);
}
