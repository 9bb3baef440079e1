/** Operations on feature maps in float64, straight from their definitions: what opsTable.ts compares with. */
import type { Numbers } from './referenceOps';

/** x: [count, pixels, channels]. */
export function groupNorm(
  [x, gamma, beta]: readonly Numbers[],
  { count, pixels, groups }: { count: number; pixels: number; groups: number },
): number[] {
  const channels = gamma!.length;
  const size = channels / groups;
  const y = new Array<number>(x!.length).fill(0);
  for (let n = 0; n < count; n++) {
    for (let g = 0; g < groups; g++) {
      const places: number[] = [];
      for (let p = 0; p < pixels; p++)
        for (let c = g * size; c < (g + 1) * size; c++) places.push((n * pixels + p) * channels + c);
      const mean = places.reduce((sum, at) => sum + x![at]!, 0) / places.length;
      const variance = places.reduce((sum, at) => sum + (x![at]! - mean) ** 2, 0) / places.length;
      for (const at of places)
        y[at] = ((x![at]! - mean) / Math.sqrt(variance + 1e-5)) * gamma![at % channels]! + beta![at % channels]!;
    }
  }
  return y;
}

/** x: [1, from, from, channels] → [1, to, to, channels]. */
export function resizeNearest(x: Numbers, shape: { from: number; to: number; channels: number }): number[] {
  const { from, to, channels } = shape;
  const y: number[] = [];
  for (let i = 0; i < to; i++)
    for (let j = 0; j < to; j++)
      for (let c = 0; c < channels; c++) {
        const [row, column] = [Math.floor((i * from) / to), Math.floor((j * from) / to)];
        y.push(x[(row * from + column) * channels + c]!);
      }
  return y;
}

/** x: [1, h, w, channels] → [1, H, W, channels], every output written as the mix of four inputs. */
export function resizeBilinear(
  x: Numbers,
  shape: { from: readonly [number, number]; to: readonly [number, number]; channels: number },
): number[] {
  const { from, to, channels } = shape;
  const place = (i: number, axis: 0 | 1) => {
    const centre = Math.max(0, ((i + 0.5) * from[axis]) / to[axis] - 0.5);
    const first = Math.floor(centre);
    return { first, next: Math.min(first + 1, from[axis] - 1), share: centre - first };
  };
  const y: number[] = [];
  for (let i = 0; i < to[0]; i++)
    for (let j = 0; j < to[1]; j++)
      for (let c = 0; c < channels; c++) {
        const [row, column] = [place(i, 0), place(j, 1)];
        const at = (a: number, b: number) => x[(a * from[1] + b) * channels + c]!;
        const along = (a: number) => (1 - column.share) * at(a, column.first) + column.share * at(a, column.next);
        y.push((1 - row.share) * along(row.first) + row.share * along(row.next));
      }
  return y;
}

/**
 * One region of one map [1, side, side, channels]: the mean of sampling² points a bin, each bilinear, for regions whose
 * points all lie on the map.
 */
export function roiAlign(
  x: Numbers,
  region: {
    box: readonly [number, number, number, number];
    side: number;
    channels: number;
    bins: number;
    shift: number;
  },
): number[] {
  const { box, side, channels, bins, shift } = region;
  const sampling = 2;
  const [x1, y1, x2, y2] = box.map((edge) => edge - shift) as [number, number, number, number];
  const at = (row: number, column: number, c: number): number => {
    const [top, left] = [Math.floor(row), Math.floor(column)];
    const [v, u] = [row - top, column - left];
    const pixel = (i: number, j: number) => x[(Math.min(i, side - 1) * side + Math.min(j, side - 1)) * channels + c]!;
    return (
      (1 - v) * ((1 - u) * pixel(top, left) + u * pixel(top, left + 1)) +
      v * ((1 - u) * pixel(top + 1, left) + u * pixel(top + 1, left + 1))
    );
  };
  const y: number[] = [];
  for (let p = 0; p < bins; p++)
    for (let q = 0; q < bins; q++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let a = 0; a < sampling; a++)
          for (let b = 0; b < sampling; b++)
            sum += at(
              y1 + ((p + (a + 0.5) / sampling) * (y2 - y1)) / bins,
              x1 + ((q + (b + 0.5) / sampling) * (x2 - x1)) / bins,
              c,
            );
        y.push(sum / sampling ** 2);
      }
  return y;
}
