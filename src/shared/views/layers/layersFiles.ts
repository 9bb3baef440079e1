/**
 * The Layers panel's numbers as files: CSV with every measured value, Markdown and LaTeX of the table on screen. Pure text.
 */
import { csvText, type CsvField } from '../../formats/csvText';
import { escapeLatex, LATEX_NEEDS, latexMaths, latexTable } from '../../formats/latexText';
import { escapeMarkdown, markdownTable } from '../../formats/markdownText';
import type { LayersModel, LayersTransfer } from '../../protocol/panels/layersPanel';
import { judgementMarks } from '../report/describeTransfer';
import { metricName } from '../formatNumbers';
import type { LayersCell, LayersDepth, LayersRow } from './layersDepth';
import { formatMetric, formatMetricDifference, metricTitle } from '../report/metrics';

/** One line per transfer, pretraining, layer and seed, with a column per metric; shares in 0..1, all digits. */
export function renderLayersCsv(model: LayersModel, transfers: readonly LayersTransfer[]): string {
  const metrics = [...new Set(transfers.flatMap((transfer) => transfer.metrics))];
  const header = [
    ...['run', 'transfer', 'task', 'data', 'pretraining', 'method', 'layer', 'depth', 'dimension', 'seed'],
    ...metrics,
  ];
  return csvText([header, ...transfers.flatMap((transfer) => transferLines(model, transfer, metrics))]);
}

function transferLines(model: LayersModel, transfer: LayersTransfer, metrics: readonly string[]): CsvField[][] {
  const methods = new Map(model.pretrainings.map(({ id, method }) => [id, method]));
  return transfer.series.flatMap(({ pretraining, seeds }) =>
    transfer.layers.flatMap(({ layer, depth, dimension }, l) =>
      seeds.map(({ seed, values }): CsvField[] => [
        ...[model.run, transfer.id, transfer.task, transfer.data, pretraining, methods.get(pretraining) ?? ''],
        ...[layer, depth, dimension, seed],
        ...metrics.map((metric) => values[metric]?.[l] ?? ''),
      ]),
    ),
  );
}

export interface TableInput {
  readonly model: LayersModel;
  readonly view: LayersDepth;
  /** In the order on screen. */
  readonly rows: readonly LayersRow[];
}

export function renderLayersMarkdown({ model, view, rows }: TableInput): string {
  const head = ['pretraining', ...view.layers.map(({ layer }) => escapeMarkdown(layer))];
  const lines = rows.map((row) => [
    escapeMarkdown(row.pretraining),
    ...row.points.map((cell) => markdownCell(view, row, cell)),
  ]);
  const title = `**${escapeMarkdown(`${view.transfer}: ${captionMetric(view)} by layer`)}**`;
  const parts = [title, markdownTable({ head, rows: lines, words: 1 }), escapeMarkdown(`${note({ model, view })}.`)];
  return `${parts.join('\n\n')}\n`;
}

function markdownCell(view: LayersDepth, row: LayersRow, cell: LayersCell | undefined): string {
  if (!cell) return '–';
  const text = formatCell(view, cell);
  const mark = view.baseline === undefined || row.pretraining === view.baseline ? '' : verdictOf(cell);
  return cell.isBest ? `**${text}**${mark}` : `${text}${mark}`;
}

function verdictOf({ verdict }: LayersCell): string {
  return verdict === undefined ? '' : ` ${judgementMarks[verdict]}`;
}

export function renderLayersLatex({ model, view, rows }: TableInput): string {
  const head = ['Pretraining', ...view.layers.map(({ layer }) => escapeLatex(layer))];
  const lines = rows.map(({ pretraining, points }) => [
    escapeLatex(pretraining),
    ...points.map((cell) => (cell ? latexCell(view, cell) : '--')),
  ]);
  const caption = escapeLatex(
    `${view.transfer}: ${captionMetric(view)} by layer (${note({ model, view })}; run ${model.run}).`,
  );
  return `${LATEX_NEEDS}\n${latexTable({ caption: caption.replaceAll('±', '$\\pm$'), head, rows: lines })}`;
}

function latexCell(view: LayersDepth, cell: LayersCell): string {
  const number = latexMaths(formatCell(view, cell));
  return `$${cell.isBest ? number.replace(/^[+-]?[\d.]+/, (mean) => `\\mathbf{${mean}}`) : number}$`;
}

function formatCell({ metric, baseline }: LayersDepth, cell: LayersCell): string {
  return baseline === undefined ? formatMetric(metric, cell) : formatMetricDifference(metric, cell);
}

function captionMetric({ metric, baseline }: LayersDepth): string {
  return baseline === undefined ? metricTitle(metric) : `${metricName(metric)} minus that of ${baseline}`;
}

/** What the numbers are. */
function note({ model, view }: Pick<TableInput, 'model' | 'view'>): string {
  const { length } = model.seeds;
  const isDifference = view.baseline !== undefined;
  const what = isDifference ? 'difference, paired by seed' : 'mean';
  const seeds = length > 1 ? `${what} ± 95 % Student interval over ${length} seeds` : 'one seed, no interval';
  return isDifference ? `${metricTitle(view.metric, true)}, ${seeds}` : seeds;
}
