/** The part of an object's mask inside a region, as a small square of shares, as torchvision's project_masks_on_boxes. */
import { axisSamples } from '../../ops/roiAlign';
import type { BitMask } from './detector';

/** `box` is x1, y1, x2, y2 in px of the mask. Returns [size, size], 0..1: RoIAlign of the mask with as many samples as pixels. */
export function cropMask({ bits, height, width }: BitMask, box: ArrayLike<number>, size: number): Float32Array {
  const [x1, y1] = [box[0]!, box[1]!];
  const wide = Math.max(box[2]! - x1, 1);
  const tall = Math.max(box[3]! - y1, 1);
  const across = axisSamples({ start: x1, length: wide, size, sampling: 0, limit: width });
  const down = axisSamples({ start: y1, length: tall, size, sampling: 0, limit: height });
  const crop = new Float32Array(size * size);
  for (let p = 0; p < size; p++) {
    for (let q = 0; q < size; q++) {
      let sum = 0;
      for (const [y, wy] of down.bins[p]!) for (const [x, wx] of across.bins[q]!) sum += wy * wx * bits[y * width + x]!;
      crop[p * size + q] = sum / Math.max(1, across.perBin * down.perBin);
    }
  }
  return crop;
}
