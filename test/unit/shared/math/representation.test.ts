/** Embedding diagnostics against PyTorch and closed forms; eigenvalues against ml-matrix. */
import { EigenvalueDecomposition, Matrix as MlMatrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { rankMe, singularValues, symmetricEigenvalues } from '../../../../src/shared/math/rank';
import type { Matrix } from '../../../../src/shared/math/rank';
import {
  alignment,
  collapseWarning,
  embeddingSpread,
  positiveAccuracy,
  uniformity,
} from '../../../../src/shared/math/representation';
import { deriveRandom } from '../../../../src/shared/random';
import golden from '../../../golden/data/objectives-embeddings.json';

const matrix = (values: readonly number[], [rows, columns]: readonly number[]): Matrix => ({
  data: Float64Array.from(values),
  rows: rows!,
  columns: columns!,
});
const repeat = (row: readonly number[], rows: number) =>
  matrix(Array.from({ length: rows }, () => row).flat(), [rows, row.length]);
const gaussian = (rows: number, columns: number) => {
  const random = deriveRandom(11, 'representation-test', rows, columns);
  return matrix(
    Array.from({ length: rows * columns }, () => random.normal()),
    [rows, columns],
  );
};

describe('alignment and uniformity', () => {
  const [a, b] = [matrix(golden.a, golden.shape), matrix(golden.b, golden.shape)];
  it('equal PyTorch', () => {
    expect(alignment(a, b)).toBeCloseTo(golden.alignment2, 7);
    expect(alignment(a, b, 1)).toBeCloseTo(golden.alignment1, 7);
    expect(uniformity(a)).toBeCloseTo(golden.uniformity2, 7);
    expect(uniformity(a, 3)).toBeCloseTo(golden.uniformity3, 7);
  });
  it('have their closed forms', () => {
    expect(alignment(a, a)).toBe(0);
    expect(alignment(matrix([1, 0], [1, 2]), matrix([-1, 0], [1, 2]), 2)).toBe(4);
    expect(uniformity(repeat([0.6, 0.8], 5))).toBe(0);
    expect(uniformity(matrix([1, 0, -1, 0], [2, 2]), 2)).toBeCloseTo(-8, 12);
  });
});

describe('rankMe', () => {
  it.each(golden.matrices.map((given, i) => [i, given] as const))('equals PyTorch: matrix %i', (_, given) => {
    const values = matrix(given.data, given.shape);
    const sigma = singularValues(values);
    const largest = given.singularValues[0]!;
    given.singularValues.forEach((expected, i) => expect(Math.abs(sigma[i]! - expected)).toBeLessThan(1e-6 * largest));
    expect(Math.abs(rankMe(values) / given.rankMe - 1)).toBeLessThan(1e-5);
  });
  it('is 1 for parallel embeddings and D for an orthonormal set', () => {
    expect(rankMe(repeat([1, 2, 3], 8))).toBeCloseTo(1, 4);
    expect(rankMe(matrix([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]))).toBeCloseTo(3, 4);
    expect(rankMe(matrix([0, 0, 0, 0], [2, 2]))).toBe(0);
    expect(rankMe(matrix([0, NaN, 0, 0], [2, 2]))).toBeNaN();
  });
  it('does not change when the embeddings are scaled or transposed', () => {
    const given = gaussian(9, 20);
    const scaled = { ...given, data: given.data.map((value) => value * 1e-5) };
    const turned = matrix(
      Array.from({ length: 180 }, (_, i) => given.data[(i % 9) * 20 + Math.floor(i / 9)]!),
      [20, 9],
    );
    expect(rankMe(scaled)).toBeCloseTo(rankMe(given), 9);
    expect(rankMe(turned)).toBeCloseTo(rankMe(given), 9);
  });
});

describe('symmetricEigenvalues', () => {
  it.each([1, 2, 3, 17, 60])('equals ml-matrix: %i', (n) => {
    const { data } = gaussian(n, n);
    const symmetric = Float64Array.from(data, (value, i) => value + data[(i % n) * n + Math.floor(i / n)]!);
    const rows = Array.from({ length: n }, (_, i) => Array.from(symmetric.slice(i * n, (i + 1) * n)));
    const expected = new EigenvalueDecomposition(new MlMatrix(rows)).realEigenvalues.sort((x, y) => x - y);
    symmetricEigenvalues(symmetric, n).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 9));
  });
  it('copes with diagonal, zero and repeated eigenvalues', () => {
    expect(Array.from(symmetricEigenvalues(Float64Array.from([3, 0, 0, 0, 1, 0, 0, 0, 2]), 3))).toEqual([1, 2, 3]);
    expect(Array.from(symmetricEigenvalues(new Float64Array(16), 4))).toEqual([0, 0, 0, 0]);
    const ones = symmetricEigenvalues(new Float64Array(25).fill(1), 5);
    [0, 0, 0, 0, 5].forEach((value, i) => expect(ones[i]).toBeCloseTo(value, 12));
  });
  it('copes with embeddings that have collapsed to a point, whatever noise is left', () => {
    for (const noise of [1e-3, 1e-6, 1e-8, 1e-12, 0]) {
      const { data } = gaussian(256, 256);
      // All rows are (1, 1, 0, 0, 1, 1, …) and noise.
      const collapsed = data.map((value, i) => (i % 4 < 2 ? 1 + noise * value : 0));
      const values = singularValues({ data: collapsed, rows: 256, columns: 256 });
      const frobenius = Math.hypot(...collapsed);
      expect(Math.hypot(...values) / frobenius).toBeCloseTo(1, 12);
      expect(values[0]! / frobenius).toBeCloseTo(1, 5);
      expect(rankMe({ data: collapsed, rows: 256, columns: 256 })).toBeLessThan(1 + 300 * noise + 0.1);
    }
  });
  it('refuses numbers that are none', () => {
    expect(() => symmetricEigenvalues(Float64Array.from([1, NaN, NaN, 1]), 2)).toThrow(/converge/);
  });
});

describe('embeddingSpread', () => {
  it('equals PyTorch on embeddings that are not normalised', () => {
    const low = golden.matrices[1]!;
    expect(embeddingSpread(matrix(low.data, low.shape))).toBeCloseTo(golden.spread, 7);
  });
  it('is 0 at a point and about 1 when evenly spread', () => {
    expect(embeddingSpread(repeat([3, 4], 6))).toBeCloseTo(0, 7);
    expect(embeddingSpread(gaussian(2000, 16))).toBeCloseTo(1, 1);
  });
});

describe('positiveAccuracy', () => {
  it('counts strict wins', () => {
    expect(positiveAccuracy([1, 2, 3, 4], [0, 2, 5, -1])).toBe(0.5);
  });
});

describe('collapseWarning', () => {
  const healthy = { rankMe: 60, spread: 0.9, dimension: 128, samples: 512 };
  it('is silent on spread-out embeddings', () => {
    const given = gaussian(256, 32);
    const signs = { rankMe: rankMe(given), spread: embeddingSpread(given), dimension: 32, samples: 256 };
    expect(collapseWarning(signs)).toBeUndefined();
    expect(collapseWarning(healthy)).toBeUndefined();
  });
  it('speaks about a point, a line and numbers that are none', () => {
    expect(collapseWarning({ ...healthy, spread: 0.01 })).toMatch(/collapse to a point: their spread is 1.0 %/);
    expect(collapseWarning({ ...healthy, rankMe: 1.3 })).toMatch(/use 1.3 of 128 dimensions/);
    expect(collapseWarning({ ...healthy, rankMe: NaN })).toMatch(/not finite/);
  });
});
