/** What is known of a running experiment, folded from the worker's events; pure, time comes in as an argument. */
import { assertNever } from '../../assertNever';
import { formatDuration } from '../formatNumbers';
import type { WorkerEvent } from '../../protocol/worker';
import type { PlannedStage, RunStatusProgress, StageState } from '../../results/runManifest';

export interface StageProgress {
  readonly stage: PlannedStage;
  readonly state: StageState;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly detail: string;
  readonly message: string;
  /** Working time as the worker reported it. */
  readonly seconds?: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Where the current rate is measured from: resuming and a change of unit start anew. */
  readonly rateFrom?: { readonly done: number; readonly at: number };
  readonly updatedAt: number;
}

export interface RunProgress {
  readonly run: string;
  readonly runFolder: string;
  readonly startedAt: number;
  readonly stages: ReadonlyMap<string, StageProgress>;
}

/** Nothing known yet. Times are in ms of any steady clock. */
export function emptyProgress(now: number): RunProgress {
  return { run: '', runFolder: '', startedAt: now, stages: new Map() };
}

/** The progress after one more event. */
export function advanceProgress(progress: RunProgress, event: WorkerEvent, now: number): RunProgress {
  switch (event.type) {
    case 'runPlanned': {
      const stages = new Map(event.stages.map((stage) => [stage.id, waitingStage(stage, now)]));
      return { ...progress, run: event.run, runFolder: event.runFolder, stages };
    }
    case 'stageChanged':
      return withStage(progress, event.id, (stage) => ({
        ...stage,
        state: event.state,
        message: event.message ?? '',
        seconds: event.seconds ?? stage.seconds,
        updatedAt: now,
      }));
    case 'stageProgressed':
      return withStage(progress, event.id, (stage) => {
        const isNewCount = event.unit !== stage.unit || event.total !== stage.total || event.done < stage.done;
        const rateFrom = isNewCount || !stage.rateFrom ? { done: event.done, at: now } : stage.rateFrom;
        const { done, total, unit, detail = '' } = event;
        return { ...stage, state: 'running', done, total, unit, detail, rateFrom, updatedAt: now };
      });
    case 'metricsLogged':
      return withStage(progress, event.id, (stage) => ({ ...stage, metrics: { ...stage.metrics, ...event.metrics } }));
    case 'logged':
    case 'weightsInspected':
    case 'heartbeat':
      return progress;
    default:
      return assertNever(event);
  }
}

/** Units per second in the current stage, measured here; undefined before there is anything to measure. */
export function selectRate(stage: StageProgress): number | undefined {
  if (!stage.rateFrom) return undefined;
  const seconds = (stage.updatedAt - stage.rateFrom.at) / 1000;
  const units = stage.done - stage.rateFrom.done;
  return seconds > 0 && units > 0 ? units / seconds : undefined;
}

export function isFinished(state: StageState): boolean {
  return state !== 'waiting' && state !== 'running';
}

export function selectCurrent(progress: RunProgress): StageProgress | undefined {
  return [...progress.stages.values()].find((stage) => stage.state === 'running');
}

/** What a status file tells of the progress; times in whole seconds. */
export function summariseProgress(progress: RunProgress): RunStatusProgress {
  const current = selectCurrent(progress);
  const left = selectSecondsLeft(progress);
  return {
    fraction: selectOverall(progress).fraction,
    ...(current && { stage: current.stage.id }),
    ...(current && current.total > 0 && { done: current.done, total: current.total, unit: current.unit }),
    ...(left !== undefined && { secondsLeft: Math.round(left) }),
  };
}

/** How far a stage is that another process computes, 0..1, as its status file says; undefined for those not under way. */
export function writtenFraction(progress: RunStatusProgress | undefined, id: string): number | undefined {
  const found = [progress, ...(progress?.beside ?? [])].find((one) => one?.stage === id);
  const { done, total } = found ?? {};
  return done !== undefined && total !== undefined && total > 0 ? done / total : undefined;
}

/** `45 % · 2:10 left · moco/seed-0`, of a run that somebody else computes. */
export function describeProgress({ fraction, stage, secondsLeft, beside = [] }: RunStatusProgress): string {
  return [
    `${Math.floor(100 * fraction)} %`,
    ...(secondsLeft === undefined ? [] : [`${formatDuration(secondsLeft)} left`]),
    ...(stage === undefined ? [] : [beside.length === 0 ? stage : `${stage} and ${beside.length} more`]),
  ].join(' · ');
}

/** Finished stages, all stages, and the fraction done, with the current stage counted in part. */
export function selectOverall(progress: RunProgress): { finished: number; total: number; fraction: number } {
  let finished = 0;
  let partly = 0;
  for (const stage of progress.stages.values()) {
    if (isFinished(stage.state)) finished++;
    else if (stage.state === 'running' && stage.total > 0) partly += Math.min(1, stage.done / stage.total);
  }
  const total = progress.stages.size;
  return { finished, total, fraction: total === 0 ? 0 : (finished + partly) / total };
}

/**
 * Seconds left by measured rates: the rest of the running stages at their own rate, and for each waiting stage the mean
 * time of finished stages of its kind (of any kind when there is none). Undefined until something was measured.
 */
export function selectSecondsLeft(progress: RunProgress): number | undefined {
  const stages = [...progress.stages.values()];
  const measured = stages.filter((stage) => stage.state === 'done' && stage.seconds !== undefined);
  const waiting = stages.filter((stage) => stage.state === 'waiting');
  let left = 0;
  for (const stage of stages.filter(({ state }) => state === 'running')) {
    const rate = selectRate(stage);
    const mean = meanSeconds(measured, stage.stage.kind);
    if (rate !== undefined) left += Math.max(0, stage.total - stage.done) / rate;
    else if (mean !== undefined) left += mean;
    else return undefined;
  }
  for (const stage of waiting) {
    const mean = meanSeconds(measured, stage.stage.kind);
    if (mean === undefined) return undefined;
    left += mean;
  }
  return left;
}

function meanSeconds(measured: readonly StageProgress[], kind: string): number | undefined {
  const sameKind = measured.filter((stage) => stage.stage.kind === kind);
  const sample = sameKind.length > 0 ? sameKind : measured;
  if (sample.length === 0) return undefined;
  return sample.reduce((sum, stage) => sum + (stage.seconds ?? 0), 0) / sample.length;
}

function withStage(progress: RunProgress, id: string, change: (stage: StageProgress) => StageProgress): RunProgress {
  const stage = progress.stages.get(id);
  if (!stage) return progress;
  return { ...progress, stages: new Map(progress.stages).set(id, change(stage)) };
}

function waitingStage(stage: PlannedStage, now: number): StageProgress {
  return { stage, state: 'waiting', done: 0, total: 0, unit: '', detail: '', message: '', metrics: {}, updatedAt: now };
}
