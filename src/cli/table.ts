/** Columns of text for the terminal, aligned by what is visible; colour codes and wide characters are allowed. */
import { computeVisibleWidth } from './progress/renderProgress';

export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, computeVisibleWidth(cell))));
  }
  const pad = (cell: string, column: number): string =>
    cell + ' '.repeat((widths[column] ?? 0) - computeVisibleWidth(cell));
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
