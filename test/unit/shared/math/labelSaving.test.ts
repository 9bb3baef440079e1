/** Label savings where the answer is known: curves that are shifted copies of each other. */
import { describe, expect, it } from 'vitest';
import { labelSaving, labelsForScore, type LabelPoint } from '../../../../src/shared/math/labelSaving';

/** Score of the baseline: a line in the logarithm of the labels. */
const line = (labels: number): number => 0.1 + 0.05 * Math.log(labels);
const budgets = [10, 40, 200, 1000];
const baseline: LabelPoint[] = budgets.map((labels) => ({ labels, score: line(labels) }));

describe('labels that a score needs', () => {
  it('lie on the line between two budgets', () => {
    for (const labels of [10, 17, 40, 99, 640, 1000]) {
      expect(labelsForScore(baseline, line(labels)).labels).toBeCloseTo(labels, 9);
    }
  });

  it('are a bound beyond the ends', () => {
    expect(labelsForScore(baseline, line(5))).toEqual({ labels: 10, bound: 'atMost' });
    expect(labelsForScore(baseline, line(2000))).toEqual({ labels: 1000, bound: 'atLeast' });
  });

  it('are those of the first time that a curve which falls again gets there', () => {
    const wavy = [0.1, 0.3, 0.2, 0.4].map((score, i) => ({ labels: budgets[i]!, score }));
    expect(labelsForScore(wavy, 0.2).labels).toBeCloseTo(20, 9);
  });
});

describe('the saving of a pretraining', () => {
  const pair = (factor: number, labels = 40) => ({ point: { labels, score: line(labels * factor) }, baseline });

  it('is the factor by which the curves are apart', () => {
    expect(labelSaving([pair(3)])?.factor).toBeCloseTo(3, 9);
    expect(labelSaving([pair(3)])?.low).toBeUndefined();
    expect(labelSaving([pair(0.5)])?.factor).toBeCloseTo(0.5, 9);
  });

  it('has a geometric mean and the interval of the logarithms', () => {
    const saving = labelSaving([pair(2), pair(8)])!;
    expect(saving.factor).toBeCloseTo(4, 9);
    // log 4 ± t(1, 0.975) · s / √2 with s = √2 · log 2: 12.7062 · log 2.
    expect(Math.log(saving.high! / 4)).toBeCloseTo(12.7062 * Math.log(2), 3);
    expect(saving.low! * saving.high!).toBeCloseTo(16, 9);
  });

  it('is a bound where one seed leaves the curve, and nothing where seeds leave it on both sides', () => {
    expect(labelSaving([pair(2), pair(1000)])).toMatchObject({ bound: 'atLeast', seeds: 2 });
    expect(labelSaving([pair(1000), pair(0.001)])).toBeUndefined();
    expect(labelSaving([])).toBeUndefined();
  });
});
