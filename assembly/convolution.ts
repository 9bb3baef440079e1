/**
 * Convolution as many small matrix products without im2col. The host sorts the output pixels of one image into classes
 * that see the same filter taps, so that padding costs nothing, and gives for each class
 *   pixels: (input byte offset, output byte offset) per pixel,  taps: (input byte offset, weight byte offset) per tap.
 * Six pixels of a class by eight output channels are computed in registers. The same kernel serves the forward pass and
 * the gradient of the input (with transposed filters and other tables); any stride, padding and dilation is in the tables.
 */
import { multiplyAdd } from './vectors';

/** Output channels per block; packed weights are [block][tap][input channel][8], zero-padded. */
const BLOCK: i32 = 8;

/**
 * Packs weights [taps][rows][columns] so that the convolution's output channels come in blocks of eight.
 * transposed = 0: output channels are the columns; 1: they are the rows (input gradient).
 */
export function packWeights(source: usize, target: usize, taps: i32, rows: i32, columns: i32, transposed: i32): void {
  const outputs = transposed ? rows : columns;
  const inputs = transposed ? columns : rows;
  const outputStep: usize = transposed ? <usize>columns * 4 : 4;
  const inputStep: usize = transposed ? 4 : <usize>columns * 4;
  const blocks = (outputs + BLOCK - 1) / BLOCK;
  let at = target;
  for (let block = 0; block < blocks; block++) {
    const width = min(BLOCK, outputs - block * BLOCK);
    for (let tap = 0; tap < taps; tap++) {
      let from = source + <usize>tap * <usize>(rows * columns) * 4 + <usize>(block * BLOCK) * outputStep;
      if (width == BLOCK && !transposed) {
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
 * `scratch`: 192 bytes for blocks that are cut off by the last channel.
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
  taps: usize,
  tapCount: i32,
  packed: usize,
  blockBytes: usize,
  inputChannels: i32,
  outputChannels: i32,
  firstBlock: i32,
  lastBlock: i32,
  scratch: usize,
): void {
  for (let block = firstBlock; block < lastBlock; block++) {
    const weights = packed + <usize>block * blockBytes;
    const channel = <usize>(block * BLOCK) * 4;
    const width = min(BLOCK, outputChannels - block * BLOCK);
    let image = firstImage;
    let pixel = 0;
    let in0: usize = 0, in1: usize = 0, in2: usize = 0, in3: usize = 0, in4: usize = 0, in5: usize = 0;
    let out0: usize = 0, out1: usize = 0, out2: usize = 0, out3: usize = 0, out4: usize = 0, out5: usize = 0;
    while (image < lastImage) {
      // Addresses of the next six pixels; past the end the last one is computed again and stored again.
      let inputImage = input + <usize>image * inputImageBytes;
      let outputImage = output + <usize>image * outputImageBytes + channel;
      in0 = inputImage + load<u32>(pixels + (<usize>pixel << 3));
      out0 = outputImage + load<u32>(pixels + (<usize>pixel << 3), 4);
      in1 = in0; in2 = in0; in3 = in0; in4 = in0; in5 = in0;
      out1 = out0; out2 = out0; out3 = out0; out4 = out0; out5 = out0;
      for (let row = 1; row <= 6; row++) {
        if (++pixel == pixelCount) {
          pixel = 0;
          if (++image == lastImage) break;
          inputImage += inputImageBytes;
          outputImage += outputImageBytes;
        }
        if (row == 6) break;
        const nextIn = inputImage + load<u32>(pixels + (<usize>pixel << 3));
        const nextOut = outputImage + load<u32>(pixels + (<usize>pixel << 3), 4);
        if (row == 1) { in1 = nextIn; out1 = nextOut; }
        if (row <= 2) { in2 = nextIn; out2 = nextOut; }
        if (row <= 3) { in3 = nextIn; out3 = nextOut; }
        if (row <= 4) { in4 = nextIn; out4 = nextOut; }
        in5 = nextIn; out5 = nextOut;
      }
      let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
      let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
      for (let tap = 0; tap < tapCount; tap++) {
        const offset = <usize>load<i32>(taps + (<usize>tap << 3));
        let b = weights + load<u32>(taps + (<usize>tap << 3), 4);
        let a0 = in0 + offset, a1 = in1 + offset, a2 = in2 + offset;
        let a3 = in3 + offset, a4 = in4 + offset, a5 = in5 + offset;
        let left = inputChannels;
        while (left >= 2) {
          let b0 = v128.load(b), b1 = v128.load(b, 16);
          let a = v128.load32_splat(a0);
          c00 = multiplyAdd(a, b0, c00); c01 = multiplyAdd(a, b1, c01);
          a = v128.load32_splat(a1);
          c10 = multiplyAdd(a, b0, c10); c11 = multiplyAdd(a, b1, c11);
          a = v128.load32_splat(a2);
          c20 = multiplyAdd(a, b0, c20); c21 = multiplyAdd(a, b1, c21);
          a = v128.load32_splat(a3);
          c30 = multiplyAdd(a, b0, c30); c31 = multiplyAdd(a, b1, c31);
          a = v128.load32_splat(a4);
          c40 = multiplyAdd(a, b0, c40); c41 = multiplyAdd(a, b1, c41);
          a = v128.load32_splat(a5);
          c50 = multiplyAdd(a, b0, c50); c51 = multiplyAdd(a, b1, c51);
          b0 = v128.load(b, 32); b1 = v128.load(b, 48);
          a = v128.load32_splat(a0, 4);
          c00 = multiplyAdd(a, b0, c00); c01 = multiplyAdd(a, b1, c01);
          a = v128.load32_splat(a1, 4);
          c10 = multiplyAdd(a, b0, c10); c11 = multiplyAdd(a, b1, c11);
          a = v128.load32_splat(a2, 4);
          c20 = multiplyAdd(a, b0, c20); c21 = multiplyAdd(a, b1, c21);
          a = v128.load32_splat(a3, 4);
          c30 = multiplyAdd(a, b0, c30); c31 = multiplyAdd(a, b1, c31);
          a = v128.load32_splat(a4, 4);
          c40 = multiplyAdd(a, b0, c40); c41 = multiplyAdd(a, b1, c41);
          a = v128.load32_splat(a5, 4);
          c50 = multiplyAdd(a, b0, c50); c51 = multiplyAdd(a, b1, c51);
          a0 += 8; a1 += 8; a2 += 8; a3 += 8; a4 += 8; a5 += 8;
          b += 64;
          left -= 2;
        }
        if (left) {
          const b0 = v128.load(b), b1 = v128.load(b, 16);
          let a = v128.load32_splat(a0);
          c00 = multiplyAdd(a, b0, c00); c01 = multiplyAdd(a, b1, c01);
          a = v128.load32_splat(a1);
          c10 = multiplyAdd(a, b0, c10); c11 = multiplyAdd(a, b1, c11);
          a = v128.load32_splat(a2);
          c20 = multiplyAdd(a, b0, c20); c21 = multiplyAdd(a, b1, c21);
          a = v128.load32_splat(a3);
          c30 = multiplyAdd(a, b0, c30); c31 = multiplyAdd(a, b1, c31);
          a = v128.load32_splat(a4);
          c40 = multiplyAdd(a, b0, c40); c41 = multiplyAdd(a, b1, c41);
          a = v128.load32_splat(a5);
          c50 = multiplyAdd(a, b0, c50); c51 = multiplyAdd(a, b1, c51);
        }
      }
      if (width == BLOCK) {
        // Backwards: repeated rows at the end hold the same numbers as the last true one.
        v128.store(out5, c50); v128.store(out5, c51, 16);
        v128.store(out4, c40); v128.store(out4, c41, 16);
        v128.store(out3, c30); v128.store(out3, c31, 16);
        v128.store(out2, c20); v128.store(out2, c21, 16);
        v128.store(out1, c10); v128.store(out1, c11, 16);
        v128.store(out0, c00); v128.store(out0, c01, 16);
      } else {
        storePart(out0, c00, c01, width, scratch);
        storePart(out1, c10, c11, width, scratch);
        storePart(out2, c20, c21, width, scratch);
        storePart(out3, c30, c31, width, scratch);
        storePart(out4, c40, c41, width, scratch);
        storePart(out5, c50, c51, width, scratch);
      }
    }
  }
}

function storePart(target: usize, low: v128, high: v128, width: i32, scratch: usize): void {
  v128.store(scratch, low);
  v128.store(scratch, high, 16);
  for (let i = 0; i < width; i++) store<f32>(target + (<usize>i << 2), load<f32>(scratch + (<usize>i << 2)));
}
