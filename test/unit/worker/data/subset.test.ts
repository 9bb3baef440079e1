import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../../src/worker/data/dataset';
import { takeSubset } from '../../../../src/worker/data/subset';

/** A data set with so many images of each class, classes interleaved. */
function withClasses(counts: readonly number[]): Dataset {
  const left = [...counts];
  const labels: number[] = [];
  while (left.some((count) => count > 0)) {
    left.forEach((count, c) => {
      if (count > 0) labels.push(c);
      left[c] = count - 1;
    });
  }
  return {
    split: 'train',
    length: labels.length,
    classes: counts.map(String),
    labels: Int32Array.from(labels),
    names: labels.map(String),
    store: { kind: 'files', paths: [] },
    problems: [],
  };
}

function countsOf(dataset: Dataset, indices: Uint32Array): number[] {
  const counts = dataset.classes.map(() => 0);
  for (const index of indices) counts[dataset.labels[index]!]!++;
  return counts;
}

describe('takeSubset', () => {
  it('takes the same number of each class from balanced data', () => {
    const dataset = withClasses([20, 20, 20, 20]);
    expect(countsOf(dataset, takeSubset(dataset, { count: 12, seed: 1, purpose: 'p' }))).toEqual([3, 3, 3, 3]);
  });

  it('keeps the shares of unbalanced data to within one image, and the exact total', () => {
    const dataset = withClasses([50, 31, 7, 1]);
    for (const count of [1, 5, 10, 44, 88]) {
      const counts = countsOf(dataset, takeSubset(dataset, { count, seed: 4, purpose: 'p' }));
      expect(counts.reduce((sum, value) => sum + value, 0)).toBe(count);
      [50, 31, 7, 1].forEach((size, c) => expect(Math.abs(counts[c]! - (size * count) / 89)).toBeLessThan(1));
    }
  });

  it('draws lots among equal remainders, whatever the sizes', () => {
    // Shares 1/3, 4/3, 7/3, 10/3, 13/3, 25/3: every remainder is 1/3, and two of the six classes get one more.
    const sizes = [1, 4, 7, 10, 13, 25];
    const dataset = withClasses(sizes);
    const more = sizes.map(() => 0);
    for (let seed = 0; seed < 300; seed++) {
      const counts = countsOf(dataset, takeSubset(dataset, { count: 20, seed, purpose: 'p' }));
      counts.forEach((count, c) => (more[c]! += count - Math.floor(sizes[c]! / 3)));
    }
    // Binomial(300, 1/3): 100 ± 8.2; six deviations are allowed.
    for (const times of more) expect(Math.abs(times - 100)).toBeLessThan(50);
    expect(more.reduce((sum, times) => sum + times, 0)).toBe(600);
  });

  it('draws every member of a class equally often', () => {
    const dataset = withClasses([10]);
    const times = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 400; seed++) {
      for (const index of takeSubset(dataset, { count: 3, seed, purpose: 'p' })) times[index]!++;
    }
    // Binomial(400, 0.3): 120 ± 9.2.
    for (const count of times) expect(Math.abs(count - 120)).toBeLessThan(50);
  });

  it('leaves out one, or takes one', () => {
    const dataset = withClasses([5, 1]);
    expect(countsOf(dataset, takeSubset(dataset, { count: 5, seed: 1, purpose: 'p' }))).toEqual([4, 1]);
    expect(countsOf(dataset, takeSubset(dataset, { count: 1, seed: 1, purpose: 'p' }))).toEqual([1, 0]);
  });

  it('gives distinct, ascending indices', () => {
    const dataset = withClasses([9, 5, 3]);
    const indices = [...takeSubset(dataset, { count: 10, seed: 2, purpose: 'p' })];
    expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b));
  });

  it('depends on seed and purpose alone', () => {
    const dataset = withClasses([30, 30]);
    const take = (seed: number, purpose: string) => [...takeSubset(dataset, { count: 20, seed, purpose })];
    expect(take(1, 'a')).toEqual(take(1, 'a'));
    expect(take(1, 'a')).not.toEqual(take(2, 'a'));
    expect(take(1, 'a')).not.toEqual(take(1, 'b'));
  });

  it('gives everything when asked for as much or more', () => {
    const dataset = withClasses([2, 1]);
    expect([...takeSubset(dataset, { count: 3, seed: 1, purpose: 'p' })]).toEqual([0, 1, 2]);
    expect([...takeSubset(dataset, { count: 99, seed: 1, purpose: 'p' })]).toEqual([0, 1, 2]);
  });
});
