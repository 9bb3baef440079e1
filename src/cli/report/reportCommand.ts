/** The `report` command: one or several runs in one of five formats, to a file or to standard output. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { assertNever } from '../../shared/assertNever';
import { makeFolder } from '../../runs/makeFolder';
import { UserError } from '../../shared/errors';
import { joinImportedRows } from '../../shared/views/report/importedRows';
import type { TransferReport } from '../../shared/views/report/transferReport';
import { renderCsv } from './csv';
import { renderHtml } from './html';
import { renderInversions } from './inversionPictures';
import { renderLatex } from './latex';
import { loadReport } from './loadReports';
import { renderMarkdown } from './markdown';

export type ReportFormat = 'md' | 'csv' | 'latex' | 'html' | 'json';

export interface ReportOptions {
  /** The `.transferscope` folder. */
  readonly out: string;
  readonly format: ReportFormat;
  /** In CSV and LaTeX also what pretrainings cost; the other formats always say it. */
  readonly withCosts?: boolean;
  /** Where to write; standard output when absent. */
  readonly file?: string;
}

/** Returns the exit code. */
export async function reportCommand(runs: readonly string[], options: ReportOptions): Promise<number> {
  const reports = joinImportedRows(runs.map((run) => loadReport(options.out, run)));
  const text = await render(reports, options);
  if (options.file === undefined) process.stdout.write(text);
  else await writeWhole(options.file, text);
  return 0;
}

async function render(reports: readonly TransferReport[], { format, out, withCosts }: ReportOptions): Promise<string> {
  switch (format) {
    case 'md':
      return renderMarkdown(reports);
    case 'csv':
      return renderCsv(reports, withCosts);
    case 'latex':
      return renderLatex(reports, withCosts);
    case 'html':
      return renderHtml(reports, (run) => renderInversions(out, run));
    case 'json':
      return `${JSON.stringify(reports, null, 1)}\n`;
    default:
      return assertNever(format);
  }
}

/** A report is there whole or not at all. */
async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await makeFolder(path.dirname(file), 'name another file with --out');
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    removeQuietly(temporary);
    throw new UserError(
      'storage',
      `cannot write the report to ${file} (${(error as NodeJS.ErrnoException).code ?? String(error)}); name another file with --out`,
    );
  }
}

/** The first error is the one to tell; that there was nothing to clean up is not. */
function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Its folder is not even one.
  }
}
