/**
 * Hue shift through 8-bit HSV (Smith 1978), with Pillow's rounding: H and S are truncated to 0..255, the shift wraps modulo
 * 256, and the way back rounds. Even a shift of zero changes pixels a little; torchvision's adjust_hue does the same.
 */
import { PixelWork } from './pixelKernels';

/**
 * Turn the hue of every pixel by `turns` (-0.5..0.5), in place. pixels: interleaved RGB.
 *
 * With V the largest channel and C the distance to the smallest, S = trunc(255 C / V). With r = (V - R) / C and so on, h =
 * (b - g) / 6 where R is the largest, (2 + r - b) / 6 where G is, (4 + g - r) / 6 otherwise, modulo 1, and H = trunc(255 h). Back:
 * p = V (1 - s), q = V (1 - s f), t = V (1 - s (1 - f)), rounded, where 6 H / 255 has the sextant and the fraction f.
 */
export function shiftHue(pixels: Uint8Array, turns: number): void {
  const shift = Math.trunc(turns * 255) & 255;
  const work = new PixelWork();
  const at = work.place(pixels);
  const tables = [work.place(sextants), work.place(fractions)];
  work.kernels.shiftHue(at, pixels.length / 3, shift, ...tables);
  pixels.set(work.take(at, pixels.length));
}

/** Sextant and fraction within it, for each 8-bit hue. */
const sextants = Uint8Array.from({ length: 256 }, (_, hue) => Math.floor((hue * 6) / 255) % 6);
const fractions = Float32Array.from({ length: 256 }, (_, hue) => (hue * 6) / 255 - Math.floor((hue * 6) / 255));
