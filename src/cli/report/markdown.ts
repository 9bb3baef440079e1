/** Reports as Markdown: for issues, notes and pull requests. */
import { escapeMarkdown as escape, markdownTable as table } from '../../shared/formats/markdownText';
import { judgeDifference } from '../../shared/views/report/compareSeeds';
import { formatTableCell, type AnalysisTable, type AnalysisView } from '../../shared/views/report/analysisViews';
import { describeTransfer, judgementMarks } from '../../shared/views/report/describeTransfer';
import type { FurtherFigures } from '../../shared/views/report/furtherFigures';
import { formatMetric } from '../../shared/views/report/metrics';
import { formatCell, formatCount, formatDifference, formatSeconds } from '../../shared/views/formatNumbers';
import type { DepthView, ReportCell, TransferReport } from '../../shared/views/report/transferReport';
import { createCostTable } from './costTable';
import { renderComparisons } from './markdownComparisons';
import { paperTablesMarkdown } from './paperTables';
import { boldNote, columnTitle, describeScope, intervalNote, reproductionFacts } from './wording';

export function renderMarkdown(reports: readonly TransferReport[]): string {
  return `${reports.map(renderOne).join('\n\n---\n\n')}\n`;
}

function renderOne(report: TransferReport): string {
  const { run, name, about, findings, columns, depths, seeds, notes } = report;
  const parts = [
    `# ${escape(name)}: ${escape(run)}`,
    about === undefined ? '' : escape(about),
    describeScope(report),
    ...(findings.length > 0
      ? ['## Findings', list(findings.map(({ transfer, sentence }) => `${transfer}: ${sentence}`))]
      : []),
    '## Transfer by pretraining',
    columns.length === 0 ? 'No transfer has been measured.' : mainTable(report),
    escape(`${intervalNote(report)}${boldNote(report)}`),
    list(columns.map((column) => `${column.transfer}: ${describeTransfer(column)}`)),
    ...report.further.flatMap((view) => [`## ${escape(view.transfer)}: further figures`, furtherTable(view)]),
    ...paperTablesMarkdown(report.tables),
    ...depths.flatMap((view) => [`## ${escape(view.transfer)} by layer`, depthTable(view, seeds.length)]),
    ...report.analyses.flatMap(renderAnalysis),
    ...renderComparisons(report),
    ...(report.makings.length > 0 ? ['## How the pretrainings were made', makingTable(report)] : []),
    ...renderCosts(report),
    ...(notes.length > 0 ? ['## Notes', list(notes)] : []),
    '## Reproduce',
    codeBlock(report.provenance.command),
    list(reproductionFacts(report).map(([fact, value]) => `${fact}: ${value}`)),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function mainTable(report: TransferReport): string {
  const versus = report.reference === undefined ? [] : ['Δ'];
  const head = [
    'pretraining',
    'weights',
    ...report.columns.flatMap((column) => [escape(columnTitle(column)), ...versus]),
  ];
  const rows = report.rows.map(({ pretraining, origin, cells }) => [
    escape(pretraining),
    escape(origin),
    ...cells.flatMap((cell) => [renderCell(cell, report.seeds.length), ...versus.map(() => renderDifference(cell))]),
  ]);
  return table({ head, rows, words: 2 });
}

function renderCell(cell: ReportCell | undefined, seeds: number): string {
  if (!cell) return '–';
  return cell.best ? `**${formatCell(cell, seeds)}**` : formatCell(cell, seeds);
}

function renderDifference(cell: ReportCell | undefined): string {
  const versus = cell?.versusReference;
  return versus ? `${formatDifference(versus)} ${judgementMarks[judgeDifference(versus)]}` : '–';
}

function furtherTable({ columns, rows }: FurtherFigures): string {
  const head = ['pretraining', ...columns.map(({ name }) => escape(name))];
  const lines = rows.map(({ pretraining, cells }) => [
    escape(pretraining),
    ...cells.map((cell, c) => (cell ? formatMetric(columns[c]!.metric, cell) : '–')),
  ]);
  return table({ head, rows: lines, words: 1 });
}

function depthTable(view: DepthView, seeds: number): string {
  const head = ['pretraining', ...view.layers.map(({ layer }) => escape(layer))];
  const rows = view.series.map(({ pretraining, points }) => {
    return [escape(pretraining), ...points.map((point) => (point ? formatCell(point, seeds) : '–'))];
  });
  return table({ head, rows, words: 1 });
}

function renderAnalysis({ analysis, source, reading, tables, notes }: AnalysisView): string[] {
  const tableOf = (one: AnalysisTable): string[] => [
    `**${escape(one.title)}**`,
    table({
      head: ['', ...one.columns.map(escape)],
      rows: one.rows.map(({ name, cells }) => [escape(name), ...cells.map((cell) => formatTableCell(one, cell))]),
      words: 1,
    }),
  ];
  return [
    `## Analysis: ${escape(analysis)}`,
    escape(source === '' ? reading : `Over ${source}. ${reading}`),
    ...tables.flatMap(tableOf),
    ...(notes.length > 0 ? [list(notes)] : []),
  ];
}

function makingTable({ makings }: TransferReport): string {
  const head = ['pretraining', 'weights', 'parameters', 'time per seed', 'SHA-256 by seed'];
  const rows = makings.map(({ pretraining, origin, parameters, seconds, digests }) => [
    escape(pretraining),
    escape(origin),
    formatCount(parameters),
    formatSeconds(seconds),
    digests.map(({ seed, digest }) => `${seed}: ${digest.slice(0, 12)}`).join(', '),
  ]);
  return table({ head, rows, words: 2 });
}

function renderCosts(report: TransferReport): string[] {
  const costs = createCostTable(report);
  if (!costs) return [];
  const rows = costs.rows.map(({ pretraining, cells }) => [escape(pretraining), ...cells.map(escape)]);
  return ['## What it cost', table({ head: costs.head, rows, words: 1 }), escape(costs.note)];
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${escape(item.replace(/\s*\n\s*/g, ' '))}`).join('\n');
}

/** The fence is longer than any run of backticks inside. */
function codeBlock(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}sh\n${text}\n${fence}`;
}
