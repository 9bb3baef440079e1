/**
 * The learning rate at a step, as a pure function of the step: resuming needs no scheduler state.
 * Step: the PyTorch ImageNet example and MoCo v1; cosine per epoch: MoCo v2 (Chen et al. 2020, arXiv 2003.04297);
 * cosine per step: Loshchilov & Hutter 2016, arXiv 1608.03983, equation 5 without restarts; poly: DeepLab (arXiv 1606.00915).
 */
import { assertNever } from '../assertNever';
import { wholePower } from '../math/wholePower';

interface Common {
  /** At the start, before any warm-up factor. */
  readonly learningRate: number;
  /** First steps over which a factor rises linearly from `warmupStart` to 1; default 0. */
  readonly warmupSteps?: number;
  /** Factor at step 0 when there is a warm-up; default 0. detectron2 uses 0.001. */
  readonly warmupStart?: number;
  /** Whether progress moves with every step or only between epochs; default 'step'. Milestones count in this unit. */
  readonly per?: 'step' | 'epoch';
}

export type LearningRateSchedule = Common &
  (
    | { readonly kind: 'constant' }
    | { readonly kind: 'step'; readonly milestones: readonly number[]; readonly gamma: number }
    | { readonly kind: 'cosine'; /** Learning rate at the end; default 0. */ readonly floor?: number }
    | { readonly kind: 'poly'; readonly power: number; /** As for cosine. */ readonly floor?: number }
  );

export interface SchedulePosition {
  /** Counts from 0; the learning rate is for the update that this step makes. */
  readonly step: number;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
}

/**
 * Learning rate of one step, lr0 being `schedule.learningRate` and t in [0, 1) the share of the training that is over.
 *
 *   constant  lr0
 *   step      lr0 · gamma^(number of milestones reached)
 *   cosine    floor + (lr0 - floor) · (1 + cos(pi t)) / 2
 *   poly      floor + (lr0 - floor) · (1 - t)^power
 *
 * A warm-up multiplies this by start + (1 - start) · step / warmupSteps while step < warmupSteps; the schedule below it
 * runs on its own clock, as in detectron2.
 */
export function learningRateAt(schedule: LearningRateSchedule, position: SchedulePosition): number {
  return decayedRate(schedule, position) * warmupFactor(schedule, position.step);
}

function decayedRate(schedule: LearningRateSchedule, position: SchedulePosition): number {
  const { learningRate } = schedule;
  switch (schedule.kind) {
    case 'constant':
      return learningRate;
    case 'step': {
      const unit = schedule.per === 'epoch' ? position.stepsPerEpoch : 1;
      const reached = schedule.milestones.filter((milestone) => position.step >= milestone * unit).length;
      return learningRate * wholePower(schedule.gamma, reached);
    }
    case 'cosine': {
      const floor = schedule.floor ?? 0;
      return floor + (learningRate - floor) * 0.5 * (1 + Math.cos(Math.PI * progress(schedule, position)));
    }
    case 'poly': {
      const floor = schedule.floor ?? 0;
      return floor + (learningRate - floor) * power(1 - progress(schedule, position), schedule.power);
    }
    default:
      return assertNever(schedule);
  }
}

/** Share of the training that is over, in 0..1. */
function progress({ per }: LearningRateSchedule, { step, totalSteps, stepsPerEpoch }: SchedulePosition): number {
  const done = per === 'epoch' ? Math.floor(step / stepsPerEpoch) * stepsPerEpoch : step;
  return Math.min(1, done / totalSteps);
}

function warmupFactor({ warmupSteps = 0, warmupStart = 0 }: LearningRateSchedule, step: number): number {
  return step < warmupSteps ? warmupStart + (1 - warmupStart) * (step / warmupSteps) : 1;
}

/** base^exponent for base in 0..1. By exp and log, whose bits do not change between Node versions as those of ** do. */
function power(base: number, exponent: number): number {
  return base <= 0 ? 0 : Math.exp(exponent * Math.log(base));
}
