import { describe, expect, it } from 'vitest';
import { applyStandardization, fitCentering, fitStandardization } from '../../../../src/worker/transfer/standardize';

describe('standardize', () => {
  it('gives mean 0 and deviation 1, and 0 for constant features', () => {
    // Columns: 1, 3 (mean 2, population deviation 1); a constant that float32 cannot hold; 0.
    const values = new Float32Array([1, 0.1, 0, 3, 0.1, 0]);
    const fitted = fitStandardization(values, 2, 3);
    expect([...applyStandardization(values, fitted)]).toEqual([-1, 0, 0, 1, 0, 0]);
    // Test values of a constant feature say nothing either.
    expect([...applyStandardization(new Float32Array([2, 5, 9]), fitted)]).toEqual([0, 0, 0]);
  });

  it('keeps tiny and shifted features that do vary', () => {
    const values = new Float32Array([1e-20, 1000, 3e-20, 1001]);
    const result = applyStandardization(values, fitStandardization(values, 2, 2));
    [-1, -1, 1, 1].forEach((expected, i) => expect(result[i]).toBeCloseTo(expected, 5));
  });

  it('centres without scaling', () => {
    const values = new Float32Array([1, 10, 3, 30]);
    expect([...applyStandardization(values, fitCentering(values, 2, 2))]).toEqual([-1, -10, 1, 10]);
  });
});
