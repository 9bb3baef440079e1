/** What happens in a training at a known step and explains a bend of its curves. Pure: the same for a resumed training. */
import { learningRateAt, type LearningRateSchedule } from '../../shared/experiment/schedule';

export interface TrainingMoment {
  /** Updates made so far; 1 after the first. */
  readonly step: number;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
}

/** The end of the warm-up and the drops of a step schedule, as of the next update; undefined in between. */
export function scheduleEvent(schedule: LearningRateSchedule, moment: TrainingMoment): string | undefined {
  const { step, totalSteps, stepsPerEpoch } = moment;
  if (step >= totalSteps) return undefined;
  const rate = Number(learningRateAt(schedule, moment).toPrecision(3));
  if (schedule.kind === 'step') {
    const unit = schedule.per === 'epoch' ? stepsPerEpoch : 1;
    const isDrop = schedule.milestones.some((milestone) => Math.ceil(milestone * unit) === step);
    if (isDrop) return `learning rate dropped to ${rate}`;
  }
  const { warmupSteps = 0 } = schedule;
  return warmupSteps > 0 && step === warmupSteps ? `warm-up over, learning rate ${rate}` : undefined;
}

/** What happened at one step as one remark. */
export function joinEvents(...events: readonly (string | undefined)[]): string | undefined {
  const said = events.filter((event) => event !== undefined);
  return said.length > 0 ? said.join('; ') : undefined;
}
