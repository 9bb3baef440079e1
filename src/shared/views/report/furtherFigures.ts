/**
 * What transfers of a whole network measured beside their headline: AP at single overlaps and by size, pixel accuracy, the
 * median error of landmarks. Means over seeds, pretrainings down and metrics across.
 */
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type { JoinedRun } from './joinedRun';
import { metricTitle } from './metrics';

export interface FurtherFigures {
  readonly transfer: string;
  readonly task: string;
  readonly data: string;
  readonly columns: readonly { readonly metric: string; readonly name: string }[];
  readonly rows: readonly FurtherRow[];
}

export interface FurtherRow {
  readonly pretraining: string;
  /** In the order of `columns`; undefined where a metric has no value, such as AP without large objects. */
  readonly cells: readonly (MeanInterval | undefined)[];
}

/** One for each transfer that measured more than its headline. */
export function createFurtherFigures(run: JoinedRun): FurtherFigures[] {
  return run.transfers.flatMap((transfer) => {
    const measured = run.pretrainings.map((pretraining) => ({
      pretraining,
      metrics: run.measured(pretraining, transfer).map(({ result }) => result.metrics ?? {}),
    }));
    const { task, data, headline } = run.anyResult(transfer)!;
    const known = measured.flatMap(({ metrics }) => metrics.flatMap((one) => Object.keys(one)));
    const columns = [...new Set(known)]
      .filter((metric) => metric !== headline.metric && !isBound(metric, known))
      .map((metric) => ({ metric, name: columnName(metric) }));
    const rows = measured
      .filter(({ metrics }) => metrics.length > 0)
      .map(({ pretraining, metrics }) => ({
        pretraining,
        cells: columns.map(({ metric }) => meanOf(metrics.flatMap((one) => one[metric] ?? []))),
      }));
    return columns.length === 0 ? [] : [{ transfer, task, data, columns, rows }];
  });
}

/** With its unit. The loss of a whole network is that of its test images; by layers it is that of a probe's training. */
function columnName(metric: string): string {
  const title = metricTitle(metric);
  return metric === 'loss' ? title.replace('training loss', 'test loss') : title;
}

function meanOf(values: readonly number[]): MeanInterval | undefined {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? undefined : meanInterval(finite);
}

/** `meanIouLow` and `meanIouHigh` are the interval of `meanIou` over images, of one seed each. */
function isBound(metric: string, known: readonly string[]): boolean {
  const base = /^(.*)(Low|High)$/.exec(metric)?.[1];
  return base !== undefined && known.includes(base);
}
