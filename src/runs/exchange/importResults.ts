/**
 * Makes a run folder of a file with results made elsewhere (src/shared/exchange/importedResults.ts). Never blocks. The
 * manifest is written last: a folder without one is no run.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { UserError } from '../../shared/errors';
import { checkResults } from '../../shared/exchange/importedResults';
import { createImportedRun, type ImportedRun } from '../../shared/exchange/importedRun';
import { isPlainScores, plainScores, type PlainScores } from '../../shared/exchange/plainScores';
import { parsePythonJson } from '../../shared/exchange/pythonJson';
import { fileName } from '../../shared/exchange/safeNames';
import { RECORD_VERSION, type StageRecord } from '../../shared/results/records';
import type { RunStatus } from '../../shared/results/runManifest';
import { nextRunNumber } from '../../shared/results/runNumber';
import { makeFolder } from '../makeFolder';
import { parseRecordFile } from '../runFiles';
import { writeJson } from '../writeWhole';

export interface ImportRequest {
  /** The `.transferscope` folder. */
  readonly out: string;
  readonly file: string;
  /** Name of the run; that of the file's contents or the file's own when absent. */
  readonly as?: string;
  /** What a plain file of scores does not say. */
  readonly plain?: { readonly pretraining?: string; readonly transfer?: string; readonly isPercent?: boolean };
  readonly version: string;
  readonly now?: Date;
}

export interface Imported {
  readonly run: string;
  /** Pairs of pretraining and transfer, over all seeds. */
  readonly results: number;
  readonly source: string;
  /** Numbers of a plain file that are left out as they may be no shares. */
  readonly leftOut: readonly string[];
}

/** Throws a UserError that names what is wrong with the file. */
export async function importResults(request: ImportRequest): Promise<Imported> {
  const { out, version, now = new Date() } = request;
  const file = resolve(request.file);
  const { results, leftOut } = await readFileOfResults(file, request);
  const name = request.as ?? results.name ?? basename(file, extname(file));
  const run = await newRunFolder(out, fileName(name));
  try {
    const place = { run, name, file, baseDir: dirname(file), version, now: now.toISOString() };
    const imported = createImportedRun(results, place);
    await writeRun(out, imported);
    const measured = imported.records.filter(({ kind }) => kind === 'transfer').length;
    return { run, results: measured, source: results.source, leftOut };
  } catch (error) {
    await rm(join(out, 'runs', run), { recursive: true, force: true });
    throw error;
  }
}

async function writeRun(out: string, { manifest, records }: ImportedRun): Promise<void> {
  for (const record of records) await keepRecord(join(out, 'stages', record.key), record);
  const { createdAt } = manifest;
  const status: RunStatus = {
    ...{ version: RECORD_VERSION, state: 'done', pid: process.pid, host: '' },
    ...{ startedAt: createdAt, heartbeatAt: createdAt },
    stages: Object.fromEntries(manifest.stages.map(({ id }) => [id, { state: 'done' as const }])),
  };
  const folder = join(out, 'runs', manifest.run);
  await writeJson(join(folder, 'status.json'), status);
  await writeJson(join(folder, 'manifest.json'), manifest);
}

async function readFileOfResults(file: string, { plain = {} }: ImportRequest): Promise<PlainScores> {
  const value = await readJsonFile(file);
  const scores = isPlainScores(value) && !('source' in value) ? readPlain(value, file, plain) : undefined;
  const { results, problems } = checkResults(scores?.results ?? value);
  if (results) return { results, leftOut: scores?.leftOut ?? [] };
  const shown = problems.slice(0, 5).join('; ');
  const more = problems.length > 5 ? `; and ${problems.length - 5} more` : '';
  throw new UserError('config', `${basename(file)} cannot be imported: ${shown}${more}`);
}

async function readJsonFile(file: string): Promise<unknown> {
  try {
    return parsePythonJson(await readFile(file, 'utf8'));
  } catch (error) {
    const reason =
      error instanceof SyntaxError
        ? `it is no JSON (${error.message})`
        : readingFailure(error as NodeJS.ErrnoException);
    throw new UserError('config', `${basename(file)} cannot be imported: ${reason}`);
  }
}

function readingFailure({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file; check the path';
  if (code === 'EISDIR') return 'it is a folder; name a file in it';
  if (code === 'EACCES') return 'you may not read it; change its permissions';
  return message;
}

function readPlain(
  value: Readonly<Record<string, unknown>>,
  file: string,
  { pretraining, transfer, isPercent = false }: NonNullable<ImportRequest['plain']>,
): PlainScores {
  if (pretraining === undefined) {
    const advice = 'name it with --pretraining, or write a results file (docs/reference/results-file.md)';
    throw new UserError(
      'config',
      `${basename(file)} is a plain file of scores and does not say of which pretraining; ${advice}`,
    );
  }
  const names = { pretraining, source: basename(file), isPercent, ...(transfer !== undefined && { transfer }) };
  const scores = plainScores(value, names);
  if (scores.results.results.length > 0) return scores;
  const advice = 'write scores as numbers without quotes, or a results file (docs/reference/results-file.md)';
  throw new UserError('config', `${basename(file)} cannot be imported: it holds no number under a name; ${advice}`);
}

/** Of two records the first counts: one that is there and whole stays as it is. */
async function keepRecord(folder: string, record: StageRecord): Promise<void> {
  const file = join(folder, 'record.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined && parseRecordFile(text, file, [])) return;
  await makeFolder(folder);
  await writeJson(file, record);
}

/** `name-<n>` with the n above those in use; made here, so that two imports do not share one. */
async function newRunFolder(out: string, name: string): Promise<string> {
  const runs = join(out, 'runs');
  await makeFolder(runs, 'choose another with --out');
  for (let n = nextRunNumber(await readdir(runs), name); ; n++) {
    const run = `${name}-${n}`;
    try {
      await mkdir(join(runs, run));
      return run;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
