/** The learning-rate schedule of a pretraining, from the file, its recipe and the defaults of its method. */
import { assertNever } from '../assertNever';
import { fillDefaults } from './fields';
import type { TrainedMethod } from './methods';
import { scheduleFields } from './pretrainingFields';
import type { ScheduleSettings } from './schema';

type Written = Readonly<Record<string, unknown>>;

/** The file's schedule over the recipe's. A changed kind brings its own defaults: milestones of another kind mean nothing. */
export function resolveSchedule(
  method: TrainedMethod,
  recipe: Written | undefined,
  written: Written | undefined,
): ScheduleSettings {
  const changesKind = written?.kind !== undefined && written.kind !== recipe?.kind;
  const all = fillDefaults(scheduleFields, changesKind ? { ...written } : { ...recipe, ...written }, method);
  const { kind, per, warmupSteps } = all;
  switch (kind) {
    case 'constant':
      return { kind, warmupSteps };
    case 'step':
      return { kind, milestones: all.milestones, gamma: all.gamma, per, warmupSteps };
    case 'cosine':
      return { kind, per, warmupSteps };
    case 'poly':
      return { kind, power: all.power, per, warmupSteps };
    default:
      return assertNever(kind);
  }
}
