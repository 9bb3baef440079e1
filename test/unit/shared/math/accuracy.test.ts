import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  argMax,
  perClassAccuracy,
  rankOfLabel,
  ranksOfLabels,
  shareWithin,
} from '../../../../src/shared/math/accuracy';
import { mean } from '../../../../src/shared/math/statistics';

const golden = (
  JSON.parse(readFileSync('test/golden/data/statistics.json', 'utf8')) as {
    classification: {
      labels: number[];
      scores: number[];
      top: Record<string, number>;
      confusion: number[];
      balanced: number;
    };
  }
).classification;
const predictions = golden.labels.map((_, i) => argMax(golden.scores, i * 8, 8));

describe('accuracy', () => {
  it('agree with scikit-learn', () => {
    const { labels, scores } = golden;
    for (const [k, share] of Object.entries(golden.top)) {
      expect(shareWithin(ranksOfLabels(scores, labels, 8), Number(k))).toBeCloseTo(share, 12);
    }
    const perClass = perClassAccuracy(predictions, labels, 8);
    const confused = (t: number): number[] => golden.confusion.slice(8 * t, 8 * t + 8);
    perClass.forEach((share, t) =>
      expect(share).toBeCloseTo(confused(t)[t]! / confused(t).reduce((a, b) => a + b), 12),
    );
    expect(mean(perClass)).toBeCloseTo(golden.balanced, 12);
  });

  it('give ties to the lower class and NaN to nobody', () => {
    expect(rankOfLabel([1, 1, 0], 0, 3, 0)).toBe(1);
    expect(rankOfLabel([1, 1, 0], 0, 3, 1)).toBe(2);
    expect(rankOfLabel([Number.NaN, 1, 0], 0, 3, 0)).toBe(3);
    expect(argMax([2, 5, 5])).toBe(1);
  });

  it('is NaN for a class without images', () => {
    expect([...perClassAccuracy([0, 1, 1], [0, 0, 1], 3)]).toEqual([0.5, 1, Number.NaN]);
    expect([...perClassAccuracy([-1, 1], [0, 1], 2)]).toEqual([0, 1]);
  });
});
