/** Occlusion grids against slow loops over pixels, figures of maps against closed cases. */
import { describe, expect, it } from 'vitest';
import { coveredShare, sampleMap, shareInBox } from '../../../../../src/shared/math/attribution/mapFigures';
import { averageDrops, hiddenParts, planOcclusion } from '../../../../../src/shared/math/attribution/occlusionGrid';
import { deriveRandom } from '../../../../../src/shared/random';

describe('an occlusion', () => {
  it.each([
    [14, 14, 7, 2],
    [20, 13, 6, 3],
    [9, 9, 4, 1],
  ])('of %i × %i px hides every cell equally often and never more than the image', (height, width, steps, window) => {
    const grid = planOcclusion({ height, width }, { steps, window });
    const parts = hiddenParts(grid, { height, width });
    const times = new Float64Array(height * width);
    for (const { left, top, right, bottom } of parts)
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) times[y * width + x]!++;
    expect(new Set(times)).toEqual(new Set([window ** 2]));
    expect(parts).toHaveLength((grid.rows + window - 1) * (grid.columns + window - 1));
    expect(grid.rows * grid.step).toBeGreaterThanOrEqual(height);
  });

  it('gives a cell the mean of what hiding it costs', () => {
    const [height, width] = [12, 10];
    const grid = planOcclusion({ height, width }, { steps: 4, window: 2 });
    const parts = hiddenParts(grid, { height, width });
    const random = deriveRandom(1, 'drops');
    const drops = parts.map(() => random.normal());
    const cells = averageDrops(drops, grid);
    for (let row = 0; row < grid.rows; row++)
      for (let column = 0; column < grid.columns; column++) {
        const [x, y] = [column * grid.step, row * grid.step];
        const own = drops.filter(
          (_, i) => parts[i]!.left <= x && x < parts[i]!.right && parts[i]!.top <= y && y < parts[i]!.bottom,
        );
        const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
        expect(cells[row * grid.columns + column]).toBeCloseTo(mean, 5);
      }
  });
});

describe('figures of a map', () => {
  it('count the share inside a box, cutting cells', () => {
    const map = { values: [1, 0, 0, 3, -5, 0, 0, 0, 0], height: 3, width: 3 };
    expect(shareInBox(map, [0, 0, 1, 1])).toBe(1);
    expect(shareInBox(map, [0, 0, 1, 1 / 3])).toBeCloseTo(1 / 4, 12);
    // Half of the first column: half of each of its cells.
    expect(shareInBox(map, [0, 0, 1 / 6, 1])).toBeCloseTo(1 / 2, 12);
    expect(shareInBox({ ...map, values: new Array(9).fill(-1) }, [0, 0, 1, 1])).toBe(0);
  });

  it('say how much is covered', () => {
    expect(coveredShare({ values: [0, 7, 0, 0] })).toBeCloseTo(1 / 4, 12);
    expect(coveredShare({ values: [2, 2, 2, 2] })).toBeCloseTo(1, 12);
    expect(coveredShare({ values: [2, 2, -9, 0] })).toBeCloseTo(1 / 2, 12);
    expect(coveredShare({ values: [0, -1] })).toBe(0);
  });

  it('sample a ramp at the middles of other cells', () => {
    const ramp = { values: [0.5, 1.5, 2.5, 3.5], height: 1, width: 4 };
    expect([...sampleMap(ramp, 1, 2)]).toEqual([1, 3]);
    expect([...sampleMap(ramp, 2, 8)].slice(1, 7)).toEqual([0.75, 1.25, 1.75, 2.25, 2.75, 3.25]);
  });
});
