/** Errors of landmarks against NumPy, closed forms, and what must not change them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  boxAround,
  errorCurve,
  landmarkErrors,
  normaliserOf,
  summariseErrors,
} from '../../../../src/shared/math/landmarks';
import {
  celebaScheme,
  chooseNormaliser,
  cocoPersonLandmarks,
  defaultNormaliser,
  ibugScheme,
  schemeByCount,
  schemeByNames,
} from '../../../../src/shared/math/landmarkSchemes';

interface Golden {
  readonly examples: number;
  readonly landmarks: number;
  readonly threshold: number;
  readonly points: number[];
  readonly predicted: number[];
  readonly visibility: number[];
  readonly cases: readonly {
    readonly occluded: boolean;
    readonly perExample: (number | null)[];
    readonly perLandmark: (number | null)[];
    readonly nme: number;
    readonly median: number;
    readonly failureRate: number;
    readonly auc: number;
  }[];
}
const { evaluation } = JSON.parse(readFileSync('test/golden/data/landmarks.json', 'utf8')) as { evaluation: Golden };
const { examples, landmarks: perExample, threshold } = evaluation;
const truth = {
  perExample,
  points: Float64Array.from(evaluation.points),
  visibility: Uint8Array.from(evaluation.visibility),
};
const predicted = { perExample, points: Float64Array.from(evaluation.predicted) };
const eyes = chooseNormaliser('inter-ocular', celebaScheme)!;
const normalisers = Float64Array.from({ length: examples }, (_, i) =>
  normaliserOf(eyes, celebaScheme, {
    points: truth.points.subarray(10 * i, 10 * i + 10),
    visibility: truth.visibility.subarray(5 * i, 5 * i + 5),
    box: [0, 0, 1, 1],
  }),
);

function expectClose(found: ArrayLike<number>, expected: readonly (number | null)[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    if (value === null) expect(found[i]).toBeNaN();
    else expect(found[i]).toBeCloseTo(value, 6);
  });
}

describe('landmark errors', () => {
  it.each(evaluation.cases)("are NumPy's, hidden landmarks counted: $occluded", (expected) => {
    const errors = landmarkErrors({ truth, predicted, normalisers, countsOccluded: expected.occluded });
    expectClose(errors.perExample, expected.perExample);
    expectClose(errors.perLandmark, expected.perLandmark);
    const summary = summariseErrors(errors.perExample, threshold);
    expect(summary.nme).toBeCloseTo(expected.nme, 10);
    expect(summary.medianNme).toBeCloseTo(expected.median, 10);
    expect(summary.failureRate).toBeCloseTo(expected.failureRate, 12);
    // NumPy integrates the curve on a grid of 200,000 steps.
    expect(summary.auc).toBeCloseTo(expected.auc, 5);
    expect(summary.examples).toBe(expected.perExample.filter((value) => value !== null).length);
  });

  it('are those of the counted landmarks alone', () => {
    const moved = { perExample, points: predicted.points.slice() };
    truth.visibility.forEach((visibility, place) => {
      if (visibility !== 2) moved.points.set([1e6, -1e6], 2 * place);
    });
    const input = { truth, normalisers, countsOccluded: false };
    expect(landmarkErrors({ ...input, predicted: moved })).toEqual(landmarkErrors({ ...input, predicted }));
    const errors = landmarkErrors({ ...input, predicted: moved, countsOccluded: true });
    expect(summariseErrors(errors.perExample, threshold).nme).toBeGreaterThan(100);
  });

  it('do not change when pictures are enlarged or shifted, and are 0 for the truth', () => {
    const enlarge = (points: Float64Array) => points.map((value) => 3 * value + 17);
    const errors = landmarkErrors({ truth, predicted, normalisers, countsOccluded: true });
    const larger = landmarkErrors({
      truth: { ...truth, points: enlarge(truth.points) },
      predicted: { perExample, points: enlarge(predicted.points) },
      normalisers: normalisers.map((value) => 3 * value),
      countsOccluded: true,
    });
    expectClose(
      larger.perExample,
      [...errors.perExample].map((value) => (Number.isNaN(value) ? null : value)),
    );
    const perfect = landmarkErrors({ truth, predicted: truth, normalisers, countsOccluded: true });
    expect(summariseErrors(perfect.perExample, 0.1)).toMatchObject({ nme: 0, medianNme: 0, auc: 1, failureRate: 0 });
  });

  it('count a missing prediction as a failure, and leave it out of the mean', () => {
    const one = { perExample: 1, points: Float64Array.of(0, 0, 3, 4), visibility: Uint8Array.of(2, 2) };
    const found = { perExample: 1, points: Float64Array.of(NaN, 0, 3, 4) };
    const input = { truth: one, predicted: found, normalisers: Float64Array.of(1, 1), countsOccluded: false };
    const errors = landmarkErrors(input);
    expect([...errors.perExample]).toEqual([Infinity, 0]);
    expect(summariseErrors(errors.perExample, 0.1)).toEqual({
      examples: 2,
      missing: 1,
      nme: 0,
      medianNme: 0,
      failureRate: 0.5,
      auc: 0.5,
    });
  });

  it('make a curve whose area is the AUC: a step at each error', () => {
    const errors = [0.02, 0.05, 0.05, 0.3, NaN];
    const curve = errorCurve(errors, { threshold: 0.1, points: 1000 });
    expect(curve).toHaveLength(1001);
    expect([curve[0]!.share, curve[199]!.share, curve[200]!.share, curve[500]!.share, curve[1000]!.share]).toEqual([
      0, 0, 0.25, 0.75, 0.75,
    ]);
    const area = curve.slice(0, -1).reduce((sum, { share }) => sum + share / 1000, 0);
    expect(area).toBeCloseTo(summariseErrors(errors, 0.1).auc, 10);
    expect(summariseErrors(errors, 0.1).auc).toBeCloseTo((0.8 + 0.5 + 0.5 + 0) / 4, 12);
  });
});

describe('what distances are divided by', () => {
  const points = Array.from({ length: 136 }, (_, i) => (i % 2 === 0 ? i / 2 : 2 * ((i - 1) / 2)));
  const all = new Uint8Array(68).fill(2);
  const of = (choice: Parameters<typeof chooseNormaliser>[0], visibility = all) =>
    normaliserOf(chooseNormaliser(choice, ibugScheme)!, ibugScheme, { points, visibility, box: [0, 0, 9, 16] });

  it('is computed from the eyes, named landmarks or the box', () => {
    // Landmark i, counted from 1, lies at (i − 1, 2 (i − 1)): distances are √5 times the difference of numbers.
    expect(of('inter-ocular')).toBeCloseTo(9 * Math.sqrt(5), 10);
    expect(of('inter-pupil')).toBeCloseTo(6 * Math.sqrt(5), 10);
    expect(of(['1', '5'])).toBeCloseTo(4 * Math.sqrt(5), 10);
    expect([of('box'), of('diagonal')]).toEqual([12, Math.sqrt(337)]);
    const hidden = all.slice();
    hidden[36] = 0;
    expect([of('inter-ocular', hidden), of('inter-pupil', hidden), of('box', hidden)]).toEqual([0, 0, 12]);
  });

  it('has a usual choice for every set of landmarks', () => {
    expect(defaultNormaliser(celebaScheme)).toEqual({ kind: 'pair', first: 'lefteye', second: 'righteye' });
    expect(defaultNormaliser(schemeByCount(68))).toEqual({ kind: 'pair', first: '37', second: '46' });
    expect(defaultNormaliser(schemeByNames(cocoPersonLandmarks))).toEqual({ kind: 'box' });
    expect(chooseNormaliser('inter-ocular', schemeByNames(['left', 'right']))).toBeUndefined();
    expect(chooseNormaliser(['left', 'rihgt'], schemeByNames(['left', 'right']))).toBeUndefined();
  });

  it('is the box around marked landmarks where there is no other', () => {
    expect(boxAround([1, 2, 9, 9, 4, 8], [2, 0, 1])).toEqual([1, 2, 3, 6]);
    expect(boxAround([1, 2], [0])).toEqual([0, 0, 0, 0]);
  });
});

describe('landmarks in a mirror', () => {
  it('change places by their names', () => {
    expect(celebaScheme.flipPairs).toEqual([
      [0, 1],
      [3, 4],
    ]);
    expect(schemeByNames(cocoPersonLandmarks).flipPairs).toHaveLength(8);
    expect(schemeByNames(['Left_Eye', 'nose', 'Right_Eye', 'leftover']).flipPairs).toEqual([[0, 2]]);
    expect(schemeByCount(29).flipPairs).toEqual([]);
  });

  it("of iBUG's 68 are paired but for those on the middle line", () => {
    const places = ibugScheme.flipPairs.flat();
    expect(new Set(places).size).toBe(places.length);
    const alone = ibugScheme.names.filter((_, k) => !places.includes(k));
    // Chin, bridge and base of the nose, middles of the lips.
    expect(alone).toEqual(['9', '28', '29', '30', '31', '34', '52', '58', '63', '67']);
  });
});
