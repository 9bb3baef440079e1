/** From the runs of an experiment to where the Features panel finds what analyses of single images have left. Pure. */
import type { Experiment } from '../../experiment/schema';
import { readsNetwork } from '../../experiment/analysisSchema';
import type { AnalysisOffer, StartedAnalysis } from '../../protocol/panels/analysisStart';
import {
  featuresKinds,
  type FeaturesKind,
  type FeaturesModel,
  type FeaturesStage,
} from '../../protocol/panels/featuresPanel';
import type { PanelSelection } from '../../protocol/panels/selection';
import type { PlannedStage, RunLaunch, StageRecord } from '../../results/records';
import { formatList, formatNumberOf } from '../formatNumbers';

/** A run of the experiment. */
export interface FeaturesRun {
  readonly run: string;
  readonly stages: readonly PlannedStage[];
  readonly launch: RunLaunch;
  /** Ids that the experiment file has set differently since. */
  readonly changed: ReadonlySet<string>;
}

export interface FeaturesInput {
  /** Newest first. */
  readonly runs: readonly FeaturesRun[];
  /** By key. */
  readonly records: ReadonlyMap<string, StageRecord>;
  /** The file as it is now, where it is there and right. */
  readonly experiment: Experiment | undefined;
  readonly title: string;
  /** URL of a stage's folder. */
  readonly folderOf: (key: string) => string;
  readonly offer: AnalysisOffer;
  readonly started: readonly StartedAnalysis[];
  readonly selection: PanelSelection;
}

/** The kind of a finished analysis of single images; undefined for other stages. */
export function featuresKind(record: StageRecord | undefined): FeaturesKind | undefined {
  if (record?.result.kind !== 'analysis') return undefined;
  const { analysis } = record.result;
  return featuresKinds.find((kind) => kind === analysis);
}

export function createFeaturesModel(input: FeaturesInput): Omit<FeaturesModel, 'workerScript'> {
  const { runs, experiment, title, offer, started, selection } = input;
  const stages = selectStages(input);
  const ids = inOrder(
    [...new Set(stages.map(({ pretraining }) => pretraining))],
    experiment?.pretrainings.map(({ id }) => id) ?? allPretrainings(runs),
  );
  const used = new Set(stages.map(({ run }) => run));
  const changed = runs.filter(({ run }) => used.has(run)).flatMap((run) => [...run.changed]);
  const stale = [...new Set(changed)].filter((id) => ids.some((one) => one.id === id));
  return {
    title,
    about: describe(stages, ids.length),
    pretrainings: ids,
    stages,
    offer,
    started,
    ...(stale.length > 0 && { stale: describeStale(stale) }),
    selection,
  };
}

/** Newest first; of the same work under two names the one that the file has. */
function selectStages({ runs, records, experiment, folderOf }: FeaturesInput): FeaturesStage[] {
  const written = new Set(experiment?.analyses.filter(readsNetwork).map(({ id }) => id));
  const found = new Map<string, FeaturesStage>();
  const taken = new Set<string>();
  for (const { run, stages, launch } of runs) {
    for (const { key, analysis, pretraining, seed } of stages) {
      const record = records.get(key);
      const kind = featuresKind(record);
      if (!record || !kind || analysis === undefined) continue;
      const place = JSON.stringify([analysis, pretraining, seed]);
      const known = found.get(key);
      // An older result of the same analysis is no longer what the file says.
      if (known ? known.loose === undefined || !written.has(analysis) : taken.has(place)) continue;
      taken.add(place);
      const added = launch.analyses?.find(({ id, kind: own }) => (id ?? own) === analysis);
      const loose = written.has(analysis) ? undefined : added;
      const { data, split } = sourceOf(record);
      found.set(key, {
        ...{ key, kind, analysis, pretraining, seed, run, folder: folderOf(key), data, split },
        ...(loose && { loose }),
        notes: record.result.kind === 'analysis' ? record.result.notes : [],
      });
    }
  }
  return [...found.values()];
}

function sourceOf({ settings, result }: StageRecord): { readonly data: string; readonly split: string } {
  const { data, split } = (settings ?? {}) as Readonly<Record<string, unknown>>;
  const named = result.kind === 'analysis' ? result.data : '';
  return { data: typeof data === 'string' ? data : named, split: typeof split === 'string' ? split : '' };
}

/** Those that the file no longer has come last, with looks of their own. */
function inOrder(ids: readonly string[], order: readonly string[]): FeaturesModel['pretrainings'] {
  const gone = ids.filter((id) => !order.includes(id));
  const known = order.flatMap((id, look) => (ids.includes(id) ? [{ id, look }] : []));
  return [...known, ...gone.map((id, i) => ({ id, look: order.length + i }))];
}

function allPretrainings(runs: readonly FeaturesRun[]): string[] {
  return [...new Set(runs.flatMap(({ stages }) => stages.map(({ pretraining }) => pretraining)))];
}

function describe(stages: readonly FeaturesStage[], pretrainings: number): string {
  const kinds = featuresKinds.filter((kind) => stages.some((stage) => stage.kind === kind));
  if (kinds.length === 0) return 'No image has been looked at yet.';
  return `${formatList(kinds)} of ${formatNumberOf(pretrainings, 'pretraining')}`;
}

function describeStale(ids: readonly string[]): string {
  const [are, their] = ids.length === 1 ? ['is', 'its'] : ['are', 'their'];
  return `The experiment file has changed since: ${formatList(ids)} ${are} set differently now, so ${their} pictures here are of before.`;
}
