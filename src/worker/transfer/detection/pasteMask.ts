/**
 * A small square of probabilities, as mask heads give them, drawn into its box of the image: bilinear between the centres
 * of the square's cells, zero outside it, object where it is at least ½ (He et al. 2017, arXiv 1703.06870, section 3;
 * the sampling of detectron2's paste_masks_in_image).
 */

export interface PastePlace {
  /** x1, y1, x2, y2, px */
  readonly box: readonly [number, number, number, number];
  /** Of the image, px. */
  readonly width: number;
  readonly height: number;
}

/** values: [size, size] in 0..1. Returns [height, width], row-major: 1 is object. */
export function pasteMask(values: Float32Array, size: number, { box, width, height }: PastePlace): Uint8Array {
  const bits = new Uint8Array(height * width);
  const [x1, y1, x2, y2] = box;
  if (!(x2 > x1 && y2 > y1)) return bits;
  const [left, right] = [Math.max(0, Math.floor(x1) - 1), Math.min(width, Math.ceil(x2) + 1)];
  const [top, bottom] = [Math.max(0, Math.floor(y1) - 1), Math.min(height, Math.ceil(y2) + 1)];
  const at = (row: number, column: number) =>
    row < 0 || column < 0 || row >= size || column >= size ? 0 : values[row * size + column]!;
  for (let y = top; y < bottom; y++) {
    const v = ((y + 0.5 - y1) / (y2 - y1)) * size - 0.5;
    const row = Math.floor(v);
    for (let x = left; x < right; x++) {
      const u = ((x + 0.5 - x1) / (x2 - x1)) * size - 0.5;
      const column = Math.floor(u);
      const [a, b] = [u - column, v - row];
      const upper = (1 - a) * at(row, column) + a * at(row, column + 1);
      const lower = (1 - a) * at(row + 1, column) + a * at(row + 1, column + 1);
      if ((1 - b) * upper + b * lower >= 0.5) bits[y * width + x] = 1;
    }
  }
  return bits;
}
