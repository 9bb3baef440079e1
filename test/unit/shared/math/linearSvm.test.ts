/** The linear SVM and average precision against scikit-learn. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { averagePrecision, decideRows, trainLinearSvm } from '../../../../src/shared/math/linearSvm';

interface Split {
  readonly values: string;
  readonly labels: number[];
}
interface Golden {
  readonly dimension: number;
  readonly classes: number;
  readonly train: Split;
  readonly test: Split;
  readonly cases: readonly { cost: number; class: number; decision: number[]; averagePrecision: number }[];
}
const { svm } = JSON.parse(readFileSync('test/golden/data/fewShot.json', 'utf8')) as { svm: Golden };
const unpack = (text: string) => new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
const labelsOf = ({ labels }: Split, c: number) =>
  Int8Array.from({ length: labels.length / svm.classes }, (_, i) => labels[i * svm.classes + c]!);

describe('the linear SVM', () => {
  it.each(svm.cases)('decides as LinearSVC does: cost $cost, class $class', ({ cost, class: c, decision }) => {
    const problem = {
      ...{ values: unpack(svm.train.values), dimension: svm.dimension, labels: labelsOf(svm.train, c) },
      ...{ cost, positiveWeight: 2, seed: 0 },
    };
    const exact = trainLinearSvm({ ...problem, tolerance: 1e-10, maxPasses: 100_000 });
    expect(exact.converged).toBe(true);
    const own = decideRows(exact, unpack(svm.test.values));
    own.forEach((value, i) => expect(Math.abs(value - decision[i]!)).toBeLessThan(1e-6));
    // As it is used, at liblinear's tolerance.
    const usual = decideRows(trainLinearSvm(problem), unpack(svm.test.values));
    usual.forEach((value, i) => expect(Math.abs(value - decision[i]!)).toBeLessThan(2e-3));
  });
});

describe('average precision', () => {
  it.each(svm.cases)('is that of scikit-learn: cost $cost, class $class', (one) => {
    const positive = [...labelsOf(svm.test, one.class)].map((label) => label > 0);
    expect(averagePrecision(one.decision, positive)).toBeCloseTo(one.averagePrecision, 12);
  });

  it('takes equal scores together', () => {
    expect(averagePrecision([1, 1, 1, 1], [true, false, false, true])).toBe(0.5);
    expect(averagePrecision([3, 2, 1], [false, false, false])).toBeNaN();
  });

  it('of eleven points is the mean of the highest precisions to the right', () => {
    // Precisions 1, 1/2, 2/3, 2/4 at recalls 1/2, 1/2, 1, 1: six recalls up to 0.5 see 1, five above see 2/3.
    const value = averagePrecision([4, 3, 2, 1], [true, false, true, false], { elevenPoint: true });
    expect(value).toBeCloseTo((6 * 1 + 5 * (2 / 3)) / 11, 12);
  });
});
