/**
 * Statistical witnesses for the one source of randomness. Bounds are quantiles of the test statistic at about 1e-6, and
 * all seeds are fixed: a failure is a change of the generator, never bad luck. First values pin the streams themselves,
 * because every stored result depends on them.
 */
import { describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../src/shared/random';

/** Σ (observed − expected)² / expected for equally likely cells. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Chi-square with k − 1 degrees of freedom lies within mean ± 5 standard deviations (of √(2(k − 1))). */
function expectUniform(counts: readonly number[]): void {
  const freedom = counts.length - 1;
  expect(Math.abs(chiSquare(counts) - freedom)).toBeLessThan(5 * Math.sqrt(2 * freedom));
}

function count(cells: number, draws: number, next: (i: number) => number): number[] {
  const counts = new Array<number>(cells).fill(0);
  for (let i = 0; i < draws; i++) counts[next(i)]!++;
  return counts;
}

const draw = (n: number, next: () => number): number[] => Array.from({ length: n }, next);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const product = mean(a.map((x, i) => (x - ma) * (b[i]! - mb)));
  return product / Math.sqrt(mean(a.map((x) => (x - ma) ** 2)) * mean(b.map((x) => (x - mb) ** 2)));
}

describe('streams', () => {
  it('start with these values, on every machine and for ever', () => {
    // Worked out in Python from the published algorithms, MurmurHash3 and xoroshiro128+ (its lower 32 bits).
    expect(deriveRandom(0, '').nextUint32()).toBe(3087975253);
    const random = deriveRandom(1, 'augment', 2, 3);
    expect([random.nextUint32(), random.nextUint32()]).toEqual([3641624143, 4002009897]);
    expect([random.uniform(), random.integer(1000)]).toEqual([0.7378483985127298, 850]);
    // Logarithm and cosine may differ in the last bit between machines.
    expect(random.normal()).toBeCloseTo(-1.6912397436162647, 14);
    expect([...deriveRandom(7, 'order').permutation(8)]).toEqual([6, 4, 1, 5, 7, 3, 2, 0]);
  });

  it('depend on seed, purpose and every counter, in their places', () => {
    const parts: [number, string, ...number[]][] = [
      [0, 'a'],
      [1, 'a'],
      [2 ** 32, 'a'],
      [-1, 'a'],
      [0, 'b'],
      [0, 'ab'],
      [0, 'ba'],
      [0, 'a', 0],
      [0, 'a', 1],
      [0, 'a', 0, 0],
      [0, 'a', 0, 1],
      [0, 'a', 1, 0],
      [0, 'a', 1, 1],
      // A counter that looks like a letter is not one.
      [0, '', 97],
    ];
    const first = parts.map((part) => draw(4, deriveRandomNext(part)).join(' '));
    expect(new Set(first).size).toBe(parts.length);
  });

  it('are not moved by what others draw, nor by the order in which they are made', () => {
    const alone = draw(20, deriveRandomNext([5, 'x', 1]));
    const other = deriveRandom(5, 'x', 2);
    const random = deriveRandom(5, 'x', 1);
    const mixed = draw(20, () => {
      other.normal();
      return random.nextUint32();
    });
    expect(mixed).toEqual(alone);
  });

  it.each([
    ['purposes', () => deriveRandom(3, 'weights'), () => deriveRandom(3, 'order')],
    ['neighbouring seeds', () => deriveRandom(3, 'a'), () => deriveRandom(4, 'a')],
    ['neighbouring counters', () => deriveRandom(3, 'a', 10), () => deriveRandom(3, 'a', 11)],
  ])('are uncorrelated between %s', (_, makeA, makeB) => {
    const [a, b] = [makeA(), makeB()];
    const n = 20_000;
    expect(
      Math.abs(
        correlation(
          draw(n, () => a.uniform()),
          draw(n, () => b.uniform()),
        ),
      ),
    ).toBeLessThan(5 / Math.sqrt(n));
  });

  it('are uniform across counters, not only along one stream', () => {
    expectUniform(count(64, 20_000, (i) => Math.floor(64 * deriveRandom(9, 'augment', i).uniform())));
    const firsts = draw2(10_000, (i) => deriveRandom(9, 'augment', i).uniform());
    expect(Math.abs(correlation(firsts.slice(0, -1), firsts.slice(1)))).toBeLessThan(5 / Math.sqrt(10_000));
  });
});

describe('uniform numbers', () => {
  it('fill [0, 1) evenly, singly and in pairs', () => {
    const random = deriveRandom(11, 'uniform');
    expectUniform(count(100, 100_000, () => Math.floor(100 * random.uniform())));
    expectUniform(
      count(256, 100_000, () => 16 * Math.floor(16 * random.uniform()) + Math.floor(16 * random.uniform())),
    );
  });

  it('have 53 bits, each of them fair', () => {
    const random = deriveRandom(12, 'bits');
    const n = 4000;
    const ones = new Array<number>(53).fill(0);
    for (let i = 0; i < n; i++) {
      let bits = BigInt(random.uniform() * 2 ** 53);
      for (let b = 0; b < 53; b++, bits >>= 1n) ones[b]! += Number(bits & 1n);
    }
    for (const one of ones) expect(Math.abs(one - n / 2)).toBeLessThan(5 * Math.sqrt(n / 4));
  });

  it('stay in their range', () => {
    const random = deriveRandom(13, 'range');
    const values = draw(10_000, () => random.uniformIn(-2, 3));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...values)).toBeLessThan(3);
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan((5 * (5 / Math.sqrt(12))) / 100);
  });
});

describe('integers', () => {
  it.each([1, 2, 3, 7, 10, 95])('are even over 0..%i-1', (cells) => {
    const random = deriveRandom(14, 'integer', cells);
    const counts = count(cells, 20_000, () => random.integer(cells));
    expect(counts.reduce((a, b) => a + b)).toBe(20_000);
    if (cells > 1) expectUniform(counts);
  });

  it('have no modulo bias', () => {
    // With 3 · 2^30 values, `next % count` would give the lowest third twice the weight: 1/2 instead of 1/3.
    const random = deriveRandom(15, 'bias');
    const thirds = count(3, 12_000, () => Math.floor(random.integer(3 * 2 ** 30) / 2 ** 30));
    expectUniform(thirds);
  });

  it('refuse an empty range', () => {
    for (const bad of [0, -1, Number.NaN]) expect(() => deriveRandom(0, 'a').integer(bad)).toThrow(/^internal:/);
  });
});

describe('normal numbers', () => {
  it('have the moments and tails of the standard normal', () => {
    const random = deriveRandom(16, 'normal');
    const n = 100_000;
    const values = draw(n, () => random.normal());
    const moment = (p: number) => mean(values.map((x) => x ** p));
    // Moments 0, 1, 0, 3 with variances 1, 2, 15, 96 over n.
    [0, 1, 0, 3].forEach((expected, i) => {
      expect(Math.abs(moment(i + 1) - expected)).toBeLessThan(5 * Math.sqrt([1, 2, 15, 96][i]! / n));
    });
    const share = (limit: number) => values.filter((x) => Math.abs(x) > limit).length / n;
    for (const [limit, tail] of [
      [1, 0.317311],
      [1.959964, 0.05],
      [3, 0.0027],
    ] as const) {
      // prettier-ignore
      expect(Math.abs(share(limit) - tail)).toBeLessThan(5 * Math.sqrt((tail * (1 - tail)) / n));
    }
  });

  it('do not follow their twin of the same pair', () => {
    const random = deriveRandom(17, 'pairs');
    const pairs = Array.from({ length: 20_000 }, () => [random.normal(), random.normal()] as const);
    const [first, second] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
    const limit = 5 / Math.sqrt(20_000);
    expect(Math.abs(correlation(first, second))).toBeLessThan(limit);
    expect(Math.abs(correlation(first.map((x) => x * x), second.map((y) => y * y)))).toBeLessThan(limit); // prettier-ignore
  });
});

describe('permutations', () => {
  it('hold every number once', () => {
    for (const n of [0, 1, 2, 100]) {
      const order = deriveRandom(18, 'order', n).permutation(n);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
    }
  });

  it('are all equally likely', () => {
    const random = deriveRandom(19, 'order');
    const seen = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const order = random.permutation(4).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(24);
    expectUniform([...seen.values()]);
  });
});

function deriveRandomNext(part: readonly [number, string, ...number[]]): () => number {
  const random = deriveRandom(...part);
  return () => random.nextUint32();
}

function draw2(n: number, next: (i: number) => number): number[] {
  return Array.from({ length: n }, (_, i) => next(i));
}
