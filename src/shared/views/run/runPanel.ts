/** What the run panel shows, from what a run has left and, where this window computes it, from the worker's live words. Pure. */
import type { Experiment } from '../../experiment/schema';
import type { MetricCurves } from '../../results/metricCurves';
import type { LoadRow, LogLine, PlannedStage, RunManifest, RunStatus, StageState } from '../../results/runManifest';
import type { StageRecord } from '../../results/records';
import type { RunReference } from '../../protocol/panels/panelMessages';
import type { RunAction, RunPanelLook, RunPanelModel, StageItem } from '../../protocol/panels/runPanel';
import { formatDuration, formatNumberOf, formatSeconds } from '../formatNumbers';
import { createCharts, createSeries, selectRange, type CurveSmoother } from './runCurves';
import { createFacts } from './runFacts';
import { createLoadCurves } from './runLoad';
import { selectSecondsLeft, type RunProgress, writtenFraction } from './runProgress';
import { describeLiveStage } from '../results/runTree';

export interface PanelRun extends RunReference {
  readonly state: string;
  readonly message?: string;
  readonly problems: readonly string[];
  readonly manifest?: RunManifest;
  readonly status?: RunStatus;
  /** As launched; undefined when it cannot be read. */
  readonly experiment?: Experiment;
  /** By stage key. */
  readonly records: ReadonlyMap<string, StageRecord>;
  /** Keys of the stages that have logged curves. */
  readonly curveKeys: ReadonlySet<string>;
}

export interface ShownCurves {
  readonly run: PanelRun;
  readonly stage: PlannedStage;
  readonly metrics: MetricCurves;
  readonly pace: MetricCurves;
}

export interface RunPanelInput {
  readonly main: PanelRun;
  readonly overlays: readonly PanelRun[];
  readonly look: RunPanelLook;
  /** Of the stages that `selectShown` names, in its order. */
  readonly shown: readonly ShownCurves[];
  readonly smoother: CurveSmoother;
  readonly log: readonly LogLine[];
  readonly load: readonly LoadRow[];
  /** There while a worker of this window computes the run. */
  readonly live?: {
    readonly progress: RunProgress;
    readonly isStopping: boolean;
    readonly isStoppingAfterStage: boolean;
  };
  readonly isTrusted: boolean;
}

export function createRunPanel(input: RunPanelInput): RunPanelModel {
  const { main, overlays, live, load } = input;
  const series = createSeries(input.shown, main);
  const stages = createStages(input);
  const isGoing = isUnderWay(main.state);
  const finished = stages.filter(({ state }) => !['waiting', 'running'].includes(state)).length;
  const running = stages.filter(({ state }) => state === 'running');
  const partly = running.reduce((sum, { progress = 0 }) => sum + progress, 0);
  const left = live ? selectSecondsLeft(live.progress) : main.status?.progress?.secondsLeft;
  const parts = [
    isGoing && live?.isStopping
      ? 'stopping …'
      : isGoing && live?.isStoppingAfterStage
        ? 'stops after this stage'
        : main.state,
    `${finished} of ${formatNumberOf(stages.length, 'stage')}`,
    isGoing && left !== undefined ? `${formatDuration(left)} left` : '',
    isGoing && !live ? describeOwner(main) : '',
  ];
  return {
    run: main.run,
    experiment: main.manifest?.name ?? '',
    state: main.state,
    summary: parts.filter((part) => part !== '').join(' · '),
    ...(isGoing && stages.length > 0 && { progress: (finished + partly) / stages.length }),
    messages: [...(main.message === undefined ? [] : [main.message]), ...main.problems],
    actions: selectActions(main.state, input.isTrusted),
    facts: createFacts(main),
    stages,
    overlays: overlays.map(({ out, run }) => ({ out, run })),
    series,
    range: selectRange(input.shown),
    charts: createCharts(input, series),
    log: input.log,
    load: createLoadCurves(load),
  };
}

function describeOwner({ manifest, status }: PanelRun): string {
  if (manifest?.engine !== undefined) return 'computed by Slurm';
  return status ? `computed by process ${status.pid} on ${status.host}` : '';
}

/** Which stages' curves are drawn: those chosen, or what runs, or the last of each method; the same of each overlaid run. */
export function selectShown(main: PanelRun, overlays: readonly PanelRun[], chosen?: readonly string[]): StageOfRun[] {
  const own = selectOwn(main, chosen);
  const wanted = new Set(own.map(({ stage }) => stage.id));
  const others = overlays.flatMap((run) => {
    const same = withCurves(run).filter(({ id }) => wanted.has(id));
    return same.length > 0 ? same.map((stage) => ({ run, stage })) : selectOwn(run, undefined);
  });
  return [...own, ...others];
}

export interface StageOfRun {
  readonly run: PanelRun;
  readonly stage: PlannedStage;
}

function selectOwn(run: PanelRun, chosen: readonly string[] | undefined): StageOfRun[] {
  const candidates = withCurves(run);
  const known = candidates.filter(({ id }) => chosen?.includes(id));
  if (chosen && (known.length > 0 || chosen.length === 0)) return known.map((stage) => ({ run, stage }));
  const running = candidates.filter(({ id }) => stateOf(run, id) === 'running');
  // Losses of pretrainings and of transfers do not belong on one axis.
  const pretrainings = candidates.filter(({ kind }) => kind === 'pretraining');
  const alike = pretrainings.length > 0 ? pretrainings : candidates;
  const last = new Map(alike.map((stage) => [`${methodOfStage(run, stage)} ${nameOfOne(stage)}`, stage]));
  return (running.length > 0 ? running : [...last.values()]).map((stage) => ({ run, stage }));
}

function withCurves({ manifest, curveKeys }: PanelRun): PlannedStage[] {
  return (manifest?.stages ?? []).filter(({ key }) => curveKeys.has(key));
}

/** Of pretrainings of one method the last is shown first; transfers and analyses are compared, so there each counts. */
function nameOfOne({ pretraining, transfer, analysis }: PlannedStage): string {
  const what = transfer ?? analysis;
  return what === undefined ? '' : `${what} of ${pretraining}`;
}

/** What is trained: a pretraining's method, a transfer's task, a kind of analysis; `unknown` when the experiment cannot be read. */
export function methodOfStage({ experiment }: PanelRun, stage: PlannedStage): string {
  if (stage.transfer !== undefined)
    return experiment?.transfers.find(({ id }) => id === stage.transfer)?.task ?? 'unknown';
  if (stage.analysis !== undefined)
    return experiment?.analyses.find(({ id }) => id === stage.analysis)?.kind ?? 'unknown';
  return experiment?.pretrainings.find(({ id }) => id === stage.pretraining)?.method ?? 'unknown';
}

function stateOf({ state, status }: PanelRun, id: string): StageState {
  const written = status?.stages[id]?.state ?? 'waiting';
  // A stage cannot go on in a run that does not.
  return written === 'running' && !isUnderWay(state) ? 'waiting' : written;
}

function createStages({ main, live, shown }: RunPanelInput): StageItem[] {
  const drawn = new Set(shown.filter(({ run }) => run === main).map(({ stage }) => stage.id));
  return (main.manifest?.stages ?? []).map((stage) => {
    const told = live?.progress.stages.get(stage.id);
    const state = told?.state ?? stateOf(main, stage.id);
    const written = main.status?.stages[stage.id];
    const progress = told && told.total > 0 ? told.done / told.total : writtenFraction(main.status?.progress, stage.id);
    const seconds = told?.seconds ?? main.records.get(stage.key)?.made.seconds;
    const message = (told?.message || written?.message) ?? '';
    const details: Partial<Record<StageState, string>> = {
      running: told ? describeLiveStage(told) : progress === undefined ? 'running' : `${Math.floor(100 * progress)} %`,
      done: seconds === undefined ? '' : formatSeconds(seconds),
      reused: 'taken over from an earlier run',
      waiting: message,
      failed: message,
      skipped: message,
    };
    return {
      id: stage.id,
      label: stage.label,
      pretraining: stage.pretraining,
      ...(stage.transfer !== undefined && { transfer: stage.transfer }),
      state,
      detail: details[state] ?? '',
      ...(state === 'running' && progress !== undefined && { progress }),
      hasCurves: main.curveKeys.has(stage.key),
      isShown: drawn.has(stage.id),
    };
  });
}

function selectActions(state: string, isTrusted: boolean): RunAction[] {
  const look: RunAction[] = isTrusted ? ['openReport', 'showLog', 'revealRunFolder'] : ['showLog', 'revealRunFolder'];
  if (isUnderWay(state)) return ['stop', 'stopAfterStage', ...look];
  const canResume = isTrusted && ['stopped', 'interrupted', 'failed'].includes(state);
  return canResume ? ['resume', ...look] : look;
}

function isUnderWay(state: string): boolean {
  return state === 'running' || state === 'planning' || state === 'submitted';
}
