/** Reports as CSV (RFC 4180): one line per layer mean, so that a spreadsheet or a script can pivot it. */
import type { TransferReport } from '../../shared/views/transferReport';

const header = ['run', 'pretraining', 'method', 'transfer', 'task', 'data', 'layer', 'depth', 'dimension', 'metric', 'n', 'mean', 'half_width_95'];

export function renderCsv(reports: readonly TransferReport[]): string {
  const lines = reports.flatMap((report) => {
    const methods = new Map(report.rows.map((row) => [row.pretraining, row.method]));
    return report.depths.flatMap((view) =>
      view.series.flatMap(({ pretraining, points }) =>
        view.layers.flatMap(({ layer, depth, dimension }, i) => {
          const point = points[i];
          if (!point) return [];
          const { n, mean, halfWidth } = point;
          const place = [report.run, pretraining, methods.get(pretraining) ?? '', view.transfer, view.task, view.data];
          return [[...place, layer, depth, dimension, view.metric, n, mean, halfWidth ?? '']];
        }),
      ),
    );
  });
  return [header, ...lines].map((line) => line.map(quote).join(',')).join('\r\n') + '\r\n';
}

function quote(value: string | number): string {
  const text = String(value);
  // A leading = + - @ would be a formula in a spreadsheet; only text can carry one here.
  const safe = typeof value === 'string' && /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
