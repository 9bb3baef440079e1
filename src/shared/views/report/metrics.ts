/**
 * What the metrics of transfers are and how their values are written: shares in percent, others as they are. One table,
 * so that chart, table, findings and files cannot disagree.
 */
import type { MeanInterval } from '../../math/statistics';
import type { TransferResult } from '../../results/records';
import { formatDifference, formatMeasure, formatPercent, metricName } from '../formatNumbers';
import { isScore, ownMetric } from './analysisMetrics';

export interface MetricKind {
  /** A share in 0..1, written in percent; its differences are in percentage points. */
  readonly isShare: boolean;
  readonly isLowerBetter: boolean;
  /** Neither end is good by itself: most measures of analyses. */
  readonly isNeutral?: boolean;
  /** Of values that are no share. */
  readonly unit?: string;
}

const kinds: Readonly<Record<string, MetricKind>> = {
  accuracy: { isShare: true, isLowerBetter: false },
  top1: { isShare: true, isLowerBetter: false },
  top5: { isShare: true, isLowerBetter: false },
  baseAccuracy: { isShare: true, isLowerBetter: false },
  validationAccuracy: { isShare: true, isLowerBetter: false },
  map: { isShare: true, isLowerBetter: false },
  map11: { isShare: true, isLowerBetter: false },
  trainAccuracy: { isShare: true, isLowerBetter: false },
  loss: { isShare: false, isLowerBetter: true, unit: 'nats' },
  meanReciprocalRank: { isShare: false, isLowerBetter: false },
  nme: { isShare: true, isLowerBetter: true },
  medianNme: { isShare: true, isLowerBetter: true },
  auc: { isShare: true, isLowerBetter: false },
  failureRate: { isShare: true, isLowerBetter: true },
};

/** Metrics of a transfer that compare pretrainings, its headline first; what only tells of a solver is left out. */
export function comparedMetrics({ headline, layers }: TransferResult): string[] {
  const measured = new Set(layers.flatMap(({ metrics }) => Object.keys(metrics)));
  const known = Object.keys(kinds).filter((metric) => measured.has(metric));
  return [headline.metric, ...known.filter((metric) => metric !== headline.metric)];
}

export function metricKind(metric: string): MetricKind {
  const own = ownMetric(metric);
  if (own !== undefined) return { isShare: false, isLowerBetter: false, isNeutral: !isScore(own) };
  return kinds[metric] ?? { isShare: true, isLowerBetter: false };
}

/** Whether values may lie below 0: logarithms and R² of analyses. */
export function isSigned(metric: string): boolean {
  return ownMetric(metric) !== undefined;
}

/** What guessing gives, where that is known: shares of one in `classes`, ln(classes) nats, one in the gallery. */
export function chanceOf({ task, classes, trainImages, episodes }: TransferResult, metric: string): number | undefined {
  if (episodes) return metric === 'accuracy' || metric === 'validationAccuracy' ? 1 / episodes.ways : undefined;
  const choices = task === 'retrieval' ? trainImages : classes;
  // Imported results need not say.
  if (choices === 0) return undefined;
  if (metric === 'top1' || metric === 'accuracy' || metric === 'trainAccuracy') return 1 / choices;
  if (metric === 'top5') return Math.min(1, 5 / choices);
  return metric === 'loss' ? Math.log(choices) : undefined;
}

/** `top-1 accuracy (%)`, `loss (nats)`. */
export function metricTitle(metric: string, isDifference = false): string {
  const { isShare, unit } = metricKind(metric);
  const measure = isShare ? (isDifference ? 'points' : '%') : unit;
  return measure === undefined ? metricName(metric) : `${metricName(metric)} (${measure})`;
}

/** `23.4 ± 1.2` for shares, `1.234 ± 0.056` for others. */
export function formatMetric(metric: string, value: Pick<MeanInterval, 'mean' | 'halfWidth'>): string {
  if (metricKind(metric).isShare) return formatPercent(value);
  if (ownMetric(metric) !== undefined) return formatMeasure(value);
  return withInterval(value.mean.toFixed(3), value.halfWidth);
}

/** As `formatMetric` with a sign, for differences. */
export function formatMetricDifference(metric: string, value: Pick<MeanInterval, 'mean' | 'halfWidth'>): string {
  if (metricKind(metric).isShare) return formatDifference(value);
  if (ownMetric(metric) !== undefined) return value.mean > 0 ? `+${formatMeasure(value)}` : formatMeasure(value);
  const size = Math.abs(value.mean).toFixed(3);
  const sign = size === '0.000' ? '' : value.mean < 0 ? '−' : '+';
  return withInterval(sign + size, value.halfWidth);
}

/** What follows a value in a sentence: ` %`, ` nats`, nothing; differences of shares are ` points`. */
export function metricSuffix(metric: string, isDifference = false): string {
  const { isShare, unit } = metricKind(metric);
  if (isShare) return isDifference ? ' points' : ' %';
  return unit === undefined ? '' : ` ${unit}`;
}

function withInterval(mean: string, halfWidth: number | undefined): string {
  return halfWidth === undefined ? mean : `${mean} ± ${halfWidth.toFixed(3)}`;
}
