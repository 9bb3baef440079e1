import { describe, expect, it } from 'vitest';
import { batchIndices, epochOrder } from '../../../../src/worker/data/batchOrder';

const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);
const steps = (request: { length: number; batch: number; seed: number }, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => [...batchIndices({ ...request, step: from + i })]);

describe('epochOrder', () => {
  it('holds every image once', () => {
    expect(sorted(epochOrder(1000, 3, 7))).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('depends on seed and epoch alone', () => {
    expect(epochOrder(50, 1, 2)).toEqual(epochOrder(50, 1, 2));
    expect(epochOrder(50, 1, 2)).not.toEqual(epochOrder(50, 1, 3));
    expect(epochOrder(50, 1, 2)).not.toEqual(epochOrder(50, 2, 2));
  });
});

describe('batchIndices', () => {
  it('shows every image once per epoch', () => {
    const request = { length: 60, batch: 12, seed: 5 };
    for (const epoch of [0, 1, 2]) {
      expect(sorted(steps(request, epoch * 5, epoch * 5 + 5).flat())).toEqual(Array.from({ length: 60 }, (_, i) => i));
    }
  });

  it('drops the last, incomplete batch, and other images each epoch', () => {
    const request = { length: 11, batch: 4, seed: 1 };
    const dropped = [0, 1, 2, 3].map((epoch) => {
      const seen = new Set(steps(request, epoch * 2, epoch * 2 + 2).flat());
      expect(seen.size).toBe(8);
      return Array.from({ length: 11 }, (_, i) => i)
        .filter((i) => !seen.has(i))
        .join();
    });
    expect(new Set(dropped).size).toBeGreaterThan(1);
  });

  it('is the same in any order of asking, so that a run can go on at any step', () => {
    const request = { length: 30, batch: 7, seed: 9 };
    const forward = steps(request, 0, 12);
    const backward = Array.from({ length: 12 }, (_, i) => [...batchIndices({ ...request, step: 11 - i })]).reverse();
    expect(backward).toEqual(forward);
    batchIndices({ length: 31, batch: 7, seed: 9, step: 3 });
    expect(steps(request, 3, 4)).toEqual(forward.slice(3, 4));
  });

  it('gives arrays that can be changed without harm', () => {
    const request = { length: 10, batch: 5, seed: 2, step: 0 };
    const first = [...batchIndices(request)];
    batchIndices(request).fill(0);
    expect([...batchIndices(request)]).toEqual(first);
  });

  it('refuses a batch larger than the data', () => {
    expect(() => batchIndices({ length: 3, batch: 4, seed: 0, step: 0 })).toThrow('internal');
  });
});
