/** Tables as the experiment file asks for them: measured numbers in a paper's form, published ones beside them. Pure. */
import type { TableSettings } from '../../experiment/tableFields';
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type { AnalysisResult, TransferResult } from '../../results/records';
import { metricName } from '../formatNumbers';
import { analysisMetricName } from './analysisMetrics';
import { layerValue, type JoinedRun } from './joinedRun';
import { metricKind } from './metrics';

export interface PaperTable {
  readonly title: string;
  readonly columns: readonly PaperColumn[];
  readonly rows: readonly PaperRow[];
  /** Where published numbers are from; cells name them by their place here. */
  readonly sources: readonly string[];
}

export interface PaperColumn {
  readonly title: string;
  /** Neighbours with the same stand under one heading; '' for none. */
  readonly group: string;
  /** Shares are in 0..1 and written in percent. */
  readonly isShare: boolean;
}

export interface PaperRow {
  readonly title: string;
  readonly group: string;
  /** In the order of the columns. */
  readonly cells: readonly PaperCell[];
}

export interface PaperCell {
  /** Measured here; absent where it was not. */
  readonly own?: MeanInterval;
  readonly published?: { readonly value: number; readonly source: number };
}

export function createPaperTables(run: JoinedRun, tables: readonly TableSettings[]): PaperTable[] {
  return tables.map((table) => createTable(run, table));
}

function createTable(run: JoinedRun, { title, rows, columns, published }: TableSettings): PaperTable {
  const sources = [...new Set(published.map(({ source }) => source))];
  const described = columns.map((column) => describeColumn(run, column));
  return {
    title,
    columns: described,
    rows: rows.map((row) => ({
      title: row.title ?? row.pretraining,
      group: row.group ?? '',
      cells: columns.map((column, c): PaperCell => {
        const values = valuesOf(run, row.pretraining, column);
        const metric = column.metric ?? headlineOf(run, column.of);
        const printed = published.find(
          (one) =>
            one.pretraining === row.pretraining &&
            one.of === column.of &&
            (one.metric ?? headlineOf(run, one.of)) === metric,
        );
        const scale = described[c]!.isShare ? 100 : 1;
        return {
          ...(values.length > 0 && { own: meanInterval(values) }),
          ...(printed && { published: { value: printed.value / scale, source: sources.indexOf(printed.source) } }),
        };
      }),
    })),
    sources,
  };
}

type Column = TableSettings['columns'][number];

function describeColumn(run: JoinedRun, column: Column): PaperColumn {
  const metric = column.metric ?? headlineOf(run, column.of);
  const isAnalysis = run.analysed.some(({ analysis }) => analysis === column.of);
  const name = metric === undefined ? column.of : isAnalysis ? analysisMetricName(metric) : metricName(metric);
  const own = column.layer === undefined ? name : `${name}, ${column.layer}`;
  // Measured or not: unnamed metrics of transfers are shares.
  const isShare = !isAnalysis && metricKind(metric ?? '').isShare;
  return { title: column.title ?? own, group: column.group ?? '', isShare };
}

/** Of a transfer; an analysis has none. */
function headlineOf(run: JoinedRun, id: string): string | undefined {
  return run.anyResult(id)?.headline.metric;
}

/** One value for each seed. */
function valuesOf(run: JoinedRun, pretraining: string, column: Column): number[] {
  const measured = run.measured(pretraining, column.of).flatMap(({ result }) => transferValue(result, column));
  if (measured.length > 0) return measured;
  return run.analysed.flatMap((one) =>
    one.analysis === column.of && one.pretraining === pretraining ? analysisValue(one.result, column) : [],
  );
}

function transferValue({ headline, metrics, layers }: TransferResult, { metric, layer }: Column): number[] {
  const wanted = metric ?? headline.metric;
  const place = layer ?? headline.layer;
  if (wanted === headline.metric && place === headline.layer) return [headline.value];
  if (place !== '') return layerValue(layers, place, wanted);
  const value = metrics?.[wanted];
  return value === undefined ? [] : [value];
}

/** An analysis without a layer is meant at its deepest. */
function analysisValue({ layers }: AnalysisResult, { metric, layer }: Column): number[] {
  const place = layer ?? layers.at(-1)?.layer;
  const first = Object.keys(layers[0]?.metrics ?? {})[0];
  const wanted = metric ?? first;
  return place === undefined || wanted === undefined ? [] : layerValue(layers, place, wanted);
}
