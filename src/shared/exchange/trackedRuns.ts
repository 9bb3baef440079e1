/**
 * A run as trackers of experiments see it: one tracked run for each pretraining and seed, with the settings, final numbers
 * and curves of it and of its transfers and analyses. Every export writes this, so that all name a number alike:
 * `probe/top1` is the headline of a transfer, `probe/layer4/top1` that of a layer, `pretraining/loss` a curve.
 */
import type { AnalysisSettings } from '../experiment/analysisSchema';
import { unreadSettings } from '../experiment/stageSettings';
import type { TransferSettings } from '../experiment/transferSchema';
import type { ErrorDiagnosis } from '../results/errorDiagnosis';
import type { MetricCurves } from '../results/metricCurves';
import type { LayerScore, StageRecord, StageResult } from '../results/records';
import type { PlannedStage, RunManifest } from '../results/runManifest';
import type { SettingValue } from '../results/settingValue';
import { flattenSettings } from './flattenSettings';

export interface TrackedStudy {
  readonly manifest: RunManifest;
  readonly runs: readonly TrackedRun[];
  /** Planned stages that have no result. */
  readonly missing: number;
}

export interface TrackedRun {
  /** `moco/seed-0`. */
  readonly name: string;
  readonly pretraining: string;
  readonly seed: number;
  readonly stages: readonly TrackedStage[];
  /** Settings as `probe.epochs`; in the order of the stages. */
  readonly params: ReadonlyMap<string, SettingValue>;
  /** Final numbers; none has the name of a curve. */
  readonly metrics: ReadonlyMap<string, number>;
  readonly curves: readonly TrackedCurve[];
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

export interface TrackedStage {
  /** `pretraining`, or the id of the transfer or analysis. */
  readonly scope: string;
  readonly record: StageRecord;
}

export interface TrackedCurve {
  readonly scope: string;
  /** Without the scope. */
  readonly metric: string;
  /** Ascending whole numbers. */
  readonly steps: readonly number[];
  /** Finite; points that were not are left out. */
  readonly values: readonly number[];
  /** Milliseconds since 1970: in proportion to the steps between beginning and end of the stage, as curves hold no times. */
  readonly times: readonly number[];
}

export interface TrackedInput {
  readonly manifest: RunManifest;
  /** By key. */
  readonly records: ReadonlyMap<string, StageRecord>;
  /** By key; stages that were not trained have none. */
  readonly curves: ReadonlyMap<string, readonly MetricCurves[]>;
}

/** The scope of a pretraining's own numbers. */
export const PRETRAINING = 'pretraining';

export function createTrackedStudy({ manifest, records, curves }: TrackedInput): TrackedStudy {
  const groups = new Map<string, PlannedStage[]>();
  const wanted = manifest.stages.filter(({ kind }) => kind !== 'features');
  for (const stage of wanted) {
    const name = `${stage.pretraining}/seed-${stage.seed}`;
    groups.set(name, [...(groups.get(name) ?? []), stage]);
  }
  const runs = [...groups].flatMap(([name, own]) => {
    const shared = withSharedWeights(own, wanted);
    const done = shared.flatMap((stage) => {
      const record = records.get(stage.key);
      return record ? [{ scope: scopeOf(stage), record }] : [];
    });
    return done.length === 0 || own.every(({ key }) => !records.has(key))
      ? []
      : [createRun(name, done, own[0]!, curves)];
  });
  return { manifest, runs, missing: wanted.filter(({ key }) => !records.has(key)).length };
}

/** Weights that are the same for all seeds are planned with the first one only. */
function withSharedWeights(own: readonly PlannedStage[], all: readonly PlannedStage[]): readonly PlannedStage[] {
  if (own.some(({ kind }) => kind === 'pretraining')) return own;
  const [first] = own;
  const weights = all.find(({ kind, pretraining }) => kind === 'pretraining' && pretraining === first?.pretraining);
  return weights ? [weights, ...own] : own;
}

function scopeOf({ transfer, analysis, against }: PlannedStage): string {
  if (transfer !== undefined) return transfer;
  if (analysis === undefined) return PRETRAINING;
  return against === undefined ? analysis : `${analysis} against ${against}`;
}

function createRun(
  name: string,
  stages: readonly TrackedStage[],
  { pretraining, seed }: PlannedStage,
  curvesOf: TrackedInput['curves'],
): TrackedRun {
  const curves = stages.flatMap((stage) => readCurves(stage, curvesOf.get(stage.record.key) ?? []));
  const drawn = new Set(curves.map(({ scope, metric }) => `${scope}/${metric}`));
  const metrics = new Map<string, number>();
  const params = new Map<string, SettingValue>();
  for (const { scope, record } of stages) {
    for (const [key, value] of flattenSettings(ownSettings(record), scope)) params.set(key, value);
    for (const [metric, value] of finalNumbers(record.result)) {
      const key = `${scope}/${metric}`;
      const isLast = record.result.kind === 'pretraining' && drawn.has(key);
      if (Number.isFinite(value) && !isLast) metrics.set(drawn.has(key) ? `${key}-final` : key, value);
    }
  }
  const times = stages.map(
    ({ record: { made } }) => [Date.parse(made.startedAt), Date.parse(made.finishedAt)] as const,
  );
  const startedAt = Math.min(...times.map(([start]) => start));
  const finishedAt = Math.max(...times.map(([, end]) => end));
  return { name, pretraining, seed, stages, params, metrics, curves, startedAt, finishedAt };
}

/** What the stage reads of its settings; imported ones are anybody's. A pretraining's lie beside those of its backbone. */
export function ownSettings({ settings, result }: StageRecord): unknown {
  if (typeof settings !== 'object' || settings === null) return settings;
  if ('importedFrom' in result && result.importedFrom !== undefined) return settings;
  if (result.kind !== 'pretraining') {
    const unread = unreadSettings(settings as TransferSettings | AnalysisSettings);
    return Object.fromEntries(Object.entries(settings).filter(([key]) => !unread.includes(key)));
  }
  const { pretraining, ...rest } = settings as { readonly pretraining?: object };
  return { ...rest, ...pretraining };
}

function finalNumbers(result: StageResult): [string, number][] {
  if (result.kind === 'features') return [];
  if (result.kind === 'pretraining') {
    return [...Object.entries(result.metrics), ['parameters', result.parameters], ['steps', result.steps]];
  }
  const layers = result.layers.flatMap(layerNumbers);
  if (result.kind === 'analysis') return [...layers, ...matrixNumbers(result.matrix), ...errorNumbers(result.errors)];
  const { headline, metrics = {} } = result;
  return [...layers, ...Object.entries(metrics), [headline.metric, headline.value]];
}

function layerNumbers({ layer, metrics }: LayerScore): [string, number][] {
  return Object.entries(metrics).map(([metric, value]) => [`${layer}/${metric}`, value]);
}

function matrixNumbers(matrix: Extract<StageResult, { kind: 'analysis' }>['matrix']): [string, number][] {
  if (!matrix) return [];
  const { metric, rows, columns, values } = matrix;
  return rows.flatMap((row, r) =>
    columns.map((column, c): [string, number] => [`${row}-${column}/${metric}`, values[r]![c]!]),
  );
}

/**
 * `tide/ap`, `counts/cls`, `ladder/all/c75`, and `tide-difference/ap`, for MLflow makes files and folders of names. Numbers of
 * single classes stay in records.
 */
function errorNumbers(errors: ErrorDiagnosis | undefined): [string, number][] {
  if (!errors) return [];
  const { tide, counts, hoiem, removed, corrected, ladders, difference } = errors;
  const groups = { tide, counts, hoiem, removed, corrected };
  return [
    ...Object.entries(groups).flatMap(([group, numbers]) => named(group, numbers)),
    ...ladders.flatMap(({ area, steps }) => named(`ladder/${area}`, steps)),
    ...(['tide', 'hoiem'] as const).flatMap((group) =>
      Object.entries(difference?.[group] ?? {}).map(([name, own]): [string, number] => {
        return [`${group}-difference/${name}`, own.difference];
      }),
    ),
  ];
}

function named(group: string, numbers: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(numbers).map(([name, value]) => [`${group}/${name}`, value]);
}

function readCurves({ scope, record }: TrackedStage, all: readonly MetricCurves[]): TrackedCurve[] {
  const last = Math.max(1, ...all.map(({ lastStep }) => lastStep));
  const [start, end] = [Date.parse(record.made.startedAt), Date.parse(record.made.finishedAt)];
  return all.flatMap((curves) =>
    curves.metrics.flatMap((metric) => {
      const { steps, values } = curves.curve(metric)!;
      const kept = [...steps.keys()].filter((i) => Number.isFinite(values[i]!));
      const curve = {
        ...{ scope, metric },
        steps: kept.map((i) => Math.round(steps[i]!)),
        values: kept.map((i) => values[i]!),
        times: kept.map((i) => Math.round(start + ((end - start) * steps[i]!) / last)),
      };
      return kept.length > 0 ? [curve] : [];
    }),
  );
}
