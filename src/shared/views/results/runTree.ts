/** The Runs view as data: what waits for its turn, then runs newest first, each with its stages. Pure. */
import type { PlannedStage, RunState, RunStatusProgress, StageState, StageStatus } from '../../results/runManifest';
import { formatDuration, formatSeconds } from '../formatNumbers';
import {
  describeProgress,
  selectRate,
  selectSecondsLeft,
  type RunProgress,
  type StageProgress,
} from '../run/runProgress';
import type { TreeIcon, TreeNode } from './treeNode';

export interface RunView {
  readonly out: string;
  readonly run: string;
  readonly state: RunState | 'interrupted' | 'unreadable';
  readonly file: string;
  readonly createdAt?: string;
  readonly finishedAt?: string;
  /** Last sign of life. */
  readonly heartbeatAt?: string;
  readonly message?: string;
  /** Where its results were made, if they were not made here. */
  readonly importedFrom?: string;
  readonly problems: readonly string[];
  readonly counts: Readonly<Record<StageState, number>>;
  readonly total: number;
  readonly stages: readonly PlannedStage[];
  readonly statuses: Readonly<Record<string, StageStatus>>;
  /** As its status file tells, while it goes on. */
  readonly progress?: RunStatusProgress;
  /** Which process has the run. */
  readonly owner?: string;
  /** There while a worker of this window computes it. */
  readonly live?: { readonly progress: RunProgress; readonly isStopping: boolean };
}

export interface WaitingLaunch {
  readonly id: number;
  readonly file: string;
  readonly only: readonly string[];
  readonly resume?: string;
  /** Chosen already, but without a run folder yet. */
  readonly isStarting: boolean;
}

const runIcons: Readonly<Record<RunView['state'], TreeIcon>> = {
  planning: 'running',
  submitted: 'waiting',
  running: 'running',
  done: 'done',
  failed: 'failed',
  stopped: 'stopped',
  interrupted: 'interrupted',
  unreadable: 'failed',
};

export function createLaunchNodes(launches: readonly WaitingLaunch[]): TreeNode[] {
  return launches.map(({ id, file, only, resume, isStarting }) => ({
    id: `launch:${id}`,
    label: resume ?? baseName(file),
    description: [...only, isStarting ? 'preparing …' : 'waiting for its turn'].join(' · '),
    icon: isStarting ? 'running' : 'waiting',
    kind: 'launch',
    children: 'none',
    target: { type: 'launch', id },
  }));
}

export function createRunNodes(runs: readonly RunView[], now: Date): TreeNode[] {
  return runs.map((run) => ({
    id: `run:${run.out}:${run.run}`,
    label: run.run,
    description: describeRun(run, now),
    tooltip: runTooltip(run),
    icon: runIcons[run.state],
    kind: `run-${kindOf(run)}`,
    children: run.stages.length === 0 ? 'none' : run.live ? 'expanded' : 'collapsed',
    target: { type: 'run', out: run.out, run: run.run },
  }));
}

/** `seconds`: working time by stage key, as the records say; `damaged`: why a record does not count, by stage key. */
export function createStageNodes(
  run: RunView,
  seconds: ReadonlyMap<string, number>,
  damaged: ReadonlyMap<string, string> = new Map(),
): TreeNode[] {
  return run.stages.map((stage) => {
    const live = run.live?.progress.stages.get(stage.id);
    const written = run.statuses[stage.id];
    // Between two rewrites of the status file the live state is newer.
    const lost = damaged.get(stage.key);
    const told = stateOf(run, live?.state ?? written?.state ?? 'waiting');
    const state = lost !== undefined && (told === 'done' || told === 'reused') ? 'failed' : told;
    const message = lost ?? (live?.message || written?.message) ?? '';
    return {
      id: `stage:${run.out}:${run.run}:${stage.id}`,
      label: stage.id,
      description: describeStage({
        state,
        live,
        message,
        written: run.progress?.stage === stage.id ? run.progress : undefined,
        seconds: live?.seconds ?? seconds.get(stage.key),
      }),
      tooltip: [stage.label, message].filter((part) => part !== '').join('\n'),
      icon: state,
      kind: `stage-${state}`,
      children: 'none',
      target: { type: 'stage', out: run.out, run: run.run, stage: stage.id },
    };
  });
}

/** `340/1200 steps · 2:10 left`. */
export function describeLiveStage(stage: StageProgress): string {
  if (stage.total === 0) return 'starting …';
  const rate = selectRate(stage);
  const left = rate === undefined ? '' : ` · ${formatDuration((stage.total - stage.done) / rate)} left`;
  return `${stage.done}/${stage.total} ${stage.unit}${left}`;
}

function goesOn({ state }: Pick<RunView, 'state'>): boolean {
  return state === 'running' || state === 'planning' || state === 'submitted';
}

/** A stage cannot go on in a run that does not. */
function stateOf(run: RunView, state: StageState): StageState {
  return !goesOn(run) && state === 'running' ? 'waiting' : state;
}

function describeStage(stage: {
  readonly state: StageState;
  readonly live: StageProgress | undefined;
  /** What the status file says of this stage. */
  readonly written: RunStatusProgress | undefined;
  readonly message: string;
  readonly seconds: number | undefined;
}): string {
  switch (stage.state) {
    case 'running':
      if (stage.live) return describeLiveStage(stage.live);
      return stage.written?.total === undefined
        ? 'running'
        : `${stage.written.done}/${stage.written.total} ${stage.written.unit}`;
    case 'failed':
    case 'skipped':
      return stage.message;
    case 'reused':
      return 'reused';
    case 'done':
      return stage.seconds === undefined ? '' : formatSeconds(stage.seconds);
    case 'waiting':
      return stage.message;
  }
}

function describeRun(run: RunView, now: Date): string {
  if (run.importedFrom !== undefined) {
    return [`imported from ${run.importedFrom}`, formatRunAge(run, now)].filter((part) => part !== '').join(' · ');
  }
  const finished = run.counts.done + run.counts.reused;
  const parts = [`${finished}/${run.total}`];
  if (run.live?.isStopping) parts.push('stopping …');
  else if (run.live) {
    const left = selectSecondsLeft(run.live.progress);
    if (left !== undefined) parts.push(`${formatDuration(left)} left`);
  } else if (run.state !== 'done') {
    parts.push(run.state);
    if (run.progress) parts.push(describeProgress(run.progress));
  }
  if (run.counts.failed > 0) parts.push(`${run.counts.failed} failed`);
  if (!run.live) parts.push(formatRunAge(run, now));
  return parts.filter((part) => part !== '').join(' · ');
}

function runTooltip(run: RunView): string {
  const lines = [run.file];
  const verb = run.importedFrom === undefined ? 'started' : `imported from ${run.importedFrom}`;
  if (run.createdAt !== undefined) lines.push(`${verb} ${run.createdAt.slice(0, 16).replace('T', ' ')} UTC`);
  if (goesOn(run) && !run.live && run.owner !== undefined) lines.push(`computed by ${run.owner}`);
  if (run.state === 'interrupted') lines.push('its worker is gone; resume to go on where it was');
  if (run.state === 'stopped') lines.push('stopped; resume to go on where it was');
  return [...lines, ...(run.message === undefined ? [] : [run.message]), ...run.problems]
    .filter((line) => line !== '')
    .join('\n');
}

function kindOf(run: RunView): string {
  if (goesOn(run)) return run.live ? 'running-here' : 'running-elsewhere';
  if (run.state === 'done') return 'done';
  return run.state === 'unreadable' ? 'unreadable' : 'resumable';
}

/** How long ago a run ended, was last heard of or was imported; of one that goes on, for how long it has. */
export function formatRunAge(
  run: Pick<RunView, 'state' | 'createdAt' | 'finishedAt' | 'heartbeatAt' | 'importedFrom'>,
  now: Date,
): string {
  const isOver = !goesOn(run) && run.importedFrom === undefined;
  const at = (isOver ? (run.finishedAt ?? run.heartbeatAt) : undefined) ?? run.createdAt;
  if (at === undefined) return '';
  const age = formatAge(at, now);
  return goesOn(run) ? age.replace(/^(.*) ago$/, 'for $1') : age;
}

/** `just now`, `5 min ago`, `3 h ago`, `4 d ago`. */
export function formatAge(createdAt: string, now: Date): string {
  const minutes = Math.floor((now.getTime() - Date.parse(createdAt)) / 60_000);
  if (!Number.isFinite(minutes)) return '';
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} d ago`;
}

function baseName(file: string): string {
  return file.split(/[\\/]/).at(-1) ?? file;
}
