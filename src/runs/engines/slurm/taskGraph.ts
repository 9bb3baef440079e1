/**
 * From the stages of a run to jobs of a cluster: a pretraining with its features is one job, each transfer and each analysis
 * another; equal jobs that wait for the same are one array. Pure.
 */
import type { ResourceSettings } from '../../../shared/experiment/resourceFields';
import type { PlannedStage } from '../../../shared/results/runManifest';

export interface Task {
  readonly kind: 'pretraining' | 'transfer' | 'analysis';
  /** In the order of the plan. */
  readonly stages: readonly PlannedStage[];
  readonly resources: ResourceSettings;
  /** Keys of stages of other jobs that it reads. */
  readonly needs: readonly string[];
}

export interface TaskArray {
  readonly kind: Task['kind'];
  readonly tasks: readonly Task[];
  readonly resources: ResourceSettings;
}

/** `pack`: how many transfers or analyses one job takes in turn. */
export function groupTasks(stages: readonly PlannedStage[], pack: number): Task[] {
  const groups = new Map<string, PlannedStage[]>();
  const owner = new Map<string, string>();
  for (const stage of stages) {
    const place = placeOf(stage, owner);
    if (stage.kind === 'pretraining') owner.set(`${stage.pretraining} ${stage.key}`, place);
    groups.set(place, [...(groups.get(place) ?? []), stage]);
  }
  return [...groups.values()].flatMap((group) => cut(group, group[0]!.kind, pack).map(toTask));
}

/** Stages of equal places may share a job. */
function placeOf(stage: PlannedStage, owner: ReadonlyMap<string, string>): string {
  const { kind, pretraining, key, needs = [], resources = {} } = stage;
  if (kind === 'pretraining') return `row ${pretraining} ${key}`;
  // Of a pretraining that is done already, too: its features stay together.
  if (kind === 'features') return owner.get(`${pretraining} ${needs[0]}`) ?? `row ${pretraining} ${needs[0]}`;
  return JSON.stringify([kind, [...needs].sort(), resources]);
}

function cut(group: readonly PlannedStage[], kind: PlannedStage['kind'], pack: number): PlannedStage[][] {
  if (kind === 'pretraining' || kind === 'features') return [[...group]];
  return Array.from({ length: Math.ceil(group.length / pack) }, (_, i) => group.slice(i * pack, (i + 1) * pack));
}

function toTask(stages: readonly PlannedStage[]): Task {
  const own = new Set(stages.map(({ key }) => key));
  const needs = new Set(stages.flatMap((stage) => stage.needs ?? []).filter((key) => !own.has(key)));
  const { kind, resources = {} } = stages[0]!;
  return { kind: kind === 'features' ? 'pretraining' : kind, stages, resources, needs: [...needs] };
}

/** Arrays of at most `mostTasks` jobs; `waitsFor` names the jobs that a task has to wait for. */
export function groupArrays(
  tasks: readonly Task[],
  waitsFor: (task: Task) => readonly string[],
  mostTasks: number,
): TaskArray[] {
  const arrays = new Map<string, Task[]>();
  for (const task of tasks) {
    const place = JSON.stringify([task.kind, task.resources, [...waitsFor(task)].sort()]);
    arrays.set(place, [...(arrays.get(place) ?? []), task]);
  }
  return [...arrays.values()].flatMap((alike) =>
    Array.from({ length: Math.ceil(alike.length / mostTasks) }, (_, i) => {
      const some = alike.slice(i * mostTasks, (i + 1) * mostTasks);
      return { kind: some[0]!.kind, resources: some[0]!.resources, tasks: some };
    }),
  );
}
