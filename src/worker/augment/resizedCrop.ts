/**
 * Random resized crop: a box of random area, aspect ratio and place, resized to a square.
 * Szegedy et al. 2015 (arXiv 1409.4842), by the drawing rules of torchvision's RandomResizedCrop.
 */
import type { RandomResizedCropOp } from '../../shared/experiment/augmentation';
import type { Random } from '../../shared/random';
import type { RgbImage } from '../data/dataset';
import type { Box, Size } from './resample';
import { resizeBox } from './resample';
import { roundHalfEven } from './resize';

export interface RecordedResizedCrop extends Box {
  readonly kind: 'resizedCrop';
  readonly size: number;
}

const tries = 10;

/**
 * Draw a box: area = image area x U[scale], ratio = exp(U[log ratio]), width = sqrt(area ratio), height = sqrt(area / ratio),
 * both rounded; place uniform among those inside the image. After ten boxes that do not fit: the largest central box whose
 * ratio is within range.
 */
export function drawResizedCrop(op: RandomResizedCropOp, random: Random, image: Size): RecordedResizedCrop {
  const { size } = op;
  for (let i = 0; i < tries; i++) {
    const area = image.width * image.height * random.uniformIn(op.scale[0], op.scale[1]);
    const ratio = Math.exp(random.uniformIn(Math.log(op.ratio[0]), Math.log(op.ratio[1])));
    const width = roundHalfEven(Math.sqrt(area * ratio));
    const height = roundHalfEven(Math.sqrt(area / ratio));
    if (width > 0 && width <= image.width && height > 0 && height <= image.height) {
      const top = random.integer(image.height - height + 1);
      const left = random.integer(image.width - width + 1);
      return { kind: 'resizedCrop', top, left, height, width, size };
    }
  }
  return { kind: 'resizedCrop', ...largestCentralBox(op, image), size };
}

/** Cut and resize (bilinear, antialiased) to [size, size, 3]. */
export function applyResizedCrop(image: RgbImage, recorded: RecordedResizedCrop): RgbImage {
  return resizeBox(image, recorded, { width: recorded.size, height: recorded.size });
}

function largestCentralBox(op: RandomResizedCropOp, image: Size): Box {
  const [low, high] = op.ratio;
  const ratio = image.width / image.height;
  // A one-pixel strip still needs a box of at least one pixel, where torchvision would fail.
  const height = ratio < low ? Math.max(1, roundHalfEven(image.width / low)) : image.height;
  const width = ratio > high ? Math.max(1, roundHalfEven(image.height * high)) : image.width;
  return { top: (image.height - height) >> 1, left: (image.width - width) >> 1, height, width };
}
