/** Sweeps of a probe: what is held out, which value wins, what divergence does. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/shared/errors';
import { chooseBySweep, holdOut } from '../../../../src/worker/transfer/probeSweep';

const counts = [40, 12, 4, 1, 0];
const labels = Int32Array.from(counts.flatMap((count, c) => Array.from({ length: count }, () => c)));

describe('what is held out', () => {
  it('is a tenth of each class, at least one image, none of a class with one', () => {
    const { learnt, held } = holdOut(labels, counts.length, 0);
    expect(counts.map((_, c) => [...held].filter((place) => labels[place] === c).length)).toEqual([4, 1, 1, 0, 0]);
    expect([...learnt, ...held].sort((a, b) => a - b)).toEqual([...labels.keys()]);
  });

  it('depends on the seed alone', () => {
    expect(holdOut(labels, counts.length, 1)).toEqual(holdOut(labels, counts.length, 1));
    expect(holdOut(labels, counts.length, 1).held).not.toEqual(holdOut(labels, counts.length, 2).held);
  });
});

describe('the chosen value', () => {
  const accuracies: Readonly<Record<number, number>> = { 0.1: 0.4, 1: 0.7, 3: 0.7, 10: 0.6 };
  const score = (value: number) => Promise.resolve(accuracies[value]!);
  const diverges = () => Promise.reject(new UserError('numeric', 'the loss is not a number'));

  it('is the best, of equals the first', async () => {
    const { chosen, tried } = await chooseBySweep([0.1, 1, 3, 10], score);
    expect(chosen).toBe(1);
    expect(tried).toEqual([0.1, 1, 3, 10].map((value) => ({ value, accuracy: accuracies[value] })));
    expect((await chooseBySweep([10, 3, 1], score)).chosen).toBe(3);
  });

  it('is not one at which the training diverges, however it stands in the list', async () => {
    const found = await chooseBySweep([100, 0.1, 1000], (value) => (value > 10 ? diverges() : score(value)));
    expect(found).toEqual({
      chosen: 0.1,
      tried: [
        { value: 100, accuracy: null },
        { value: 0.1, accuracy: 0.4 },
        { value: 1000, accuracy: null },
      ],
    });
  });

  it('may have an accuracy of 0', async () => {
    expect((await chooseBySweep([1, 2], () => Promise.resolve(0))).chosen).toBe(1);
  });

  it('is refused when every value diverges, and other errors are not hidden', async () => {
    await expect(chooseBySweep([30, 100], diverges)).rejects.toThrow(
      'the probe diverges at every value of `sweep` (30, 100); add smaller ones',
    );
    await expect(chooseBySweep([30], () => Promise.reject(new Error('disk')))).rejects.toThrow('disk');
  });
});
