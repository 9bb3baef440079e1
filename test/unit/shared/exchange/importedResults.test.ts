/** Results files: what is accepted, and what each mistake is called. */
import { describe, expect, it } from 'vitest';
import { checkResults } from '../../../../src/shared/exchange/importedResults';
import { isPlainScores, plainScores } from '../../../../src/shared/exchange/plainScores';
import { parsePythonJson } from '../../../../src/shared/exchange/pythonJson';

const row = { pretraining: 'moco', transfer: 'voc', metric: 'ap50', values: [0.814, 0.816] };
const file = (results: readonly unknown[], rest: object = {}): unknown => ({ source: 'Table 2', ...rest, results });
const problemsOf = (value: unknown): readonly string[] => checkResults(value).problems;

describe('a results file', () => {
  it('numbers its seeds and turns percent into shares', () => {
    const { results } = checkResults(file([{ ...row, values: [81.4, 7] }], { unit: 'percent' }));
    expect(results?.results[0]).toMatchObject({ values: [0.814, 0.07], seeds: [0, 1] });
  });

  it('leaves what is no share as it is', () => {
    const { results } = checkResults(file([{ ...row, metric: 'loss', values: [2.5] }], { unit: 'percent' }));
    expect(results?.results[0]?.values).toEqual([2.5]);
  });

  it.each([
    [[], /^the file: a list must be an object/],
    [null, /^the file: null must be an object/],
    [{ results: [row] }, /^source: is missing; add it$/],
    [file([]), /^results: is empty; fill it in$/],
    [file([{ ...row, values: ['0.8'] }]), /^results\[0\]\.values\[0\]: "0.8" must be a finite number/],
    [file([{ ...row, seeds: [-1, 0] }]), /^results\[0\]\.seeds\[0\]: -1 must be 0 or more/],
    [file([row], { unit: 'permille' }), /^unit: "permille" must be one of share, percent/],
    [file([{ ...row, valeus: [1] }]), /^results\[0\]: unrecognized key: "valeus"/],
    [file([{ ...row, values: [81.4] }]), /results\[0\]\.values: 81\.4 is no share.*"unit": "percent"/],
    [file([{ ...row, seeds: [3] }]), /results\[0\]\.seeds: 1 seeds for 2 values/],
    [file([{ ...row, seeds: [3, 3] }]), /a seed stands there twice/],
    [file([row, row]), /results\[1\]: the same .* as results\[0\]/],
    [file([row], { url: 'nowhere' }), /^url: /],
  ])('%j is refused with its place', (value, message) => {
    expect(problemsOf(value)[0]).toMatch(message);
  });

  it('names all that is wrong', () => {
    expect(
      problemsOf(
        file([
          { ...row, values: [2] },
          { ...row, metric: 'ap', seeds: [1] },
        ]),
      ),
    ).toHaveLength(2);
  });
});

describe('a plain file of scores', () => {
  const names = { pretraining: 'r50', source: 's.json', isPercent: false };
  const rowsOf = (value: Readonly<Record<string, unknown>>, transfer?: string): [string, string, number][] =>
    plainScores(value, { ...names, ...(transfer !== undefined && { transfer }) }).results.results.map(
      ({ transfer: column, metric, values }) => [column, metric, values[0]!],
    );

  it('is read at one level or two, with our names of metrics', () => {
    expect(rowsOf({ AP: 0.4, AP50: 0.6, note: 'x' }, 'coco')).toEqual([
      ['coco', 'ap', 0.4],
      ['coco', 'ap50', 0.6],
    ]);
    expect(rowsOf({ bbox: { AP: 0.4 }, segm: { AP: 0.35 } })).toEqual([
      ['bbox', 'ap', 0.4],
      ['segm', 'ap', 0.35],
    ]);
  });

  it('of a harness is its results alone, without standard errors', () => {
    const harness = {
      results: { dtd: { 'acc,none': 0.7, 'acc_stderr,none': 0.01, alias: 'dtd' } },
      versions: { dtd: 1 },
    };
    expect(isPlainScores(harness)).toBe(true);
    expect(rowsOf(harness)).toEqual([['dtd', 'accuracy', 0.7]]);
  });

  it('leaves out what pycocotools and Python write where nothing was measured', () => {
    const text =
      '{"AP": 0.4, "APs": -1, "APl": -1.0, "AR": NaN, "top": -Infinity, "loss": -1, "note": "NaN, \\"Infinity"}';
    const value = parsePythonJson(text) as Readonly<Record<string, unknown>>;
    expect(value).toMatchObject({ AR: null, top: null, note: 'NaN, "Infinity' });
    expect(rowsOf(value, 'coco')).toEqual([
      ['coco', 'ap', 0.4],
      ['coco', 'loss', -1],
    ]);
    expect(() => parsePythonJson('{"AP": NaN')).toThrow(SyntaxError);
  });

  it('leaves out numbers of unknown metrics that are no shares, and names them', () => {
    const read = plainScores({ bbox: { AP: 0.4, count: 500, drift: -0.2, mine: 0.5 } }, names);
    expect(read.leftOut).toEqual(['bbox count', 'bbox drift']);
    expect(read.results.results.map(({ metric }) => metric)).toEqual(['ap', 'mine']);
    const percent = plainScores({ count: 500, mine: 50 }, { ...names, isPercent: true });
    expect(percent.leftOut).toEqual(['scores count']);
    expect(checkResults(percent.results).results?.results[0]).toMatchObject({ metric: 'mine', values: [0.5] });
  });

  it('that is in percent without saying so is refused, also where no metric is known', () => {
    for (const scores of [{ AP: 40, AR: 50 }, { mine: 50 }]) {
      expect(problemsOf(plainScores(scores, names).results)[0]).toMatch(/is no share.*--percent/);
    }
  });

  it('is not a results file', () => expect(isPlainScores(file([row]))).toBe(false));
});
