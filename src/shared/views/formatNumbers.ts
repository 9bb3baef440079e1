/** How results are written for people: shares as percentages, intervals with a sensible number of digits. */
import type { MeanInterval, PairedDifference } from '../math/statistics';

/** `23.4` or `23.4 ± 1.2`, in percent. */
export function formatPercent({ mean, halfWidth }: MeanInterval): string {
  const value = (100 * mean).toFixed(1);
  return halfWidth === undefined ? value : `${value} ± ${(100 * halfWidth).toFixed(1)}`;
}

/** `+4.2 ± 1.1` in percentage points. */
export function formatDifference({ mean, halfWidth }: PairedDifference): string {
  const sign = mean < 0 ? '−' : '+';
  const value = `${sign}${Math.abs(100 * mean).toFixed(1)}`;
  return halfWidth === undefined ? value : `${value} ± ${(100 * halfWidth).toFixed(1)}`;
}

/** What a difference to the reference says: above, below, or that there are too few seeds to tell. */
export function judgeDifference(difference: PairedDifference): 'above' | 'below' | 'unclear' {
  const { mean, halfWidth } = difference;
  if (halfWidth === undefined || Math.abs(mean) <= halfWidth) return 'unclear';
  return mean > 0 ? 'above' : 'below';
}

const metricNames: Readonly<Record<string, string>> = {
  accuracy: 'top-1 accuracy',
  top1: 'recall at 1',
  top5: 'top-5',
};

export function metricName(metric: string): string {
  return metricNames[metric] ?? metric;
}
