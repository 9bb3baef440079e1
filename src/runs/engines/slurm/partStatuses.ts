/** The status files of a run's parts, whoever wrote them and whether they still live. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunStatus } from '../../../shared/results/runManifest';
import { isStatus, parseRunFile, partName, PARTS_FOLDER } from '../../runFiles';

export interface NamedStatus {
  readonly name: string;
  readonly status: RunStatus;
}

/** Name of the submission that a part belongs to; parts are called `<submission>.<index>.<job>-<restart>`. */
export function submissionOf(part: string): string {
  return part.split('.', 1)[0] ?? '';
}

/** Oldest first: by the numbers of jobs and restarts, since the clocks of their machines differ. */
export async function readPartStatuses(runFolder: string): Promise<NamedStatus[]> {
  const folder = join(runFolder, PARTS_FOLDER);
  const names = (await readdir(folder).catch(() => [])).flatMap((file) => partName(file) ?? []);
  const found = await Promise.all(names.map((name) => readOne(folder, name)));
  return found.filter((one) => one !== undefined).sort((a, b) => attemptOf(a.name) - attemptOf(b.name));
}

/** Grows with the job's number, and with its restarts. */
function attemptOf(part: string): number {
  const [, job = '0', restart = '0'] = /\.(\d+)_\d+-(\d+)$/.exec(part) ?? [];
  return Number(job) + Number(restart) / 1e6;
}

async function readOne(folder: string, name: string): Promise<NamedStatus | undefined> {
  const file = join(folder, `${name}.json`);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const status = text === undefined ? undefined : parseRunFile(text, file, { isValid: isStatus, problems: [] });
  return status && { name, status };
}
