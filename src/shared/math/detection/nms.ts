/**
 * Non-maximum suppression: of two boxes that overlap by more than a threshold, the lower scored one is dropped. Greedy,
 * from the best down, as torchvision.ops.nms; the class-wise form compares boxes of one class only, as batched_nms.
 */
import { cornerIou } from './boxes';

export interface NmsInput {
  /** [n, 4], x1, y1, x2, y2. */
  readonly boxes: ArrayLike<number>;
  /** [n]; NaN ranks last. */
  readonly scores: ArrayLike<number>;
  /** [n]; absent: all of one class. */
  readonly classes?: ArrayLike<number>;
  /** Boxes with a larger intersection over union are dropped. */
  readonly threshold: number;
  /** Stop after this many; default all. */
  readonly most?: number;
}

/** Rows kept, best first; of equal scores the earlier row comes first. */
export function suppressNonMaxima({ boxes, scores, classes, threshold, most = Infinity }: NmsInput): number[] {
  const rank = (i: number): number => (Number.isNaN(scores[i]!) ? -Infinity : scores[i]!);
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => rank(b) - rank(a) || a - b);
  const kept: number[] = [];
  const keptByClass = new Map<number, number[]>();
  for (const row of order) {
    if (kept.length >= most) break;
    const kind = classes ? classes[row]! : 0;
    const rivals = keptByClass.get(kind) ?? [];
    if (rivals.some((other) => cornerIou(boxes, other, boxes, row) > threshold)) continue;
    kept.push(row);
    rivals.push(row);
    keptByClass.set(kind, rivals);
  }
  return kept;
}
