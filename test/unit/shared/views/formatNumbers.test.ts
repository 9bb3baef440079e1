import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCell,
  formatCount,
  formatDifference,
  formatList,
  formatMillions,
  formatNumberOf,
  formatPercent,
  formatSeconds,
} from '../../../../src/shared/views/formatNumbers';

const check = <T>(format: (value: T) => string, cases: readonly (readonly [T, string])[]): void => {
  for (const [value, expected] of cases) expect(format(value)).toBe(expected);
};

describe('numbers for people', () => {
  it('writes shares in percent, with the interval where there is one', () => {
    check(formatPercent, [
      [{ mean: 0.25149 }, '25.1'],
      [{ mean: 0.2, halfWidth: 0.0125 }, '20.0 ± 1.3'],
      [{ mean: 1, halfWidth: 0 }, '100.0 ± 0.0'],
    ]);
    expect(formatCell({ n: 3, mean: 0.5, halfWidth: 0.01, level: 0.95 }, 3)).toBe('50.0 ± 1.0');
    expect(formatCell({ n: 1, mean: 0.5, level: 0.95 }, 3)).toBe('50.0 (n = 1)');
  });

  it('shortens parameters and sizes', () => {
    check(formatMillions, [
      [99_999, '99,999'],
      [25_557_032, '25.6 million'],
      [1.25e9, '1.3 billion'],
    ]);
    check(formatBytes, [
      [1, '1 kB'],
      [340e6, '340 MB'],
      [1.25e9, '1.3 GB'],
    ]);
  });

  it('signs differences, but not what rounds to zero', () => {
    check(formatDifference, [
      [{ mean: 0.042, halfWidth: 0.011 }, '+4.2 ± 1.1'],
      [{ mean: -0.042 }, '−4.2'],
      [{ mean: -0.0004, halfWidth: 0.002 }, '0.0 ± 0.2'],
    ]);
  });

  it('writes times, counts and lists', () => {
    check(formatSeconds, [
      [0, '0.0 s'],
      [59.94, '59.9 s'],
      [59.96, '1 min 0 s'],
      [185, '3 min 5 s'],
      [3599.6, '1 h 0 min'],
      [7815, '2 h 10 min'],
    ]);
    check(formatCount, [
      [0, '0'],
      [999, '999'],
      [1911, '1,911'],
      [11_689_512, '11,689,512'],
    ]);
    expect([1, 2, 0].map((n) => formatNumberOf(n, 'seed'))).toEqual(['1 seed', '2 seeds', '0 seeds']);
    check(
      (names: string[]) => formatList(names),
      [
        [[], ''],
        [['a'], 'a'],
        [['a', 'b'], 'a and b'],
        [['a', 'b', 'c', 'd'], 'a, b, c and d'],
        [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 others'],
      ],
    );
  });
});
