/**
 * Intersection over union of boxes in both ways of writing them: by a corner and sizes as files have them, with pycocotools'
 * arithmetic operation by operation, and by two corners as detectors have them, with torchvision's. They round differently.
 */

/**
 * Of [x, y, width, height]: |A ∩ B| / |A ∪ B| in 0..1, or |A ∩ B| / |A| where B is a crowd (COCO's measure for "inside the crowd").
 * a, b: [n, 4] with the box at row i, j. 0 for boxes that touch only, and for boxes of no or negative size.
 */
export function boxIou(a: Float64Array, i: number, b: Float64Array, j: number, isCrowd = false): number {
  const [p, q] = [4 * i, 4 * j];
  const [ax, ay, aw, ah] = [a[p]!, a[p + 1]!, a[p + 2]!, a[p + 3]!];
  const [bx, by, bw, bh] = [b[q]!, b[q + 1]!, b[q + 2]!, b[q + 3]!];
  const width = Math.min(aw + ax, bw + bx) - Math.max(ax, bx);
  if (!(width > 0)) return 0;
  const height = Math.min(ah + ay, bh + by) - Math.max(ay, by);
  if (!(height > 0)) return 0;
  const common = width * height;
  const area = aw * ah;
  return common / (isCrowd ? area : area + bw * bh - common);
}

/** Of x1, y1, x2, y2: |A ∩ B| / |A ∪ B| in 0..1 of row i of `a` and row j of `b`; 0 where both have no area. */
export function cornerIou(a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number): number {
  const [p, q] = [4 * i, 4 * j];
  const width = Math.min(a[p + 2]!, b[q + 2]!) - Math.max(a[p]!, b[q]!);
  const height = Math.min(a[p + 3]!, b[q + 3]!) - Math.max(a[p + 1]!, b[q + 1]!);
  if (width <= 0 || height <= 0) return 0;
  const common = width * height;
  const areaA = (a[p + 2]! - a[p]!) * (a[p + 3]! - a[p + 1]!);
  const areaB = (b[q + 2]! - b[q]!) * (b[q + 3]! - b[q + 1]!);
  return common / (areaA + areaB - common);
}
