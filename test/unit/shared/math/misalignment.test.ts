/** Measures of misalignment and of transfer foretold, against NumPy, SciPy and scikit-learn (test/golden/make/misalignment.py). */
import { describe, expect, it } from 'vitest';
import { InvarianceSums } from '../../../../src/shared/math/geometry/invariance';
import { viewLikeness } from '../../../../src/shared/math/geometry/viewLikeness';
import { ExplainedVariance, RidgeSums } from '../../../../src/shared/math/ridge';
import { sourceScores } from '../../../../src/shared/math/transferability/sourceLabels';
import { weightedKendall } from '../../../../src/shared/math/weightedKendall';
import { deriveRandom } from '../../../../src/shared/random';
import golden from '../../../golden/data/misalignment.json';

const unit = (row: readonly number[]): number[] => row.map((value) => value / Math.hypot(...row));
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
const likenessOf = (first: readonly number[][], second: readonly number[][], labels: readonly number[]) => {
  const [rows, others] = [first.map(unit), second.map(unit)];
  return viewLikeness({
    labels,
    cosines: (from, count) => rows.slice(from, from + count).flatMap((row) => others.map((other) => dot(row, other))),
  });
};

describe('views of an image, of a class, of others', () => {
  it('are as alike as NumPy says, and fall into the same bins', () => {
    const { histogram, ...numbers } = likenessOf(golden.first, golden.second, golden.labels);
    const { counts, ...expected } = golden.views;
    for (const [name, value] of Object.entries(expected))
      expect(numbers[name as keyof typeof numbers], name).toBeCloseTo(value, 10);
    expect(histogram.counts).toEqual(counts);
  });

  it('say which share of the spread is left within classes', () => {
    const random = deriveRandom(3, 'views');
    const noise = (size: number) => Array.from({ length: 12 }, () => size * random.normal());
    const plus = (a: readonly number[], b: readonly number[]) => a.map((value, k) => value + b[k]!);
    const labels = Array.from({ length: 300 }, (_, i) => i % 4);
    const centres = [0, 1, 2, 3].map(() => noise(3));
    // Classes are points: nothing but the views' own noise is left.
    const points = labels.map((label) => centres[label]!);
    const view = (rows: readonly number[][]) => rows.map((row) => plus(row, noise(0.3)));
    const collapsed = likenessOf(view(points), view(points), labels);
    expect(collapsed.withinClassShare).toBeCloseTo(0, 1);
    expect(collapsed.instanceAuc).toBeCloseTo(0.5, 1);
    // Labels mean nothing: class mates are strangers.
    const apart = labels.map(() => noise(3));
    const spread = likenessOf(view(apart), view(apart), labels);
    expect(spread.withinClassShare).toBeCloseTo(1, 1);
    expect(spread.instanceAuc).toBeGreaterThan(0.99);
  });
});

describe('invariance', () => {
  const measure = (first: readonly number[][], second: readonly number[][]) => {
    const sums = new InvarianceSums(first[0]!.length);
    for (let from = 0; from < first.length; from += 10)
      sums.add(first.slice(from, from + 10).flat(), second.slice(from, from + 10).flat());
    return sums.value();
  };

  it('agrees with NumPy over all pairs, whatever the batches', () => {
    expect(measure(golden.first, golden.second)).toBeCloseTo(golden.invariance, 10);
  });

  it('is 1 for nothing changed, 0 for another image, and unknown where all images are the same', () => {
    expect(measure(golden.first, golden.first)).toBeCloseTo(1, 12);
    const random = deriveRandom(5, 'images');
    const rows = Array.from({ length: 400 }, () => Array.from({ length: 6 }, () => random.normal()));
    expect(measure(rows, [...rows.slice(1), rows[0]!])).toBeCloseTo(0, 1);
    const same = rows.map(() => rows[0]!);
    expect(measure(same, same)).toBeUndefined();
    const dead = rows.map(() => [0, 0, 0]);
    expect(measure(dead, dead)).toBeDefined();
  });
});

describe('a readout', () => {
  const { x, y, l2 } = golden.ridge;
  const batch = (rows: readonly number[][], answers: readonly number[][]) => {
    const [d, t] = [rows[0]!.length, answers[0]!.length];
    const sums = { xx: new Float64Array(d * d), xy: new Float64Array(d * t) };
    const [sumX, sumY] = [new Float64Array(d), new Float64Array(t)];
    rows.forEach((row, n) =>
      row.forEach((value, i) => {
        sumX[i]! += value;
        row.forEach((other, j) => (sums.xx[i * d + j]! += value * other));
        answers[n]!.forEach((answer, k) => (sums.xy[i * t + k]! += value * answer));
      }),
    );
    answers.forEach((row) => row.forEach((value, k) => (sumY[k]! += value)));
    return { rows: rows.length, sumX, sumY, ...sums };
  };

  it("is scikit-learn's ridge regression on scaled features, from sums over batches", () => {
    const ridge = new RidgeSums(7, 2);
    for (const [from, to] of [
      [0, 25],
      [25, 60],
    ] as const)
      ridge.add(batch(x.slice(from, to), y.slice(from, to)));
    const { weights, bias, mean } = ridge.solve(l2);
    const predicted = x
      .slice(60)
      .map((row) => [0, 1].map((k) => row.reduce((sum, v, i) => sum + v * weights[i * 2 + k]!, bias[k]!)));
    predicted.flat().forEach((value, i) => expect(value).toBeCloseTo(golden.ridge.predicted.flat()[i]!, 8));
    const variance = new ExplainedVariance(mean);
    variance.add(predicted.slice(0, 5).flat(), y.slice(60, 65).flat());
    variance.add(predicted.slice(5).flat(), y.slice(65).flat());
    expect(variance.of([0, 1])).toBeCloseTo(golden.ridge.r2, 8);
    expect(variance.of([0])).toBeCloseTo(golden.ridge.r2First, 8);
  });

  it('has no score where there is nothing to tell', () => {
    const variance = new ExplainedVariance(Float64Array.of(2));
    variance.add([2, 2], [2, 2]);
    expect(variance.of([0])).toBeUndefined();
  });
});

describe('transfer foretold by a source classifier', () => {
  it('is as NumPy says', () => {
    const { logits, target, leep, nce } = golden.source;
    const scores = sourceScores({ logits: logits.flat(), sourceClasses: 4, labels: target });
    expect(scores.leep).toBeCloseTo(leep, 12);
    expect(scores.nce).toBeCloseTo(nce, 12);
  });

  it('is 0 where source classes tell target classes, and minus their entropy where they say nothing', () => {
    const labels = [0, 1, 2, 0, 1, 2];
    const sure = labels.flatMap((label) => [0, 1, 2].map((z) => (z === (label + 1) % 3 ? 1000 : 0)));
    expect(sourceScores({ logits: sure, sourceClasses: 3, labels })).toEqual({ leep: 0, nce: 0 });
    const silent = sourceScores({ logits: labels.flatMap(() => [0, 0]), sourceClasses: 2, labels });
    expect(silent.leep).toBeCloseTo(-Math.log(3), 12);
    expect(silent.nce).toBeCloseTo(-Math.log(3), 12);
  });
});

describe("weighted Kendall's τ", () => {
  it("is SciPy's, ties and all", () => {
    const { x, y, weightedTau } = golden.ranks;
    expect(weightedKendall(x, y)).toBeCloseTo(weightedTau, 12);
    expect(weightedKendall(x, x)).toBeCloseTo(1, 12);
    expect(weightedKendall([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    expect(weightedKendall([1, 1, 1], [3, 2, 1])).toBeNaN();
  });
});
