/**
 * The Layers panel's model of one run: every measured value by transfer, pretraining, seed and layer, with what a reader
 * should know of it. Pure: records and the experiment in, model out.
 */
import type { Experiment } from '../../experiment/schema';
import { layerDepths } from '../../experiment/layers';
import type { LayersModel, LayersPretraining, LayersSeries, LayersTransfer } from '../../protocol/panels/layersPanel';
import type { RunManifest } from '../../results/runManifest';
import type { StageRecord, TransferResult } from '../../results/records';
import { episodeShapeOf } from '../report/episodeComparison';
import { describeSetting, type DepthStudy } from '../report/depthStudies';
import { describeTransfer } from '../report/describeTransfer';
import { formatList } from '../formatNumbers';
import { JoinedRun, layerValue } from '../report/joinedRun';
import { chanceOf, comparedMetrics } from '../report/metrics';
import { createLabelCurves } from '../report/labelCurves';
import { findTrainings } from '../report/trainingCurves';
import { createMaking } from '../report/provenance';
import { createNotes } from '../report/reportNotes';
import { createAnalyses, finiteOrNull } from './layersAnalyses';
import { listImageless } from '../selection/imagesBehind';

export interface LayersInput {
  readonly run: string;
  readonly state: string;
  readonly isUnderWay: boolean;
  readonly manifest: RunManifest;
  readonly records: readonly StageRecord[];
  /** As the run was launched: gives the order of pretrainings and the depth of layers. */
  readonly launched: Experiment | undefined;
  /** Ids that the experiment file has changed since. */
  readonly changed: ReadonlySet<string>;
  readonly hasFile: boolean;
  /** Sentences about what failed or could not be read. */
  readonly problems: readonly string[];
}

export function createLayersModel(input: LayersInput): LayersModel {
  const { manifest, changed, state } = input;
  const { launched } = input;
  const depths = launched && layerDepths(launched.backbone);
  const run = new JoinedRun(manifest.stages, input.records, { launched, depths });
  const stages = manifest.stages.filter(({ kind }) => kind === 'transfer' || kind === 'analysis');
  const ids = [...run.pretrainings].sort((a, b) => run.lookOf(a) - run.lookOf(b));
  return {
    run: input.run,
    name: manifest.name,
    state,
    isUnderWay: input.isUnderWay,
    finished: stages.filter((stage) => run.record(stage)).length,
    total: stages.length,
    seeds: manifest.seeds,
    reference: run.reference(),
    pretrainings: ids.map((id) => createPretraining(run, { id, look: run.lookOf(id), changed })),
    ...sourcesOf(run, ids, input),
    budgets: createLabelCurves(run).map(({ transfers, images }) => ({ transfers, images })),
    notes: createNotes({ run, state, seeds: manifest.seeds, problems: input.problems }),
    stale: describeStale([...ids, ...run.transfers].filter((id) => changed.has(id))),
    imageless: listImageless({
      stages: manifest.stages,
      records: new Map(input.records.map((record) => [record.key, record])),
    }),
    hasFile: input.hasFile,
  };
}

/** Transfers and analyses; an analysis called as a transfer is gets another name. */
function sourcesOf(run: JoinedRun, ids: readonly string[], input: LayersInput) {
  const measured = [...run.transfers, ...run.studies.map(({ id }) => id)];
  const transfers = measured.map((transfer) => createTransfer(run, { transfer, ids, input }));
  const places = (layers: LayersTransfer['layers']) => createPlaces({ layers }, input.launched);
  const analyses = createAnalyses(run, { ids, taken: new Set(measured), changed: input.changed, places });
  return { ...analyses, transfers: [...transfers, ...analyses.transfers] };
}

function createPretraining(
  run: JoinedRun,
  { id, look, changed }: { id: string; look: number; changed: ReadonlySet<string> },
): LayersPretraining {
  const { method, origin, steps } = createMaking(run, id);
  const snapshotOf = findTrainings(run).find(({ snapshots }) => snapshots.includes(id))?.pretraining;
  return {
    ...{ id, look, method, origin, isStale: changed.has(id) },
    ...(steps > 0 && { steps }),
    ...(snapshotOf !== undefined && { snapshotOf }),
  };
}

function createTransfer(
  run: JoinedRun,
  { transfer, ids, input }: { transfer: string; ids: readonly string[]; input: LayersInput },
): LayersTransfer {
  const study = run.studies.find(({ id }) => id === transfer);
  const result = widest(run, transfer, ids);
  const metrics = comparedMetrics(result);
  const chance = metrics.flatMap((metric) => {
    const value = chanceOf(result, metric);
    return value === undefined ? [] : [[metric, value] as const];
  });
  return {
    id: transfer,
    group: 'Transfers',
    isAnalysis: false,
    task: result.task,
    data: result.data,
    about: aboutOf(result, study),
    isStale: [transfer, ...(study?.members.map((member) => member.transfer) ?? [])].some((id) => input.changed.has(id)),
    metrics,
    chance: Object.fromEntries(chance),
    layers: createPlaces(result, study ? undefined : input.launched),
    series: ids.map((id) => createSeries(run, { pretraining: id, transfer, metrics, result })),
  };
}

/** What any result tells of a transfer; the one with the most layers, since a stage of a study may still be missing. */
function widest(run: JoinedRun, transfer: string, ids: readonly string[]): TransferResult {
  const all = ids.flatMap((id) => run.measured(id, transfer).map(({ result }) => result));
  return all.reduce((a, b) => (b.layers.length > a.layers.length ? b : a));
}

function aboutOf(result: TransferResult, study: DepthStudy | undefined): string {
  const chance = chanceOf(result, result.headline.metric);
  const about = describeTransfer({ ...result, chance, episodeShape: episodeShapeOf(result) });
  return study ? `${about}; ${describeSetting(study.setting)}` : about;
}

/**
 * Depths are the backbone's where it is known; a record only counts the layers that were probed. What is no layer, such as a
 * hypercolumn of all of them, stays where the record has it: at the end.
 */
function createPlaces(
  { layers }: { readonly layers: LayersTransfer['layers'] },
  launched: Experiment | undefined,
): LayersTransfer['layers'] {
  const depths = launched && layerDepths(launched.backbone);
  const isKnown = depths && layers.some(({ layer }) => depths.has(layer));
  return layers.map(({ layer, depth, dimension }) => ({
    layer,
    depth: (isKnown ? depths.get(layer) : undefined) ?? depth,
    dimension,
  }));
}

interface SeriesPlace {
  readonly pretraining: string;
  readonly transfer: string;
  readonly metrics: readonly string[];
  readonly result: TransferResult;
}

function createSeries(run: JoinedRun, { pretraining, transfer, metrics, result }: SeriesPlace): LayersSeries {
  const seeds = run.measured(pretraining, transfer).map(({ seed, result: own }) => {
    const values = metrics.map((metric) => {
      const list = result.layers.map(({ layer }) => finiteOrNull(layerValue(own.layers, layer, metric)[0]));
      return [metric, list] as const;
    });
    const { value } = own.headline;
    return { seed, ...(Number.isFinite(value) && { headline: value }), values: Object.fromEntries(values) };
  });
  return { pretraining, seeds };
}

function describeStale(ids: readonly string[]): string | undefined {
  if (ids.length === 0) return undefined;
  const [are, their] = ids.length === 1 ? ['is', 'its'] : ['are', 'their'];
  return `The experiment file has changed since this run: ${formatList(ids)} ${are} set differently now, so ${their} results here are of before.`;
}
