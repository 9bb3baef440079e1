/** TIDE's verdicts and budgets against tidecv, and what tidecv gets wrong against written-out numbers. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  BUDGET_PARTS,
  computeBudget,
  type BudgetPart,
  type ErrorType,
} from '../../../../../src/shared/math/detection/errorBudget';
import { FATE, judgeTide, VERDICT, VERDICTS } from '../../../../../src/shared/math/detection/tide';
import { findTidePairs } from '../../../../../src/shared/math/detection/tidePairs';
import { findPython } from '../../../../support/findPython';
import { parseBoth } from './detectionFiles';

const root = path.resolve(import.meta.dirname, '../../../../..');

interface Numbers {
  readonly ap: number | null;
  readonly gains: Readonly<Record<BudgetPart, number | null>>;
}

interface ExpectedSet {
  readonly iouType: 'bbox' | 'segm';
  readonly trait: string;
  readonly foreground: number;
  readonly background: number;
  readonly truth: string;
  readonly results: string;
  /** tidecv with the mean over classes that have objects. */
  readonly right: Numbers;
  /** tidecv untouched, where every detected class has objects. */
  readonly plain?: Numbers;
  readonly counts: Readonly<Record<ErrorType, number>>;
  readonly verdicts: Readonly<Record<string, string>>;
  readonly missed: readonly number[];
}

function judge(set: Pick<ExpectedSet, 'truth' | 'results' | 'iouType' | 'foreground' | 'background'>) {
  const { truth, detections } = parseBoth(set.truth, set.results, set.iouType);
  const pairs = findTidePairs(truth, detections, { iouType: set.iouType });
  const verdicts = judgeTide(pairs, set);
  return { truth, detections, verdicts, budget: computeBudget(pairs, verdicts) };
}

function compare(set: ExpectedSet): void {
  const { detections, verdicts, budget } = judge(set);
  for (const expected of set.plain ? [set.right, set.plain] : [set.right]) {
    expectClose(budget.ap, expected.ap);
    for (const part of BUDGET_PARTS) expectClose(budget.gains[part], expected.gains[part]);
  }
  expect(budget.counts).toEqual(set.counts);
  const ours = Object.fromEntries(
    [...verdicts.verdicts.entries()]
      .filter(([, verdict]) => verdict !== VERDICT.unjudged && verdict !== VERDICT.correct)
      .map(([i, verdict]) => [detections.places[i], VERDICTS[verdict]]),
  );
  expect(ours).toEqual(set.verdicts);
  expect([...verdicts.fates.keys()].filter((j) => verdicts.fates[j] === FATE.missed)).toEqual(set.missed);
}

function expectClose(value: number, expected: number | null): void {
  if (expected === null) expect(value).toBeNaN();
  else expect(Math.abs(value - expected)).toBeLessThan(1e-12);
}

describe('TIDE', () => {
  const sets = JSON.parse(readFileSync(path.join(root, 'test/golden/data/tideBudgets.json'), 'utf8')) as ExpectedSet[];

  it.each(sets.map((set, i) => [`${set.iouType}, ${set.trait}, set ${i}`, set] as const))(
    'equals tidecv: %s',
    (_, set) => {
      compare(set);
    },
  );

  it('is compared with untouched tidecv, too, and over every type of error', () => {
    expect(sets.filter(({ plain }) => plain).length).toBeGreaterThan(3);
    for (const type of ['cls', 'loc', 'both', 'dupe', 'bkg', 'miss'] as const) {
      expect(Math.max(...sets.map(({ right }) => right.gains[type] ?? 0))).toBeGreaterThan(
        type === 'both' ? 0.001 : 0.005,
      );
    }
  });

  const python = findPython('numpy', 'pycocotools', 'tidecv');
  it.skipIf(!python)(`equals tidecv on new sets${python ? '' : ' (skipped: no Python with tidecv)'}`, () => {
    const seed = String(process.env.TRANSFERSCOPE_TEST_SEED ?? 20261123);
    const script = path.join(root, 'test/golden/make/detection/tideBudgets.py');
    const { status, stdout, stderr } = spawnSync(python!, [script, '--seed', seed, '--sets', '10'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    expect(status, stderr).toBe(0);
    const fresh = JSON.parse(stdout) as ExpectedSet[];
    expect(fresh.length).toBeGreaterThan(100);
    for (const set of fresh) compare(set);
  });
});
