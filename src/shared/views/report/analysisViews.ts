/** What a report says of a run's analyses: tables of means over seeds, layers against pretrainings or against layers. */
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type { AnalysisResult } from '../../results/records';
import { analysisMetricName, howToRead } from './analysisMetrics';
import { formatMeasure, formatNumberOf, formatPercent } from '../formatNumbers';
import { errorTables } from './errorTables';
import { imageTables } from './imageTables';
import { layerValue, type JoinedRun } from './joinedRun';

export interface AnalysisView {
  readonly analysis: string;
  readonly kind: string;
  /** Key of its data; '' where it looks at none. */
  readonly data: string;
  /** `1,000 images of voc07`; '' where it looks at none. */
  readonly source: string;
  /** How it is read, and when not to trust it. */
  readonly reading: string;
  readonly tables: readonly AnalysisTable[];
  readonly notes: readonly string[];
}

export interface AnalysisTable {
  /** Metric as in the records. */
  readonly metric: string;
  readonly title: string;
  /** Whose layers stand down and across; absent where pretrainings stand down. */
  readonly pair?: readonly [string, string];
  /** Values are shares that are read in percent. */
  readonly isPercent?: boolean;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly (MeanInterval | undefined)[] }[];
}

/** As all formats write it but CSV, which has all digits. */
export function formatTableCell({ isPercent }: AnalysisTable, cell: MeanInterval | undefined): string {
  if (!cell) return '–';
  return isPercent === true ? formatPercent(cell) : formatMeasure(cell);
}

/** One view for each analysis that has a result, in the order of the plan. */
export function createAnalysisViews(run: JoinedRun): AnalysisView[] {
  const views: AnalysisView[] = [];
  for (const analysis of new Set(run.analysed.map((one) => one.analysis))) {
    const results = run.analysed.filter((one) => one.analysis === analysis);
    const { result } = results[0]!;
    views.push({
      analysis,
      kind: result.analysis,
      data: result.data ?? '',
      source: describeSource(result),
      reading: howToRead(result.analysis),
      tables: tablesOf(results, run.reference()),
      notes: [...new Set(results.flatMap((one) => one.result.notes))],
    });
  }
  return views;
}

/** What was looked at, in a few words; '' where nothing was. */
export function describeSource({ data, images }: AnalysisResult): string {
  return data === undefined || images === 0 ? '' : `${formatNumberOf(images, 'image')} of ${data}`;
}

function tablesOf(results: readonly Analysed[], reference: string | undefined): AnalysisTable[] {
  const { result } = results[0]!;
  if (result.errors) return errorTables(results);
  if (result.matrix) return pairTables(results);
  return result.perImage ? imageTables(results, reference) : layerTables(results);
}

export interface Analysed {
  readonly analysis: string;
  readonly pretraining: string;
  readonly against: string | undefined;
  readonly seed: number;
  readonly result: AnalysisResult;
}

/** A table for each two pretrainings: layers of the first down, of the second across. */
function pairTables(results: readonly Analysed[]): AnalysisTable[] {
  const pairs = new Map<string, Analysed[]>();
  for (const one of results) {
    const key = JSON.stringify([one.pretraining, one.against]);
    pairs.set(key, [...(pairs.get(key) ?? []), one]);
  }
  return [...pairs.values()].map((seeds) => {
    const { pretraining, against = pretraining, result } = seeds[0]!;
    const { metric, rows, columns } = result.matrix!;
    return {
      metric,
      title: `${analysisMetricName(metric)}: ${pretraining} (down), ${against} (across)`,
      pair: [pretraining, against] as const,
      columns,
      rows: rows.map((name, i) => ({
        name,
        cells: columns.map((_, j) => meanOf(seeds.map((one) => one.result.matrix!.values[i]?.[j]))),
      })),
    };
  });
}

/** A table for each metric: pretrainings down, layers across. */
function layerTables(results: readonly Analysed[]): AnalysisTable[] {
  // Some pretrainings, or some layers of theirs, may have no number.
  const { result: widest } = results.reduce((a, b) => (b.result.layers.length > a.result.layers.length ? b : a));
  const layers = widest.layers.map(({ layer }) => layer);
  const metrics = new Set(results.flatMap(({ result }) => result.layers.flatMap((one) => Object.keys(one.metrics))));
  const pretrainings = [...new Set(results.map(({ pretraining }) => pretraining))];
  return [...metrics].map((metric) => ({
    metric,
    title: analysisMetricName(metric),
    columns: layers,
    rows: pretrainings.map((name) => {
      const own = results.filter(({ pretraining }) => pretraining === name);
      return {
        name,
        cells: layers.map((layer) => meanOf(own.flatMap(({ result }) => layerValue(result.layers, layer, metric)))),
      };
    }),
  }));
}

function meanOf(values: readonly (number | undefined)[]): MeanInterval | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? meanInterval(known) : undefined;
}
