/** Reports of a matching that torchvision's rules allow to be done by hand. */
import { describe, expect, it } from 'vitest';
import type { Matching } from '../../../../src/shared/results/batchInspection';
import { matchObjects } from '../../../../src/worker/debug/matchObjects';
import type { ReadReport } from '../../../../src/worker/debug/recorder';
import { BACKGROUND, BETWEEN, matchBoxes } from '../../../../src/worker/models/detection/matchBoxes';

/** Corners. */
const objects = Float32Array.of(0, 0, 10, 10, 40, 40, 44, 44);
const anchors = Float32Array.of(0, 0, 10, 10, 0, 0, 10, 4, 20, 20, 30, 30, 100, 100, 110, 110);
const target = { boxes: objects, labels: Int32Array.of(1, 0) };
const classes = ['cat', 'dog'];

function boxesOf(reports: readonly ReadReport[]) {
  const part = { images: [], first: 3, reports, size: [128, 128] as const };
  const { matching } = matchObjects([part], [[target]], classes);
  return (matching as Extract<Matching, { kind: 'boxes' }>).images[0]!;
}

describe('what is said of anchors', () => {
  const matches = matchBoxes(anchors, objects, { high: 0.7, low: 0.3, keepBestOfEach: false });
  const logits = { shape: [1, 5], data: Float32Array.of(9, 0, -1, 2, 1) };

  it('counts them, names what nobody answers for, and takes scores of the right rows', () => {
    expect([...matches]).toEqual([0, BETWEEN, BACKGROUND, BACKGROUND]);
    const scores = { logits, columns: 1, from: 1 };
    const report = { kind: 'boxes', stage: 'anchors', image: 0, boxes: anchors, matches, scores } as const;
    const { place, truth, stages } = boxesOf([{ ...report, drawn: { objects: [0], background: [3] } }]);
    expect(place).toBe(3);
    expect(truth).toEqual([
      { box: [0, 0, 10, 10], label: 'dog', isCrowd: false },
      { box: [40, 40, 4, 4], label: 'cat', isCrowd: false },
    ]);
    const [stage] = stages;
    expect(stage).toMatchObject({
      counts: { positive: 1, negative: 2, neither: 1 },
      drawn: { positive: 1, negative: 1 },
      unmatched: [1],
    });
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    // Negatives follow with the highest score first.
    expect(stage!.candidates.map(({ matched, iou, isDrawn, score }) => [matched, iou, isDrawn, score])).toEqual(
      [
        [0, 1, true, sigmoid(0)],
        [undefined, 0, true, sigmoid(1)],
        [undefined, 0, false, sigmoid(2)],
      ].sort((a, b) => Number(b[0] === 0) - Number(a[0] === 0) || (b[3] as number) - (a[3] as number)),
    );
  });

  it('takes the column of the matched class where each class has one', () => {
    const scores = {
      logits: { shape: [1, 4, 2], data: Float32Array.of(5, -2, 0, 0, 3, 1, 0, 4) },
      columns: 2,
      from: 0,
    };
    const { stages } = boxesOf([{ kind: 'boxes', stage: 'anchors', image: 0, boxes: anchors, matches, scores }]);
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    expect(stages[0]!.candidates.map(({ score }) => score)).toEqual([sigmoid(-2), sigmoid(4), sigmoid(3)]);
  });
});

it('reads classes of proposals that were drawn, and leaves out the others', () => {
  const matches = Int32Array.of(0, BACKGROUND, BACKGROUND, BACKGROUND);
  const drawn = { objects: [0], background: [2] };
  const { stages } = boxesOf([
    { kind: 'boxes', stage: 'proposals', image: 0, boxes: anchors, matches, drawn },
    {
      kind: 'regions',
      logits: { shape: [2, 3], data: Float32Array.of(0, 0, Math.log(2), 0, 0, 0) },
      images: Int32Array.of(0, 0),
      rows: Int32Array.of(0, 2),
    },
  ]);
  const { candidates, counts } = stages[0]!;
  expect(counts).toEqual({ positive: 1, negative: 3, neither: 0 });
  expect(candidates).toHaveLength(2);
  // softmax(0, 0, log 2) of class dog, and a third of the likeliest class that is not background.
  expect(candidates[0]).toMatchObject({ role: 'positive', matched: 0, isDrawn: true });
  expect(candidates[0]!.score).toBeCloseTo(0.5, 6);
  expect(candidates[1]!.score).toBeCloseTo(1 / 3, 12);
});
