/** Calibration and moved thresholds against written-out counting. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compactMatching } from '../../../../../src/shared/math/detection/compactMatching';
import { computeCalibration, rankScores } from '../../../../../src/shared/math/detection/calibration';
import { COCO_AREAS, COCO_THRESHOLDS, matchCoco } from '../../../../../src/shared/math/detection/cocoMatching';
import { evaluateCoco, findCocoCandidates } from '../../../../../src/shared/math/detection/cocoSummary';
import { meanApAbove } from '../../../../../src/shared/math/detection/movedThreshold';
import { interpolatedPrecision, averagePrecision } from '../../../../../src/shared/math/detection/precisionRecall';
import { parseBoth } from './detectionFiles';

const root = path.resolve(import.meta.dirname, '../../../../..');
const sets = (
  JSON.parse(readFileSync(path.join(root, 'test/golden/data/cocoEvaluation.json'), 'utf8')) as {
    iouType: string;
    trait: string;
    truth: string;
    results: string;
  }[]
).filter(({ iouType, trait }) => iouType === 'bbox' && trait !== 'nan');

describe('a moved threshold', () => {
  it.each(sets.map((set) => [set.trait, set] as const))(
    'of the score gives the AP of a file without the lower ones: %s',
    (_, set) => {
      const { truth, detections } = parseBoth(set.truth, set.results, 'bbox');
      const candidates = findCocoCandidates(truth, detections, { iouType: 'bbox' });
      const matching = matchCoco(candidates, COCO_THRESHOLDS, COCO_AREAS[0]!);
      for (const minScore of [0, 0.25, 0.5, 0.77]) {
        const kept = (JSON.parse(set.results) as { score: number }[]).filter(({ score }) => score >= minScore);
        const less = parseBoth(set.truth, JSON.stringify(kept), 'bbox');
        const expected = evaluateCoco(less.truth, less.detections, { iouType: 'bbox' }).numbers.AP!;
        expect(meanApAbove(candidates, matching, minScore)).toBeCloseTo(expected, 12);
      }
    },
  );
});

describe('calibration', () => {
  it('counts each bin', () => {
    for (const set of sets) {
      const { truth, detections } = parseBoth(set.truth, set.results, 'bbox');
      const candidates = findCocoCandidates(truth, detections, { iouType: 'bbox' });
      const matching = matchCoco(candidates, [0.5], COCO_AREAS[0]!);
      const { bins, error } = computeCalibration(rankScores(candidates), compactMatching(matching, candidates.starts), {
        bins: 4,
      });
      const rows = [...candidates.order].map((detection, place) => ({
        score: detections.scores[detection]!,
        isHit: matching.hits[place] === 1,
        isIgnored: matching.ignored[place] === 1,
      }));
      const judged = rows.filter(({ isIgnored }) => !isIgnored);
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(judged.length);
      let expected = 0;
      bins.forEach(({ low, high, count, score, precision }, i) => {
        const inBin = judged.filter((row) => row.score >= low && (i === 3 ? row.score <= high : row.score < high));
        expect(count).toBe(inBin.length);
        if (count === 0) return;
        expect(score).toBeCloseTo(inBin.reduce((sum, row) => sum + row.score, 0) / count, 12);
        expect(precision).toBeCloseTo(inBin.filter(({ isHit }) => isHit).length / count, 12);
        expected += (count / judged.length) * Math.abs(precision - score);
      });
      if (judged.length > 0) expect(error).toBeCloseTo(expected, 12);
    }
  });
});

describe('precision over recall', () => {
  // Hits at ranks 1, 3, 6 of 7 detections, 4 objects.
  const curve = { count: 3, hits: Float64Array.of(1, 2, 3), precision: Float64Array.of(1, 2 / 3, 1 / 2) };

  it('gives the three APs worked out by hand', () => {
    // 11 points: recall 0, .1, .2 → 1; .3, .4, .5 → 2/3; .6, .7 → 1/2; beyond 0.75 nothing.
    expect(averagePrecision(curve, 4, '11point')).toBeCloseTo((3 * 1 + 3 * (2 / 3) + 2 * 0.5) / 11, 12);
    expect(averagePrecision(curve, 4, 'area')).toBeCloseTo(0.25 * (1 + 2 / 3 + 1 / 2), 12);
    expect(averagePrecision(curve, 4, 'coco')).toBeCloseTo((26 * 1 + 25 * (2 / 3) + 25 * 0.5) / 101, 12);
    expect(averagePrecision(curve, 0, 'coco')).toBeNaN();
    const drawn = interpolatedPrecision(curve, 4);
    expect([drawn[0], drawn[25], drawn[26], drawn[75], drawn[76]]).toEqual([1, 1, 2 / 3, 0.5, 0]);
  });
});
