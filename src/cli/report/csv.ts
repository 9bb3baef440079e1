/**
 * Reports as CSV (RFC 4180): one line per pretraining, transfer and layer (no layer where the whole network is measured), so that a spreadsheet or a script can pivot it.
 * Values are shares in 0..1 with all their digits.
 */
import { csvText, type CsvField } from '../../shared/formats/csvText';
import type { AnalysisView } from '../../shared/views/report/analysisViews';
import type { ErrorBudgetView } from '../../shared/views/report/errorBudgets';
import { correlationsCsv } from './comparisonTables';
import { publishedCsv } from './paperTables';
import type { FurtherFigures } from '../../shared/views/report/furtherFigures';
import type { DepthView, ReportColumn, TransferReport } from '../../shared/views/report/transferReport';

const header = [
  ...['run', 'pretraining', 'method', 'transfer', 'task', 'data', 'layer', 'depth', 'dimension'],
  ...['metric', 'n', 'mean', 'half_width_95'],
];

/** `withCosts`: also what pretrainings cost, as lines of the task `cost`. */
export function renderCsv(reports: readonly TransferReport[], withCosts = false): string {
  const lines = reports.flatMap((report) => [
    ...report.columns.flatMap((column, c) => columnLines(report, column, c)),
    ...report.further.flatMap((view) => figureLines(report, view)),
    ...report.errorBudgets.flatMap((view) => figureLines(report, view)),
    ...report.analyses.flatMap((view) => analysisLines(report.run, view)),
    ...correlationsCsv(report),
    ...(withCosts ? costLines(report) : []),
    ...publishedCsv(report.tables),
  ]);
  return csvText([header, ...lines]);
}

function columnLines(report: TransferReport, column: ReportColumn, c: number): CsvField[][] {
  const view = report.depths.find(({ transfer }) => transfer === column.transfer);
  return view ? viewLines(report, view) : wholeLines(report, column, c);
}

/** The headline of each pretraining. */
function wholeLines({ run, rows }: TransferReport, column: ReportColumn, c: number): CsvField[][] {
  const { transfer, task, data, layer, metric } = column;
  return rows.flatMap(({ pretraining, method, cells }) => {
    const cell = cells[c];
    const place = [run, pretraining, method, transfer, task, data, layer, '', ''];
    return cell ? [[...place, metric, cell.n, cell.mean, cell.halfWidth ?? '']] : [];
  });
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

/** What stands beside the headline of a transfer. */
function figureLines({ run, rows, columns }: TransferReport, view: ErrorBudgetView | FurtherFigures): CsvField[][] {
  const { task, data } = columns.find(({ transfer }) => transfer === view.transfer)!;
  return view.rows.flatMap(({ pretraining, cells }) =>
    cells.flatMap((cell, c): CsvField[][] => {
      const method = rows.find((row) => row.pretraining === pretraining)?.method ?? '';
      const place = [run, pretraining, method, view.transfer, task, data, '', '', ''];
      return cell ? [[...place, view.columns[c]!.metric, cell.n, cell.mean, cell.halfWidth ?? '']] : [];
    }),
  );
}

/** Numbers in seconds, bytes, joules; no transfer. */
function costLines({ run, rows, costs }: TransferReport): CsvField[][] {
  return costs.flatMap(({ pretraining, ...cost }) => {
    const row = rows.find((one) => one.pretraining === pretraining);
    const place = [run, pretraining, row?.method ?? '', '', 'cost', '', '', '', ''];
    return Object.entries(cost).map(([metric, value]): CsvField[] => [...place, metric, '', value, '']);
  });
}

/** Two pretrainings and two layers are written `a~b`. */
function analysisLines(run: string, { analysis, kind, data, tables }: AnalysisView): CsvField[][] {
  return tables.flatMap(({ metric, pair, columns, rows }) =>
    rows.flatMap(({ name, cells }) =>
      cells.flatMap((cell, c) => {
        const [pretraining, layer] = pair ? [pair.join('~'), `${name}~${columns[c]}`] : [name, columns[c]!];
        const place = [run, pretraining, '', analysis, kind, data, layer, '', ''];
        return cell ? [[...place, metric, cell.n, cell.mean, cell.halfWidth ?? '']] : [];
      }),
    ),
  );
}
