/**
 * Colour jitter: brightness, contrast, saturation and hue by random factors, in random order (torchvision ColorJitter on
 * PIL images: Pillow's ImageEnhance for the first three, a shift of the 8-bit H channel for hue). Results are equal to theirs.
 */
import type { ColorJitterOp } from '../../shared/experiment/augmentation';
import type { Random } from '../../shared/random';
import type { RgbImage } from '../data/dataset';
import { shiftHue } from './hue';
import { PixelWork } from './pixelKernels';

export type Adjustment = 'brightness' | 'contrast' | 'saturation' | 'hue';

export interface RecordedColorJitter {
  readonly kind: 'colorJitter';
  /** In the order of application. `amount` is a factor (1 = unchanged), or turns in -0.5..0.5 for hue. */
  readonly adjustments: readonly { readonly adjust: Adjustment; readonly amount: number }[];
}

const adjustmentsInOrder: readonly Adjustment[] = ['brightness', 'contrast', 'saturation', 'hue'];

/** Amounts U[max(0, 1 - x), 1 + x], hue U[-hue, hue], in a uniform random order; adjustments with x = 0 are left out. */
export function drawColorJitter(op: ColorJitterOp, random: Random): RecordedColorJitter | undefined {
  if (random.uniform() >= op.probability) return undefined;
  const order = random.permutation(adjustmentsInOrder.length);
  const drawn = adjustmentsInOrder.map((adjust) => {
    const strength = op[adjust];
    const center = adjust === 'hue' ? 0 : 1;
    const low = adjust === 'hue' ? -strength : Math.max(0, 1 - strength);
    return { adjust, amount: random.uniformIn(low, center + strength) };
  });
  const adjustments = Array.from(order, (i) => drawn[i]!).filter(({ adjust }) => op[adjust] > 0);
  return { kind: 'colorJitter', adjustments };
}

/** Apply the recorded adjustments one after another; each rounds to 8 bits. */
export function applyColorJitter(image: RgbImage, recorded: RecordedColorJitter): RgbImage {
  const pixels = Uint8Array.from(image.pixels);
  for (const { adjust, amount } of recorded.adjustments) {
    if (adjust === 'brightness') blendWithGray(pixels, 0, amount);
    else if (adjust === 'contrast') blendWithGray(pixels, meanLuma(pixels), amount);
    else if (adjust === 'saturation') blendWithLuma(pixels, amount);
    else shiftHue(pixels, amount);
  }
  return { width: image.width, height: image.height, pixels };
}

/** p <- gray + factor (p - gray), cut to 0..255 and truncated, in single precision as Pillow's blend. */
function blendWithGray(pixels: Uint8Array, gray: number, factor: number): void {
  const work = new PixelWork();
  const at = work.place(pixels);
  work.kernels.blendWithGray(at, pixels.length, gray, Math.fround(factor));
  pixels.set(work.take(at, pixels.length));
}

/** p <- luma + factor (p - luma), per pixel. */
function blendWithLuma(pixels: Uint8Array, factor: number): void {
  const work = new PixelWork();
  const at = work.place(pixels);
  work.kernels.blendWithLuma(at, pixels.length / 3, Math.fround(factor));
  pixels.set(work.take(at, pixels.length));
}

/** Mean luma of the image, rounded to an integer. */
function meanLuma(pixels: Uint8Array): number {
  const work = new PixelWork();
  const count = pixels.length / 3;
  return Math.trunc(work.kernels.sumLuma(work.place(pixels), count) / count + 0.5);
}
