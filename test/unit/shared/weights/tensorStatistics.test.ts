/** Statistics of tensors against slow loops over all numbers at once, however the tensor is cut into pieces. */
import { describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import { rowMajorStrides, type TensorPlace } from '../../../../src/shared/weights/tensorPlace';
import { histogramBins, measureTensor } from '../../../../src/shared/weights/tensorStatistics';

/** Without `readRows` the numbers come at once. */
function placeOf(shape: readonly number[], values: Float32Array, isCut = false): TensorPlace {
  const perRow = values.length / (shape[0] ?? 1);
  return {
    dtype: 'float32',
    shape,
    strides: rowMajorStrides(shape),
    read: () => (isCut ? Promise.reject(new Error('too large')) : Promise.resolve(values)),
    readRows: (from, to) => Promise.resolve(values.slice(from * perRow, to * perRow)),
  };
}

function drawn(count: number, seed: number): Float32Array {
  const random = deriveRandom(seed, 'statistics test');
  return Float32Array.from({ length: count }, () => 3 * random.uniform() - 1);
}

describe('the statistics of a tensor', () => {
  it('are those of a slow loop, in pieces too', async () => {
    // Above the limit of what is read at once.
    const rows = 2051;
    const values = drawn(rows * 2053, 1);
    const { finite, ...counts } = await measureTensor(placeOf([rows, 2053], values, true));
    expect(counts).toEqual({ count: values.length, nan: 0, infinite: 0, zeros: 0 });
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(finite!.mean).toBeCloseTo(mean, 12);
    expect(finite!.std).toBeCloseTo(Math.sqrt(variance), 12);
    // A uniform distribution on −1..2.
    expect(finite!.std).toBeCloseTo(3 / Math.sqrt(12), 2);
    const sorted = values.slice().sort();
    expect([finite!.min, finite!.max]).toEqual([sorted[0], sorted.at(-1)]);
    expect(finite!.bins).toHaveLength(histogramBins);
    const below = (edge: number): number => values.filter((value) => value < edge).length;
    const width = (finite!.max - finite!.min) / histogramBins;
    expect(finite!.bins[7]).toBe(below(finite!.min + 8 * width) - below(finite!.min + 7 * width));
    expect(finite!.bins.reduce((sum, count) => sum + count, 0)).toBe(values.length);
  });

  it('leave out what is not finite, and count it', async () => {
    const values = Float32Array.from([Number.NaN, Infinity, -Infinity, 0, -0, 2]);
    const { finite, ...counts } = await measureTensor(placeOf([6], values));
    expect(counts).toEqual({ count: 6, nan: 1, infinite: 2, zeros: 2 });
    expect(finite!.mean).toBeCloseTo(2 / 3, 12);
    expect(finite!.std).toBeCloseTo(Math.sqrt(8 / 9), 12);
    expect(finite!.bins[0]).toBe(2);
    expect(finite!.bins.at(-1)).toBe(1);
  });

  it('of one value are one bin; of nothing finite, or nothing, there are none', async () => {
    expect((await measureTensor(placeOf([], Float32Array.of(4)))).finite).toEqual({
      ...{ min: 4, max: 4, mean: 4, std: 0 },
      bins: [1],
    });
    expect((await measureTensor(placeOf([2], Float32Array.of(Number.NaN, Infinity)))).finite).toBeUndefined();
    expect(await measureTensor(placeOf([0, 3], new Float32Array()))).toEqual({
      count: 0,
      nan: 0,
      infinite: 0,
      zeros: 0,
    });
  });

  it('of the largest numbers do not overflow', async () => {
    const { finite } = await measureTensor(placeOf([2], Float32Array.of(3e38, -3e38)));
    expect(finite!.mean).toBe(0);
    expect(finite!.std / Math.fround(3e38)).toBeCloseTo(1, 12);
  });
});

describe('the difference of two tensors', () => {
  it('is that of a slow loop, in pieces too', async () => {
    const [rows, columns] = [2051, 2053];
    const [a, b] = [drawn(rows * columns, 2), drawn(rows * columns, 3)];
    const { difference } = await measureTensor(placeOf([rows, columns], a, true), placeOf([rows, columns], b, true));
    const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    const apart = Math.sqrt(a.reduce((sum, value, k) => sum + (value - b[k]!) ** 2, 0));
    const product = a.reduce((sum, value, k) => sum + value * b[k]!, 0);
    expect(difference!.relative).toBeCloseTo(apart / norm(b), 10);
    expect(difference!.cosine).toBeCloseTo(product / norm(a) / norm(b), 10);
  });

  it('of equal ones is nothing, of opposite ones a cosine of −1, of other shapes unknown', async () => {
    const values = drawn(12, 4);
    const place = placeOf([3, 4], values);
    const same = await measureTensor(place, place);
    expect(same.difference!.relative).toBe(0);
    expect(same.difference!.cosine).toBeCloseTo(1, 12);
    const opposite = placeOf(
      [3, 4],
      values.map((value) => -value),
    );
    expect((await measureTensor(place, opposite)).difference!.cosine).toBeCloseTo(-1, 12);
    expect((await measureTensor(place, placeOf([4, 3], values))).difference).toBeUndefined();
  });

  it('with zeros or NaN is not defined', async () => {
    const zeros = placeOf([2], new Float32Array(2));
    expect((await measureTensor(placeOf([2], Float32Array.of(1, 2)), zeros)).difference).toEqual({});
    expect((await measureTensor(placeOf([2], Float32Array.of(1, Number.NaN)), zeros)).difference).toEqual({});
  });
});
