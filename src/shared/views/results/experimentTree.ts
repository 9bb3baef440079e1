/**
 * The Experiments view as data: files → pretrainings → transfers, with state, headline figures and marks for what the
 * file has moved on from. Also what the lenses above the entries say. Pure; records come in.
 */
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type { PlannedStage, StageState, StageStatus } from '../../results/runManifest';
import type { StageRecord } from '../../results/records';
import { formatPercent } from '../formatNumbers';
import { metricKind } from '../report/metrics';
import type { TreeIcon, TreeNode } from './treeNode';

/** An experiment file as far as it can be read. */
export interface ExperimentOutline {
  readonly file: string;
  readonly name: string;
  readonly errors: number;
  readonly seeds: number;
  readonly pretrainings: readonly OutlineEntry[];
  readonly transfers: readonly (OutlineEntry & { readonly of: readonly string[] })[];
}
export interface OutlineEntry {
  readonly id: string;
  /** As written in the file: a matrix makes several entries of one. */
  readonly written: string;
  /** Counts from 1. */
  readonly line: number;
}

/** A run of the file, newest first in lists. */
export interface PastRun {
  readonly run: string;
  readonly out: string;
  readonly state: string;
  readonly stages: readonly PlannedStage[];
  readonly statuses: Readonly<Record<string, StageStatus>>;
}

export interface Measurement extends MeanInterval {
  readonly metric: string;
  readonly layer: string;
  /** Whether every seed of the run is in it. */
  readonly isWhole: boolean;
  readonly run: string;
  /** The `.transferscope` folder of the run. */
  readonly out: string;
}

export interface EntryResult {
  readonly state: StageState;
  readonly measurement?: Measurement;
  readonly isStale: boolean;
  readonly message?: string;
}

/** Results by pretraining and transfer (`pairKey`); pretrainings alone stand under transfer ''. */
export type ExperimentResults = ReadonlyMap<string, EntryResult>;

export function pairKey(pretraining: string, transfer = ''): string {
  return JSON.stringify([pretraining, transfer]);
}

/** For each pair the newest run that says anything of it, and the newest that has finished some of it. */
export interface PairSources {
  readonly newest: PastRun;
  readonly measured?: PastRun;
}

export function selectSources(runs: readonly PastRun[]): ReadonlyMap<string, PairSources> {
  const found = new Map<string, PairSources>();
  for (const run of runs) {
    for (const stage of run.stages) {
      if (stage.kind === 'features' || stage.kind === 'analysis') continue;
      const key = pairKey(stage.pretraining, stage.transfer);
      const known = found.get(key);
      const isFinished = isThere(run.statuses[stage.id]?.state);
      const measured = known?.measured ?? (isFinished ? run : undefined);
      found.set(key, { newest: known?.newest ?? run, ...(measured && { measured }) });
    }
  }
  return found;
}

/** Keys of the records that `createResults` wants. */
export function selectRecordKeys(sources: ReadonlyMap<string, PairSources>): string[] {
  return [...sources].flatMap(([key, { measured }]) =>
    (measured ? stagesOf(measured, key) : []).filter(({ kind }) => kind === 'transfer').map((stage) => stage.key),
  );
}

/** Of runs that were looked at: twelve pretrainings, eight transfers and thirty seeds are 3,600 stages. */
const knownStages = new WeakMap<readonly PlannedStage[], ReadonlyMap<string, readonly PlannedStage[]>>();

/** The stages of one pair (`pairKey`) over its seeds, without those of its features. */
export function stagesOf({ stages }: Pick<PastRun, 'stages'>, key: string): readonly PlannedStage[] {
  let byPair = knownStages.get(stages);
  if (!byPair) {
    const made = new Map<string, PlannedStage[]>();
    for (const stage of stages) {
      if (stage.kind === 'features' || stage.kind === 'analysis') continue;
      const pair = pairKey(stage.pretraining, stage.transfer);
      const list = made.get(pair);
      if (list) list.push(stage);
      else made.set(pair, [stage]);
    }
    knownStages.set(stages, (byPair = made));
  }
  return byPair.get(key) ?? [];
}

export interface ResultInput {
  readonly sources: ReadonlyMap<string, PairSources>;
  readonly records: ReadonlyMap<string, StageRecord>;
  /** Records that do not count, by key, with the reason. */
  readonly damaged?: ReadonlyMap<string, string>;
  /** Ids whose settings differ from those that the given run was launched with. */
  readonly changedSince: (run: PastRun) => ReadonlySet<string>;
}

export function createResults({ sources, records, damaged, changedSince }: ResultInput): ExperimentResults {
  const results = new Map<string, EntryResult>();
  for (const [key, { newest, measured }] of sources) {
    const [pretraining, transfer] = JSON.parse(key) as [string, string];
    const stages = stagesOf(newest, key);
    const states = stages.map((stage) => newest.statuses[stage.id]?.state ?? 'waiting');
    const failed = stages.find((stage) => newest.statuses[stage.id]?.state === 'failed');
    const lost = stages.map(({ key: stageKey }) => damaged?.get(stageKey)).find((reason) => reason !== undefined);
    const message = lost ?? (failed && newest.statuses[failed.id]?.message);
    const measurement = measured && measure({ run: measured, records, key });
    const changed = changedSince(measured ?? newest);
    results.set(key, {
      state: lost === undefined ? combineStates(states, newest.state) : 'failed',
      isStale: changed.has(pretraining) || changed.has(transfer),
      ...(measurement && { measurement }),
      ...(message !== undefined && { message }),
    });
  }
  return results;
}

export function createExperimentNode(outline: ExperimentOutline, results: ExperimentResults): TreeNode {
  const { file, name, errors } = outline;
  const pairs = selectPairs(outline);
  // A run of some seeds is whole without the others of the file.
  const isMeasured = ({ measurement, isStale }: EntryResult): boolean =>
    measurement !== undefined && measurement.isWhole && measurement.n >= outline.seeds && !isStale;
  const finished = pairs.filter(({ key }) => results.has(key) && isMeasured(results.get(key)!));
  const stale = pairs.filter(({ key }) => results.get(key)?.isStale);
  const parts = [
    ...(errors > 0 ? [`${errors} error${errors === 1 ? '' : 's'}`] : []),
    ...(pairs.length > 0 ? [`${finished.length}/${pairs.length} measured`] : []),
    ...(stale.length > 0 ? [`${stale.length} stale`] : []),
  ];
  return {
    id: `experiment:${file}`,
    label: name === '' ? (file.split(/[\\/]/).at(-1) ?? file) : name,
    description: parts.join(' · '),
    tooltip: file,
    icon: errors > 0 ? 'failed' : 'experiment',
    kind: 'experiment',
    children: outline.pretrainings.length > 0 ? 'expanded' : 'none',
    target: { type: 'experiment', file },
  };
}

export function createPretrainingNodes(outline: ExperimentOutline, results: ExperimentResults): TreeNode[] {
  return outline.pretrainings.map(({ id, written, line }) => {
    const result = results.get(pairKey(id));
    const hasTransfers = outline.transfers.some((transfer) => transfer.of.includes(id));
    return {
      id: `pretraining:${outline.file}:${id}`,
      label: id,
      description: describeEntry(result),
      tooltip: result?.message,
      icon: iconOf(result),
      kind: 'entry',
      children: hasTransfers ? 'expanded' : 'none',
      target: { type: 'entry', file: outline.file, entry: written, line },
    };
  });
}

export function createTransferNodes(
  outline: ExperimentOutline,
  pretraining: string,
  results: ExperimentResults,
): TreeNode[] {
  return outline.transfers
    .filter((transfer) => transfer.of.includes(pretraining))
    .map(({ id, written, line }) => {
      const result = results.get(pairKey(pretraining, id));
      return {
        id: `transfer:${outline.file}:${pretraining}:${id}`,
        label: id,
        description: describeEntry(result),
        tooltip: transferTooltip(result),
        icon: iconOf(result),
        kind: 'entry',
        children: 'none' as const,
        target: { type: 'entry' as const, file: outline.file, entry: written, line },
      };
    });
}

/** What the lens above a transfer says of its last results: the best mean; undefined when there is none. */
export function describeTransferLens(
  outline: ExperimentOutline,
  written: string,
  results: ExperimentResults,
): string | undefined {
  const measured = outline.transfers
    .filter((transfer) => transfer.written === written)
    .flatMap(({ id, of }) => of.flatMap((pretraining) => named(pretraining, results.get(pairKey(pretraining, id)))));
  const isLowerBetter = measured.some(({ measurement }) => metricKind(measurement.metric).isLowerBetter);
  const sign = isLowerBetter ? -1 : 1;
  const [best] = [...measured].sort((a, b) => sign * (b.measurement.mean - a.measurement.mean));
  if (!best) return undefined;
  const stale = measured.some(({ isStale }) => isStale) ? ' (stale)' : '';
  const lead = measured.length > 1 ? `${isLowerBetter ? 'lowest' : 'highest'}: ` : '';
  return `${lead}${best.name} ${formatPercent(best.measurement)} %${stale}`;
}

/** As `describeTransferLens`, for a pretraining: its figure in each transfer, at most three. */
export function describePretrainingLens(
  outline: ExperimentOutline,
  written: string,
  results: ExperimentResults,
): string | undefined {
  const measured = outline.pretrainings
    .filter((pretraining) => pretraining.written === written)
    .flatMap(({ id }) =>
      outline.transfers.flatMap((transfer) => named(transfer.id, results.get(pairKey(id, transfer.id)))),
    );
  if (measured.length === 0) return undefined;
  const stale = measured.some(({ isStale }) => isStale) ? ' (stale)' : '';
  const shown = measured.slice(0, 3).map(({ name, measurement }) => `${name} ${formatPercent(measurement)} %`);
  return `${shown.join(' · ')}${measured.length > 3 ? ' · …' : ''}${stale}`;
}

function named(
  name: string,
  result: EntryResult | undefined,
): { readonly name: string; readonly measurement: Measurement; readonly isStale: boolean }[] {
  return result?.measurement ? [{ name, measurement: result.measurement, isStale: result.isStale }] : [];
}

function selectPairs(outline: ExperimentOutline): { readonly key: string }[] {
  return outline.transfers.flatMap(({ id, of }) => of.map((pretraining) => ({ key: pairKey(pretraining, id) })));
}

function measure(source: {
  readonly run: PastRun;
  readonly records: ReadonlyMap<string, StageRecord>;
  readonly key: string;
}): Measurement | undefined {
  const stages = stagesOf(source.run, source.key);
  const headlines = stages.flatMap((stage) => {
    const result = source.records.get(stage.key)?.result;
    return result?.kind === 'transfer' ? [result.headline] : [];
  });
  const [first] = headlines;
  if (!first) return undefined;
  const { metric, layer } = first;
  return {
    ...meanInterval(headlines.map(({ value }) => value)),
    metric,
    layer,
    isWhole: headlines.length === stages.filter(({ kind }) => kind === 'transfer').length,
    run: source.run.run,
    out: source.run.out,
  };
}

/** Of the stages of one pair over seeds: what goes on before what went wrong before what is there. */
export function combineStates(states: readonly StageState[], run: string): StageState {
  const isOver = run !== 'running' && run !== 'planning' && run !== 'submitted';
  const order: readonly StageState[] = ['running', 'failed', 'skipped', 'waiting', 'done', 'reused'];
  const shown = states.map((state) => (isOver && state === 'running' ? 'waiting' : state));
  return order.find((state) => shown.includes(state)) ?? 'waiting';
}

function isThere(state: StageState | undefined): boolean {
  return state === 'done' || state === 'reused';
}

function describeEntry(result: EntryResult | undefined): string {
  if (!result) return 'not run';
  const { state, measurement, isStale, message } = result;
  const figure = measurement ? [`${formatPercent(measurement)} %`] : [];
  const words: Partial<Record<StageState, string>> = { running: 'running …', failed: 'failed', skipped: 'skipped' };
  const going = words[state] === undefined ? [] : [state === 'failed' && message ? `failed: ${message}` : words[state]];
  const waiting = state === 'waiting' && !measurement ? ['waiting'] : [];
  return [...figure, ...going, ...waiting, ...(isStale ? ['stale'] : [])].join(' · ');
}

function transferTooltip(result: EntryResult | undefined): string | undefined {
  if (!result) return undefined;
  const { measurement, isStale, message } = result;
  // Names of metrics stand here as they stand in records.
  const placeOf = ({ metric, layer }: Measurement) => (layer === '' ? metric : `${metric} at ${layer}`);
  const lines = measurement ? [`${placeOf(measurement)}, n = ${measurement.n}, from ${measurement.run}`] : [];
  if (isStale) lines.push('the file has changed since; run again to renew');
  return [...lines, ...(message === undefined ? [] : [message])].join('\n') || undefined;
}

function iconOf(result: EntryResult | undefined): TreeIcon {
  if (!result) return 'waiting';
  if (result.state === 'running' || result.state === 'failed' || result.state === 'skipped') return result.state;
  if (result.isStale) return 'stale';
  return result.measurement ? 'measured' : result.state;
}
