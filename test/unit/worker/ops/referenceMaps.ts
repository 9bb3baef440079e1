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

export interface ReferenceRegion {
  /** x1, y1, x2, y2 in px of the map. */
  readonly box: readonly [number, number, number, number];
  readonly side: number;
  readonly channels: number;
  readonly bins: number;
  readonly aligned: boolean;
  /** Samples a side of a bin; 0: as many as it has pixels, rounded up. */
  readonly sampling: number;
  /** Which image of the map; the first unless given. */
  readonly image?: number;
}

/**
 * One region of a map [N, side, side, channels]: the mean of regularly spaced points a bin, each bilinear. Points over a pixel
 * beyond the border count as 0, the others there as the border's.
 */
export function roiAlign(x: Numbers, region: ReferenceRegion): number[] {
  const { side, channels, bins, aligned, sampling, image = 0 } = region;
  const [x1, y1, x2, y2] = region.box.map((edge) => edge - (aligned ? 0.5 : 0)) as [number, number, number, number];
  const least = aligned ? 0 : 1;
  const [wide, tall] = [Math.max(x2 - x1, least), Math.max(y2 - y1, least)];
  const [across, down] = [sampling || Math.ceil(wide / bins), sampling || Math.ceil(tall / bins)];
  const pixel = (row: number, column: number, c: number) => x[((image * side + row) * side + column) * channels + c]!;
  const at = (row: number, column: number, c: number): number => {
    if ([row, column].some((place) => place < -1 || place > side)) return 0;
    const [v, u] = [row, column].map((place) => Math.min(Math.max(place, 0), side - 1)) as [number, number];
    const [top, left] = [Math.floor(v), Math.floor(u)];
    const [bottom, right] = [Math.min(top + 1, side - 1), Math.min(left + 1, side - 1)];
    const along = (line: number) => (left + 1 - u) * pixel(line, left, c) + (u - left) * pixel(line, right, c);
    return (top + 1 - v) * along(top) + (v - top) * along(bottom);
  };
  const y: number[] = [];
  for (let p = 0; p < bins; p++)
    for (let q = 0; q < bins; q++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let a = 0; a < down; a++)
          for (let b = 0; b < across; b++)
            sum += at(y1 + ((p + (a + 0.5) / down) * tall) / bins, x1 + ((q + (b + 0.5) / across) * wide) / bins, c);
        y.push(sum / Math.max(1, down * across));
      }
  return y;
}
