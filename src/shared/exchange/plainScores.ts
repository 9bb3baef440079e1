/**
 * Score files of other programs as results: JSON whose leaves are numbers, like a COCO summary `{"AP": 0.4, "AP50": 0.6}`,
 * the same under `bbox` and `segm`, a classifier's `{"acc1": 76.1}`, or an evaluation harness' `{"results": {task: {metric: value}}}`.
 * What they do not say (which pretraining, often which transfer) must be said beside them.
 */
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

/** Whether a parsed file has this form and not that of importedResults.ts. */
export function isPlainScores(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !Array.isArray(value.results);
}

/** A results file to be checked like any other. Text, lists, null and standard errors are left out: they are no scores. */
export function plainScores(value: Readonly<Record<string, unknown>>, names: PlainNames): ResultsFile {
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
  return { source, unit: isPercent ? 'percent' : 'share', results: rows };
}

/** `acc,none` of a harness is `acc` without a filter. */
function ours(metric: string): string {
  const plain = metric.replace(/,none$/, '');
  return ourNames[plain] ?? plain;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
