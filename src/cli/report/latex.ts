/** Reports as LaTeX (booktabs), in the form of the paper's tables: pretrainings down, transfers across. */
import { escapeLatex as escape, latexMaths as maths, latexTable, LATEX_NEEDS } from '../../shared/formats/latexText';
import { formatDifference, formatPercent } from '../../shared/views/formatNumbers';
import { formatTableCell, type AnalysisTable } from '../../shared/views/report/analysisViews';
import type { FurtherFigures } from '../../shared/views/report/furtherFigures';
import { formatMetric } from '../../shared/views/report/metrics';
import type { ReportCell, TransferReport } from '../../shared/views/report/transferReport';
import { comparisonsLatex } from './comparisonTables';
import { createCostTable } from './costTable';
import { paperTablesLatex } from './paperTables';
import { boldNote, columnTitle } from './wording';

/** `withCosts`: also a table of what pretrainings cost. */
export function renderLatex(reports: readonly TransferReport[], withCosts = false): string {
  return `${LATEX_NEEDS}\n${reports.map((report) => renderOne(report, withCosts)).join('\n')}`;
}

function renderOne(report: TransferReport, withCosts: boolean): string {
  const seeds = report.seeds.length;
  const head = ['Pretraining', ...report.columns.map((column) => escape(columnTitle(column)))];
  const rows = report.rows.map(({ pretraining, cells }) => [
    escape(pretraining),
    ...cells.map((cell) => renderCell(cell, seeds)),
  ]);
  const analyses = report.analyses.flatMap(({ tables }) => tables.map((one) => renderAnalysis(one, report)));
  return [
    latexTable({ caption: caption(report), head, rows }),
    ...report.further.map((view) => renderFurther(view, report)),
    ...paperTablesLatex(report.tables),
    ...analyses,
    ...comparisonsLatex(report),
    ...(withCosts ? renderCosts(report) : []),
  ].join('\n');
}

function renderCosts(report: TransferReport): string[] {
  const costs = createCostTable(report);
  if (!costs) return [];
  const rows = costs.rows.map(({ pretraining, cells }) => [pretraining, ...cells].map((cell) => escape(cell)));
  const words = `What it cost (run ${report.run}). ${costs.note}`;
  return [latexTable({ caption: escape(words), head: costs.head.map((head) => escape(head)), rows })];
}

function renderFurther({ transfer, columns, rows }: FurtherFigures, { name, run }: TransferReport): string {
  return latexTable({
    caption: `${escape(name)}: further figures of ${escape(transfer)} (run ${escape(run)}).`,
    head: ['Pretraining', ...columns.map((column) => escape(column.name))],
    rows: rows.map(({ pretraining, cells }) => [
      escape(pretraining),
      ...cells.map((cell, c) => (cell ? `$${maths(formatMetric(columns[c]!.metric, cell))}$` : '--')),
    ]),
  });
}

function renderAnalysis(table: AnalysisTable, { name, run }: TransferReport): string {
  const { title, columns, rows } = table;
  return latexTable({
    caption: `${escape(name)}: ${escape(title)} (run ${escape(run)}).`,
    head: ['', ...columns.map(escape)],
    rows: rows.map(({ name: row, cells }) => [
      escape(row),
      ...cells.map((cell) => (cell ? `$${maths(formatTableCell(table, cell))}$` : '--')),
    ]),
  });
}

function caption(report: TransferReport): string {
  const { name, run, seeds, reference } = report;
  const interval = seeds.length > 1 ? `mean $\\pm$ 95\\,\\% Student interval over ${seeds.length} seeds` : 'one seed';
  const versus = reference === undefined ? '' : `; in brackets the difference to ${escape(reference)}, paired by seed`;
  return `${escape(name)} (\\%, ${interval}${versus}; run ${escape(run)}).${boldNote(report)}`;
}

/** `$\mathbf{25.1} \pm 0.8$ {\scriptsize ($+12.0 \pm 1.1$)}`. */
function renderCell(cell: ReportCell | undefined, seeds: number): string {
  if (!cell) return '--';
  const number = maths(formatPercent(cell)).replace(/^[\d.]+/, (mean) => (cell.best ? `\\mathbf{${mean}}` : mean));
  const small: string[] = [];
  if (cell.versusReference) small.push(`$${maths(formatDifference(cell.versusReference))}$`);
  if (cell.n !== seeds) small.push(`$n=${cell.n}$`);
  return small.length === 0 ? `$${number}$` : `$${number}$ {\\scriptsize (${small.join(', ')})}`;
}
