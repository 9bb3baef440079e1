/** Learning-rate schedules that do not fit the length of their training. */
import type { TrainedPretraining } from '../schema';
import type { CheckContext } from './context';

export function checkSchedule(pretraining: TrainedPretraining, context: CheckContext): void {
  const { id, schedule } = pretraining;
  const path = context.pathOf(id, 'schedule');
  const steps = context.totalSteps(pretraining);
  if (steps !== undefined && schedule.warmupSteps >= steps) {
    const message = `the warm-up of ${schedule.warmupSteps} steps is as long as the whole training of ${steps}, so the learning rate never gets to its value; shorten it`;
    context.report({ severity: 'warning', code: 'warmup-too-long', message, path });
  }
  if (schedule.kind !== 'step') return;
  if (schedule.milestones.some((value, index) => index > 0 && value <= schedule.milestones[index - 1]!)) {
    const message = `the milestones ${schedule.milestones.join(', ')} are not in ascending order; sort them and write each once`;
    context.report({ severity: 'error', code: 'milestones-order', message, path });
    return;
  }
  const length = lengthIn(schedule.per, pretraining, context);
  const first = schedule.milestones[0];
  if (length === undefined || first === undefined || first < length) return;
  context.report({
    severity: 'warning',
    code: 'milestones-beyond-end',
    message: `the learning rate first falls at ${schedule.per} ${first}, but the training ends at ${schedule.per} ${round(length)}: it never falls; move the milestones, or use a cosine schedule`,
    path,
  });
}

function lengthIn(per: 'step' | 'epoch', pretraining: TrainedPretraining, context: CheckContext): number | undefined {
  const steps = context.totalSteps(pretraining);
  if (per === 'step') return steps;
  const perEpoch = context.stepsPerEpoch(pretraining);
  return pretraining.epochs ?? (steps !== undefined && perEpoch ? steps / perEpoch : undefined);
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
