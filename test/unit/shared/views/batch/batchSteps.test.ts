/** Which updates are kept, which one is on screen, what it is compared with, and how losses went. */
import { describe, expect, it } from 'vitest';
import type { BatchInspection } from '../../../../../src/shared/results/batchInspection';
import {
  addBatchNews,
  comparedStep,
  lossTerms,
  MOST_KEPT,
  noSteps,
  shownStep,
  type BatchSteps,
} from '../../../../../src/shared/views/batch/batchSteps';

function inspectionOf(step: number, loss: number): BatchInspection {
  return {
    ...{ step, seconds: { batch: 0, gradients: 0, update: 0 }, views: [], images: [], layers: [], parameters: [] },
    ...{ losses: [{ name: 'loss', value: loss }], findings: [] },
  };
}

const after = (losses: readonly number[], from = 0): BatchSteps =>
  losses.reduce<BatchSteps>(
    (steps, loss, k) => addBatchNews(steps, { kind: 'inspected', inspection: inspectionOf(from + k, loss) }),
    noSteps,
  );

describe('updates that were looked at', () => {
  it('keeps the first and the newest, and the losses of all', () => {
    const steps = after(Array.from({ length: MOST_KEPT + 10 }, (_, k) => 5 - 0.1 * k));
    expect(steps.kept.map(({ step }) => step)).toEqual([0, ...Array.from({ length: MOST_KEPT - 1 }, (_, k) => k + 11)]);
    expect(steps.losses).toHaveLength(MOST_KEPT + 10);
    expect(addBatchNews(steps, { kind: 'begin' })).toEqual(noSteps);
  });

  it('shows the newest unless another one is wanted that is kept, beside the first', () => {
    const steps = after([3, 2, 1], 40);
    expect(shownStep(steps, undefined)?.step).toBe(42);
    expect(shownStep(steps, 41)?.step).toBe(41);
    expect(shownStep(steps, 7)?.step).toBe(42);
    expect(comparedStep(steps, steps.kept[1]!)?.step).toBe(40);
    expect(comparedStep(steps, steps.kept[0]!)).toBeUndefined();
    expect(shownStep(noSteps, undefined)).toBeUndefined();
  });

  it('draws losses by their step and leaves out what is not finite', () => {
    const steps = after([3, NaN, 1], 10);
    const [term] = lossTerms(steps, steps.kept[1]!);
    expect(term?.value).toBeNaN();
    expect(term?.points).toEqual([
      [10, 3],
      [12, 1],
    ]);
  });
});
