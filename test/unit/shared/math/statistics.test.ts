import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  normalQuantile,
  normalTwoSidedTail,
  studentQuantile,
  studentTwoSidedTail,
} from '../../../../src/shared/math/distributions';
import {
  mean,
  meanInterval,
  pairedDifference,
  quantileOfSorted,
  standardDeviation,
} from '../../../../src/shared/math/statistics';

interface Golden {
  quantiles: { degrees: number; probability: number; t: number }[];
  tails: { degrees: number; t: number; tail: number }[];
  normal: { probability: number; z: number }[];
  normalTails: { z: number; tail: number }[];
  pairs: {
    a: number[];
    b: number[];
    meanA: number;
    sdA: number;
    interval90A: [number, number];
    difference: number;
    interval95: [number, number];
    pValue: number;
  }[];
  values: number[];
  quantilesOfValues: { q: number; value: number }[];
}

const golden = JSON.parse(readFileSync('test/golden/data/statistics.json', 'utf8')) as Golden;

function expectRelative(actual: number, expected: number, tolerance: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.max(1e-300, Math.abs(expected)));
}

describe('distributions', () => {
  it('has the t quantiles of scipy', () => {
    for (const { degrees, probability, t } of golden.quantiles) {
      if (probability === 0.5) expect(studentQuantile(0.5, degrees)).toBeCloseTo(0, 12);
      else expectRelative(studentQuantile(probability, degrees), t, 1e-10);
    }
  });

  it('has the t tails of scipy, down to very small ones', () => {
    for (const { degrees, t, tail } of golden.tails) expectRelative(studentTwoSidedTail(t, degrees), tail, 1e-11);
    expect(studentTwoSidedTail(0, 5)).toBe(1);
    expect(studentTwoSidedTail(-2, 5)).toBe(studentTwoSidedTail(2, 5));
  });

  it('has the normal quantiles and tails of scipy', () => {
    for (const { probability, z } of golden.normal) {
      if (probability === 0.5) expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
      else expectRelative(normalQuantile(probability), z, 1e-10);
    }
    for (const { z, tail } of golden.normalTails) expectRelative(normalTwoSidedTail(z), tail, 1e-11);
  });
});

describe('meanInterval and pairedDifference', () => {
  it('agree with scipy', () => {
    for (const pair of golden.pairs) {
      const interval = meanInterval(pair.a, 0.9);
      expectRelative(interval.mean, pair.meanA, 1e-14);
      expectRelative(interval.sd!, pair.sdA, 1e-12);
      expectRelative(interval.mean - interval.halfWidth!, pair.interval90A[0], 1e-10);
      expectRelative(interval.mean + interval.halfWidth!, pair.interval90A[1], 1e-10);
      const difference = pairedDifference(pair.a, pair.b);
      expectRelative(difference.mean, pair.difference, 1e-12);
      expect(difference.mean - difference.halfWidth!).toBeCloseTo(pair.interval95[0], 10);
      expect(difference.mean + difference.halfWidth!).toBeCloseTo(pair.interval95[1], 10);
      expectRelative(difference.pValue!, pair.pValue, 1e-9);
    }
  });

  it('give no interval for one value', () => {
    expect(meanInterval([0.4])).toEqual({ n: 1, mean: 0.4, level: 0.95 });
    expect(pairedDifference([0.4], [0.1]).pValue).toBeUndefined();
    expect(Number.isNaN(mean([]))).toBe(true);
    expect(Number.isNaN(standardDeviation([1]))).toBe(true);
  });

  it('handle equal differences', () => {
    expect(pairedDifference([1, 2], [1, 2])).toMatchObject({ mean: 0, halfWidth: 0, pValue: 1 });
    expect(pairedDifference([3, 4], [1, 2])).toMatchObject({ mean: 2, halfWidth: 0, pValue: 0 });
    expect(() => pairedDifference([1], [1, 2])).toThrow(/internal/);
  });
});

describe('quantileOfSorted', () => {
  it('takes quantiles as numpy does', () => {
    const sorted = Float64Array.from(golden.values).sort();
    for (const { q, value } of golden.quantilesOfValues) expect(quantileOfSorted(sorted, q)).toBeCloseTo(value, 12);
  });
});
