/** Which object each anchor or proposal answers for, by overlap, as torchvision's Matcher. */
import { cornerIou } from '../../../shared/math/detection/boxes';

export const BACKGROUND = -1;
/** Neither object nor background: not learnt from. */
export const BETWEEN = -2;

export interface MatchOptions {
  /** At least this overlap is an object. */
  readonly high: number;
  /** Less than this is background. */
  readonly low: number;
  /** Each object also gets the boxes that overlap it most, however little (Ren 2015, arXiv 1506.01497, section 3.1.2). */
  readonly keepBestOfEach: boolean;
}

/** boxes: [n, 4]; objects: [m, 4]. Returns [n]: the row of the object, BACKGROUND or BETWEEN. */
export function matchBoxes(boxes: Float32Array, objects: Float32Array, options: MatchOptions): Int32Array {
  const [count, objectCount] = [boxes.length / 4, objects.length / 4];
  const matches = new Int32Array(count).fill(BACKGROUND);
  if (objectCount === 0) return matches;
  const overlaps = new Float32Array(count * objectCount);
  const nearest = new Int32Array(count);
  const bestOfEach = new Float32Array(objectCount);
  for (let i = 0; i < count; i++) {
    let best = -1;
    for (let j = 0; j < objectCount; j++) {
      const overlap = Math.fround(cornerIou(boxes, i, objects, j));
      overlaps[i * objectCount + j] = overlap;
      if (overlap > bestOfEach[j]!) bestOfEach[j] = overlap;
      if (overlap <= best) continue;
      best = overlap;
      nearest[i] = j;
    }
    matches[i] = best >= options.high ? nearest[i]! : best < options.low ? BACKGROUND : BETWEEN;
  }
  if (options.keepBestOfEach) {
    for (let i = 0; i < count; i++)
      for (let j = 0; j < objectCount; j++)
        if (overlaps[i * objectCount + j] === bestOfEach[j]) matches[i] = nearest[i]!;
  }
  return matches;
}

/** Of each object, [m, 4], the row of the box, [n, 4], that overlaps it most; the first of equal ones. */
export function nearestBoxes(boxes: ArrayLike<number>, objects: ArrayLike<number>): Int32Array {
  return Int32Array.from({ length: objects.length / 4 }, (_, object) => {
    let [nearest, most] = [0, -1];
    for (let i = 0; i < boxes.length / 4; i++) {
      const overlap = cornerIou(boxes, i, objects, object);
      if (overlap <= most) continue;
      nearest = i;
      most = overlap;
    }
    return nearest;
  });
}
