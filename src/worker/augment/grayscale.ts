/** Grayscale that keeps three channels (torchvision RandomGrayscale). Luma is ITU-R BT.601 in Pillow's 16-bit fixed point. */
import type { GrayscaleOp } from '../../shared/experiment/augmentation';
import type { Random } from '../../shared/random';
import type { RgbImage } from '../data/dataset';

export interface RecordedGrayscale {
  readonly kind: 'grayscale';
}

/** Drawn with the operation's probability; undefined when the image keeps its colours. */
export function drawGrayscale(op: GrayscaleOp, random: Random): RecordedGrayscale | undefined {
  return random.uniform() < op.probability ? { kind: 'grayscale' } : undefined;
}

/** R = G = B = luma. */
export function applyGrayscale(image: RgbImage): RgbImage {
  const { width, height, pixels } = image;
  const out = new Uint8Array(pixels.length);
  for (let i = 0; i < out.length; i += 3) {
    const value = luma(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
    out[i] = value;
    out[i + 1] = value;
    out[i + 2] = value;
  }
  return { width, height, pixels: out };
}

/** round(0.299 R + 0.587 G + 0.114 B), 0..255, with the weights as 65536ths. */
function luma(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}
