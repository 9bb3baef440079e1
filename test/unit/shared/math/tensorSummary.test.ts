import { describe, expect, it } from 'vitest';
import { deadChannels, summarise } from '../../../../src/shared/math/tensorSummary';
import { deriveRandom } from '../../../../src/shared/random';

const random = deriveRandom(3, 'summary');
const values = Float32Array.from({ length: 1001 }, (_, i) => (i % 7 === 0 ? 0 : 3 + 2 * random.normal()));

describe('summarise', () => {
  it('equals slow loops', () => {
    const summary = summarise(values);
    const numbers = [...values];
    const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    expect(summary.count).toBe(1001);
    expect(summary.mean).toBeCloseTo(mean, 12);
    expect(summary.std).toBeCloseTo(Math.sqrt(numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 1001), 12);
    expect(summary.norm).toBeCloseTo(Math.hypot(...numbers), 9);
    expect([summary.min, summary.max]).toEqual([Math.min(...numbers), Math.max(...numbers)]);
    expect(summary.zeros).toBe(143 / 1001);
    const width = (summary.max - summary.min) / summary.histogram.length;
    const slow = summary.histogram.map(
      (_, bin) =>
        numbers.filter((x) => Math.min(summary.histogram.length - 1, Math.floor((x - summary.min) / width)) === bin)
          .length,
    );
    expect(summary.histogram).toEqual(slow);
  });

  it('leaves out what is not finite, and counts it', () => {
    const summary = summarise(Float32Array.of(1, NaN, 3, Infinity, -Infinity));
    expect(summary).toMatchObject({ count: 5, notFinite: 3, mean: 2, std: 1, min: 1, max: 3 });
    expect(summary.norm).toBeCloseTo(Math.sqrt(10), 12);
    expect(summarise(Float32Array.of(NaN))).toMatchObject({ count: 1, notFinite: 1, mean: 0, histogram: [] });
  });

  it('has one bin where all are the same', () => {
    expect(summarise(new Float32Array(5).fill(2))).toMatchObject({ std: 0, histogram: [5], norm: Math.sqrt(20) });
  });
});

describe('deadChannels', () => {
  it('finds channels that are zero everywhere', () => {
    // [2, 2, 3]: the second channel is dead, the third lives in one place, and -0 is zero.
    const maps = Float32Array.of(1, 0, 0, 2, -0, 0, 0, 0, 0, 0, 0, 5);
    expect(deadChannels(maps, 3)).toEqual([1]);
    expect(deadChannels(Float32Array.of(NaN, 0), 2)).toEqual([1]);
  });
});
