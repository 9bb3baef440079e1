/** How results are written for people: shares as percentages, intervals with one decimal, times, names in sentences. */
import type { MeanInterval, PairedDifference } from '../math/statistics';
import { analysisMetricName, ownMetric } from './report/analysisMetrics';

/** `23.4` or `23.4 ± 1.2`, in percent. */
export function formatPercent({ mean, halfWidth }: Pick<MeanInterval, 'mean' | 'halfWidth'>): string {
  const value = (100 * mean).toFixed(1);
  return halfWidth === undefined ? value : `${value} ± ${(100 * halfWidth).toFixed(1)}`;
}

/** `0.734` or `0.734 ± 0.012`: three digits that count, as many decimals for the interval. */
export function formatMeasure({ mean, halfWidth }: Pick<MeanInterval, 'mean' | 'halfWidth'>): string {
  const size = Math.max(Math.abs(mean), halfWidth ?? 0);
  const decimals = size === 0 ? 0 : Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(size))));
  const write = (value: number): string => value.toFixed(decimals).replace('-', '−');
  return halfWidth === undefined ? write(mean) : `${write(mean)} ± ${write(halfWidth)}`;
}

/** `23.4` of a share, in percent; `–` where there is none. */
export function formatShare(value: number): string {
  return Number.isNaN(value) ? '–' : (100 * value).toFixed(1);
}

/** `+4.2` percentage points; what rounds to zero has no sign. */
export function formatShareDifference(value: number): string {
  if (Number.isNaN(value)) return '–';
  const text = Math.abs(100 * value).toFixed(1);
  return text === '0.0' ? text : `${value < 0 ? '−' : '+'}${text}`;
}

/** As `formatPercent`, with ` (n = 2)` where a value rests on fewer seeds than the run has. */
export function formatCell(cell: MeanInterval, seeds: number): string {
  return cell.n === seeds ? formatPercent(cell) : `${formatPercent(cell)} (n = ${cell.n})`;
}

/** `+4.2 ± 1.1` in percentage points; what rounds to zero has no sign. */
export function formatDifference({ mean, halfWidth }: Pick<PairedDifference, 'mean' | 'halfWidth'>): string {
  const size = Math.abs(100 * mean).toFixed(1);
  const sign = size === '0.0' ? '' : mean < 0 ? '−' : '+';
  return halfWidth === undefined ? `${sign}${size}` : `${sign}${size} ± ${(100 * halfWidth).toFixed(1)}`;
}

/** `4.2 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 0:07, 12:40, 1:02:03. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

/** `1,911`, the same on every machine. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `25.6 million`, `1.3 billion`; below 100,000 as they are. */
export function formatMillions(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} billion`;
  return count >= 1e5 ? `${(count / 1e6).toFixed(1)} million` : formatCount(count);
}

/** `1.2 GB`, `340 MB`, `12 kB`: powers of 1000. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}

/** `1 image`, `2 images`. */
export function formatNumberOf(count: number, thing: string): string {
  return `${formatCount(count)} ${thing}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`; beyond `most` names the rest is counted. */
export function formatList(names: readonly string[], most = 4): string {
  const shown = names.length <= most ? [...names] : names.slice(0, most - 1);
  const hidden = names.length - shown.length;
  if (hidden > 0) shown.push(`${hidden} others`);
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

const metricNames: Readonly<Record<string, string>> = {
  accuracy: 'top-1 accuracy',
  top1: 'recall at 1',
  top5: 'top-5',
  trainAccuracy: 'training accuracy',
  baseAccuracy: 'base-task accuracy',
  validationAccuracy: 'accuracy on validation classes',
  loss: 'training loss',
  meanReciprocalRank: 'mean reciprocal rank',
  ap: 'average precision',
  ap50: 'AP at IoU 0.50',
  ap75: 'AP at IoU 0.75',
  apSmall: 'AP of small objects',
  apMedium: 'AP of medium objects',
  apLarge: 'AP of large objects',
  ar100: 'recall with 100 detections',
  maskAp: 'mask AP',
  maskAp50: 'mask AP at IoU 0.50',
  maskAp75: 'mask AP at IoU 0.75',
  maskApSmall: 'mask AP of small objects',
  maskApMedium: 'mask AP of medium objects',
  maskApLarge: 'mask AP of large objects',
  maskAr100: 'mask recall with 100 detections',
  map: 'mean average precision',
  map11: 'mean average precision (11 points)',
  meanIou: 'mean IoU',
  pixelAccuracy: 'pixel accuracy',
  meanAccuracy: 'mean accuracy of classes',
  weightedIou: 'IoU weighted by pixels',
  boundaryIou: 'mean IoU of boundaries',
  nme: 'normalised error',
  medianNme: 'median error',
  auc: 'area under the error curve',
  failureRate: 'failure rate',
};

/** Metrics of analyses have the analysis' kind before a dot. */
export function metricName(metric: string): string {
  const own = ownMetric(metric);
  return own === undefined ? (metricNames[metric] ?? metric) : analysisMetricName(own);
}

/** `top-1 accuracy at layer4`; the metric alone where the whole network is measured and not a layer of it. */
export function metricPlace({ metric, layer }: { readonly metric: string; readonly layer: string }): string {
  return layer === '' ? metricName(metric) : `${metricName(metric)} at ${layer}`;
}
