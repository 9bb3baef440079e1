/** Reads run folders into the report's view model. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readRun } from '../../runs/runStore';
import { UserError } from '../../shared/errors';
import { createTransferReport, type TransferReport } from '../../shared/views/transferReport';

export function loadReport(out: string, run: string): TransferReport {
  const contents = readRun(out, run);
  if (!contents.manifest) {
    const reason = contents.problems[0] ?? 'its manifest is missing';
    throw new UserError('storage', `the run ${run} cannot be reported: ${reason}; resume it or launch the experiment again`);
  }
  const { manifest, records, state } = contents;
  const about = readAbout(path.join(contents.folder, 'experiment.json'));
  return createTransferReport({ run, state, manifest, records, ...(about !== undefined && { about }) });
}

function readAbout(file: string): string | undefined {
  try {
    const { about } = JSON.parse(readFileSync(file, 'utf8')) as { about?: unknown };
    return typeof about === 'string' ? about.trim() : undefined;
  } catch {
    return undefined;
  }
}
