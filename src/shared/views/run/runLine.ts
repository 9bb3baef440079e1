/** The head of the Results view: how the last run stands, and the buttons that make sense now. Pure. */
import type { RunButton, RunLine, RunLineState } from '../../protocol/panels/resultsPanel';
import { formatNumberOf } from '../formatNumbers';
import { formatRunAge, type RunView } from '../results/runTree';
import { describeTimeLeft, isGoingOn, selectStagesNow, shareDone } from './stageNow';

/** A launch of this window that has no run folder yet. */
export interface PendingLaunch {
  readonly state: 'planned' | 'running' | 'stopping';
  /** The run that is resumed, if it is a resume. */
  readonly run: string;
}

export interface RunLineInput {
  readonly last: RunView | undefined;
  readonly pending: PendingLaunch | undefined;
  readonly now: Date;
}

export function createRunLine({ last, pending, now }: RunLineInput): RunLine {
  if (pending && !(last && isGoingOn(last))) return describePending(pending);
  if (!last) return { state: 'none', run: '', summary: 'not run yet' };
  const stages = selectStagesNow(last);
  const goesOn = isGoingOn(last);
  const state = lineState(last);
  const left = state === 'running' ? describeTimeLeft(last) : undefined;
  const fraction = goesOn ? shareDone(stages) : undefined;
  const message = last.message ?? explain(state);
  return {
    state,
    run: last.run,
    target: { out: last.out, run: last.run },
    summary: summarise(last, now),
    ...(fraction !== undefined && { fraction }),
    ...(left !== undefined && { left }),
    ...(message !== undefined && { message }),
  };
}

export interface ButtonInput {
  readonly state: RunLineState;
  readonly isTrusted: boolean;
  /** A file in a virtual folder cannot be run. */
  readonly isOnDisk: boolean;
}

export function selectButtons({ state, isTrusted, isOnDisk }: ButtonInput): RunButton[] {
  const stop = stopButton(state);
  // Stopping is allowed everywhere: it only asks.
  if (!isTrusted) return [...(stop ? [stop] : []), trustButton];
  if (stop) return [stop];
  if (!isOnDisk) return [];
  const canResume = state === 'stopped' || state === 'interrupted' || state === 'failed';
  return canResume ? [resumeButton, { ...runButton, isPrimary: false }] : [runButton];
}

export function explainButtons({ isTrusted, isOnDisk }: ButtonInput): string | undefined {
  if (!isTrusted) return 'Nothing runs in a workspace that is not trusted; results of earlier runs show.';
  return isOnDisk ? undefined : 'Runs need files on disk; this experiment is in a virtual folder.';
}

const runButton: RunButton = {
  action: 'run',
  label: 'Run',
  title: 'Run the experiment; what has not changed is reused',
  isPrimary: true,
};
const resumeButton: RunButton = {
  action: 'resume',
  label: 'Resume',
  title: 'Go on where the last run was',
  isPrimary: true,
};
const trustButton: RunButton = {
  action: 'trust',
  label: 'Manage Trust',
  title: 'Decide whether this workspace is trusted',
  isPrimary: true,
};

function stopButton(state: RunLineState): RunButton | undefined {
  const button = { action: 'stop', isPrimary: false } as const;
  if (state === 'queued') return { ...button, label: 'Remove from Queue', title: 'Do not run it' };
  if (state === 'stopping')
    return {
      ...button,
      label: 'End at Once…',
      title: 'Do not wait for the checkpoint; what came after the last is lost',
    };
  if (state === 'running' || state === 'preparing')
    return { ...button, label: 'Stop', title: 'Write a checkpoint and end; it can be resumed' };
  return undefined;
}

function describePending({ state, run }: PendingLaunch): RunLine {
  if (state === 'planned') return { state: 'queued', run, summary: 'waits for its turn' };
  if (state === 'stopping') return { state: 'stopping', run, summary: '' };
  return { state: 'preparing', run, summary: '' };
}

function lineState({ state, live }: RunView): RunLineState {
  if (live?.isStopping) return 'stopping';
  return state === 'planning' || state === 'submitted' ? 'preparing' : state;
}

function summarise(run: RunView, now: Date): string {
  const finished = run.counts.done + run.counts.reused;
  const isDone = run.state === 'done' && finished === run.total;
  const parts = [isDone ? formatNumberOf(run.total, 'stage') : `${finished}/${formatNumberOf(run.total, 'stage')}`];
  if (run.counts.failed > 0) parts.push(`${run.counts.failed} failed`);
  if (isGoingOn(run) && !run.live) parts.push(run.owner === undefined ? 'another process' : run.owner);
  if (!isGoingOn(run)) parts.push(formatRunAge(run, now));
  return parts.filter((part) => part !== '').join(' · ');
}

function explain(state: RunLineState): string | undefined {
  if (state === 'interrupted') return 'Its worker is gone; resume to go on where it was.';
  return undefined;
}
