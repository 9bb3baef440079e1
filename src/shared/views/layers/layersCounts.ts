/**
 * The Layers panel across something that is counted: labels (transfers that differ in their budget alone) or steps of a
 * training (its snapshots and its end), for one metric at one layer. Pure.
 */
import { labelSaving, type LabelPoint } from '../../math/labelSaving';
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type { LayersModel, LayersTransfer } from '../../protocol/panels/layersPanel';
import type { SeedValue } from '../report/compareSeeds';
import { formatCount } from '../formatNumbers';
import { formatSaving, savingsNote } from '../report/labelSavings';
import { metricKind } from '../report/metrics';

export type CountAxis = 'labels' | 'steps';

/** What a chart of counts draws, and what to read beside it. */
export interface LayersCounts {
  readonly subject: string;
  readonly counted: string;
  readonly scale: 'linear' | 'logarithmic';
  readonly metric: string;
  readonly chance: number | undefined;
  readonly series: readonly CountSeries[];
  /** Labels saved, a sentence for each pretraining; empty across steps. */
  readonly savings: readonly string[];
}

export interface CountSeries {
  readonly pretraining: string;
  readonly look: number;
  /** By growing count. */
  readonly points: readonly (MeanInterval & { readonly count: number })[];
}

/** Axes that there are for a transfer. */
export function countAxes(model: LayersModel, { id, isAnalysis }: LayersTransfer): CountAxis[] {
  const hasLabels = model.budgets.some(({ transfers }) => transfers.includes(id));
  const hasSteps = !isAnalysis && model.pretrainings.some(({ snapshotOf }) => snapshotOf !== undefined);
  return [...(hasLabels ? (['labels'] as const) : []), ...(hasSteps ? (['steps'] as const) : [])];
}

interface CountChoice {
  readonly axis: CountAxis;
  readonly metric: string;
  /** The transfer's own figure where it is undefined. */
  readonly layer: string | undefined;
  readonly hidden: ReadonlySet<string>;
}

export function selectCounts(model: LayersModel, transfer: LayersTransfer, choice: CountChoice): LayersCounts {
  const { axis, metric, layer, hidden } = choice;
  const { task, data, chance } = transfer;
  const shown = model.pretrainings.filter(({ id }) => !hidden.has(id));
  const at = layer === undefined || transfer.layers.length === 0 ? '' : ` at ${layer}`;
  const head = { subject: `${task} on ${data}${at}`, metric, chance: chance[metric] };
  if (axis === 'steps') {
    const series = shown.flatMap(({ id, look, snapshotOf }) => {
      const all = snapshotOf === undefined ? model.pretrainings.filter((one) => one.snapshotOf === id) : [];
      if (all.length === 0) return [];
      const whole = model.pretrainings.filter((one) => one.id === id);
      const points = [...all, ...whole].flatMap(({ id: member, steps }) =>
        pointAt(valuesOf(transfer, member, choice), steps),
      );
      return [{ pretraining: id, look, points: points.sort((a, b) => a.count - b.count) }];
    });
    return { ...head, counted: 'steps', scale: 'linear', series: series.filter(hasPoints), savings: [] };
  }
  const budget = model.budgets.find(({ transfers }) => transfers.includes(transfer.id));
  const members = (budget?.transfers ?? []).flatMap((id, i) => {
    const own = model.transfers.find((one) => one.id === id && !one.isAnalysis);
    return own ? [{ transfer: own, labels: budget!.images[i]! }] : [];
  });
  const series = shown.map(({ id, look }) => ({
    ...{ pretraining: id, look },
    points: members.flatMap((member) => pointAt(valuesOf(member.transfer, id, choice), member.labels)),
  }));
  const savings = describeSaved(model, members, choice);
  return { ...head, counted: 'labelled images', scale: 'logarithmic', series: series.filter(hasPoints), savings };
}

function hasPoints({ points }: CountSeries): boolean {
  return points.length > 0;
}

function pointAt(values: readonly SeedValue[], count: number | undefined): (MeanInterval & { count: number })[] {
  return values.length === 0 || count === undefined
    ? []
    : [{ ...meanInterval(values.map(({ value }) => value)), count }];
}

function valuesOf(
  { series, layers, metrics }: LayersTransfer,
  pretraining: string,
  { metric, layer }: Pick<CountChoice, 'metric' | 'layer'>,
): SeedValue[] {
  const place = layers.findIndex((one) => one.layer === layer);
  const seeds = series.find((one) => one.pretraining === pretraining)?.seeds ?? [];
  return seeds.flatMap(({ seed, headline, values }) => {
    const value = place < 0 && metric === metrics[0] ? headline : values[metric]?.[place];
    return value === undefined || value === null ? [] : [{ seed, value }];
  });
}

interface Budgeted {
  readonly transfer: LayersTransfer;
  readonly labels: number;
}

/** At the smallest budget, against random weights, else the first pretraining; each seed against the same seed. */
function describeSaved(model: LayersModel, members: readonly Budgeted[], choice: CountChoice): string[] {
  const baseline = model.reference ?? model.pretrainings[0]?.id;
  const [smallest] = members;
  if (baseline === undefined || smallest === undefined) return [];
  const sign = metricKind(choice.metric).isLowerBetter ? -1 : 1;
  const scoreOf = (id: string, { transfer, labels }: Budgeted, seed: number): LabelPoint[] =>
    valuesOf(transfer, id, choice).flatMap((one) => (one.seed === seed ? [{ labels, score: sign * one.value }] : []));
  const lines = model.pretrainings.flatMap(({ id }) => {
    if (id === baseline || choice.hidden.has(id)) return [];
    const pairs = valuesOf(smallest.transfer, id, choice).flatMap(({ seed }) => {
      const [point] = scoreOf(id, smallest, seed);
      const curve = members.flatMap((member) => scoreOf(baseline, member, seed));
      return point && curve.length > 1 ? [{ point, baseline: curve }] : [];
    });
    const saving = labelSaving(pairs);
    return saving ? [`${id}: ${formatSaving(saving)}`] : [];
  });
  if (lines.length === 0) return [];
  const labels = formatCount(Math.round(smallest.labels));
  return [`Labels saved at ${labels} labels. ${savingsNote({ baseline })}`, ...lines];
}
