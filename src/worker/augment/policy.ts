/**
 * From a policy (a list of operations) to pixels in two steps: draw, which spends the random numbers and records what will
 * be done to one image, and apply, which is deterministic. A recorded list is plain JSON: it replays to identical pixels.
 */
import type { AugmentationOp } from '../../shared/experiment/augmentation';
import { assertNever } from '../../shared/assertNever';
import type { Random } from '../../shared/random';
import type { RgbImage } from '../data/dataset';
import type { RecordedColorJitter } from './colorJitter';
import { applyColorJitter, drawColorJitter } from './colorJitter';
import type { RecordedHorizontalFlip } from './flip';
import { applyHorizontalFlip, drawHorizontalFlip } from './flip';
import type { RecordedGaussianBlur } from './gaussianBlur';
import { applyGaussianBlur, drawGaussianBlur } from './gaussianBlur';
import type { RecordedGrayscale } from './grayscale';
import { applyGrayscale, drawGrayscale } from './grayscale';
import type { Size } from './resample';
import type { RecordedResizedCrop } from './resizedCrop';
import { applyResizedCrop, drawResizedCrop } from './resizedCrop';
import type { RecordedResizeCenterCrop } from './resize';
import { applyResizeCenterCrop, drawResizeCenterCrop } from './resize';
import type { RecordedRotation } from './rotate';
import { applyRotation, drawRotation } from './rotate';

/** What was done to one image, with every drawn number. */
export type RecordedTransform =
  | RecordedResizedCrop
  | RecordedResizeCenterCrop
  | RecordedHorizontalFlip
  | RecordedColorJitter
  | RecordedGrayscale
  | RecordedGaussianBlur
  | RecordedRotation;

/** Draw every operation in order for an image of the given size, px; operations that chance leaves out are not listed. */
export function drawTransforms(ops: readonly AugmentationOp[], image: Size, random: Random): RecordedTransform[] {
  const recorded: RecordedTransform[] = [];
  let size = image;
  for (const op of ops) {
    const transform = drawTransform(op, size, random);
    if (transform === undefined) continue;
    recorded.push(transform);
    if ('size' in transform) size = { width: transform.size, height: transform.size };
  }
  return recorded;
}

/** Apply recorded transforms in order. The input is never written to. */
export function applyTransforms(image: RgbImage, recorded: readonly RecordedTransform[]): RgbImage {
  return recorded.reduce(applyTransform, image);
}

function drawTransform(op: AugmentationOp, size: Size, random: Random): RecordedTransform | undefined {
  switch (op.kind) {
    case 'resizeCenterCrop':
      return drawResizeCenterCrop(op, size);
    case 'randomResizedCrop':
      return drawResizedCrop(op, random, size);
    case 'colorJitter':
      return drawColorJitter(op, random);
    case 'grayscale':
      return drawGrayscale(op, random);
    case 'gaussianBlur':
      return drawGaussianBlur(op, random);
    case 'horizontalFlip':
      return drawHorizontalFlip(op, random);
    case 'rotate':
      return drawRotation(op, random);
    default:
      return assertNever(op);
  }
}

function applyTransform(image: RgbImage, recorded: RecordedTransform): RgbImage {
  switch (recorded.kind) {
    case 'resizeCenterCrop':
      return applyResizeCenterCrop(image, recorded);
    case 'resizedCrop':
      return applyResizedCrop(image, recorded);
    case 'colorJitter':
      return applyColorJitter(image, recorded);
    case 'grayscale':
      return applyGrayscale(image);
    case 'gaussianBlur':
      return applyGaussianBlur(image, recorded);
    case 'horizontalFlip':
      return applyHorizontalFlip(image);
    case 'rotate':
      return applyRotation(image, recorded);
    default:
      return assertNever(recorded);
  }
}
