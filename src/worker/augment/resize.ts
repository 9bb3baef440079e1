/**
 * Resize the short side, then cut the central square: the transform of test time and of features (torchvision's
 * Resize(256), CenterCrop(224) at ImageNet size). Deterministic; it is "drawn" only so that it is recorded like the rest.
 */
import type { ResizeCenterCropOp } from '../../shared/experiment/augmentation';
import type { RgbImage } from '../data/dataset';
import type { Size } from './resample';
import { resizeBox } from './resample';

export interface RecordedResizeCenterCrop {
  readonly kind: 'resizeCenterCrop';
  /** Size after resizing, px. */
  readonly resized: Size;
  readonly top: number;
  readonly left: number;
  readonly size: number;
}

/** Sizes by torchvision's rules: the long side is floor(resize x long / short), offsets are round((side - size) / 2). */
export function drawResizeCenterCrop(op: ResizeCenterCropOp, image: Size): RecordedResizeCenterCrop {
  const { resize, size } = op;
  if (resize < size) throw new Error(`internal: centre crop of ${size} px from a short side of ${resize} px`);
  const wide = image.width >= image.height;
  const long = Math.trunc((resize * Math.max(image.width, image.height)) / Math.min(image.width, image.height));
  const resized = { width: wide ? long : resize, height: wide ? resize : long };
  const top = roundHalfEven((resized.height - size) / 2);
  const left = roundHalfEven((resized.width - size) / 2);
  return { kind: 'resizeCenterCrop', resized, top, left, size };
}

/** Resize (bilinear, antialiased), then cut to [size, size, 3]. */
export function applyResizeCenterCrop(image: RgbImage, recorded: RecordedResizeCenterCrop): RgbImage {
  const { resized, top, left, size } = recorded;
  const whole = { top: 0, left: 0, width: image.width, height: image.height };
  const scaled = resizeBox(image, whole, resized); // [resized.height, resized.width, 3]
  const pixels = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const from = ((top + y) * resized.width + left) * 3;
    pixels.set(scaled.pixels.subarray(from, from + size * 3), y * size * 3);
  }
  return { width: size, height: size, pixels }; // [size, size, 3]
}

/** The nearest integer, ties to the even one, as Python's round() does. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
