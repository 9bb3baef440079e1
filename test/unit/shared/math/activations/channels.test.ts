/** Statistics, orders and matches of channels against slow loops and closed cases. */
import { describe, expect, it } from 'vitest';
import { ChannelScan } from '../../../../../src/shared/math/activations/channelScan';
import {
  chanceLikeness,
  matchChannels,
  standardiseColumns,
} from '../../../../../src/shared/math/activations/matchChannels';
import { keepBest, orderChannels } from '../../../../../src/shared/math/activations/orderChannels';
import { columnsToBytes, toBytes } from '../../../../../src/shared/math/activations/quantise';
import { TopList } from '../../../../../src/shared/math/activations/topList';
import type { Matrix } from '../../../../../src/shared/math/rank';
import { correlation } from '../../../../../src/shared/math/rankCorrelation';
import { deriveRandom } from '../../../../../src/shared/random';

function scanOf(rows: readonly { readonly label: number; readonly means: readonly number[] }[], classes: number) {
  const scan = new ChannelScan(rows[0]!.means.length, { classes, examples: 2 });
  rows.forEach(({ label, means }, image) =>
    scan.add(image, label, {
      mean: means,
      least: means.map((value) => value - 1),
      peak: means.map((value) => value + 2),
      at: means.map((_, c) => c),
      active: means.map((value) => (value > 0 ? 0.5 : 0)),
    }),
  );
  return scan;
}

describe('a scan of channels', () => {
  it('gives the selectivity of closed cases', () => {
    const rows = [
      { label: 0, means: [4, 1, -3] },
      { label: 0, means: [2, 1, -1] },
      { label: 1, means: [1, 1, -2] },
      { label: 3, means: [0, 1, -2] },
    ];
    const scan = scanOf(rows, 4);
    // Class means 3, 1 and 0; the class without images does not count.
    expect(scan.summarise(0).selectivity).toBeCloseTo((3 - 0.5) / (3 + 0.5), 12);
    expect(scan.summarise(0).favourite).toBe(0);
    expect(scan.summarise(1)).toMatchObject({ selectivity: 0, mean: 1, meanPeak: 3, peak: 3, active: 0.5 });
    // What never answers has no favourite.
    expect(scan.summarise(2)).toMatchObject({ selectivity: NaN, favourite: -1, active: 0 });
    expect(scan.summarise(0).meanPeak).toBeCloseTo(2 + 7 / 4, 12);
    expect(scan.top(0)).toEqual([
      { value: 6, image: 0, at: 0 },
      { value: 4, image: 1, at: 0 },
    ]);
  });

  it('has no selectivity without classes and knows channels that never vary', () => {
    const scan = new ChannelScan(2, { classes: 1, examples: 1 });
    for (let image = 0; image < 3; image++)
      scan.add(image, 0, { mean: [0, 1], least: [0, 0], peak: [0, 2], at: [0, 0], active: [0, 1] });
    expect(scan.summarise(1).selectivity).toBeNaN();
    expect([scan.summarise(0).varies, scan.summarise(1).varies]).toEqual([false, true]);
  });
});

it('the largest are kept whatever the order of offers', () => {
  const random = deriveRandom(1, 'top');
  const entries = Array.from({ length: 200 }, (_, image) => ({ value: random.integer(40), image, at: 0 }));
  const best = [...entries].sort((a, b) => b.value - a.value || a.image - b.image).slice(0, 7);
  for (const order of [entries, [...entries].reverse(), [...random.permutation(200)].map((i) => entries[i]!)]) {
    const list = new TopList(7);
    order.forEach((entry) => list.offer(entry));
    expect(list.entries()).toEqual(best);
  }
});

describe('orders of channels', () => {
  const summary = (meanPeak: number, mean: number, selectivity: number, varies = true) => {
    return { meanPeak, mean, selectivity, varies, peak: meanPeak, active: 1, favourite: 0 };
  };
  const summaries = [
    summary(1, 9, 0.2),
    summary(3, 1, NaN),
    summary(2, 5, 0.9),
    summary(7, 7, 0.9, false),
    summary(1, 4, 0.1),
  ];

  it('leave out channels that do not vary and those without a number', () => {
    expect(orderChannels(summaries)).toEqual({ meanPeak: [1, 2, 0, 4], mean: [0, 2, 4, 1], selectivity: [2, 0, 4] });
    const likeness = [0.9, NaN, 0.1, 0, -0.5];
    expect(orderChannels(summaries, likeness).difference).toEqual([4, 2, 0]);
  });

  it('share what is kept', () => {
    const orders = { meanPeak: [1, 2, 0], mean: [0, 2, 1], selectivity: [2, 0] };
    expect(keepBest(orders, 1)).toEqual([1]);
    expect(keepBest(orders, 2)).toEqual([0, 1]);
    expect(keepBest(orders, 9)).toEqual([0, 1, 2]);
    expect(keepBest({ meanPeak: [] }, 4)).toEqual([0]);
  });
});

describe('channels of another network', () => {
  const random = deriveRandom(3, 'match');
  const [images, channels] = [50, 6];
  const values = Float32Array.from({ length: images * channels }, () => random.normal());
  // The other network's channel c answers as channel (c + 2) mod 6 does, scaled and moved; channel 5 never varies.
  const other = values.map((_, i) => {
    const [row, c] = [Math.floor(i / channels), i % channels];
    return c === 5 ? 3 : 2 * values[row * channels + ((c + 2) % channels)]! + 7;
  });
  const matrix = (data: Float32Array): Matrix => ({ data, rows: images, columns: channels });
  const products = (a: Matrix, b: Matrix): Matrix => {
    const data = new Float64Array(channels * channels);
    for (let i = 0; i < channels; i++)
      for (let j = 0; j < channels; j++)
        for (let r = 0; r < images; r++)
          data[i * channels + j]! += a.data[r * channels + i]! * b.data[r * channels + j]!;
    return { data, rows: channels, columns: channels };
  };

  it('are found by correlation, whatever their order', () => {
    const { match, likeness } = matchChannels(
      products(standardiseColumns(matrix(values)), standardiseColumns(matrix(other))),
    );
    expect([...match].slice(2)).toEqual([0, 1, 2, 3]);
    expect([...match].slice(0, 1)).toEqual([4]);
    for (const c of [0, 2, 3, 4, 5]) expect(likeness[c]).toBeCloseTo(1, 6);
    // The one whose like never varies gets the best of the rest.
    const column = (data: Float32Array, c: number) => data.filter((_, i) => i % channels === c);
    const rest = [0, 1, 2, 3, 4].map((c) => correlation(column(values, 1), column(other, c)));
    expect(likeness[1]).toBeCloseTo(Math.max(...rest), 6);
    expect(match[1]).toBe(rest.indexOf(Math.max(...rest)));
  });

  it('say nothing of a channel that never varies', () => {
    const { match, likeness } = matchChannels(
      products(standardiseColumns(matrix(other)), standardiseColumns(matrix(values))),
    );
    expect([match[5], likeness[5]]).toEqual([-1, NaN]);
  });

  it('are alike by chance as much as random draws say', () => {
    const draws = Array.from({ length: 40 }, () => {
      const own = Array.from({ length: 200 }, () => random.normal());
      const best = Array.from({ length: 100 }, () =>
        correlation(
          own,
          own.map(() => random.normal()),
        ),
      );
      return Math.max(...best);
    });
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    expect(chanceLikeness(100, 200) / mean).toBeGreaterThan(0.9);
    expect(chanceLikeness(100, 200) / mean).toBeLessThan(1.35);
  });
});

it('bytes span the range and clip what is outside', () => {
  expect([...toBytes([-1, 0, 1, 2, 9], 0, 2)]).toEqual([0, 0, 128, 255, 255]);
  expect([...toBytes([5, 5], 5, 5)]).toEqual([0, 0]);
  const values = Float32Array.from({ length: 402 }, (_, i) => (i % 2 === 0 ? i / 2 : 7));
  const bytes = columnsToBytes(values, 2);
  expect([bytes[0], bytes[200], bytes[400]]).toEqual([0, 128, 255]);
  expect(bytes.filter((_, i) => i % 2 === 1).every((byte) => byte === 0)).toBe(true);
});
