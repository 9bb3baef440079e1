/** The end of a run in the terminal: findings, the paper-style table, and the accuracy-by-depth pictures in characters. */
import { judgeDifference } from '../../shared/views/report/compareSeeds';
import { judgementMarks } from '../../shared/views/report/describeTransfer';
import { formatCell, formatDifference, metricName } from '../../shared/views/formatNumbers';
import { formatTableCell, type AnalysisView } from '../../shared/views/report/analysisViews';
import type { ReportCell, ReportColumn, TransferReport } from '../../shared/views/report/transferReport';
import { computeVisibleWidth } from '../progress/renderProgress';
import { toOneLine, truncate } from '../progress/textWidth';
import { formatTable } from '../table';
import { comparisonsTerminal } from './comparisonTables';
import { depthPicture } from './depthPicture';
import { loadReport } from './loadReports';
import { intervalNote } from './wording';
import { wrapWords } from './wrapWords';

/** Everything a reader wants to see without leaving the terminal; `columns` is the terminal's width. */
export function terminalReport(out: string, run: string, columns = 100): string {
  return renderTerminal(loadReport(out, run), columns);
}

export function renderTerminal(report: TransferReport, columns: number): string {
  const notes = report.notes.map((note) => wrapWords(`note: ${toOneLine(note)}`, columns, 6));
  const analyses = report.analyses.flatMap((view) => analysisTables(view, columns));
  if (report.columns.length === 0 && analyses.length === 0)
    return ['No transfer has been measured.', ...notes].join('\n');
  if (report.columns.length === 0) return [...analyses, ...notes].join('\n\n');
  const findings = report.findings.map(({ transfer, sentence }) => wrapWords(`${transfer}: ${sentence}`, columns, 2));
  return [
    findings.join('\n'),
    mainTable(report, columns),
    wrapWords(`${intervalNote(report)} * marks the best mean.`, columns),
    ...report.depths.map((view) => depthPicture(view, columns)),
    ...analyses,
    ...comparisonsTerminal(report, columns),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
  ].join('\n\n');
}

/** Likenesses and the first metrics; the report in a file has them all. */
const METRICS_SHOWN = 4;

function analysisTables({ analysis, reading, tables }: AnalysisView, width: number): string[] {
  const shown = tables.slice(0, METRICS_SHOWN).map((table) => {
    const { title, columns, rows } = table;
    const lines = rows.map(({ name, cells }) => [
      truncate(toOneLine(name), 24),
      ...cells.map((cell) => formatTableCell(table, cell)),
    ]);
    return `${analysis}: ${title}\n${formatTable([['', ...columns], ...lines])}`;
  });
  return [...shown, wrapWords(reading, width)];
}

/** Side by side what fits into the terminal; the rest below, with the names repeated. */
function mainTable(report: TransferReport, columns: number): string {
  const names = ['', '', ...report.rows.map(({ pretraining }) => truncate(toOneLine(pretraining), 24))];
  const room = columns - Math.max(...names.map(computeVisibleWidth));
  const blocks: string[][][] = [];
  let left = 0;
  report.columns.forEach((column, c) => {
    const cells = renderColumn(report, column, c);
    const width = Math.max(...cells.map(computeVisibleWidth)) + 3;
    const last = blocks.at(-1);
    if (last && width <= left) last.push(cells);
    else blocks.push([cells]);
    left = (last && width <= left ? left : room) - width;
  });
  return blocks
    .map((block) => formatTable(names.map((name, r) => [name, ...block.map((cells) => ` ${cells[r]}`)])))
    .join('\n\n');
}

/** One transfer from its heading down, its parts aligned. */
function renderColumn(report: TransferReport, { transfer, metric, layer }: ReportColumn, c: number): string[] {
  const values = report.rows.map(({ cells }) => renderCell(cells[c], report));
  const lines = formatTable(values).split('\n');
  return [
    toOneLine(transfer),
    toOneLine(layer === '' ? metricName(metric) : `${metricName(metric)}, ${layer}`),
    ...lines,
  ];
}

function renderCell(cell: ReportCell | undefined, { seeds, reference }: TransferReport): string[] {
  if (!cell) return ['   –'];
  const value = formatCell(cell, seeds.length);
  const parts = [`${' '.repeat(Math.max(0, 5 - value.search(/[^\d.]|$/)))}${value}`, cell.best ? '*' : ''];
  const versus = cell.versusReference;
  if (reference === undefined || !versus) return parts;
  const difference = formatDifference(versus);
  const indent = ' '.repeat(Math.max(0, 5 - difference.search(/ |$/)));
  return [...parts, `Δ ${indent}${difference}`, judgementMarks[judgeDifference(versus)]];
}
