/** The part of a plan that a user names. */
import { UserError } from '../errors';
import type { Plan, Stage } from './stages';

/** Stages whose pretraining, transfer or own id is in `only`, with all that they need. */
export function selectStages(plan: Plan, only: readonly string[]): readonly Stage[] {
  for (const id of only) {
    if (!plan.stages.some((stage) => isStageNamed(stage, id))) throw unknownStage(plan, id);
  }
  const wanted = new Set<Stage>();
  const byKey = new Map<string, Stage[]>();
  for (const stage of plan.stages) byKey.set(stage.key, [...(byKey.get(stage.key) ?? []), stage]);
  const add = (stage: Stage): void => {
    if (wanted.has(stage)) return;
    wanted.add(stage);
    for (const key of stage.needs) {
      const equal = byKey.get(key) ?? [];
      // A key may stand for equal stages of several pretrainings; what a snapshot is of has another name in any case.
      const own = equal.filter(({ pretraining }) => [stage.pretraining, stage.against].includes(pretraining));
      (own.length > 0 ? own : equal.slice(0, 1)).forEach(add);
    }
  };
  for (const stage of plan.stages) if (only.some((id) => isStageNamed(stage, id))) add(stage);
  return plan.stages.filter((stage) => wanted.has(stage));
}

/** Whether an id, of a stage or of something in the file, means this stage among others. */
export function isStageNamed(stage: Stage, id: string): boolean {
  return [
    stage.id,
    stage.pretraining,
    stage.transfer,
    baseId(stage.pretraining),
    stage.transfer && baseId(stage.transfer),
    stage.analysis,
    stage.transfer && `${stage.pretraining}/${stage.transfer}`,
  ].includes(id);
}

/** `ladder[f]` → `ladder`. */
function baseId(id: string): string {
  return id.replace(/\[.*$/, '');
}

function unknownStage(plan: Plan, id: string): UserError {
  const known = [
    ...new Set(
      plan.stages.flatMap(({ pretraining, transfer, analysis }) =>
        [pretraining, transfer ?? [], analysis ?? []].flat(),
      ),
    ),
  ];
  return new UserError('config', `Nothing in this experiment is called "${id}"; use one of ${known.join(', ')}.`);
}
