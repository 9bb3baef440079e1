/** An image as the network gets it, alone: ImageNet's mean and deviation. */
import type { RgbImage } from '../../../../src/worker/data/dataset';
import { imagenetScale, writeNormalized } from '../../../../src/worker/augment/normalize';

/** [height, width, 3]. */
export function normalized(image: RgbImage): Float32Array {
  const out = new Float32Array(image.pixels.length);
  writeNormalized(image, imagenetScale, out, 0);
  return out;
}
