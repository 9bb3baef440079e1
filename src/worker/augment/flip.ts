/** Horizontal flip (torchvision RandomHorizontalFlip). */
import type { HorizontalFlipOp } from '../../shared/experiment/augmentation';
import type { Random } from '../../shared/random';
import type { RgbImage } from '../data/dataset';

export interface RecordedHorizontalFlip {
  readonly kind: 'horizontalFlip';
}

/** Drawn with the operation's probability; undefined when the image stays as it is. */
export function drawHorizontalFlip(op: HorizontalFlipOp, random: Random): RecordedHorizontalFlip | undefined {
  return random.uniform() < op.probability ? { kind: 'horizontalFlip' } : undefined;
}

/** out[y, x] = in[y, width - 1 - x]. */
export function applyHorizontalFlip(image: RgbImage): RgbImage {
  const { width, height, pixels } = image;
  const out = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    let from = (y * width + width - 1) * 3;
    let to = y * width * 3;
    for (let x = 0; x < width; x++, from -= 3, to += 3) {
      out[to] = pixels[from]!;
      out[to + 1] = pixels[from + 1]!;
      out[to + 2] = pixels[from + 2]!;
    }
  }
  return { width, height, pixels: out };
}
