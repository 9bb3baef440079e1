/** How analyses that were started from a panel are getting on: what waits in this window, what runs, what has failed. Pure. */
import type { StartedAnalysis } from '../../protocol/panels/analysisStart';
import { formatList } from '../formatNumbers';
import type { RunView } from '../results/runTree';
import { describeTimeLeft, isGoingOn, selectStagesNow, shareDone } from '../run/stageNow';

/** A launch of this window that was asked for analyses. */
export interface AnalysisLaunch {
  readonly id: number;
  /** Names of the analyses. */
  readonly analyses: readonly string[];
  readonly state: 'planned' | 'running' | 'stopping' | 'failed';
  /** Why it failed. */
  readonly failure?: string;
}

/** A run that was asked for analyses. */
export interface AnalysisRun {
  readonly view: RunView;
  readonly analyses: readonly string[];
  /** Launch of this window that computes it. */
  readonly launch?: number;
}

export function launchName(id: number): string {
  return `launch:${id}`;
}

/** Runs under way first, then what waits, then what has failed; each once. */
export function createStarted(runs: readonly AnalysisRun[], launches: readonly AnalysisLaunch[]): StartedAnalysis[] {
  const going = runs.filter(({ view }) => isGoingOn(view) && view.stages.length > 0);
  const known = new Set(going.flatMap(({ launch }) => launch ?? []));
  return [
    ...going.map(describeRun),
    ...launches.filter(({ id, state }) => state !== 'failed' && !known.has(id)).map(describeLaunch),
    ...launches.filter(({ state }) => state === 'failed').map(describeLaunch),
  ];
}

function describeRun({ view, analyses, launch }: AnalysisRun): StartedAnalysis {
  const stages = selectStagesNow(view);
  const under = stages.find(({ state }) => state === 'running');
  const fraction = shareDone(stages);
  const left = describeTimeLeft(view);
  const isStopping = view.live?.isStopping === true;
  const what = under?.text ?? (under ? under.stage.pretraining : 'between two stages');
  return {
    id: launch === undefined ? `run:${view.run}` : launchName(launch),
    title: formatList(analyses),
    state: isStopping ? 'stopping' : 'running',
    ...(fraction !== undefined && { fraction }),
    text: isStopping ? 'stopping …' : [what, left].filter((part) => part !== undefined).join(' · '),
    run: { out: view.out, run: view.run },
  };
}

function describeLaunch({ id, analyses, state, failure }: AnalysisLaunch): StartedAnalysis {
  const texts = {
    planned: 'waits for its turn',
    running: 'preparing …',
    stopping: 'stopping …',
    failed: failure ?? '',
  };
  const states = { planned: 'waiting', running: 'running', stopping: 'stopping', failed: 'failed' } as const;
  return { id: launchName(id), title: formatList(analyses), state: states[state], text: texts[state] };
}
