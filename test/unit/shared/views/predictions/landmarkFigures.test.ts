/** Figures of landmarks on three examples whose errors are worked out by hand. */
import { describe, expect, it } from 'vitest';
import { defaultPredictionsView } from '../../../../../src/shared/protocol/panels/predictionsPanel';
import { LANDMARKS_VERSION, type LandmarkFile } from '../../../../../src/shared/results/landmarks';
import {
  describeNormaliser,
  exampleError,
  figureLandmarks,
  orderExamples,
  parseLandmarkFile,
} from '../../../../../src/shared/views/predictions/landmarkFigures';

const example = (
  name: string,
  visibility: readonly (0 | 1 | 2)[],
  normaliser = 10,
): LandmarkFile['examples'][number] => ({
  ...{ name, category: 'face', crop: [0, 0, 20], visibility, normaliser },
  points: [
    [5, 5],
    [15, 5],
  ],
});
const file: LandmarkFile = {
  ...{ version: LANDMARKS_VERSION, pictureSide: 20, threshold: 0.1, countsOccluded: false },
  landmarks: { names: ['left', 'right'], flipPairs: [[0, 1]] },
  normalise: { kind: 'pair', first: 'left', second: 'right' },
  examples: [example('a', [2, 2]), example('b', [2, 1]), example('c', [2, 2], 0)],
  predictions: [
    { layer: 'layer3', points: [[[5, 5], [15, 5]], [[5, 5], [15, 5]], [[5, 5], [15, 5]]] }, // prettier-ignore
    { layer: 'layer4', points: [[[8, 9], [15, 6]], [[5, 8], [0, 0]], [[5, 5], [15, 5]]] }, // prettier-ignore
  ],
};

describe('figures of landmarks', () => {
  const run = figureLandmarks(file, '');

  it('are shares of the normaliser; hidden landmarks and examples without one do not count', () => {
    expect(run.layer).toBe('layer4');
    // 5 and 1 px of 10; 3 px of 10 and a hidden one; no normaliser.
    expect([...run.errors.perExample]).toEqual([0.3, 0.3, Number.NaN]);
    expect([...run.pointErrors]).toEqual([0.5, 0.1, 0.3, Number.NaN, Number.NaN, Number.NaN]);
    expect([...run.errors.perLandmark]).toEqual([0.4, 0.1]);
    expect(exampleError(run, 0, '')).toBe(0.3);
    expect(exampleError(run, 0, 'right')).toBe(0.1);
    expect([...figureLandmarks(file, 'layer3').errors.perExample].slice(0, 2)).toEqual([0, 0]);
  });

  it('order examples by the error of all or of one, those without one last', () => {
    const order = (landmark: string, rest: object = {}) => [
      ...orderExamples([run, figureLandmarks(file, 'layer3')], {
        ...{ ...defaultPredictionsView, sort: 'errors', ...rest },
        landmarks: { ...defaultPredictionsView.landmarks, landmark },
      }),
    ];
    expect(order('')).toEqual([0, 1, 2]);
    expect(order('left')).toEqual([0, 1, 2]);
    expect(order('right', { search: 'b' })).toEqual([1]);
    expect(order('', { search: 'FACE', sort: 'file' })).toEqual([0, 1, 2]);
    expect(order('left', { sort: 'moved' })).toEqual([0, 1, 2]);
    expect([...orderExamples([], defaultPredictionsView)]).toEqual([]);
  });

  it('come from a file that says what is wrong with it', () => {
    const read = (change: object): unknown => parseLandmarkFile(JSON.stringify({ ...file, ...change }));
    expect(read({})).toEqual({ file });
    expect(parseLandmarkFile('{')).toEqual({ problem: 'landmarks.json is not JSON; run the transfer again' });
    expect(read({ version: 7 })).toEqual({
      problem: 'landmarks.json is of version 7, not 1; run the transfer again',
    });
    for (const broken of [{ predictions: [] }, { examples: [] }, { landmarks: undefined }])
      expect(read(broken)).toEqual({ problem: 'landmarks.json is incomplete; run the transfer again' });
  });

  it('say what they are shares of', () => {
    expect(describeNormaliser(file.normalise)).toBe('the distance from left to right');
    expect(describeNormaliser({ kind: 'between', first: ['a', 'b'], second: ['c'] })).toBe(
      'the distance between the middles of a, b and c',
    );
    expect(describeNormaliser({ kind: 'box' })).toMatch(/box/);
    expect(describeNormaliser({ kind: 'diagonal' })).toMatch(/diagonal/);
  });
});
