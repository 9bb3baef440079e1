/** Reports as LaTeX (booktabs), in the form of the paper's tables: pretrainings down, transfers across. */
import type { ReportCell, TransferReport } from '../../shared/views/transferReport';
import { columnTitle } from './markdown';

export function renderLatex(reports: readonly TransferReport[]): string {
  return `% needs \\usepackage{booktabs}\n${reports.map(renderOne).join('\n')}`;
}

function renderOne(report: TransferReport): string {
  const seeds = report.seeds.length;
  const caption = seeds > 1 ? `mean $\\pm$ 95\\,\\% interval over ${seeds} seeds` : 'one seed';
  return [
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${escape(report.name)} (\\%, ${caption}; run ${escape(report.run)}).}`,
    `  \\begin{tabular}{l${'r'.repeat(report.columns.length)}}`,
    '    \\toprule',
    `    ${['Pretraining', ...report.columns.map((column) => escape(columnTitle(column)))].join(' & ')} \\\\`,
    '    \\midrule',
    ...report.rows.map((row) => `    ${[escape(row.pretraining), ...row.cells.map(renderCell)].join(' & ')} \\\\`),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

function renderCell(cell: ReportCell | undefined): string {
  if (!cell) return '--';
  const mean = (100 * cell.mean).toFixed(1);
  const value = cell.best ? `\\mathbf{${mean}}` : mean;
  return cell.halfWidth === undefined ? `$${value}$` : `$${value} \\pm ${(100 * cell.halfWidth).toFixed(1)}$`;
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

function escape(text: string): string {
  return text.replace(/[\\&%$#_{}~^]/g, (character) => escapes[character] ?? `\\${character}`);
}
