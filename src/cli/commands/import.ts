/** `import`: results made elsewhere become a run whose rows are marked as imported. */
import { resolve } from 'node:path';
import { importResults } from '../../runs/exchange/importResults';
import { formatList, formatNumberOf } from '../../shared/views/formatNumbers';
import { EXIT, type ExitCode } from '../exitCodes';
import type { Surroundings } from '../terminal';

export interface ImportOptions {
  readonly as?: string;
  readonly out: string;
  readonly pretraining?: string;
  readonly transfer?: string;
  readonly percent?: true;
  readonly version: string;
}

export async function importCommand(file: string, options: ImportOptions, around: Surroundings): Promise<ExitCode> {
  const { as, out, pretraining, transfer, percent = false, version } = options;
  const { run, results, source, leftOut } = await importResults({
    out: resolve(around.cwd, out),
    file: resolve(around.cwd, file),
    version,
    plain: {
      isPercent: percent,
      ...(pretraining !== undefined && { pretraining }),
      ...(transfer !== undefined && { transfer }),
    },
    ...(as !== undefined && { as }),
  });
  around.stderr.write(`imported ${formatNumberOf(results, 'result')} from ${source}\n`);
  if (leftOut.length > 0) around.stderr.write(`left out, as no shares: ${formatList(leftOut)}\n`);
  around.stdout.write(`${run}\n`);
  return EXIT.done;
}
