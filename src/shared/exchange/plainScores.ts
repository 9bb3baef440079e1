/**
 * Score files of other programs as results: JSON whose leaves are numbers, like a COCO summary `{"AP": 0.4, "AP50": 0.6}`,
 * the same under `bbox` and `segm`, a classifier's `{"acc1": 76.1}`, or an evaluation harness' `{"results": {task: {metric: value}}}`.
 * What they do not say (which pretraining, often which transfer) must be said beside them.
 */
import { metricName } from '../views/formatNumbers';
import { metricKind } from '../views/report/metrics';
import type { ResultRow, ResultsFile } from './importedResults';

export interface PlainNames {
  readonly pretraining: string;
  /** Of numbers that stand under no name of their own. */
  readonly transfer?: string;
  readonly source: string;
  readonly isPercent: boolean;
}

/** Other programs' names of metrics that reports have a name for. */
const ourNames: Readonly<Record<string, string>> = {
  AP: 'ap',
  AP50: 'ap50',
  AP75: 'ap75',
  APs: 'apSmall',
  APm: 'apMedium',
  APl: 'apLarge',
  mAP: 'map',
  mIoU: 'meanIou',
  acc: 'accuracy',
  acc1: 'accuracy',
  'acc@1': 'accuracy',
  top1: 'accuracy',
  acc5: 'top5',
  'acc@5': 'top5',
};

/** What pycocotools writes where there is nothing to measure, like objects of a size that no image has. */
const NOT_MEASURED = -1;

export interface PlainScores {
  readonly results: ResultsFile;
  /** Numbers that are left out as they may be no shares, as `bbox count`. */
  readonly leftOut: readonly string[];
}

/** Whether a parsed file has this form and not that of importedResults.ts. */
export function isPlainScores(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !Array.isArray(value.results);
}

/**
 * A results file to be checked like any other. Text, lists, null, NaN, standard errors and shares of -1 are left out: they
 * are no scores. So are numbers outside 0..1 of metrics that nobody here knows; a known one outside is left to the check.
 */
export function plainScores(value: Readonly<Record<string, unknown>>, names: PlainNames): PlainScores {
  const { pretraining, transfer, source, isPercent } = names;
  const scores = isObject(value.results) ? value.results : value;
  const rows = Object.entries(scores).flatMap(([key, item]): ResultRow[] => {
    if (typeof item === 'number')
      return [{ pretraining, transfer: transfer ?? 'scores', metric: ours(key), values: [item] }];
    if (!isObject(item)) return [];
    const column = transfer === undefined ? key : `${transfer} ${key}`;
    return Object.entries(item).flatMap(([metric, score]) =>
      typeof score === 'number' && !metric.includes('stderr')
        ? [{ pretraining, transfer: column, metric: ours(metric), values: [score] }]
        : [],
    );
  });
  const measured = rows.filter((row) => isMeasured(row));
  const strange = measured.filter((row) => !mayBeShare(row, isPercent));
  // Of a file that has nothing else the check says what is wrong.
  const kept = strange.length === measured.length ? measured : measured.filter((row) => !strange.includes(row));
  const leftOut = kept === measured ? [] : strange.map(({ transfer: column, metric }) => `${column} ${metric}`);
  return { results: { source, unit: isPercent ? 'percent' : 'share', results: kept }, leftOut };
}

function isMeasured({ metric, values }: ResultRow): boolean {
  return values.every((value) => Number.isFinite(value) && !(value === NOT_MEASURED && metricKind(metric).isShare));
}

/** A known metric beyond 1 is a share in percent, of which the user must be told; an unknown one may be a count. */
function mayBeShare({ metric, values }: ResultRow, isPercent: boolean): boolean {
  const isKnown = metricName(metric) !== metric || Object.values(ourNames).includes(metric);
  if (isKnown || !metricKind(metric).isShare) return true;
  return values.every((value) => value >= 0 && value <= (isPercent ? 100 : 1));
}

/** `acc,none` of a harness is `acc` without a filter. */
function ours(metric: string): string {
  const plain = metric.replace(/,none$/, '');
  return ourNames[plain] ?? plain;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
