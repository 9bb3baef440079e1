/** Directions against the full eigendecomposition, rotations against known ones, fields against closed cases. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { effectiveField } from '../../../../../src/shared/math/activations/effectiveField';
import { rotatePoints, rotationOnto } from '../../../../../src/shared/math/activations/rotateOnto';
import { topDirections } from '../../../../../src/shared/math/activations/topDirections';
import { deriveRandom } from '../../../../../src/shared/random';

function randomCovariance(side: number, rank: number): Matrix {
  const random = deriveRandom(2, 'covariance', side);
  const rows = Array.from({ length: rank }, (_, r) =>
    Array.from({ length: side }, () => (random.normal() * 4) / (1 + r)),
  );
  const x = new Matrix(rows);
  return x.transpose().mmul(x);
}

const productOf = (matrix: Matrix) => ({
  side: matrix.rows,
  multiply: (block: Float64Array, columns: number) =>
    Float64Array.from(matrix.mmul(Matrix.from1DArray(matrix.rows, columns, block)).to1DArray()),
});

describe('largest directions', () => {
  it.each([
    [40, 40],
    [60, 5],
    [3, 3],
  ])('of side %i and rank %i are those of the full decomposition', (side, rank) => {
    const matrix = randomCovariance(side, rank);
    const { vectors, values, count } = topDirections(productOf(matrix), 3);
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
    expect(count).toBe(3);
    for (let k = 0; k < count; k++) {
      const place = side - 1 - k;
      expect(values[k]! / realEigenvalues[place]!).toBeCloseTo(1, 6);
      const ours = Array.from({ length: side }, (_, r) => vectors[r * count + k]!);
      const overlap = ours.reduce((sum, value, r) => sum + value * eigenvectorMatrix.get(r, place), 0);
      expect(Math.abs(overlap)).toBeGreaterThan(1 - 1e-6);
      const largest = ours.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
      expect(largest).toBeGreaterThan(0);
    }
  });

  it('of nothing at all are orthonormal', () => {
    const { vectors, values } = topDirections(productOf(Matrix.zeros(12, 12)), 3);
    expect([...values]).toEqual([0, 0, 0]);
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++) {
        let sum = 0;
        for (let r = 0; r < 12; r++) sum += vectors[r * 3 + i]! * vectors[r * 3 + j]!;
        expect(sum).toBeCloseTo(i === j ? 1 : 0, 9);
      }
  });
});

it('a rotation with a mirror is found from points', () => {
  const random = deriveRandom(5, 'rotation');
  const points = Array.from({ length: 60 }, () => random.normal());
  const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
  const known = Float64Array.from([c, -s, 0, s, c, 0, 0, 0, -1]);
  const turned = rotatePoints(points, known, 3);
  const found = rotationOnto(points, turned, 3);
  found.forEach((value, i) => expect(value).toBeCloseTo(known[i]!, 5));
});

describe('effective field', () => {
  const size = 9;
  const place = (x: number, y: number, value: number): Float64Array => {
    const energy = new Float64Array(size * size);
    energy[y * size + x] = value;
    return energy;
  };
  const middle = { centre: [4.5, 4.5] as const, share: 0.9 };

  it('is one pixel where all lies in the middle, and reaches to where the energy is', () => {
    expect(effectiveField(place(4, 4, 3), size, middle)).toBe(1);
    expect(effectiveField(place(6, 4, 3), size, middle)).toBe(5);
    expect(effectiveField(place(4, 4, 3), size, { ...middle, centre: [4, 4] })).toBe(2);
    expect(effectiveField(new Float64Array(size * size), size, middle)).toBe(0);
  });

  it('holds the share of an even square', () => {
    // 90 % of 81 even pixels: 7 × 7 holds 60 %, only the whole holds more than 90 %.
    expect(effectiveField(new Float64Array(81).fill(1), size, middle)).toBe(9);
    expect(effectiveField(new Float64Array(81).fill(1), size, { ...middle, share: 49 / 81 })).toBe(7);
  });
});
