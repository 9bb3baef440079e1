/** What an image was matched to, in words, for each kind of objective. */
import { describe, expect, it } from 'vitest';
import type { BoxStage, Matching } from '../../../../../src/shared/results/batchInspection';
import {
  describeImage,
  describeMatch,
  describeStage,
  matchOf,
  unmatchedObjects,
} from '../../../../../src/shared/views/batch/matchWords';

const stage: BoxStage = {
  ...{ name: 'anchors', counts: { positive: 3, negative: 12_000, neither: 40 }, drawn: { positive: 3, negative: 253 } },
  ...{ unmatched: [1, 2], candidates: [] },
};

const queue: Matching = {
  ...{ kind: 'queue', of: 'queue', size: 4096, filled: 256, temperature: 0.2 },
  images: [{ place: 4, positive: -0.25, negatives: 4090, excluded: 6, probability: 0.031, hardest: [] }],
};

describe('what an image was matched to', () => {
  it('finds the image by its place, and nothing for others', () => {
    expect(matchOf(queue, 4)?.match).toBe(queue.images[0]);
    expect(matchOf(queue, 5)).toBeUndefined();
    expect(matchOf(undefined, 4)).toBeUndefined();
    expect(describeMatch(undefined)).toBe('');
  });

  it('says whether a class was guessed', () => {
    const guess = (expected: string): Matching => ({
      ...{ kind: 'classes', classes: ['cat', 'dog'] },
      images: [{ place: 0, expected, predicted: [{ name: 'cat', probability: 0.751 }] }],
    });
    expect(describeMatch(matchOf(guess('cat'), 0))).toBe('✓ cat 75.1 %');
    expect(describeMatch(matchOf(guess('dog'), 0))).toBe('✗ cat 75.1 %');
  });

  it('says how similar its key is, and what it is compared with', () => {
    const match = matchOf(queue, 4);
    expect(describeMatch(match)).toBe('positive −0.250, 3.1 %');
    const facts = describeImage({ place: 4, name: 'a.png', label: 'cat', files: [], loss: 3.47 }, match);
    expect(facts.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'Image: a.png',
      'Label: cat',
      'Loss: 3.47',
      'Positive: similarity −0.250',
      'Share: 3.1 % of the softmax, temperature 0.2',
      'Negatives: 4,090, 6 not counted as such',
      'Filled: 256 of 4,096 entries of the queue',
    ]);
  });

  it('counts objects that nothing matched, once for all parts and without crowds', () => {
    const truth = [false, false, true].map((isCrowd) => ({ box: [0, 0, 9, 9] as const, label: 'cat', isCrowd }));
    const stages = [stage, { ...stage, name: 'proposals' as const, unmatched: [1] }];
    expect(unmatchedObjects({ place: 0, truth, stages })).toEqual([1]);
    const matching: Matching = { kind: 'boxes', classes: ['cat'], images: [{ place: 0, truth, stages }] };
    expect(describeMatch(matchOf(matching, 0))).toBe('3 objects, 3 + 3 positives, 1 unmatched');
    expect(describeStage(stage)).toBe('anchors: 3 positive, 12,000 negative (253 in the loss), 40 neither');
  });

  it('measures landmarks in px and labels in shares', () => {
    const points = [
      { expected: [0, 0], predicted: [3, 4] },
      { expected: [5, 5], predicted: [5, 6] },
    ] as const;
    const landmarks: Matching = { kind: 'landmarks', names: ['eye', 'nose'], images: [{ place: 0, points }] };
    expect(describeMatch(matchOf(landmarks, 0))).toBe('mean error 3.0 px');
    const pixels: Matching = {
      ...{ kind: 'pixels', classes: ['background'] },
      images: [{ place: 0, truthFile: 't.png', predictedFile: 'p.png', ignoredShare: 0.125, accuracy: 0.5 }],
    };
    expect(describeMatch(matchOf(pixels, 0))).toBe('accuracy 50.0 %');
    expect(describeImage({ place: 0, name: 'a', files: [] }, matchOf(pixels, 0)).at(-1)?.value).toBe(
      '12.5 % of pixels',
    );
  });
});
