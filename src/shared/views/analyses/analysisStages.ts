/** From the runs of an experiment to the finished stages of its analyses, for panels that read their files themselves. Pure. */
import type { Experiment } from '../../experiment/schema';
import type { AnalysesModel } from '../../protocol/panels/analysesPanel';
import type {
  AnalysedPretraining,
  AnalysisOffer,
  AnalysisStage,
  StartedAnalysis,
} from '../../protocol/panels/analysisStart';
import type { PlannedStage, RunLaunch } from '../../results/runManifest';
import type { StageRecord } from '../../results/records';
import { formatList } from '../formatNumbers';
import { pretrainingLooks, type LookOf } from '../pretrainingLooks';

/** A run of the experiment. */
export interface AnalysisRun {
  readonly run: string;
  readonly stages: readonly PlannedStage[];
  readonly launch: RunLaunch;
  /** Ids that the experiment file has set differently since. */
  readonly changed: ReadonlySet<string>;
  /** Folders of the data whose images are files, by the data's id. */
  readonly dataFolders?: Readonly<Record<string, string>>;
}

export interface AnalysesInput {
  /** Newest first. */
  readonly runs: readonly AnalysisRun[];
  /** By key. */
  readonly records: ReadonlyMap<string, StageRecord>;
  /** The file as it is now, where it is there and right. */
  readonly experiment: Experiment | undefined;
  readonly title: string;
  /** URL of a stage's folder. */
  readonly folderOf: (key: string) => string;
  readonly offer: AnalysisOffer;
  readonly started: readonly StartedAnalysis[];
}

/**
 * Those of which `describe` says something, newest first; of the same work under two names the one that the file has. An older
 * result of an analysis is left out.
 */
export function selectAnalysisStages<Own extends object>(
  { runs, records, experiment, folderOf }: AnalysesInput,
  describe: (record: StageRecord) => Own | undefined,
): (AnalysisStage & Own)[] {
  const written = new Set(experiment?.analyses.map(({ id }) => id));
  const found = new Map<string, AnalysisStage & Own>();
  const taken = new Set<string>();
  for (const { run, stages, launch } of runs) {
    for (const { key, analysis, pretraining, seed } of stages) {
      const record = records.get(key);
      const own = record && describe(record);
      if (!own || analysis === undefined) continue;
      const place = JSON.stringify([analysis, pretraining, seed]);
      const known = found.get(key);
      // An older result of the same analysis is no longer what the file says.
      if (known ? known.loose === undefined || !written.has(analysis) : taken.has(place)) continue;
      taken.add(place);
      const added = launch.analyses?.find(({ id, kind }) => (id ?? kind) === analysis);
      const loose = written.has(analysis) ? undefined : added;
      const { data, split } = sourceOf(record);
      found.set(key, {
        ...{ key, analysis, pretraining, seed, run, folder: folderOf(key), data, split },
        ...(loose && { loose }),
        notes: record.result.kind === 'analysis' ? record.result.notes : [],
        ...own,
      });
    }
  }
  return [...found.values()];
}

/** What the models of all such panels have in common. */
export function analysesModel<Stage extends AnalysisStage>(
  { runs, experiment, title, offer, started }: AnalysesInput,
  stages: readonly Stage[],
): Omit<AnalysesModel<Stage>, 'about' | 'workerScript'> {
  const pretrainings = inOrder(
    stages.map(({ pretraining }) => pretraining),
    pretrainingLooks(experiment, allPretrainings(runs)),
  );
  const used = new Set(stages.map(({ run }) => run));
  const changed = runs.filter(({ run }) => used.has(run)).flatMap((run) => [...run.changed]);
  const stale = [...new Set(changed)].filter((id) => pretrainings.some((one) => one.id === id));
  return {
    ...{ title, pretrainings, stages, offer, started },
    ...(stale.length > 0 && { stale: describeStale(stale) }),
  };
}

/** Stages of one seed. A pretraining without that seed shows another: its weights have none. */
export function stagesOfSeed<Stage extends AnalysisStage>(stages: readonly Stage[], seed: number): Stage[] {
  const name = ({ analysis, pretraining }: AnalysisStage): string => `${analysis} ${pretraining}`;
  const own = new Set(stages.filter((stage) => stage.seed === seed).map(name));
  return stages.filter((stage) => stage.seed === seed || !own.has(name(stage)));
}

function sourceOf({ settings, result }: StageRecord): { readonly data: string; readonly split: string } {
  const { data, split } = (settings ?? {}) as Readonly<Record<string, unknown>>;
  const named = (result.kind === 'analysis' ? result.data : undefined) ?? '';
  return { data: typeof data === 'string' ? data : named, split: typeof split === 'string' ? split : '' };
}

/** Those that the file no longer has come last, with looks of their own. */
function inOrder(ids: Iterable<string>, lookOf: LookOf): AnalysedPretraining[] {
  return [...new Set(ids)].map((id) => ({ id, look: lookOf(id) })).sort((a, b) => a.look - b.look);
}

function allPretrainings(runs: readonly AnalysisRun[]): string[] {
  return [...new Set(runs.flatMap(({ stages }) => stages.map(({ pretraining }) => pretraining)))];
}

function describeStale(ids: readonly string[]): string {
  const [are, their] = ids.length === 1 ? ['is', 'its'] : ['are', 'their'];
  return `The experiment file has changed since: ${formatList(ids)} ${are} set differently now, so ${their} pictures here are of before.`;
}
