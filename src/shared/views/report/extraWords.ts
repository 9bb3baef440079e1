/** What readoff scatters, label curves and episode comparisons say in words: the same in every format. */
import type { Correlation } from '../../math/correlateRanks';
import { metricKind } from './metrics';
import type { ReadoffView } from './readoffView';

/** `Spearman 0.83 (95 % interval 0.20 to 1.00), Kendall 0.69 (…), 12 points of 4 pretrainings`. */
export function describeCorrelations({ correlations, points, readoff, transfer }: ReadoffView): string {
  const groups = new Set(points.map(({ pretraining }) => pretraining)).size;
  const isTurned = metricKind(readoff.metric).isLowerBetter !== metricKind(transfer.metric).isLowerBetter;
  const note = isTurned ? '; lower is better on one axis, so agreement is negative' : '';
  return `Spearman ${formatCorrelation(correlations.spearman)}, Kendall ${formatCorrelation(correlations.kendall)}, ${points.length} points of ${groups} pretrainings${note}`;
}

/** `0.83 (95 % interval 0.20 to 1.00)`. */
export function formatCorrelation({ value, interval }: Correlation): string {
  if (Number.isNaN(value)) return 'not defined (one side is constant)';
  const range = interval ? ` (95 % interval ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})` : '';
  return `${value.toFixed(2)}${range}`;
}

export const correlationNote =
  'Intervals are bootstrapped over pretrainings and their seeds; with few pretrainings they are wide, and rightly so.';
export const episodeNote =
  'Intervals are over episodes: all pretrainings met the same ones, so differences are taken episode by episode. They speak of these weights; what other seeds change stands in the main table.';
