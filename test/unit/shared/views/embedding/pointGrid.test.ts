/** Nearest points, rectangles, lassos and arrow keys on a map, against asking every point. */
import { polygonContains } from 'd3';
import { describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../../src/shared/random';
import {
  directions,
  pointsInOutline,
  pointsInRectangle,
  pointTowards,
  type Direction,
  type Point,
} from '../../../../../src/shared/views/embedding/lasso';
import { PointGrid } from '../../../../../src/shared/views/embedding/pointGrid';

const random = deriveRandom(3, 'point-grid-test');

/** Clumps, lone points, doubles, and some that are nowhere. */
function makePoints(count: number): Float32Array {
  return Float32Array.from({ length: 2 * count }, (_, i) => {
    if (Math.floor(i / 2) % 17 === 5) return Number.NaN;
    if (Math.floor(i / 2) % 11 === 3) return 0.25;
    return random.normal() * (Math.floor(i / 2) % 5 === 0 ? 3 : 0.3);
  });
}

function indices(at: Float32Array): number[] {
  return Array.from({ length: at.length / 2 }, (_, i) => i).filter((i) => !Number.isNaN(at[2 * i]!));
}

describe('a grid of points', () => {
  const at = makePoints(1200);
  const grid = new PointGrid(at);
  const all = indices(at);

  it('finds the nearest point that is accepted, the first of equally near ones', () => {
    const square = (i: number, x: number, y: number): number => (at[2 * i]! - x) ** 2 + (at[2 * i + 1]! - y) ** 2;
    for (let trial = 0; trial < 400; trial++) {
      const [x, y, radius] = [random.normal() * 3, random.normal() * 3, 0.05 + random.uniform()];
      const accepts = (i: number): boolean => i % 3 !== trial % 3;
      const near = all.filter((i) => accepts(i) && square(i, x, y) <= radius * radius);
      const best = near.sort((a, b) => square(a, x, y) - square(b, x, y) || a - b)[0];
      expect(grid.nearest(x, y, radius, accepts)).toBe(best);
    }
    expect(grid.nearest(0.25, 0.25, 0, () => true)).toBe(3);
  });

  it('finds those in a rectangle, whatever its corners', () => {
    for (let trial = 0; trial < 100; trial++) {
      const a: Point = [random.normal(), random.normal()];
      const b: Point = [random.normal(), random.normal()];
      const inside = (value: number, from: number, to: number): boolean =>
        value >= Math.min(from, to) && value <= Math.max(from, to);
      const wanted = all.filter((i) => inside(at[2 * i]!, a[0], b[0]) && inside(at[2 * i + 1]!, a[1], b[1]));
      expect(pointsInRectangle(grid, a, b)).toEqual(wanted);
    }
  });

  it('finds those in a lasso that crosses itself, as d3 does', () => {
    for (let trial = 0; trial < 60; trial++) {
      const outline = Array.from({ length: 3 + (trial % 9) }, (): [number, number] => [
        random.normal() * 1.5,
        random.normal() * 1.5,
      ]);
      const wanted = all.filter((i) => polygonContains(outline, [at[2 * i]!, at[2 * i + 1]!]));
      expect(pointsInOutline(at, grid, outline)).toEqual(wanted);
    }
    const line: Point[] = [
      [0, 0],
      [1, 1],
    ];
    expect(pointsInOutline(at, grid, line)).toEqual([]);
  });

  it('goes where an arrow key points, and back to somewhere near', () => {
    for (const from of all.slice(0, 60)) {
      for (const name of Object.keys(directions) as Direction[]) {
        const [dx, dy] = directions[name];
        const next = pointTowards(at, from, name, () => true);
        const ahead = all.filter((i) => {
          const [x, y] = [at[2 * i]! - at[2 * from]!, at[2 * i + 1]! - at[2 * from + 1]!];
          const along = x * dx + y * dy;
          return along > 0 && Math.abs(x * dy) + Math.abs(y * dx) <= along;
        });
        if (next === undefined) expect(ahead).toEqual([]);
        else expect(ahead).toContain(next);
      }
    }
  });

  it('bears maps of one point, of points in one place and of none', () => {
    const one = new PointGrid(Float32Array.of(2, 3));
    expect(one.nearest(2.1, 3, 0.2, () => true)).toBe(0);
    const same = new PointGrid(new Float32Array(200).fill(1));
    expect(pointsInRectangle(same, [0, 0], [2, 2])).toHaveLength(100);
    const line = new PointGrid(Float32Array.from({ length: 200 }, (_, i) => (i % 2 ? 0 : i)));
    expect(line.nearest(100, 0.4, 1, () => true)).toBe(50);
    const none = new PointGrid(Float32Array.of(Number.NaN, Number.NaN));
    expect(none.nearest(0, 0, 9, () => true)).toBeUndefined();
  });
});
