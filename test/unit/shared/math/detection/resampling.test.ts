/** Intervals and tests over images: replicates against evaluating images that really are repeated. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bootstrapAp,
  compareAp,
  prepareWeightedAp,
  weighAp,
} from '../../../../../src/shared/math/detection/bootstrapAp';
import { compareBudgets } from '../../../../../src/shared/math/detection/budgetDifference';
import { COCO_THRESHOLDS } from '../../../../../src/shared/math/detection/cocoMatching';
import { evaluateCoco, findCocoCandidates } from '../../../../../src/shared/math/detection/cocoSummary';
import { computeBudget, listBudgetEntries, weighBudget } from '../../../../../src/shared/math/detection/errorBudget';
import { FATE, judgeTide } from '../../../../../src/shared/math/detection/tide';
import { findTidePairs } from '../../../../../src/shared/math/detection/tidePairs';
import type { Detections, GroundTruth } from '../../../../../src/shared/results/detections';
import { deriveRandom } from '../../../../../src/shared/random';
import { parseBoth } from './detectionFiles';

const root = path.resolve(import.meta.dirname, '../../../../..');
type Row = Readonly<Record<string, unknown>>;

/** A committed set without ties of scores, as objects. */
function loadSet(): { truth: Row & { images: Row[]; annotations: Row[] }; results: Row[] } {
  const sets = JSON.parse(readFileSync(path.join(root, 'test/golden/data/cocoEvaluation.json'), 'utf8')) as {
    iouType: string;
    trait: string;
    truth: string;
    results: string;
  }[];
  const { truth, results } = sets.find(({ iouType, trait }) => iouType === 'bbox' && trait === 'crowds')!;
  return { truth: JSON.parse(truth), results: JSON.parse(results) };
}

/** Image i as often as weights[i] says, each copy an image of its own. */
function repeatImages({ truth, results }: ReturnType<typeof loadSet>, weights: readonly number[]) {
  const images: Row[] = [];
  const annotations: Row[] = [];
  const repeated: Row[] = [];
  truth.images.forEach((image, i) => {
    for (let copy = 0; copy < weights[i]!; copy++) {
      const id = images.length + 1;
      images.push({ ...image, id });
      for (const row of truth.annotations) {
        if (row.image_id === image.id) annotations.push({ ...row, image_id: id, id: annotations.length + 1 });
      }
      for (const row of results) if (row.image_id === image.id) repeated.push({ ...row, image_id: id });
    }
  });
  return parseBoth(JSON.stringify({ ...truth, images, annotations }), JSON.stringify(repeated), 'bbox');
}

function parse({ truth, results }: ReturnType<typeof loadSet>, transform = (row: Row): Row => row) {
  return parseBoth(JSON.stringify(truth), JSON.stringify(results.map(transform)), 'bbox');
}

function prepare(truth: GroundTruth, detections: Detections) {
  return prepareWeightedAp(findCocoCandidates(truth, detections, { iouType: 'bbox' }), COCO_THRESHOLDS);
}

function judge(truth: GroundTruth, detections: Detections) {
  const pairs = findTidePairs(truth, detections, { iouType: 'bbox' });
  return { pairs, verdicts: judgeTide(pairs) };
}

const set = loadSet();
const drawn = [0, 1, 2, 3].map((draw) => {
  const random = deriveRandom(draw, 'test-weights');
  return set.truth.images.map(() => random.integer(4));
});

describe('replicates', () => {
  it.each(drawn)('weighting images gives the AP and budget of repeating them: %j', (...weights) => {
    const { truth, detections } = parse(set);
    const repeated = repeatImages(set, weights);
    const expected = evaluateCoco(repeated.truth, repeated.detections, { iouType: 'bbox' }).numbers.AP!;
    expect(weighAp(prepare(truth, detections), weights)).toBeCloseTo(expected, 12);
    const one = judge(truth, detections);
    const many = judge(repeated.truth, repeated.detections);
    const budget = computeBudget(many.pairs, many.verdicts);
    const weighed = weighBudget(listBudgetEntries(one.pairs, one.verdicts), weights);
    expect(weighed.ap).toBeCloseTo(budget.ap, 12);
    for (const [part, gain] of Object.entries(budget.gains)) {
      expect(weighed.gains[part as keyof typeof budget.gains]).toBeCloseTo(gain, 12);
    }
  });

  it('gives an interval around the AP, the same for the same seed', () => {
    const { truth, detections } = parse(set);
    const run = prepare(truth, detections);
    const interval = bootstrapAp(run, { seed: 1, resamples: 200 });
    expect(interval.ap).toBeCloseTo(evaluateCoco(truth, detections, { iouType: 'bbox' }).numbers.AP!, 12);
    expect(interval.low).toBeLessThan(interval.ap);
    expect(interval.high).toBeGreaterThan(interval.ap);
    expect(bootstrapAp(run, { seed: 1, resamples: 200 })).toEqual(interval);
    expect(bootstrapAp(run, { seed: 2, resamples: 200 }).low).not.toBe(interval.low);
  });
});

describe('two runs', () => {
  const same = parse(set);
  // The second detector finds boxes half as wide, which match nothing much.
  const worse = parse(set, (row) => {
    const [x, y, w, h] = row.bbox as number[];
    return { ...row, bbox: [x, y, w! / 2, h] };
  });

  it('finds no difference of a run to itself', () => {
    const run = prepare(same.truth, same.detections);
    const { difference, low, high, pValue } = compareAp(run, run, { seed: 0, resamples: 50 });
    expect([difference, low, high, pValue]).toEqual([0, 0, 0, 1]);
    const judged = judge(same.truth, same.detections);
    const budgets = compareBudgets(judged, judged, { seed: 0, resamples: 20 });
    expect(budgets.moved).toEqual([]);
    expect(budgets.ap).toEqual({ difference: 0, low: 0, high: 0 });
  });

  it('says that a plainly worse run is worse, with every image exchanged enumerated', () => {
    const [first, second] = [prepare(same.truth, same.detections), prepare(worse.truth, worse.detections)];
    const { difference, high, pValue } = compareAp(first, second, { seed: 0, resamples: 400 });
    const aps = [same, worse].map((run) => evaluateCoco(run.truth, run.detections, { iouType: 'bbox' }).numbers.AP!);
    expect(difference).toBeCloseTo(aps[1]! - aps[0]!, 12);
    expect(high).toBeLessThan(0);
    // All 2^images ways to exchange the runs' images, evaluated as files would be.
    const images = set.truth.images.length;
    let extreme = 0;
    for (let ways = 0; ways < 2 ** images; ways++) {
      const mix = (keep: 0 | 1) =>
        set.results.map((row) => {
          const image = set.truth.images.findIndex(({ id }) => id === row.image_id);
          const isSecond = ((ways >> image) & 1) === keep;
          const [x, y, w, h] = row.bbox as number[];
          return isSecond ? { ...row, bbox: [x, y, w! / 2, h] } : row;
        });
      const [a, b] = ([0, 1] as const).map((keep) => {
        const { truth, detections } = parseBoth(JSON.stringify(set.truth), JSON.stringify(mix(keep)), 'bbox');
        return evaluateCoco(truth, detections, { iouType: 'bbox' }).numbers.AP!;
      });
      if (Math.abs(b! - a!) >= Math.abs(difference) - 1e-12) extreme++;
    }
    expect(pValue).toBeCloseTo(extreme / 2 ** images, 1);
  });

  it('lists the images that moved, with the objects gained and lost', () => {
    const [first, second] = [judge(same.truth, same.detections), judge(worse.truth, worse.detections)];
    const { moved, fates, ap, parts } = compareBudgets(first, second, { seed: 0, resamples: 100 });
    const budgets = [first, second].map(({ pairs, verdicts }) => computeBudget(pairs, verdicts));
    expect(ap.difference).toBeCloseTo(budgets[1]!.ap - budgets[0]!.ap, 12);
    expect(parts.loc.difference).toBeCloseTo(budgets[1]!.gains.loc - budgets[0]!.gains.loc, 12);
    const lost = [...first.verdicts.fates.keys()].filter(
      (object) => first.verdicts.fates[object] === FATE.found && second.verdicts.fates[object] !== FATE.found,
    );
    expect(lost.length).toBeGreaterThan(3);
    expect(moved.flatMap((image) => image.lost).sort((a, b) => a - b)).toEqual(lost);
    expect(fates.flat().reduce((sum, count) => sum + count, 0)).toBe(
      same.truth.isIgnored.filter((ignored) => ignored === 0).length,
    );
    const sizes = moved.map(({ gained, lost: gone, errors }) =>
      Object.values(errors).reduce((sum, change) => sum + Math.abs(change), gained.length + gone.length),
    );
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });
});
