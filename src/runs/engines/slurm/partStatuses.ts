/** The status files of a run's parts, whoever wrote them and whether they still live. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunStatus } from '../../../shared/results/records';
import { isStatus, parseRunFile, partName, PARTS_FOLDER } from '../../runFiles';

export interface NamedStatus {
  readonly name: string;
  readonly status: RunStatus;
}

/** Oldest first. */
export async function readPartStatuses(runFolder: string): Promise<NamedStatus[]> {
  const folder = join(runFolder, PARTS_FOLDER);
  const names = (await readdir(folder).catch(() => [])).flatMap((file) => partName(file) ?? []);
  const found = await Promise.all(names.map((name) => readOne(folder, name)));
  return found.filter((one) => one !== undefined).sort((a, b) => a.status.startedAt.localeCompare(b.status.startedAt));
}

async function readOne(folder: string, name: string): Promise<NamedStatus | undefined> {
  const file = join(folder, `${name}.json`);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const status = text === undefined ? undefined : parseRunFile(text, file, { isValid: isStatus, problems: [] });
  return status && { name, status };
}
