import { describe, expect, it } from 'vitest';
import { compareSeeds, correctTogether, judgeDifference } from '../../../../../src/shared/views/report/compareSeeds';

const seeds = (values: readonly number[]) => values.map((value, seed) => ({ seed, value }));

describe('comparisons made together', () => {
  const base = seeds([0.1, 0.11, 0.12]);
  // The interval of the difference leaves out zero (p = 0.04), but only just.
  const close = compareSeeds(seeds([0.2, 0.24, 0.28]), base)!;
  const clear = compareSeeds(seeds([0.5, 0.511, 0.523]), base)!;

  it('need more than one that stands alone', () => {
    expect(close.pValue).toBeLessThan(0.05);
    expect(judgeDifference(close)).toBe('above');
    const noise = seeds([0.1, 0.12, 0.11]);
    const together = correctTogether([close, undefined, compareSeeds(noise, base), compareSeeds(noise, base), clear]);
    expect(together[0]!.adjustedP).toBeCloseTo(3 * close.pValue!, 12);
    expect(judgeDifference(together[0]!)).toBe('unclear');
    expect(judgeDifference(together[4]!)).toBe('above');
    expect(together[1]).toBeUndefined();
  });

  it('leave out those of a single seed', () => {
    const single = compareSeeds(seeds([0.9]), base)!;
    const [, second] = correctTogether([single, close]);
    expect(second!.adjustedP).toBe(close.pValue);
    expect(judgeDifference(single)).toBe('unclear');
  });
});
