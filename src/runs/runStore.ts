/**
 * Reads what runs left on disk (DESIGN section 4) and tells what state each is in. The folders are the truth; nothing
 * is cached. Files may be missing, half-written, of another version or garbage: that is a state and a sentence, never
 * an exception. The worker is the only writer, except for the `stop` file by which anybody asks it to stop.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../shared/errors';
import {
  RECORD_VERSION,
  type RunManifest,
  type RunState,
  type RunStatus,
  type StageRecord,
  type StageState,
} from '../shared/results/records';
import { isProcessAlive } from './processAlive';
import { suggest } from '../shared/suggest';

/** `interrupted`: says running, but its worker is gone. `unreadable`: neither manifest nor status can be read. */
export type DerivedRunState = RunState | 'interrupted' | 'unreadable';

export interface RunSummary {
  readonly run: string;
  readonly folder: string;
  readonly state: DerivedRunState;
  /** The experiment's name and file; empty when the manifest cannot be read. */
  readonly name: string;
  readonly file: string;
  readonly createdAt?: string;
  readonly finishedAt?: string;
  readonly heartbeatAt?: string;
  readonly counts: Readonly<Record<StageState, number>>;
  readonly total: number;
  readonly message?: string;
  /** What could not be read, as sentences. */
  readonly problems: readonly string[];
}

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

/** The file in a run folder by which anybody asks the run's worker to checkpoint and stop; the worker removes it. */
export const STOP_FILE = 'stop';

/** A heartbeat older than this, from a machine whose processes cannot be looked at, counts as dead. */
const REMOTE_SILENCE_MS = 5 * 60_000;
/** Longer than any silence after which a launcher kills a hanging worker. */
const LOCAL_SILENCE_MS = 15 * 60_000;

/** All runs under the `.transferscope` folder `out`, newest first. */
export function listRuns(out: string): RunSummary[] {
  const summaries = listFolders(join(out, 'runs')).map((run) => summarise(openRun(out, run)));
  return summaries.sort((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? '') || compareNames(b.run, a.run));
}

/** Everything a report or panel needs of one run; `run` is an exact folder name. */
export function readRun(out: string, run: string): RunContents {
  const { manifest, status, state, folder, problems } = openRun(out, run);
  const records: StageRecord[] = [];
  for (const stage of manifest?.stages ?? []) {
    if (!/^[\w.-]+$/.test(stage.key) || stage.key.startsWith('.')) {
      problems.push(`stage "${stage.id}" has an impossible key and was left out`);
      continue;
    }
    const file = join(out, 'stages', stage.key, 'record.json');
    const record = readJson<StageRecord>({ file, isValid: isStageRecord, problems, mayBeMissing: true });
    if (record) records.push(record);
  }
  return { run, folder, state, manifest, status, records, problems };
}

/** Asks the worker of a run to checkpoint and stop; it looks every second or so. */
export function requestStop(out: string, run: string): void {
  const folder = join(out, 'runs', run);
  try {
    writeFileSync(join(folder, STOP_FILE), `${new Date().toISOString()}\n`);
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

interface OpenRun {
  readonly run: string;
  readonly folder: string;
  readonly manifest: RunManifest | undefined;
  readonly status: RunStatus | undefined;
  readonly state: DerivedRunState;
  readonly problems: string[];
}

function openRun(out: string, run: string): OpenRun {
  const folder = join(out, 'runs', run);
  const problems: string[] = [];
  const manifest = readJson<RunManifest>({ file: join(folder, 'manifest.json'), isValid: isManifest, problems });
  const status = readJson<RunStatus>({ file: join(folder, 'status.json'), isValid: isStatus, problems });
  return { run, folder, manifest, status, problems, state: deriveState(manifest, status) };
}

function deriveState(manifest: RunManifest | undefined, status: RunStatus | undefined): DerivedRunState {
  if (!status) return manifest ? 'interrupted' : 'unreadable';
  if (status.state !== 'running' && status.state !== 'planning') return status.state;
  const silenceMs = Date.now() - Date.parse(status.heartbeatAt);
  const liveness = isProcessAlive({ pid: status.pid, host: status.host, startedAt: status.startedAt });
  if (liveness === 'dead') return 'interrupted';
  const limitMs = liveness === 'alive' ? LOCAL_SILENCE_MS : REMOTE_SILENCE_MS;
  // A heartbeat that is no date gives NaN, which is not young either.
  return silenceMs < limitMs ? status.state : 'interrupted';
}

function summarise({ run, folder, manifest, status, state, problems }: OpenRun): RunSummary {
  const counts: Record<StageState, number> = { waiting: 0, running: 0, done: 0, reused: 0, failed: 0, skipped: 0 };
  const states = manifest
    ? manifest.stages.map((stage) => status?.stages[stage.id]?.state ?? 'waiting')
    : Object.values(status?.stages ?? {}).map((stage) => stage.state);
  for (const stageState of states) if (stageState in counts) counts[stageState]++;
  return {
    run,
    folder,
    state,
    name: manifest?.name ?? '',
    file: manifest?.file ?? '',
    createdAt: manifest?.createdAt ?? status?.startedAt,
    finishedAt: manifest?.finishedAt,
    heartbeatAt: status?.heartbeatAt,
    counts,
    total: states.length,
    message: status?.message,
    problems,
  };
}

interface JsonSource<T> {
  readonly file: string;
  readonly isValid: (value: unknown) => value is T;
  readonly problems: string[];
  readonly mayBeMissing?: boolean;
}

function readJson<T>({ file, isValid, problems, mayBeMissing = false }: JsonSource<T>): T | undefined {
  let value: unknown;
  try {
    if (mayBeMissing && !existsSync(file)) return undefined;
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'is missing'
        : `cannot be read (${(error as Error).message})`;
    problems.push(`${file} ${reason}`);
    return undefined;
  }
  const version = isObject(value) && typeof value.version === 'number' ? value.version : undefined;
  if (version !== undefined && version > RECORD_VERSION) {
    problems.push(
      `${file} was written by a newer Transferscope (format ${version}, this one reads up to ${RECORD_VERSION})`,
    );
    return undefined;
  }
  if (isValid(value)) return value;
  problems.push(`${file} does not have the expected contents`);
  return undefined;
}

function isManifest(value: unknown): value is RunManifest {
  if (!isObject(value) || typeof value.version !== 'number' || !Array.isArray(value.stages)) return false;
  const hasNames = hasStrings(value, ['run', 'name', 'file', 'createdAt']);
  return hasNames && value.stages.every((stage) => isObject(stage) && hasStrings(stage, ['id', 'key', 'kind']));
}

function isStatus(value: unknown): value is RunStatus {
  if (!isObject(value) || typeof value.version !== 'number' || typeof value.pid !== 'number') return false;
  if (!isObject(value.stages) || !Object.values(value.stages).every(isObject)) return false;
  const isKnownState = ['planning', 'running', 'done', 'failed', 'stopped'].includes(String(value.state));
  return isKnownState && hasStrings(value, ['host', 'startedAt', 'heartbeatAt']);
}

function isStageRecord(value: unknown): value is StageRecord {
  if (!isObject(value) || typeof value.version !== 'number' || !isObject(value.result)) return false;
  return hasStrings(value, ['key', 'kind', 'id']) && typeof value.result.kind === 'string';
}

function hasStrings(value: Record<string, unknown>, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.') && statSync(join(folder, name)).isDirectory());
  } catch {
    // No folder means no runs; a file that vanished meanwhile means another look next time.
    return [];
  }
}

/** quick-10 after quick-9. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
