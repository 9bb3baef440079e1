/** Reports as Markdown: for issues, notes and pull requests. */
import type { DepthView, ReportColumn, TransferReport } from '../../shared/views/transferReport';
import { formatDifference, formatPercent, judgeDifference, metricName } from '../../shared/views/formatNumbers';

export function renderMarkdown(reports: readonly TransferReport[]): string {
  return `${reports.map(renderOne).join('\n\n---\n\n')}\n`;
}

function renderOne(report: TransferReport): string {
  const parts = [
    `# ${report.name}: ${report.run}`,
    report.about ?? '',
    `Runtime ${report.runtime}; seeds ${report.seeds.join(', ')}; state ${report.state}.`,
    '## Transfer by pretraining',
    mainTable(report),
    intervalNote(report),
    ...report.depths.flatMap((view) => [`## ${view.transfer} by layer`, depthTable(view)]),
    report.notes.length > 0 ? `## Notes\n\n${report.notes.map((note) => `- ${note}`).join('\n')}` : '',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Says what the numbers are, once for all tables of a report. */
export function intervalNote(report: TransferReport): string {
  const seeds = report.seeds.length;
  const interval = seeds > 1 ? `mean ± 95 % Student interval over ${seeds} seeds` : 'one seed, no interval';
  const reference =
    report.reference === undefined
      ? ''
      : ` Δ: difference to ${report.reference}, paired by seed; ▲ above it, ▼ below it, ? too close to tell with these seeds.`;
  return `In percent; ${interval}.${reference}`;
}

export function columnTitle(column: ReportColumn): string {
  return `${column.transfer}: ${metricName(column.metric)} at ${column.layer}`;
}

export const judgementMarks = { above: '▲', below: '▼', unclear: '?' } as const;

function mainTable(report: TransferReport): string {
  const head = ['pretraining', 'weights', ...report.columns.flatMap((column) => [columnTitle(column), ...(report.reference ? ['Δ'] : [])])];
  const rows = report.rows.map((row) => [
    row.pretraining,
    row.origin,
    ...row.cells.flatMap((cell) => {
      const value = cell ? (cell.best ? `**${formatPercent(cell)}**` : formatPercent(cell)) : '–';
      if (!report.reference) return [value];
      const versus = cell?.versusReference;
      return [value, versus ? `${formatDifference(versus)} ${judgementMarks[judgeDifference(versus)]}` : '–'];
    }),
  ]);
  return table(head, rows);
}

function depthTable(view: DepthView): string {
  const head = ['pretraining', ...view.layers.map(({ layer }) => layer)];
  const rows = view.series.map(({ pretraining, points }) => [pretraining, ...points.map((point) => (point ? formatPercent(point) : '–'))]);
  return table(head, rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escape = (cell: string) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const toLine = (cells: readonly string[]) => `| ${cells.map(escape).join(' | ')} |`;
  const rule = `| ${head.map((_, i) => (i === 0 ? '---' : '---:')).join(' | ')} |`;
  return [toLine(head), rule, ...rows.map(toLine)].join('\n');
}
