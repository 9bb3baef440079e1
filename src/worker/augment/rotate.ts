/**
 * Turns by a quarter, a half or three quarters, each as likely, without a pixel being interpolated: the transformation whose
 * recognition Gidaris et al. 2018 (arXiv 1803.07728) pretrain on. Here analyses use it; no training policy does.
 */
import type { RotateOp } from '../../shared/experiment/augmentation';
import type { Random } from '../../shared/random';
import type { RgbImage } from '../data/dataset';

export interface RecordedRotation {
  readonly kind: 'rotate';
  /** Quarter turns against the clock. */
  readonly quarters: 1 | 2 | 3;
}

/** Drawn with the operation's probability; undefined when the image stays as it is. */
export function drawRotation(op: RotateOp, random: Random): RecordedRotation | undefined {
  if (random.uniform() >= op.probability) return undefined;
  return { kind: 'rotate', quarters: (1 + random.integer(3)) as 1 | 2 | 3 };
}

/** As NumPy's rot90 over the rows and columns: [height, width, 3] becomes [width, height, 3] after odd numbers of quarters. */
export function applyRotation({ width, height, pixels }: RgbImage, { quarters }: RecordedRotation): RgbImage {
  const isOdd = quarters !== 2;
  const [outWidth, outHeight] = isOdd ? [height, width] : [width, height];
  const out = new Uint8Array(pixels.length);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const [fromX, fromY] = sourceOf({ x, y }, { width, height }, quarters);
      const from = (fromY * width + fromX) * 3;
      const to = (y * outWidth + x) * 3;
      for (let c = 0; c < 3; c++) out[to + c] = pixels[from + c]!;
    }
  }
  return { width: outWidth, height: outHeight, pixels: out };
}

/** Where in the image a pixel of the turned one comes from. */
function sourceOf(
  { x, y }: { readonly x: number; readonly y: number },
  { width, height }: { readonly width: number; readonly height: number },
  quarters: RecordedRotation['quarters'],
): [number, number] {
  if (quarters === 1) return [width - 1 - y, x];
  return quarters === 2 ? [width - 1 - x, height - 1 - y] : [y, height - 1 - x];
}
