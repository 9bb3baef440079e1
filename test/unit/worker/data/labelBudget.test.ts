/** Budgets of labels: how many, of which classes, that small ones are parts of large ones, that seeds differ. */
import { describe, expect, it } from 'vitest';
import { budgetSize, takeBudget } from '../../../../src/worker/data/labelBudget';

/** Classes of 200, 7, 1 and 0 images, mixed. */
const counts = [200, 7, 1, 0];
const labels = Int32Array.from(
  counts.flatMap((count, c) => Array.from({ length: count }, () => c)).map((_, i, all) => all[(i * 37) % all.length]!),
);
const take = (budget: string | { perClass: number }, seed = 0) =>
  takeBudget(labels, { classes: counts.length, budget, seed });
const byClass = (places: Int32Array) => counts.map((_, c) => [...places].filter((place) => labels[place] === c).length);

describe('budgets', () => {
  it('the test set has the classes it says', () => {
    expect(byClass(Int32Array.from(labels.keys()))).toEqual(counts);
  });

  it.each([
    ['1%', [2, 1, 1, 0]],
    ['10%', [20, 1, 1, 0]],
    ['50%', [100, 4, 1, 0]],
    ['0.1%', [1, 1, 1, 0]],
    ['100%', counts],
    [{ perClass: 3 }, [3, 3, 1, 0]],
    [{ perClass: 1000 }, counts],
  ] as const)('%j keep %j images of each class', (budget, expected) => {
    const places = take(budget);
    expect(byClass(places)).toEqual(expected);
    expect(new Set(places).size).toBe(places.length);
    expect([...places]).toEqual([...places].sort((a, b) => a - b));
    counts.forEach((count, c) => expect(budgetSize(count, budget)).toBe(expected[c]));
  });

  it('are parts of larger ones, shares and counts alike', () => {
    const chain = [take('1%'), take({ perClass: 5 }), take('10%'), take('50%'), take('100%')];
    for (let i = 1; i < chain.length; i++) {
      const larger = new Set(chain[i]);
      const c0 = [...chain[i - 1]!].filter((place) => labels[place] === 0);
      expect(c0.every((place) => larger.has(place))).toBe(true);
    }
  });

  it('are the same for a seed and others for another; each image is as likely as any', () => {
    expect(take('10%', 3)).toEqual(take('10%', 3));
    expect(take('10%', 3)).not.toEqual(take('10%', 4));
    const drawn = new Map<number, number>();
    for (let seed = 0; seed < 600; seed++)
      for (const place of take({ perClass: 2 }, seed)) drawn.set(place, (drawn.get(place) ?? 0) + 1);
    const ofSeven = [...labels.keys()].filter((place) => labels[place] === 1).map((place) => drawn.get(place) ?? 0);
    // 600 draws of 2 of 7: 171 each, deviation 11.
    for (const count of ofSeven) expect(Math.abs(count - 1200 / 7)).toBeLessThan(50);
  });
});
