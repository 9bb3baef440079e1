import { describe, expect, it } from 'vitest';
import { createBankLog, createQueueLog } from '../../../../src/worker/debug/memory';
import { batchIndices } from '../../../../src/worker/data/batchOrder';

const of = (length: number, batch: number) => (step: number) => batchIndices({ length, batch, seed: 4, step });

describe('the log of a queue', () => {
  it.each([
    [32, 8],
    [20, 8],
    [4, 8],
  ])('of %i entries with batches of %i is the same from any update on', (size, batch) => {
    const indicesOf = of(50, batch);
    for (const start of [0, 1, 3, 7]) {
      const log = createQueueLog(size, { step: start, indicesOf });
      const slow = new Array<{ index: number; step: number } | undefined>(size).fill(undefined);
      let next = 0;
      for (let step = 0; step < 9; step++) {
        const indices = indicesOf(step);
        if (step >= start) log.note(step, indices);
        for (const index of indices) {
          slow[next] = { index, step };
          next = (next + 1) % size;
        }
        if (step < start) continue;
        expect(slow.map((_, entry) => log.at(entry))).toEqual(slow);
        expect(log.filled).toBe(slow.filter((entry) => entry !== undefined).length);
      }
    }
  });
});

describe('the log of a bank', () => {
  it('knows when each image was last seen', () => {
    const indicesOf = of(20, 8);
    const log = createBankLog(20, { step: 5, indicesOf });
    const slow = new Map<number, number>();
    for (let step = 0; step < 5; step++) for (const index of indicesOf(step)) slow.set(index, step);
    for (let index = 0; index < 20; index++) expect(log.at(index)?.step).toBe(slow.get(index));
    expect(log.filled).toBe(slow.size);
  });
});
