/** How the stages of a run stand at this moment: the status file overlaid with what a worker of this window says. Pure. */
import { formatDuration } from '../formatNumbers';
import type { PlannedStage, StageState } from '../../results/runManifest';
import { isFinished, selectSecondsLeft, writtenFraction } from './runProgress';
import { describeLiveStage, type RunView } from '../results/runTree';

export interface StageNow {
  readonly stage: PlannedStage;
  readonly state: StageState;
  /** 0..1 while it runs, where that is known. */
  readonly fraction?: number;
  readonly message: string;
  /** What it is doing, where a worker of this window does it. */
  readonly text?: string;
}

export function selectStagesNow(run: RunView): StageNow[] {
  const isOver = !isGoingOn(run);
  return run.stages.map((stage) => {
    const live = run.live?.progress.stages.get(stage.id);
    const written = run.statuses[stage.id];
    const state = live?.state ?? written?.state ?? 'waiting';
    const fraction = live && live.total > 0 ? live.done / live.total : writtenFraction(run.progress, stage.id);
    return {
      stage,
      // A stage cannot go on in a run that does not.
      state: isOver && state === 'running' ? 'waiting' : state,
      message: (live?.message || written?.message) ?? '',
      ...(state === 'running' && !isOver && fraction !== undefined && { fraction: clamp(fraction) }),
      ...(live && { text: describeLiveStage(live) }),
    };
  });
}

export function isGoingOn({ state }: Pick<RunView, 'state'>): boolean {
  return state === 'running' || state === 'planning' || state === 'submitted';
}

/** Share of the stages that is done, those under way counted in part; undefined for none. */
export function shareDone(stages: readonly StageNow[]): number | undefined {
  if (stages.length === 0) return undefined;
  const parts = stages.map(({ state, fraction = 0 }) => (isFinished(state) ? 1 : state === 'running' ? fraction : 0));
  return parts.reduce((sum, part) => sum + part, 0) / stages.length;
}

/** `about 2:10 left`, by measured rates of whoever computes the run. Undefined until something was measured. */
export function describeTimeLeft(run: RunView): string | undefined {
  const left = run.live ? selectSecondsLeft(run.live.progress) : run.progress?.secondsLeft;
  return left === undefined ? undefined : `about ${formatDuration(left)} left`;
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}
