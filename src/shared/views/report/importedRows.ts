/**
 * Imported rows beside measured ones: where a report of a measured run and one of imported results have a column in common
 * (transfer, metric and layer alike), the imported values stand under the measured ones, marked. They come after everything
 * that tests, ranks or correlates has been made from the measured rows alone.
 */
import type { ReportColumn, ReportRow, TransferReport } from './transferReport';

/** The same reports; those of measured runs with the rows of the imported ones that fit. */
export function joinImportedRows(reports: readonly TransferReport[]): TransferReport[] {
  const imported = reports.filter((report) => report.imported);
  return reports.map((report) => {
    const rows = report.imported ? [] : imported.flatMap((other) => fittingRows(report.columns, other));
    if (rows.length === 0) return report;
    const note = 'Rows marked as imported were made elsewhere: they are in no test and in no finding.';
    return { ...report, rows: [...report.rows, ...rows], notes: [...report.notes, note] };
  });
}

function fittingRows(columns: readonly ReportColumn[], other: TransferReport): ReportRow[] {
  const places = columns.map((column) => other.columns.findIndex((theirs) => isSame(column, theirs)));
  return other.rows.flatMap((row) => {
    const cells = places.map((place) => {
      const cell = place < 0 ? undefined : row.cells[place];
      return cell && { ...cell, best: false };
    });
    const named = { ...row, pretraining: `${row.pretraining} (imported)` };
    return cells.some((cell) => cell !== undefined) ? [{ ...named, cells }] : [];
  });
}

/** A source that names no layer means the one that is usual there. */
function isSame(column: ReportColumn, theirs: ReportColumn): boolean {
  const isLayer = theirs.layer === '' || theirs.layer === column.layer;
  return theirs.transfer === column.transfer && theirs.metric === column.metric && isLayer;
}
