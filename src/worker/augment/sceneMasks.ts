/** Masks of objects, brought along with their image: run lengths of the stored image → bits of the network's input. */
import { decodeMask } from '../../shared/math/detection/rle';
import type { MaskColumn } from '../../shared/results/detections';
import type { BitMask } from '../models/detection/detector';
import { keptOf, type RecordedSceneTransform } from './sceneTransform';

/**
 * Mask `row` of a column, cut, scaled and mirrored. A pixel of the result takes the value of the stored pixel that its centre
 * falls on. detectron2 scales polygons instead, which differs by less than a pixel at the edge.
 */
export function moveMask(masks: MaskColumn, row: number, transform: RecordedSceneTransform): BitMask {
  const { from, to, isFlipped } = transform;
  const kept = keptOf(transform);
  const counts = masks.counts.subarray(masks.offsets[row]!, masks.offsets[row + 1]!);
  const stored = decodeMask({ height: masks.heights[row]!, width: masks.widths[row]!, counts });
  const bits = new Uint8Array(to.height * to.width);
  // A mask of another size than its image is no mask of it; readers have said so.
  if (!stored || masks.heights[row] !== from.height || masks.widths[row] !== from.width)
    return { height: to.height, width: to.width, bits };
  const columns = Int32Array.from({ length: to.width }, (_, x) => {
    const place = isFlipped ? to.width - 1 - x : x;
    return kept.left + Math.min(kept.width - 1, Math.floor(((place + 0.5) * kept.width) / to.width));
  });
  for (let y = 0; y < to.height; y++) {
    const line = kept.top + Math.min(kept.height - 1, Math.floor(((y + 0.5) * kept.height) / to.height));
    const start = line * from.width;
    for (let x = 0; x < to.width; x++) bits[y * to.width + x] = stored[start + columns[x]!]!;
  }
  return { height: to.height, width: to.width, bits };
}
