/**
 * Reports as CSV (RFC 4180): one line per pretraining, transfer and layer, so that a spreadsheet or a script can pivot it.
 * Values are shares in 0..1 with all their digits.
 */
import { csvText, type CsvField } from '../../shared/formats/csvText';
import type { DepthView, TransferReport } from '../../shared/views/transferReport';

const header = [
  ...['run', 'pretraining', 'method', 'transfer', 'task', 'data', 'layer', 'depth', 'dimension'],
  ...['metric', 'n', 'mean', 'half_width_95'],
];

export function renderCsv(reports: readonly TransferReport[]): string {
  const lines = reports.flatMap((report) => report.depths.flatMap((view) => viewLines(report, view)));
  return csvText([header, ...lines]);
}

function viewLines(report: TransferReport, view: DepthView): CsvField[][] {
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
