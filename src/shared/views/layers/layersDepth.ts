/**
 * What the Layers panel draws of its model: one transfer by depth for a metric, as means with intervals or as differences
 * to a baseline, paired by seed. It is a DepthView, so chart and reports draw the same. Pure.
 */
import { meanInterval, type MeanInterval, type PairedDifference } from '../../math/statistics';
import type { LayersModel, LayersPretraining, LayersSort, LayersTransfer } from '../../protocol/panels/layersPanel';
import { compareSeeds, judgeDifference, type SeedValue, type Verdict } from '../report/compareSeeds';
import { metricKind } from '../report/metrics';
import type { DepthSeries, DepthView } from '../report/transferReport';

export interface LayersDepth extends DepthView {
  readonly isLowerBetter: boolean;
  /** Neither end is good by itself: nothing is best. */
  readonly isNeutral: boolean;
  /** What stands in tables for the whole transfer: its name says enough. */
  readonly isHeadline: boolean;
  readonly series: readonly LayersRow[];
}

export interface LayersRow extends DepthSeries {
  readonly look: number;
  readonly points: readonly (LayersCell | undefined)[];
}

export interface LayersCell extends MeanInterval {
  /** The values that the mean is of: scores, or differences over shared seeds. */
  readonly values: readonly SeedValue[];
  /** Best mean of its layer. */
  readonly isBest: boolean;
  /** Only for differences: what the interval says, better or worse whichever direction the metric has. */
  readonly verdict?: Verdict;
  readonly pValue?: number;
}

export interface DepthChoice {
  /** The transfer's headline when it lacks this one. */
  readonly metric?: string | undefined;
  readonly baseline?: string | undefined;
}

export function selectDepth(model: LayersModel, transfer: LayersTransfer, choice: DepthChoice): LayersDepth {
  const metric = selectMetric(transfer, choice.metric);
  const { isLowerBetter, isNeutral = false } = metricKind(metric);
  const scores = new Map(transfer.series.map((one) => [one.pretraining, scoresByLayer(transfer, one, metric)]));
  const baseline = choice.baseline === undefined ? undefined : scores.get(choice.baseline);
  const series = model.pretrainings.map((pretraining) => {
    const own = scores.get(pretraining.id) ?? [];
    return createRow(transfer, pretraining, { own, baseline, isLowerBetter });
  });
  const { id, task, data, layers } = transfer;
  return {
    ...{ transfer: id, task, data, metric, layers, isLowerBetter, isNeutral },
    isHeadline: !transfer.isAnalysis && metric === transfer.metrics[0],
    chance: baseline ? undefined : transfer.chance[metric],
    series: isNeutral ? series : markBest(series, isLowerBetter),
    ...(baseline && { baseline: choice.baseline! }),
  };
}

/** One line of the chooser: a metric of a transfer or an analysis, by `measureKey`. */
export interface LayersMeasure {
  readonly key: string;
  readonly transfer: LayersTransfer;
  readonly metric: string;
}

/** Ids have no spaces, metrics neither. */
export function measureKey(id: string, metric: string): string {
  return `${id} ${metric}`;
}

/** All that can be drawn by depth, in the order of the model; a transfer of the whole network has no depth. */
export function allMeasures({ transfers }: LayersModel): LayersMeasure[] {
  return transfers
    .filter(({ layers }) => layers.length > 0)
    .flatMap((transfer) =>
      transfer.metrics.map((metric) => ({ key: measureKey(transfer.id, metric), transfer, metric })),
    );
}

/** Those that were chosen and are still there; else the first of each transfer and analysis. */
export function shownMeasures(model: LayersModel, chosen: readonly string[] | undefined): LayersMeasure[] {
  const all = allMeasures(model);
  const known = all.filter(({ key }) => chosen?.includes(key));
  return known.length > 0 ? known : all.filter(({ transfer, metric }) => transfer.metrics[0] === metric);
}

function selectMetric({ metrics }: LayersTransfer, wanted: string | undefined): string {
  return wanted !== undefined && metrics.includes(wanted) ? wanted : metrics[0]!;
}

type ByLayer = readonly (readonly SeedValue[])[];

function scoresByLayer(
  { layers }: LayersTransfer,
  { seeds }: LayersTransfer['series'][number],
  metric: string,
): ByLayer {
  return layers.map((_, l) =>
    seeds.flatMap(({ seed, values }) => {
      const value = values[metric]?.[l];
      return value === undefined || value === null ? [] : [{ seed, value }];
    }),
  );
}

interface RowScores {
  readonly own: ByLayer;
  readonly baseline: ByLayer | undefined;
  readonly isLowerBetter: boolean;
}

function createRow(
  { layers }: LayersTransfer,
  { id, look }: LayersPretraining,
  { own, baseline, isLowerBetter }: RowScores,
): LayersRow {
  const points = layers.map((_, l): LayersCell | undefined => {
    const values = own[l] ?? [];
    if (baseline) return differenceCell(values, baseline[l] ?? [], isLowerBetter);
    return values.length === 0
      ? undefined
      : { ...meanInterval(values.map(({ value }) => value)), values, isBest: false };
  });
  const measured = new Set(points.flatMap((point) => point?.values.map(({ seed }) => seed) ?? []));
  const seeds = [...measured].map((seed) => ({
    seed,
    values: points.map((point) => point?.values.find((one) => one.seed === seed)?.value),
  }));
  return { pretraining: id, look, points, seeds };
}

function differenceCell(
  own: readonly SeedValue[],
  other: readonly SeedValue[],
  isLowerBetter: boolean,
): LayersCell | undefined {
  const difference: PairedDifference | undefined = compareSeeds(own, other);
  if (!difference) return undefined;
  const theirs = new Map(other.map(({ seed, value }) => [seed, value]));
  const values = own.flatMap(({ seed, value }) => {
    const their = theirs.get(seed);
    return their === undefined ? [] : [{ seed, value: value - their }];
  });
  return { ...difference, values, isBest: false, verdict: judge(difference, isLowerBetter) };
}

/** `above` means better. */
export function judge(difference: Pick<PairedDifference, 'mean' | 'halfWidth'>, isLowerBetter: boolean): Verdict {
  const verdict = judgeDifference(difference);
  if (!isLowerBetter || verdict === 'unclear') return verdict;
  return verdict === 'above' ? 'below' : 'above';
}

/** Equal means are all marked. */
function markBest(rows: readonly LayersRow[], isLowerBetter: boolean): LayersRow[] {
  const sign = isLowerBetter ? -1 : 1;
  const layers = rows[0]?.points.length ?? 0;
  const best = Array.from({ length: layers }, (_, l) =>
    Math.max(...rows.map(({ points }) => (points[l] ? sign * points[l].mean : -Infinity))),
  );
  const isAlone = rows.filter(({ points }) => points.some((point) => point)).length < 2;
  return rows.map((row) => ({
    ...row,
    points: row.points.map((point, l) => point && { ...point, isBest: !isAlone && sign * point.mean === best[l] }),
  }));
}

/** Rows as the table shows them; without a sort, or by a layer that is not there, in the experiment's order. */
export function sortRows({ layers, series }: LayersDepth, sort: LayersSort | undefined): readonly LayersRow[] {
  if (!sort) return series;
  const sign = sort.isDescending ? -1 : 1;
  if (sort.column === '')
    return [...series].sort((a, b) => sign * a.pretraining.localeCompare(b.pretraining, 'en', { numeric: true }));
  const l = layers.findIndex(({ layer }) => layer === sort.column);
  if (l < 0) return series;
  // What was not measured stays last either way.
  const valueOf = ({ points }: LayersRow): number => points[l]?.mean ?? (sign > 0 ? Infinity : -Infinity);
  return [...series].sort((a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    return left === right ? 0 : sign * (left - right);
  });
}
