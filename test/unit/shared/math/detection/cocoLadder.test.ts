/** COCO's ladder against pycocotools, the parts of a diagnosis against each other and against a slow loop. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { climbLadder, LADDER_STEPS } from '../../../../../src/shared/math/detection/cocoLadder';
import { COCO_AREAS } from '../../../../../src/shared/math/detection/cocoMatching';
import { diagnose, differDiagnoses } from '../../../../../src/shared/math/detection/diagnose';
import { computeBudget } from '../../../../../src/shared/math/detection/errorBudget';
import { judgeHoiem, meanShares, shareHoiem } from '../../../../../src/shared/math/detection/hoiem';
import { judgeTide } from '../../../../../src/shared/math/detection/tide';
import { findTidePairs } from '../../../../../src/shared/math/detection/tidePairs';
import { parseBoth } from './detectionFiles';

interface ExpectedSet {
  readonly iouType: 'bbox' | 'segm';
  readonly trait: string;
  readonly truth: string;
  readonly results: string;
  /** By area: of each class c75, c50, loc, sim, oth, bg. */
  readonly ladders: Readonly<Record<string, readonly (readonly number[] | null)[]>>;
}

const file = path.resolve(import.meta.dirname, '../../../../golden/data/cocoLadder.json');
const sets = JSON.parse(readFileSync(file, 'utf8')) as ExpectedSet[];

describe("COCO's ladder", () => {
  it.each(sets.map((set) => [set.trait, set.iouType, set] as const))(
    'is that of pycocotools: %s, %s',
    (_trait, iouType, { truth: truthText, results, ladders }) => {
      const { truth, detections } = parseBoth(truthText, results, iouType);
      for (const area of COCO_AREAS) {
        const climbed = climbLadder(truth, detections, { iouType, area });
        expect(climbed).toHaveLength(ladders[area.name]!.length);
        ladders[area.name]!.forEach((expected, k) => {
          if (expected === null) return expect(climbed[k]).toBeUndefined();
          LADDER_STEPS.slice(0, 6).forEach((step, i) => expect(climbed[k]![step]).toBeCloseTo(expected[i]!, 12));
          expect(climbed[k]!.fn).toBe(1);
        });
      }
    },
  );
});

describe('a diagnosis', () => {
  const { truth, detections } = parseBoth(sets[1]!.truth, sets[1]!.results, 'bbox');
  const all = new Set(truth.categories.ids.keys());
  const options = { iouType: 'bbox', foreground: 0.5, background: 0.1, areas: ['all', 'small'] } as const;

  it('says of all classes what its parts say', () => {
    const { tide, hoiem, ladders, counts } = diagnose(truth, detections, { ...options, classes: all });
    const pairs = findTidePairs(truth, detections, options);
    const budget = computeBudget(pairs, judgeTide(pairs));
    expect(tide).toEqual({ ap: budget.ap, ...budget.gains });
    expect(counts).toEqual(budget.counts);
    expect(hoiem).toEqual(meanShares(shareHoiem(judgeHoiem(truth, detections))));
    expect(ladders.map(({ area }) => area)).toEqual(['all', 'small']);
  });

  it('averages over the classes that are asked for alone', () => {
    const [some, rest] = [new Set([0, 1]), new Set([...all].filter((k) => k > 1))];
    const whole = diagnose(truth, detections, { ...options, classes: all });
    const parts = [some, rest].map((classes) => diagnose(truth, detections, { ...options, classes }));
    const sizes = parts.map(({ perClass }) => perClass.length);
    expect(sizes.reduce((a, b) => a + b)).toBe(whole.perClass.length);
    const join = (of: (one: (typeof parts)[number]) => number) =>
      parts.reduce((sum, one, i) => sum + of(one) * sizes[i]!, 0) / whole.perClass.length;
    expect(join(({ tide }) => tide.ap!)).toBeCloseTo(whole.tide.ap!, 12);
    expect(join(({ removed }) => removed.loc! + removed.ap!)).toBeCloseTo(whole.removed.loc! + whole.removed.ap!, 12);
    expect(join(({ hoiem }) => hoiem.loc!)).toBeCloseTo(whole.hoiem.loc!, 12);
    expect(join(({ ladders }) => ladders[0]!.steps.sim!)).toBeCloseTo(whole.ladders[0]!.steps.sim!, 12);
    expect(parts[0]!.counts.miss + parts[1]!.counts.miss).toBe(whole.counts.miss);
    expect(parts[0]!.classes).toEqual(truth.categories.names.slice(0, 2));
  });

  it('counts each of the N surest detections of a class once, on the diagonal where its object is of the class', () => {
    const { pairs, perClass } = diagnose(truth, detections, { ...options, classes: all });
    const verdicts = judgeHoiem(truth, detections);
    for (const { category, counted, shares } of shareHoiem(verdicts)) {
      const row = pairs.counts[category]!;
      expect(row.reduce((sum, count) => sum + count, 0)).toBe(counted);
      if (counted === 0) continue;
      expect(row[category]! / counted).toBeCloseTo(shares.cor + shares.loc, 12);
      expect(row.at(-1)! / counted).toBeCloseTo(shares.bg, 12);
    }
    expect(perClass.filter(({ hoiem }) => hoiem.cor !== undefined).length).toBeGreaterThan(2);
  });

  it('of a detector and itself does not differ; of two it differs by their figures', () => {
    const fewer = { ...detections, scores: detections.scores.map((score, i) => (i % 2 === 0 ? score : score / 2)) };
    const draws = { ...options, classes: all, seed: 0, resamples: 100 };
    const same = differDiagnoses(truth, [detections, detections], draws);
    for (const { difference } of [...Object.values(same.tide), ...Object.values(same.hoiem)])
      expect(difference).toBe(0);
    const [before, after] = [detections, fewer].map((one) => diagnose(truth, one, { ...options, classes: all }));
    const { tide, hoiem } = differDiagnoses(truth, [detections, fewer], draws);
    expect(tide.ap.difference).toBeCloseTo(after!.tide.ap! - before!.tide.ap!, 12);
    expect(tide.ap.low).toBeLessThan(tide.ap.high);
    expect(hoiem.cor.difference).toBeCloseTo(after!.hoiem.cor! - before!.hoiem.cor!, 12);
  });
});
