/** Intersection over union of boxes [x, y, width, height]; the arithmetic of pycocotools' bbIou, operation by operation. */

/**
 * |A ∩ B| / |A ∪ B| in 0..1, or |A ∩ B| / |A| where B is a crowd (COCO's measure for "inside the crowd").
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
