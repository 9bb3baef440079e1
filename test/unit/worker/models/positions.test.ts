/** Matrices of position interpolation against torch's interpolate (float64). */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  interpolatePositions,
  interpolationMatrix,
  type Interpolation,
} from '../../../../src/worker/models/vit/positions';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';

interface Case {
  readonly from: number;
  readonly to: number;
  readonly method: Interpolation;
  /** [to, from] */
  readonly matrix: readonly number[];
}
const cases = JSON.parse(
  readFileSync(new URL('../../../golden/data/positions.json', import.meta.url), 'utf8'),
) as Case[];

describe('interpolation of positions equals torch', () => {
  it.each(cases)('$method, $from to $to', ({ from, to, method, matrix }) => {
    const own = interpolationMatrix(from, to, method);
    expect(Math.max(...matrix.map((value, i) => Math.abs(value - own[i]!)))).toBeLessThan(1e-7);
  });

  it('treats rows and columns apart, and leaves the native grid alone', async () => {
    await startRuntime('wasm');
    const grid = 3;
    const table = tf.tensor2d(
      Array.from({ length: 9 * 2 }, (_, i) => Math.sin(i)),
      [9, 2],
    );
    const values = [...(await table.data())];
    const [height, width] = [5, 2];
    const [down, across] = [interpolationMatrix(grid, height, 'bicubic'), interpolationMatrix(grid, width, 'bicubic')];
    const expected = Array.from({ length: height * width * 2 }, (_, at) => {
      const [c, j, i] = [at % 2, Math.floor(at / 2) % width, Math.floor(at / 2 / width)];
      let sum = 0;
      for (let a = 0; a < grid; a++)
        for (let b = 0; b < grid; b++)
          sum += down[i * grid + a]! * across[j * grid + b]! * values[(a * grid + b) * 2 + c]!;
      return sum;
    });
    const found = await interpolatePositions(table, { grid, height, width, method: 'bicubic' }).data();
    expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 5));
    expect(interpolatePositions(table, { grid, height: 3, width: 3, method: 'dino' })).toBe(table);
  });
});
