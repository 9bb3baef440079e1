/** Numbers that say how a map of attributions lies on its image. */

export interface PlacedMap {
  /** [height, width]; stretched over the image. */
  readonly values: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
}

/** Left, top, right, bottom as shares of the image, 0..1. */
export type PlacedBox = readonly [number, number, number, number];

/** Share of the positive values that lies inside a box, cells cut where the box cuts them; 0..1, 0 where nothing is positive. */
export function shareInBox({ values, height, width }: PlacedMap, [left, top, right, bottom]: PlacedBox): number {
  const overlap = (cell: number, count: number, from: number, to: number) =>
    Math.max(0, Math.min((cell + 1) / count, to) - Math.max(cell / count, from)) * count;
  let [inside, all] = [0, 0];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const value = Math.max(0, values[row * width + column]!);
      all += value;
      inside += value * overlap(row, height, top, bottom) * overlap(column, width, left, right);
    }
  return all > 0 ? inside / all : 0;
}

/** Share of the image that a map speaks of: exp of the entropy of its positive values by their number, in (0, 1]; 0 for none. */
export function coveredShare({ values }: Pick<PlacedMap, 'values'>): number {
  let all = 0;
  for (let i = 0; i < values.length; i++) all += Math.max(0, values[i]!);
  if (!(all > 0)) return 0;
  let entropy = 0;
  for (let i = 0; i < values.length; i++) {
    const share = Math.max(0, values[i]!) / all;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy) / values.length;
}

/** The map at the middles of the cells of another grid, bilinear between the middles of its own. */
export function sampleMap(map: PlacedMap, rows: number, columns: number): Float32Array {
  const sampled = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const [top, bottom, y] = between(((row + 0.5) / rows) * map.height - 0.5, map.height);
    for (let column = 0; column < columns; column++) {
      const [left, right, x] = between(((column + 0.5) / columns) * map.width - 0.5, map.width);
      const at = (i: number, j: number) => map.values[i * map.width + j]!;
      const upper = at(top, left) * (1 - x) + at(top, right) * x;
      const lower = at(bottom, left) * (1 - x) + at(bottom, right) * x;
      sampled[row * columns + column] = upper * (1 - y) + lower * y;
    }
  }
  return sampled;
}

/** The two cells around a position and the share of the second; the first or last alone beyond the edges. */
function between(position: number, count: number): [number, number, number] {
  const inside = Math.max(0, Math.min(count - 1, position));
  const low = Math.floor(inside);
  return [low, Math.min(count - 1, low + 1), inside - low];
}
