/** Which of many boxes a detection came from. */
import { cornerIou } from '../../../shared/math/detection/boxes';

/** Boxes that overlap a detection this nearly as well as the best one are equals: clipped at the image's edges, they can be. */
const EQUAL = 1e-4;

/**
 * Row of the box that overlaps `wanted` most; of equal ones, that whose score is nearest to the detection's. boxes: [n, 4],
 * wanted: [4], x1, y1, x2, y2.
 */
export function nearestBox(
  boxes: Float32Array,
  wanted: Float32Array,
  { scoreOf, confidence }: { readonly scoreOf: (row: number) => number; readonly confidence: number },
): number {
  const overlaps = Float64Array.from({ length: boxes.length / 4 }, (_, row) => cornerIou(boxes, row, wanted, 0));
  const most = overlaps.reduce((best, overlap) => Math.max(best, overlap), 0);
  let [nearest, least] = [0, Infinity];
  overlaps.forEach((overlap, row) => {
    const difference = Math.abs(scoreOf(row) - confidence);
    if (overlap >= most - EQUAL && difference < least) [nearest, least] = [row, difference];
  });
  return nearest;
}
