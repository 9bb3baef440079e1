/** Runs and their records → the Compare panel's model: rows with the values of all seeds, settings as columns. */
import type { Experiment } from '../../experiment/schema';
import type { CompareMetric, CompareModel, CompareParameter, CompareRow } from '../../protocol/panels/comparePanel';
import type { SettingValue } from '../../results/settingValue';
import type { AnalysisResult, StageRecord } from '../../results/records';
import type { LoadRow, PlannedStage, RunManifest } from '../../results/runManifest';
import { analysisMetric } from '../report/analysisMetrics';
import { metricName } from '../formatNumbers';
import { pretrainingLooks } from '../pretrainingLooks';
import { costsOfRecord } from './compareCosts';
import { imagesBehind } from '../selection/imagesBehind';
import { effectiveSettings, flatten } from './effectiveSettings';
import { describeRowControls } from './rowControls';

/** A run as far as it has been read. */
export interface ComparedRun {
  readonly out: string;
  readonly run: string;
  readonly state: string;
  readonly manifest: RunManifest;
  /** As launched, resolved; undefined when the run folder does not say. */
  readonly experiment: Experiment | undefined;
  /** By key. */
  readonly records: ReadonlyMap<string, StageRecord>;
  /** Rows of its load.jsonl; none where they do not tell all, as with several workers. */
  readonly load?: readonly LoadRow[];
}

/** What one run brings in; kept by whoever reads, since a finished run stays as it is. */
export interface RunRows {
  readonly rows: readonly CompareRow[];
  /** In the order of `rows`. */
  readonly settings: readonly ReadonlyMap<string, SettingValue>[];
  readonly metrics: ReadonlyMap<string, CompareMetric>;
}

/** The id that marks go by. */
function rowId(out: string, mark: string): string {
  return `${out}\n${mark}`;
}

/** The results folder's own name of a row; another folder's row keeps its whole id. */
export function markOf(out: string, id: string): string {
  return id.startsWith(`${out}\n`) ? id.slice(out.length + 1) : id;
}

export function idOfMark(out: string, mark: string): string {
  return mark.includes('\n') ? mark : rowId(out, mark);
}

export function createRunRows(run: ComparedRun): RunRows {
  const metrics = new Map<string, CompareMetric>();
  const groups = groupStages(run.manifest.stages);
  const planned = run.manifest.stages.map(({ pretraining }) => pretraining);
  const lookOf = pretrainingLooks(run.experiment, planned);
  const ran = run.experiment?.pretrainings.filter(({ id }) => planned.includes(id)) ?? [];
  const controls = describeRowControls(ran);
  const rows: CompareRow[] = [];
  const settings: ReadonlyMap<string, SettingValue>[] = [];
  for (const stages of groups) {
    const first = stages[0]!;
    const measured = measureStages(run, stages, metrics);
    const known =
      run.experiment && effectiveSettings({ experiment: run.experiment, baseDir: run.manifest.baseDir, ...first });
    const look = lookOf(first.pretraining);
    const control = controls.get(first.pretraining);
    rows.push(createRow(run, { stages, look, control, noImages: whyNoImages(run, first), ...measured }));
    settings.push(new Map([...(known ?? statedSettings(run, stages)), ...measured.facts, ...runFacts(run)]));
  }
  return { rows, settings, metrics };
}

function whyNoImages({ manifest, records }: ComparedRun, { pretraining, transfer, analysis }: PlannedStage) {
  const measure = transfer ?? analysis;
  if (measure === undefined) return 'Nothing has been measured of it.';
  const found = imagesBehind({ stages: manifest.stages, records }, { pretraining, measure });
  return 'reason' in found ? found.reason : undefined;
}

/** What records say where there is no experiment: of results made elsewhere. */
function statedSettings({ records }: ComparedRun, stages: readonly PlannedStage[]): Map<string, SettingValue> {
  const fields = new Map<string, SettingValue>();
  const record = stages.map(({ key }) => records.get(key)).find((one) => one !== undefined);
  flatten(fields, record?.kind === 'pretraining' ? 'pretraining' : 'transfer', record?.settings);
  return fields;
}

/** Rows in the order given; `marks` and what is still being read are put in by the caller. */
export function joinRunRows(runs: readonly RunRows[]): Pick<CompareModel, 'rows' | 'parameters' | 'metrics'> {
  const rows = runs.flatMap((run) => run.rows);
  const metrics = new Map(runs.flatMap((run) => [...run.metrics]));
  const columns = new Map<string, { values: SettingValue[]; places: Map<SettingValue, number>; at: number[] }>();
  runs
    .flatMap((run) => run.settings)
    .forEach((settings, row) => {
      for (const [id, value] of settings) {
        let column = columns.get(id);
        if (!column)
          columns.set(id, (column = { values: [], places: new Map(), at: Array<number>(rows.length).fill(-1) }));
        let place = column.places.get(value);
        if (place === undefined) {
          column.places.set(value, (place = column.values.length));
          column.values.push(value);
        }
        column.at[row] = place;
      }
    });
  const parameters = [...columns].map(([id, { values, at }]): CompareParameter => ({ id, values, at }));
  const order = ['pretraining', 'transfer', 'data', 'pretrainingData', 'backbone', 'measured', 'run'];
  const rank = ({ id }: CompareParameter): number => order.indexOf(id.slice(0, id.indexOf('.')));
  return { rows, parameters: parameters.sort((a, b) => rank(a) - rank(b)), metrics: [...metrics.values()] };
}

/** Stages of one row each: a transfer or analysis of a pretraining over its seeds, or a pretraining that has neither. */
function groupStages(stages: readonly PlannedStage[]): PlannedStage[][] {
  const groups = new Map<string, PlannedStage[]>();
  const isMeasured = new Set<string>();
  for (const stage of stages) {
    if (stage.transfer === undefined && stage.analysis === undefined) continue;
    isMeasured.add(stage.pretraining);
    const key = markName(stage);
    groups.set(key, [...(groups.get(key) ?? []), stage]);
  }
  for (const stage of stages) {
    if (stage.kind !== 'pretraining' || isMeasured.has(stage.pretraining)) continue;
    groups.set(stage.pretraining, [...(groups.get(stage.pretraining) ?? []), stage]);
  }
  return [...groups.values()];
}

function markName({ pretraining, against, transfer, analysis }: PlannedStage): string {
  return `${pretraining}${against === undefined ? '' : `~${against}`}/${transfer ?? analysis ?? ''}`;
}

interface Measured {
  readonly seeds: readonly number[];
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
  readonly headline: string | undefined;
  readonly task: string;
  readonly facts: ReadonlyMap<string, SettingValue>;
}

/** All numbers of the row's stages and of the pretrainings behind them, by seed. */
function measureStages(
  run: ComparedRun,
  stages: readonly PlannedStage[],
  metrics: Map<string, CompareMetric>,
): Measured {
  const done = stages.flatMap((stage) => {
    const record = run.records.get(stage.key);
    return record ? [{ stage, record }] : [];
  });
  const seeds = [...new Set(done.map(({ stage }) => stage.seed))];
  const values: Record<string, (number | null)[]> = {};
  const add = ({ id, ...rest }: CompareMetric, seed: number, value: number): void => {
    if (!metrics.has(id)) metrics.set(id, { id, ...rest });
    (values[id] ??= Array<number | null>(seeds.length).fill(null))[seeds.indexOf(seed)] = value;
  };
  for (const { stage, record } of done) {
    const before = pretrainingOf(run, stage);
    const both = before && before !== record ? [record, before] : [record];
    for (const one of both) {
      for (const [metric, value] of numbersOf(one)) add(metric, stage.seed, value);
      for (const [metric, value] of costsOfRecord(one, run.load ?? []))
        if (value !== undefined) add(metric, stage.seed, value);
    }
  }
  const first = done[0]?.record.result;
  const headline = first && headlineOf(first);
  const kind = stages[0]!.kind;
  return {
    seeds,
    values,
    headline,
    task: first?.kind === 'transfer' ? first.task : first?.kind === 'analysis' ? first.analysis : kind,
    // Results made elsewhere leave out what they do not say.
    facts: new Map(first ? factsOf(first).filter(([, value]) => !run.manifest.imported || !isUnsaid(value)) : []),
  };
}

function pretrainingOf(
  { manifest, records }: ComparedRun,
  { pretraining, seed }: PlannedStage,
): StageRecord | undefined {
  const made = manifest.stages.find(
    (stage) => stage.kind === 'pretraining' && stage.pretraining === pretraining && stage.seed === seed,
  );
  return made && records.get(made.key);
}

type Numbers = (readonly [CompareMetric, number])[];

/** Of a layered transfer those of the layer that its headline is of; of an analysis those of the last layer, or its errors. */
function numbersOf({ result }: StageRecord): Numbers {
  switch (result.kind) {
    case 'transfer': {
      const { metric, layer, value } = result.headline;
      const own = result.metrics ?? result.layers.find((score) => score.layer === layer)?.metrics ?? {};
      const all = { [metric]: value, ...own };
      return plainNumbers(all, (name) => name);
    }
    case 'analysis':
      return plainNumbers(analysisNumbers(result), (name) => analysisMetric(result.analysis, name));
    case 'pretraining': {
      const own = plainNumbers(result.metrics, (name) => name).map(
        ([{ format, name }, value]) =>
          [{ id: `pretraining:${format}`, format, name: `pretraining: ${name}` }, value] as const,
      );
      const count = (id: string, name: string, value: number) => [{ id, format: 'count', name }, value] as const;
      return [
        ...own,
        ...(result.importedFrom === undefined
          ? [count('pretraining:steps taken', 'pretraining: steps taken', result.steps)]
          : []),
      ];
    }
    case 'features':
      return [];
  }
}

function plainNumbers(metrics: Readonly<Record<string, number>>, toId: (name: string) => string): Numbers {
  return Object.entries(metrics).flatMap(([name, value]) => {
    const id = toId(name);
    return Number.isFinite(value) ? [[{ id, format: id, name: metricName(id) }, value] as const] : [];
  });
}

function analysisNumbers({ layers, matrix, errors }: AnalysisResult): Readonly<Record<string, number>> {
  const last = matrix?.values.at(-1)?.at(-1);
  return {
    ...layers.at(-1)?.metrics,
    ...(matrix && last !== undefined && { [matrix.metric]: last }),
    ...(errors && { ...prefixed('tide.', errors.tide), ...prefixed('hoiem.', errors.hoiem) }),
  };
}

function prefixed(prefix: string, numbers: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [`${prefix}${name}`, value]));
}

function headlineOf(result: StageRecord['result']): string | undefined {
  if (result.kind === 'transfer') return result.headline.metric;
  if (result.kind !== 'analysis') return undefined;
  const [first] = Object.keys(analysisNumbers(result));
  return first === undefined ? undefined : analysisMetric(result.analysis, first);
}

/** What stands in records of results that do not say. */
function isUnsaid(value: SettingValue): boolean {
  return value === 0 || value === '' || value === 'transfer';
}

/** What was met when measuring: two files with equal settings may have seen other images. */
function factsOf(result: StageRecord['result']): [string, SettingValue][] {
  if (result.kind === 'transfer') {
    const { headline, task, trainImages, testImages, classes } = result;
    return [
      ['measured.metric', headline.metric],
      ['measured.layer', headline.layer],
      ['measured.task', task],
      ['measured.trainImages', trainImages],
      ['measured.testImages', testImages],
      ['measured.classes', classes],
    ];
  }
  if (result.kind !== 'analysis') return [];
  const last = result.matrix ? result.matrix.rows.at(-1) : result.layers.at(-1)?.layer;
  return [
    ['measured.metric', headlineOf(result) ?? result.analysis],
    ['measured.task', result.analysis],
    ['measured.layer', last ?? ''],
    ['measured.images', result.images],
  ];
}

function runFacts({ manifest }: ComparedRun): [string, SettingValue][] {
  const { runtime, git, versions, engine } = manifest;
  return [
    ['run.runtime', runtime.name],
    ['run.device', runtime.device],
    ...(engine === undefined ? [] : [['run.engine', engine] as [string, string]]),
    ...(git ? [['run.commit', `${git.commit.slice(0, 8)}${git.dirty ? ' (changed)' : ''}`] as [string, string]] : []),
    ...Object.entries(versions).map(([name, version]): [string, string] => [`run.${name}`, version]),
  ];
}

interface RowParts extends Pick<Measured, 'seeds' | 'values' | 'headline' | 'task'> {
  readonly stages: readonly PlannedStage[];
  readonly look: number;
  readonly control: string | undefined;
  readonly noImages: string | undefined;
}

function createRow({ out, run, state, manifest }: ComparedRun, parts: RowParts): CompareRow {
  const { stages, look, control, noImages, seeds, values, headline, task } = parts;
  const first = stages[0]!;
  return {
    id: rowId(out, `${run}/${markName(first)}`),
    out,
    run,
    file: manifest.file,
    experiment: manifest.name,
    pretraining: first.pretraining,
    look,
    kind: first.transfer === undefined ? (first.analysis === undefined ? 'pretraining' : 'analysis') : 'transfer',
    measure: first.transfer ?? first.analysis ?? '',
    ...(first.against !== undefined && { against: first.against }),
    task,
    state,
    createdAt: manifest.createdAt,
    isImported: manifest.imported !== undefined,
    ...(control !== undefined && { control }),
    ...(noImages !== undefined && { noImages }),
    seeds,
    planned: new Set(stages.map(({ seed }) => seed)).size,
    ...(headline !== undefined && { headline }),
    values,
  };
}
