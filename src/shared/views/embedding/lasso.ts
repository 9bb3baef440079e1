/** Which points of a map lie inside what was drawn around them, and where the keyboard goes from one. Pure geometry. */
import type { PointGrid, Rectangle } from './pointGrid';

export type Point = readonly [x: number, y: number];

/** Points inside the closed outline by the even-odd rule, ascending; none of fewer than three corners. */
export function pointsInOutline(at: Float32Array, grid: PointGrid, outline: readonly Point[]): number[] {
  if (outline.length < 3) return [];
  const found: number[] = [];
  grid.visit(outlineBounds(outline), (point) => {
    if (isInside(outline, at[2 * point]!, at[2 * point + 1]!)) found.push(point);
  });
  return found.sort((a, b) => a - b);
}

/** Points in the rectangle of two opposite corners, ascending. */
export function pointsInRectangle(grid: PointGrid, [x, y]: Point, [u, v]: Point): number[] {
  const found: number[] = [];
  const box = { left: Math.min(x, u), right: Math.max(x, u), top: Math.min(y, v), bottom: Math.max(y, v) };
  grid.visit(box, (point) => found.push(point));
  return found.sort((a, b) => a - b);
}

/** Whether a ray to the right crosses the outline an odd number of times. */
function isInside(outline: readonly Point[], x: number, y: number): boolean {
  let isOdd = false;
  let [px, py] = outline.at(-1)!;
  for (const [qx, qy] of outline) {
    if (qy > y !== py > y && x < ((px - qx) * (y - qy)) / (py - qy) + qx) isOdd = !isOdd;
    [px, py] = [qx, qy];
  }
  return isOdd;
}

function outlineBounds(outline: readonly Point[]): Rectangle {
  const [xs, ys] = [outline.map(([x]) => x), outline.map(([, y]) => y)];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/** px, y downwards. */
export const directions = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
} as const satisfies Readonly<Record<string, Point>>;
export type Direction = keyof typeof directions;

/**
 * The accepted point that an arrow key leads to: within 45° of the direction, with the least distance along it plus twice the
 * distance beside it. Undefined at the rim.
 */
export function pointTowards(
  at: Float32Array,
  from: number,
  direction: Direction,
  accepts: (point: number) => boolean,
): number | undefined {
  const [dx, dy] = directions[direction];
  const [x, y] = [at[2 * from]!, at[2 * from + 1]!];
  let best: number | undefined;
  let least = Infinity;
  for (let point = 0; 2 * point < at.length; point++) {
    const [right, down] = [at[2 * point]! - x, at[2 * point + 1]! - y];
    const along = right * dx + down * dy;
    const beside = Math.abs(right * dy) + Math.abs(down * dx);
    const cost = along + 2 * beside;
    // NaN, of points that are nowhere, is never smaller.
    if (!(along > 0 && beside <= along && cost < least) || point === from || !accepts(point)) continue;
    [best, least] = [point, cost];
  }
  return best;
}
