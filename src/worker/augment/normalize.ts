/**
 * 8-bit pixels to the floats a network sees: (p / 255 - mean) / std per channel, in single precision at each step, which
 * equals torchvision's ToTensor and Normalize bit for bit. Layout stays [height, width, 3].
 */
import type { RgbImage } from '../data/dataset';

/** [3 x 256]: the float of each 8-bit value of each channel. */
export type NormalizeTable = Float32Array;

/** One value per channel, order R, G, B. */
export type PerChannel = readonly [number, number, number];

/** (p / 255 - mean) / std for every p in 0..255 and each channel. */
export function createNormalizeTable(mean: PerChannel, std: PerChannel): NormalizeTable {
  const f = Math.fround;
  return Float32Array.from({ length: 3 * 256 }, (_, i) => {
    const channel = i >> 8;
    return f(f(f((i & 255) / 255) - f(mean[channel]!)) / f(std[channel]!));
  });
}

/** Write an image as floats to out[offset ..]. out: room for height x width x 3 floats from `offset`. */
export function writeNormalized(image: RgbImage, table: NormalizeTable, out: Float32Array, offset: number): void {
  const { pixels } = image;
  for (let i = 0, to = offset; i < pixels.length; i += 3, to += 3) {
    out[to] = table[pixels[i]!]!;
    out[to + 1] = table[256 + pixels[i + 1]!]!;
    out[to + 2] = table[512 + pixels[i + 2]!]!;
  }
}
