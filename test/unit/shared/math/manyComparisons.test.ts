import { describe, expect, test } from 'vitest';
import { holmAdjusted } from '../../../../src/shared/math/manyComparisons';

describe('holmAdjusted', () => {
  test('multiplies the smallest by the number of all, the next by one less, and never falls', () => {
    // Holm 1979; the same as R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
    const adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((value, i) => expect(adjusted[i]).toBeCloseTo(value, 12));
  });

  test('leaves a single comparison alone, ends at 1 and keeps ties equal', () => {
    expect(holmAdjusted([0.2])).toEqual([0.2]);
    expect(holmAdjusted([0.6, 0.7])).toEqual([1, 1]);
    expect(holmAdjusted([0.01, 0.01])).toEqual([0.02, 0.02]);
    expect(holmAdjusted([])).toEqual([]);
  });

  test('rejects by the step-down rule of the paper', () => {
    const ps = [0.001, 0.012, 0.02, 0.04, 0.3];
    // Sorted p-values are compared with α/m, α/(m−1) … until one is too large.
    let rejected = 0;
    while (rejected < ps.length && ps[rejected]! <= 0.05 / (ps.length - rejected)) rejected++;
    expect(holmAdjusted(ps).filter((p) => p <= 0.05)).toHaveLength(rejected);
  });
});
