/** The regression of landmarks against scikit-learn's Ridge, over rows and over features, with targets that are not known. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import { solveRidge } from '../../../../../src/worker/transfer/landmarks/ridge';

interface RidgeCase {
  readonly name: string;
  readonly dimension: number;
  readonly l2: number;
  readonly x: number[];
  readonly y: number[];
  readonly known: number[];
  readonly test: number[];
  readonly predicted: number[];
}
const { ridge } = JSON.parse(readFileSync('test/golden/data/landmarks.json', 'utf8')) as { ridge: RidgeCase[] };

beforeAll(() => startRuntime('wasm'));

const solve = ({ dimension, l2, x, y, known, test }: RidgeCase) =>
  solveRidge({
    train: Float32Array.from(x),
    test: Float32Array.from(test),
    wanted: Float32Array.from(y),
    known: Float32Array.from(known),
    targets: 4,
    ...{ dimension, l2 },
    breathe: async () => {},
  });

describe('ridge regression', () => {
  it.each(ridge)('predicts as scikit-learn: $name', async (golden) => {
    const before = tf.memory().numTensors;
    const found = await solve(golden);
    expect(found).toHaveLength(golden.predicted.length);
    golden.predicted.forEach((value, i) =>
      expect(Math.abs(found[i]! - value)).toBeLessThan(2e-5 * (1 + Math.abs(value))),
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does not look at targets that are not known', async () => {
    const [golden] = ridge;
    const spoilt = { ...golden!, y: golden!.y.map((value, i) => (golden!.known[i] === 1 ? value : 1e6)) };
    expect(await solve(spoilt)).toEqual(await solve(golden!));
  });

  it('refuses a landmark that no picture shows', async () => {
    const [golden] = ridge;
    await expect(solve({ ...golden!, known: golden!.known.map((_, i) => (i % 4 < 2 ? 1 : 0)) })).rejects.toThrow(
      /a landmark is never visible/,
    );
  });
});
