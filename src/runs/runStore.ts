/**
 * Reads what runs left on disk and tells what state each is in. The folders are the truth; nothing
 * is cached. Files may be missing, half-written, of another version or garbage: that is a state and a sentence, never
 * an exception. The worker is the only writer, except for the `stop` file by which anybody asks it to stop.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../shared/errors';
import type { EngineReport, RunManifest, RunStatus, StopTime } from '../shared/results/runManifest';
import type { StageRecord } from '../shared/results/records';
import { suggest } from '../shared/suggest';
import { isProcessAlive } from './processAliveNow';
import { stopText } from './requestStop';
import {
  compareRuns,
  describeUnreadable,
  ENGINE_FOLDER,
  isEngineReport,
  isManifest,
  isSafeKey,
  isStatus,
  isUnderWay,
  joinRun,
  parseRecordFile,
  parseRunFile,
  partName,
  PARTS_FOLDER,
  STOP_FILE,
  summariseRun,
  type DerivedRunState,
  type Liveness,
  type OpenRun,
  type RunFileContents,
  type RunSummary,
} from './runFiles';

export interface RunContents {
  readonly run: string;
  readonly folder: string;
  readonly state: DerivedRunState;
  readonly manifest: RunManifest | undefined;
  readonly status: RunStatus | undefined;
  /** Committed records of the run's stages, in plan order. */
  readonly records: readonly StageRecord[];
  readonly problems: readonly string[];
}

/** All runs under the `.transferscope` folder `out`, newest first. */
export function listRuns(out: string): RunSummary[] {
  const summaries = listFolders(join(out, 'runs')).map((run) => summariseRun(openRun(out, run)));
  return summaries.sort(compareRuns);
}

/** Everything a report or panel needs of one run; `run` is an exact folder name. */
export function readRun(out: string, run: string): RunContents {
  const { manifest, status, state, folder, problems: found } = openRun(out, run);
  const problems = [...found];
  const records: StageRecord[] = [];
  for (const stage of manifest?.stages ?? []) {
    if (!isSafeKey(stage.key)) {
      problems.push(`stage "${stage.id}" has an impossible key and was left out`);
      continue;
    }
    const file = join(out, 'stages', stage.key, 'record.json');
    const text = existsSync(file) ? readText(file, problems) : undefined;
    const record = text === undefined ? undefined : parseRecordFile(text, file, problems);
    if (record) records.push(record);
  }
  return { run, folder, state, manifest, status, records, problems };
}

/** Asks the worker of a run to checkpoint and stop; it looks every second or so. */
export function requestStop(out: string, run: string, when: StopTime = 'now'): void {
  const folder = join(out, 'runs', run);
  try {
    writeFileSync(join(folder, STOP_FILE), stopText(when));
  } catch (error) {
    throw new UserError('storage', `cannot write the stop request into ${folder}: ${(error as Error).message}`);
  }
}

/** Turns what a user typed into a run's folder name: the exact name, `last`, or an unambiguous beginning of it. */
export function resolveRun(out: string, typed: string): string {
  const runs = listRuns(out).map((summary) => summary.run);
  if (runs.includes(typed)) return typed;
  const newest = runs[0];
  if (newest === undefined)
    throw new UserError('config', `there are no runs in ${out}; start one with: transferscope run FILE`);
  if (typed === 'last' || typed === 'newest') return newest;
  const matches = runs.filter((run) => typed !== '' && run.startsWith(typed));
  if (matches.length === 1 && matches[0] !== undefined) return matches[0];
  if (matches.length > 1) {
    throw new UserError('config', `"${typed}" could be ${matches.slice(0, 5).join(', ')}; say which one`);
  }
  const near = suggest(typed, runs);
  const advice = near ? `did you mean "${near}"?` : 'list them with: transferscope ls';
  throw new UserError('config', `there is no run "${typed}" in ${out}; ${advice}`);
}

function openRun(out: string, run: string): OpenRun {
  const folder = join(out, 'runs', run);
  const problems: string[] = [];
  const manifest = readJson<RunManifest>({ file: join(folder, 'manifest.json'), isValid: isManifest, problems });
  const own = readJson<RunStatus>({ file: join(folder, 'status.json'), isValid: isStatus, problems });
  const life = lifeOf(own);
  const isStopAsked = existsSync(join(folder, STOP_FILE));
  const report = manifest?.engine === undefined ? undefined : readReport(folder);
  const parts = readParts(folder);
  const joined = joinRun({ manifest, own, parts, life, isStopAsked, ...(report && { report }) });
  return { run, folder, manifest, problems, ...joined };
}

function lifeOf(status: RunStatus | undefined): Liveness {
  return status && isUnderWay(status.state) ? isProcessAlive(status) : 'dead';
}

function readReport(folder: string): EngineReport | undefined {
  const file = join(folder, ENGINE_FOLDER, 'report.json');
  return existsSync(file) ? readJson<EngineReport>({ file, isValid: isEngineReport, problems: [] }) : undefined;
}

/** A part's file that cannot be read tells nothing: its stages are in the records, or are computed again. */
function readParts(folder: string): RunFileContents['parts'] {
  const parts = join(folder, PARTS_FOLDER);
  const names = existsSync(parts) ? readdirSync(parts).flatMap((file) => partName(file) ?? []) : [];
  return names.flatMap((name) => {
    const status = readJson<RunStatus>({ file: join(parts, `${name}.json`), isValid: isStatus, problems: [] });
    return status ? [{ name, status, life: lifeOf(status) }] : [];
  });
}

interface JsonSource<T> {
  readonly file: string;
  readonly isValid: (value: unknown) => value is T;
  readonly problems: string[];
}

function readJson<T>({ file, isValid, problems }: JsonSource<T>): T | undefined {
  const text = readText(file, problems);
  return text === undefined ? undefined : parseRunFile(text, file, { isValid, problems });
}

function readText(file: string, problems: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    problems.push(describeUnreadable(file, error));
    return undefined;
  }
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.') && statSync(join(folder, name)).isDirectory());
  } catch {
    // No folder means no runs; a file that vanished meanwhile means another look next time.
    return [];
  }
}
