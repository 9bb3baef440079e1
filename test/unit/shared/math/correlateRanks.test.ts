/** Rank correlations against SciPy, and their intervals by what they must do. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { correlateRanks, kendall, spearman, type PairedPoint } from '../../../../src/shared/math/correlateRanks';
import { averageRanks } from '../../../../src/shared/math/rankCorrelation';
import { quantileOfSorted } from '../../../../src/shared/math/statistics';
import { weightedKendall } from '../../../../src/shared/math/weightedKendall';
import { deriveRandom } from '../../../../src/shared/random';

interface Case {
  readonly x: number[];
  readonly y: number[];
  readonly spearman: number;
  readonly kendall: number;
}
const { ranks } = JSON.parse(readFileSync('test/golden/data/fewShot.json', 'utf8')) as { ranks: Case[] };

describe('rank correlations', () => {
  it.each(ranks.map((one) => [one.x.length, one] as const))('of %i pairs are those of SciPy', (_, one) => {
    expect(spearman(one.x, one.y)).toBeCloseTo(one.spearman, 12);
    expect(kendall(one.x, one.y)).toBeCloseTo(one.kendall, 12);
  });

  it('give equal values equal ranks', () => {
    expect([...averageRanks([3, 1, 3, 2, 3])]).toEqual([4, 1, 4, 2, 4]);
  });

  it('are not a number where one side is constant', () => {
    expect([spearman([1, 2, 3], [5, 5, 5]), kendall([1, 1], [1, 2])]).toEqual([NaN, NaN]);
  });
});

describe('intervals of rank correlations', () => {
  const random = deriveRandom(0, 'points');
  const points = Array.from({ length: 30 }, (_, i) => {
    const centre = Math.floor(i / 3) / 3;
    return { x: centre + 0.05 * random.normal(), y: centre + 0.8 * random.normal(), group: `g${Math.floor(i / 3)}` };
  });

  it('hold the value, stay in −1..1 and come back for the same seed', () => {
    const { spearman: rho, kendall: tau } = correlateRanks(points, 1);
    for (const { value, interval } of [rho, tau]) {
      expect(interval!.low).toBeLessThan(value);
      expect(interval!.high).toBeGreaterThan(value);
      expect(interval!.low).toBeGreaterThanOrEqual(-1);
      expect(interval!.high).toBeLessThanOrEqual(1);
    }
    expect(correlateRanks(points, 1)).toEqual(correlateRanks(points, 1));
  });

  it('do not shrink when each group is only repeated', () => {
    const width = (list: typeof points) => {
      const { low, high } = correlateRanks(list, 1).spearman.interval!;
      return high - low;
    };
    const firsts = points.filter((_, i) => i % 3 === 0);
    expect(width(firsts.flatMap((point) => Array.from({ length: 10 }, () => point)))).toBeGreaterThan(
      0.8 * width(firsts),
    );
  });

  it.each([
    ['different values', 1],
    ['many ties', 4],
  ])('are those of resamples that are ranked and summed pair by pair: %s', (_, levels) => {
    const random = deriveRandom(3, 'ties');
    const round = (value: number): number => (levels === 1 ? value : Math.round(levels * value) / levels);
    const uneven = Array.from({ length: 25 }, (_, i) => {
      const group = Math.floor(Math.sqrt(i));
      return { x: round(group + random.normal()), y: round(group + 2 * random.normal()), group: String(group) };
    });
    const expected = resampleSlowly(uneven, 7, 60);
    const found = correlateRanks(uneven, 7, 60);
    expect(found.spearman.interval).toEqual(expected.spearman);
    expect(found.kendall.interval).toEqual(expected.kendall);
    expect(found.weighted.interval!.low).toBeCloseTo(expected.weighted.low, 12);
    expect(found.weighted.interval!.high).toBeCloseTo(expected.weighted.high, 12);
  });

  it('are absent for two groups', () => {
    expect(correlateRanks(points.slice(0, 6), 0).spearman.interval).toBeUndefined();
  });
});

/** The bootstrap as it is written in the header: groups, then members, and each resample ranked anew. */
function resampleSlowly(points: readonly PairedPoint[], seed: number, resamples: number) {
  const lists = [...new Set(points.map(({ group }) => group))].map((name) =>
    points.filter(({ group }) => group === name),
  );
  const random = deriveRandom(seed, 'correlation');
  const drawn = Array.from({ length: resamples }, () =>
    lists.flatMap(() => {
      const list = lists[random.integer(lists.length)]!;
      return list.map(() => list[random.integer(list.length)]!);
    }),
  );
  const intervalOf = (measure: (x: number[], y: number[]) => number) => {
    const values = drawn.map((sample) =>
      measure(
        sample.map(({ x }) => x),
        sample.map(({ y }) => y),
      ),
    );
    const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    return { low: quantileOfSorted(sorted, 0.025), high: quantileOfSorted(sorted, 0.975) };
  };
  return { spearman: intervalOf(spearman), kendall: intervalOf(kendall), weighted: intervalOf(weightedKendall) };
}
