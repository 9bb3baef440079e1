/**
 * 8-bit pixels to the floats a network sees: (p / 255 - mean) / std per channel, in single precision at each step, which
 * equals torchvision's ToTensor and Normalize bit for bit. Layout stays [height, width, 3].
 */
import { imagenetMean, imagenetStd } from '../../shared/experiment/augmentation';
import type { RgbImage } from '../data/dataset';
import { PixelWork } from './pixelKernels';

/** One value per channel, order R, G, B. */
export type PerChannel = readonly [number, number, number];

export interface ChannelScale {
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

/** What every network here sees, as torchvision's pretrained ones do. */
export const imagenetScale: ChannelScale = { mean: imagenetMean, std: imagenetStd };

/** Write an image as floats to out[offset ..]. out: room for height x width x 3 floats from `offset`. */
export function writeNormalized(
  { pixels }: RgbImage,
  { mean, std }: ChannelScale,
  out: Float32Array,
  offset: number,
): void {
  const work = new PixelWork();
  const from = work.place(pixels);
  const to = work.reserve(4 * pixels.length);
  work.kernels.normalize(from, pixels.length, ...mean, ...std, to);
  out.set(new Float32Array(work.kernels.memory.buffer, to, pixels.length), offset);
}
