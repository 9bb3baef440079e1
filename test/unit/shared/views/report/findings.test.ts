/** Each sentence against runs whose values decide what may be claimed. */
import { describe, expect, it } from 'vitest';
import { createTransferReport } from '../../../../../src/shared/views/report/transferReport';
import { createRun, createRunOfValues, fourPretrainings, reportCases } from '../../../../support/reportFixture';

type Values = Record<string, readonly (number | null)[]>;

function sentenceOf(values: Values, seeds: readonly number[] = [0, 1, 2]): string {
  const byTransfer = Object.fromEntries(Object.entries(values).map(([id, list]) => [id, { probe: list }]));
  const { findings } = createTransferReport(createRunOfValues(byTransfer, { seeds }));
  expect(findings).toHaveLength(1);
  expect(findings[0]!.transfer).toBe('probe');
  return findings[0]!.sentence;
}

const random = [0.1, 0.11, 0.12];

describe('findings', () => {
  it('names the best, its margin, and who else is above', () => {
    // Differences to random: best 0.2 each (interval 0), mid 0.1, 0.1, 0.1.
    const sentence = sentenceOf({ random, mid: [0.2, 0.21, 0.22], best: [0.3, 0.31, 0.32] });
    expect(sentence).toBe(
      'best is best at avgpool, 31.0 ± 2.5 %, +20.0 ± 0.0 points above random; mid is above random too.',
    );
  });

  it('says too close to tell where the interval of the difference includes zero', () => {
    const sentence = sentenceOf({ random, a: [0.3, 0.33, 0.3], b: [0.31, 0.3, 0.31], dull: [0.09, 0.13, 0.11] });
    expect(sentence).toContain('a is highest at avgpool, 31.0 ± 4.3 %');
    expect(sentence).toContain('but too close to b to tell which is better');
    expect(sentence).toContain('dull is too close to random to tell');
    expect(sentence).not.toContain('is best');
  });

  it('claims nothing over random when even the best is too close to it', () => {
    const sentence = sentenceOf({ random, a: [0.1, 0.14, 0.11], b: [0.05, 0.06, 0.07] });
    expect(sentence).toBe(
      'a is highest at avgpool, 11.7 ± 5.2 %, but too close to random and b to tell which is better; b is below random.',
    );
  });

  it('calls nothing best that the table cannot tell from random', () => {
    const flat = [0.1, 0.1, 0.1, 0.1, 0.1];
    // By itself a is above random (t = 2.99, p = 0.04), corrected for two comparisons with it no more.
    const a = [0.23, 0.11, 0.2, 0.12, 0.19];
    const dull = [0.13, 0.01, 0.11, 0.02, 0.09];
    const seeds = [0, 1, 2, 3, 4];
    expect(sentenceOf({ random: flat, a }, seeds)).toContain('a is best');
    expect(sentenceOf({ random: flat, a, dull }, seeds)).toMatch(/a is highest.* but too close to random to tell/);
  });

  it('lets random win', () => {
    const sentence = sentenceOf({ random: [0.3, 0.31, 0.32], a: [0.2, 0.21, 0.22], b: [0.1, 0.11, 0.12] });
    expect(sentence).toBe(
      'random is best at avgpool, 31.0 ± 2.5 %, +10.0 ± 0.0 points above a; a and b are below random.',
    );
  });

  it('compares with the second where there is no reference', () => {
    expect(sentenceOf({ b: [0.2, 0.21, 0.22], a: [0.3, 0.31, 0.32] })).toBe(
      'a is best at avgpool, 31.0 ± 2.5 %, +10.0 ± 0.0 points above b.',
    );
  });

  it('judges nothing from one seed', () => {
    const sentence = sentenceOf({ random: [0.1], a: [0.9] }, [0]);
    expect(sentence).toBe(
      'a is highest at avgpool, 90.0 %, but one value has no interval, so the order is not certain.',
    );
  });

  it('admits where shared seeds are too few', () => {
    const sentence = sentenceOf({ random, a: [0.3, 0.31, 0.32], b: [0.2, null, null] });
    expect(sentence).toContain('a is best');
    expect(sentence).toContain('too few shared seeds to compare b');
    expect(sentence).not.toContain('b is above');
  });

  it('names no layer where the whole network is measured', () => {
    const [several] = createTransferReport(reportCases.onlyDetection()).findings;
    expect(several!.sentence).toMatch(/^supervised is (best|highest) with \d+\.\d ± \d+\.\d %/);
    const transfers = [{ id: 'detect', task: 'detection', data: 'scenes', base: 0.04 }];
    const alone = createTransferReport(
      createRun({ transfers, pretrainings: fourPretrainings.slice(1, 2), seeds: [0] }),
    );
    expect(alone.findings[0]!.sentence).toMatch(/^supervised is the only one measured: average precision \d+\.\d %\.$/);
  });

  it('says what a single pretraining reached, against guessing', () => {
    expect(sentenceOf({ a: [0.3, 0.31, 0.32] })).toBe(
      'a is the only one measured: top-1 accuracy at avgpool, 31.0 ± 2.5 %; guessing would give 25.0 %.',
    );
  });
});
