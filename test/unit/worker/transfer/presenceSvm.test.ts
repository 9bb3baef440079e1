/** VOC07's protocol of linear SVMs against scikit-learn: chosen costs, average precisions and their mean. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { normalizeRows } from '../../../../src/shared/math/knn';
import { asFolds, dealFolds, scorePresence, type PresenceScore } from '../../../../src/worker/transfer/presenceSvm';

interface Part {
  readonly values: string;
  readonly presence: readonly number[];
}
const golden = JSON.parse(readFileSync('test/golden/data/multilabel.json', 'utf8')) as {
  readonly dimension: number;
  readonly costs: readonly number[];
  readonly folds: number;
  readonly positiveWeight: number;
  readonly train: Part;
  readonly test: Part;
  readonly classes: readonly {
    readonly fold: readonly number[];
    readonly cost: number;
    readonly area: number;
    readonly elevenPoint: number;
  }[];
  readonly map: number;
  readonly map11: number;
};
const { dimension, costs, folds, positiveWeight, classes } = golden;

function rowsOf({ values }: Part) {
  const raw = new Float32Array(new Uint8Array(Buffer.from(values, 'base64')).buffer);
  return { values: normalizeRows(raw, raw.length / dimension, dimension), dimension };
}
const presenceOf = ({ presence }: Part, c: number) =>
  Int8Array.from({ length: presence.length / classes.length }, (_, i) => presence[i * classes.length + c]!);
const features = { train: rowsOf(golden.train), test: rowsOf(golden.test) };
const options = { costs, positiveWeight, seed: 0, signal: new AbortController().signal };

const scoreOf = (c: number, fold: readonly number[]) =>
  scorePresence(
    {
      features,
      presence: { train: presenceOf(golden.train, c), test: presenceOf(golden.test, c) },
      foldsOf: () => asFolds(fold, folds),
    },
    options,
  ) as Promise<PresenceScore>;

describe('SVMs of classes', () => {
  it('choose costs and score as scikit-learn does, class by class and in the mean', async () => {
    const scores: PresenceScore[] = [];
    for (const [c, { fold, ...known }] of classes.entries()) {
      const score = await scoreOf(c, fold);
      expect(score.cost).toBe(known.cost);
      // liblinear's tolerance may turn two nearly equal pictures over, one place among fifty.
      expect(score.area).toBeCloseTo(known.area, 3);
      expect(score.elevenPoint).toBeCloseTo(known.elevenPoint, 2);
      scores.push(score);
    }
    const mean = (key: 'area' | 'elevenPoint') => scores.reduce((sum, score) => sum + score[key], 0) / scores.length;
    expect(mean('area')).toBeCloseTo(golden.map, 3);
    expect(mean('elevenPoint')).toBeCloseTo(golden.map11, 2);
    expect(new Set(classes.map(({ cost }) => cost)).size).toBeGreaterThan(1);
  });

  it('are not asked of a class that a split does not show', async () => {
    const nobody = new Int8Array(presenceOf(golden.test, 0).length).fill(-1);
    const presence = { train: presenceOf(golden.train, 0), test: nobody };
    expect(await scorePresence({ features, presence, foldsOf: () => [] }, options)).toBeUndefined();
  });

  it('deal positives and negatives evenly to folds, each row to one', () => {
    const labels = Int8Array.from({ length: 31 }, (_, i) => (i % 4 === 0 ? 1 : -1));
    const dealt = dealFolds(labels, 3, 5);
    expect(dealt.flatMap(({ held }) => [...held]).sort((a, b) => a - b)).toEqual([...labels.keys()]);
    for (const { learnt, held } of dealt) {
      expect(new Set([...learnt, ...held]).size).toBe(31);
      const positives = [...held].filter((row) => labels[row] === 1).length;
      expect([2, 3]).toContain(positives);
    }
    expect(dealFolds(labels, 3, 6)).not.toEqual(dealt);
  });
});
