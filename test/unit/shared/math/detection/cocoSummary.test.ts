/** COCO's numbers against pycocotools, on sets made to trip evaluators up. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateCoco, type CocoSummary } from '../../../../../src/shared/math/detection/cocoSummary';
import type { IouType } from '../../../../../src/shared/results/detections';
import { findPython } from '../../../../support/findPython';
import { parseBoth } from './detectionFiles';

const root = path.resolve(import.meta.dirname, '../../../../..');

interface ExpectedSet {
  readonly iouType: IouType;
  readonly trait: string;
  readonly truth: string;
  readonly results: string;
  readonly stats: readonly (number | null)[];
  readonly perClass: readonly (readonly [number, number | null])[];
}

function evaluate(truthText: string, resultsText: string, iouType: IouType): CocoSummary {
  const { truth, detections } = parseBoth(truthText, resultsText, iouType);
  return evaluateCoco(truth, detections, { iouType });
}

function compare(set: ExpectedSet): void {
  const { numbers, perClass } = evaluate(set.truth, set.results, set.iouType);
  const ours = Object.values(numbers);
  expect(ours).toHaveLength(set.stats.length);
  set.stats.forEach((expected, i) => expectClose(ours[i]!, expected));
  expect(perClass).toHaveLength(set.perClass.length);
  set.perClass.forEach(([, expected], k) => expectClose(perClass[k]!.numbers.AP!, expected));
}

function expectClose(value: number, expected: number | null): void {
  if (expected === null) expect(value).toBeNaN();
  else expect(Math.abs(value - expected)).toBeLessThan(1e-12);
}

describe('COCO evaluation', () => {
  const sets = JSON.parse(
    readFileSync(path.join(root, 'test/golden/data/cocoEvaluation.json'), 'utf8'),
  ) as ExpectedSet[];

  it.each(sets.map((set, i) => [`${set.iouType}, ${set.trait}, set ${i}`, set] as const))(
    'equals pycocotools: %s',
    (_, set) => {
      compare(set);
    },
  );

  it('has sets in which something is found', () => {
    const found = sets.filter(({ stats }) => (stats[0] ?? 0) > 0.1);
    expect(found.length).toBeGreaterThan(sets.length / 4);
  });

  const python = findPython('numpy', 'pycocotools');
  it.skipIf(!python)(`equals pycocotools on new sets${python ? '' : ' (skipped: no Python with pycocotools)'}`, () => {
    const seed = String(process.env.TRANSFERSCOPE_TEST_SEED ?? 20261123);
    const script = path.join(root, 'test/golden/make/detection/cocoEvaluation.py');
    const { status, stdout, stderr } = spawnSync(python!, [script, '--seed', seed, '--sets', '8'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    expect(status, stderr).toBe(0);
    const fresh = JSON.parse(stdout) as ExpectedSet[];
    expect(fresh.length).toBeGreaterThan(100);
    for (const set of fresh) compare(set);
  });
});
