/** `export`: one run as files of an experiment tracker. */
import { resolve } from 'node:path';
import { exportRun } from '../../runs/exchange/exportRun';
import { resolveRun } from '../../runs/runStore';
import { viewingCommand, type Tracker } from '../../shared/exchange/exportFiles';
import { formatNumberOf } from '../../shared/views/formatNumbers';
import { EXIT, type ExitCode } from '../exitCodes';
import type { Surroundings } from '../terminal';

export interface ExportOptions {
  readonly to: Tracker;
  /** Folder to write into. */
  readonly out: string;
  /** The `.transferscope` folder. */
  readonly from: string;
}

export async function exportCommand(
  typed: string,
  { to, out, from }: ExportOptions,
  around: Surroundings,
): Promise<ExitCode> {
  const home = resolve(around.cwd, from);
  const run = resolveRun(home, typed);
  const folder = resolve(around.cwd, out);
  const { files, runs, missing } = await exportRun({ out: home, run, tracker: to, folder });
  const wrote = `wrote ${formatNumberOf(files, 'file')} of ${formatNumberOf(runs, 'tracked run')} to ${folder}`;
  around.stderr.write(`${wrote}\n`);
  if (missing > 0) {
    around.stderr.write(
      `${formatNumberOf(missing, 'stage')} without a result left out; resume the run and export again\n`,
    );
  }
  around.stdout.write(`${viewingCommand(to, out, run)}\n`);
  return EXIT.done;
}
