import { describe, expect, it } from 'vitest';
import { downsample, firstAbove, firstAtLeast, type Points } from '../../../../src/shared/math/downsample';
import { deriveRandom } from '../../../../src/shared/random';

function curve(length: number, seed: number, gaps = 0): Points {
  const random = deriveRandom(seed, 'curve');
  const x = new Float64Array(length);
  let at = 0;
  for (let i = 0; i < length; i++) x[i] = at += 1 + random.integer(10);
  const y = Float64Array.from(x, () => (random.uniform() < gaps ? NaN : random.uniform() - 0.5));
  return { x, y };
}

/** Says for one pixel column what must be seen there, the slow way. */
function column({ x, y }: Points, from: number, to: number) {
  const inside = [...x.keys()].filter((i) => x[i]! >= from && x[i]! < to);
  const finite = inside.map((i) => y[i]!).filter((value) => !Number.isNaN(value));
  return {
    low: Math.min(...finite),
    high: Math.max(...finite),
    first: finite[0],
    last: finite.at(-1),
    hasGap: inside.some((i) => Number.isNaN(y[i]!)),
  };
}

describe('downsampling to pixels', () => {
  it.each([
    [0, 0],
    [1, 0.02],
    [2, 0.4],
  ])('keeps first, last and extremes of each column and that it has a gap (seed %i, gaps %f)', (seed, gaps) => {
    const full = curve(20_000, seed, gaps);
    const [from, to, buckets] = [3_000, 83_000, 100];
    const drawn = downsample(full, { from, to, buckets });
    expect(drawn.x.length).toBeLessThanOrEqual(5 * buckets + 2);
    const width = (to - from) / buckets;
    for (let b = 0; b < buckets; b++) {
      const ends = [from + b * width, from + (b + 1) * width + (b === buckets - 1 ? 1e-9 : 0)] as const;
      expect(column(drawn, ...ends)).toEqual(column(full, ...ends));
    }
  });

  it('keeps points in order and takes them from the curve as they are', () => {
    const full = curve(5_000, 3, 0.1);
    const drawn = downsample(full, { from: 0, to: full.x.at(-1)!, buckets: 50 });
    const places = [...drawn.x].map((x) => full.x.indexOf(x));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(new Set(places).size).toBe(places.length);
    expect([...drawn.y]).toEqual(places.map((i) => full.y[i]!));
  });

  it('goes on to the nearest point outside on each side', () => {
    const x = Float64Array.from({ length: 1000 }, (_, i) => 10 * i);
    const drawn = downsample({ x, y: x }, { from: 1005, to: 8995, buckets: 20 });
    expect([drawn.x[0], drawn.x.at(-1)]).toEqual([1000, 9000]);
    const few = downsample({ x, y: x }, { from: 1005, to: 1025, buckets: 20 });
    expect([...few.x]).toEqual([1000, 1010, 1020, 1030]);
  });

  it('gives short curves whole and has nothing to say of empty ones', () => {
    const full = curve(100, 4);
    expect(downsample(full, { from: 0, to: 1e6, buckets: 60 })).toEqual(full);
    const empty = { x: new Float64Array(), y: new Float64Array() };
    expect(downsample(empty, { from: 0, to: 1, buckets: 10 }).x.length).toBe(0);
    expect(downsample(full, { from: 1e8, to: 2e8, buckets: 10 }).x.length).toBe(1);
  });

  it('has one bucket for a range of one point', () => {
    const x = new Float64Array(50).fill(7);
    const drawn = downsample({ x, y: Float64Array.from(x, (_, i) => i) }, { from: 7, to: 7, buckets: 4 });
    expect([...drawn.y]).toEqual([0, 49]);
  });

  it('finds places by halving as a slow loop does', () => {
    const { x } = curve(200, 5);
    for (let value = -1; value < x.at(-1)! + 2; value++) {
      const slow = [...x].findIndex((at) => at >= value);
      expect(firstAtLeast(x, value)).toBe(slow < 0 ? x.length : slow);
      const above = [...x].findIndex((at) => at > value);
      expect(firstAbove(x, value)).toBe(above < 0 ? x.length : above);
    }
  });
});
