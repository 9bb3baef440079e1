/** What a launch will compute and what is there already: said once, when its plan is known. */
import type { PlannedStage } from '../../shared/results/runManifest';
import { formatNumberOf } from '../../shared/views/formatNumbers';

/** Stages named in one sentence; the log and the Runs view have them all. */
const MOST_NAMED = 4;

/** Undefined when nothing is there yet, or when nothing is left to compute: then there is no news. */
export function describePlanNews(
  run: string,
  stages: readonly PlannedStage[],
  isThere: (stage: PlannedStage) => boolean,
): string | undefined {
  const left = stages.filter((stage) => !isThere(stage));
  if (left.length === 0 || left.length === stages.length) return undefined;
  const named = left.slice(0, MOST_NAMED).map(({ id }) => id);
  const more = left.length > MOST_NAMED ? ` and ${left.length - MOST_NAMED} more` : '';
  const verb = left.length === 1 ? 'is' : 'are';
  return `${run}: ${left.length} of ${formatNumberOf(stages.length, 'stage')} ${verb} computed (${named.join(', ')}${more}); the others are there already.`;
}
