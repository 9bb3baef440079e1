/**
 * Reports as CSV (RFC 4180): one line per pretraining, transfer and layer, so that a spreadsheet or a script can pivot it.
 * Values are shares in 0..1 with all their digits.
 */
import type { DepthView, TransferReport } from '../../shared/views/transferReport';

type Field = string | number;

const header = [
  ...['run', 'pretraining', 'method', 'transfer', 'task', 'data', 'layer', 'depth', 'dimension'],
  ...['metric', 'n', 'mean', 'half_width_95'],
];

export function renderCsv(reports: readonly TransferReport[]): string {
  const lines = reports.flatMap((report) => report.depths.flatMap((view) => viewLines(report, view)));
  return [header, ...lines].map((line) => `${line.map(quote).join(',')}\r\n`).join('');
}

function viewLines(report: TransferReport, view: DepthView): Field[][] {
  const methods = new Map(report.rows.map((row) => [row.pretraining, row.method]));
  return view.series.flatMap(({ pretraining, points }) =>
    view.layers.flatMap(({ layer, depth, dimension }, i) => {
      const point = points[i];
      if (!point) return [];
      const place = [report.run, pretraining, methods.get(pretraining) ?? '', view.transfer, view.task, view.data];
      return [[...place, layer, depth, dimension, view.metric, point.n, point.mean, point.halfWidth ?? '']];
    }),
  );
}

function quote(value: Field): string {
  const text = String(value);
  // Spreadsheets take text that begins so for a formula; an apostrophe makes it text again.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
