/** How many of the objects the first stage has found a place for. */
import { cornerIou } from '../../../shared/math/detection/boxes';
import type { SceneTargets } from './detector';

const LEAST_OVERLAP = 0.5;

/**
 * Share, 0..1, of a batch's objects that any proposal of their image overlaps by at least ½, whatever its score; 1 without
 * objects, none of which was missed. `proposals`: [k, 4] of each image, x1, y1, x2, y2 in px.
 */
export function proposalRecall(
  proposals: readonly Float32Array[],
  targets: readonly Pick<SceneTargets, 'boxes'>[],
): number {
  let [found, all] = [0, 0];
  targets.forEach(({ boxes }, image) => {
    const own = proposals[image]!;
    for (let object = 0; object < boxes.length / 4; object++) {
      all++;
      for (let i = 0; i < own.length / 4; i++) {
        if (cornerIou(own, i, boxes, object) < LEAST_OVERLAP) continue;
        found++;
        break;
      }
    }
  });
  return all === 0 ? 1 : found / all;
}
