/** Learning rates against torch's schedulers and closed forms. */
import { describe, expect, it } from 'vitest';
import { learningRateAt } from '../../../src/shared/experiment/schedule';
import type { LearningRateSchedule } from '../../../src/shared/experiment/schedule';
import golden from '../../golden/data/objectives-schedules.json';

const totalSteps = 30;
const rates = (schedule: LearningRateSchedule, stepsPerEpoch = 1) =>
  Array.from({ length: totalSteps }, (_, step) => learningRateAt(schedule, { step, totalSteps, stepsPerEpoch }));

describe('learningRateAt', () => {
  const cases: Record<keyof typeof golden, LearningRateSchedule> = {
    step: { kind: 'step', learningRate: 0.1, milestones: [10, 20], gamma: 0.1 },
    warmStep: {
      kind: 'step',
      learningRate: 0.02,
      milestones: [18, 24],
      gamma: 0.1,
      warmupSteps: 6,
      warmupStart: 0.001,
    },
    cosine: { kind: 'cosine', learningRate: 0.03 },
    cosineFloor: { kind: 'cosine', learningRate: 0.03, floor: 0.001 },
    poly: { kind: 'poly', learningRate: 0.01, power: 0.9 },
  };
  it.each(Object.keys(cases) as (keyof typeof golden)[])('equals torch: %s', (name) => {
    rates(cases[name]).forEach((rate, step) => expect(rate).toBeCloseTo(golden[name][step]!, 10));
  });

  it('changes between epochs only, when asked to', () => {
    // MoCo v2: lr · (1 + cos(pi · epoch / epochs)) / 2 with whole epochs.
    const expected = Array.from({ length: totalSteps }, (_, step) => {
      const epoch = Math.floor(step / 7);
      return 0.03 * 0.5 * (1 + Math.cos((Math.PI * epoch) / (totalSteps / 7)));
    });
    rates({ kind: 'cosine', learningRate: 0.03, per: 'epoch' }, 7).forEach((rate, step) => {
      expect(rate).toBeCloseTo(expected[step]!, 12);
    });
    const stepped = rates({ kind: 'step', learningRate: 1, milestones: [2, 3], gamma: 0.5, per: 'epoch' }, 7);
    expect([13, 14, 20, 21].map((step) => stepped[step])).toEqual([1, 0.5, 0.5, 0.25]);
  });

  it('reproduces the published schedules', () => {
    const at = (schedule: LearningRateSchedule, epoch: number) =>
      learningRateAt(schedule, { step: epoch * 5004, totalSteps: 200 * 5004, stepsPerEpoch: 5004 });
    const v1: LearningRateSchedule = {
      kind: 'step',
      learningRate: 0.03,
      milestones: [120, 160],
      gamma: 0.1,
      per: 'epoch',
    };
    expect([0, 119, 120, 159, 160, 199].map((epoch) => at(v1, epoch))).toEqual(
      [0.03, 0.03, 0.003, 0.003, 0.0003, 0.0003].map((rate) => expect.closeTo(rate, 10)),
    );
    const v2: LearningRateSchedule = { kind: 'cosine', learningRate: 0.03, per: 'epoch' };
    expect(at(v2, 100)).toBeCloseTo(0.015, 12);
  });

  it('stays at the end when asked beyond it, and never goes below zero', () => {
    const beyond = { step: 40, totalSteps, stepsPerEpoch: 1 };
    expect(learningRateAt({ kind: 'poly', learningRate: 1, power: 0.9, floor: 0.25 }, beyond)).toBe(0.25);
    expect(learningRateAt({ kind: 'cosine', learningRate: 1 }, beyond)).toBe(0);
    expect(learningRateAt({ kind: 'constant', learningRate: 0.5, warmupSteps: 4 }, { ...beyond, step: 2 })).toBe(0.25);
  });
});
