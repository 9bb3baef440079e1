/**
 * What the files of a run folder hold, once read: checks of their contents, the state a run is in, its summary. Pure but
 * for the clock, so that the command line (which reads at once) and the editor (which must not block) judge alike.
 * Files may be missing, half-written, of another version or garbage: that is a state and a sentence, never an exception.
 */
import { createHash } from 'node:crypto';
import { RECORD_VERSION, type StageRecord } from '../shared/results/records';
import type {
  EngineReport,
  RunManifest,
  RunState,
  RunStatus,
  RunStatusProgress,
  StageState,
} from '../shared/results/runManifest';
import { joinParts } from './joinParts';
import { checkedText } from '../shared/results/recordChecksum';

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
  /** While it goes on, and as far as its status tells. */
  readonly progress?: RunStatusProgress;
  readonly message?: string;
  /** Where its results were made, if they were not made here. */
  readonly importedFrom?: string;
  /** What could not be read, as sentences. */
  readonly problems: readonly string[];
}

/** Both files of a run as far as they could be read. */
export interface OpenRun {
  readonly run: string;
  readonly folder: string;
  readonly manifest: RunManifest | undefined;
  /** Of all workers together. */
  readonly status: RunStatus | undefined;
  readonly state: DerivedRunState;
  readonly problems: readonly string[];
}

/** Whether the process that wrote a status file still runs; `unknown` when it belongs to another machine. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** Folder in a run folder with a status file for each worker that takes part. */
export const PARTS_FOLDER = 'parts';
/** Folder in a run folder with what an engine knows of it: submissions, and what it said when it was last asked. */
export const ENGINE_FOLDER = 'engine';

/** Name of the part whose status file this is; undefined for other files. */
export function partName(file: string): string | undefined {
  return file.endsWith('.json') && isSafeKey(file) ? file.slice(0, -'.json'.length) : undefined;
}

/** The file in a run folder by which anybody asks the run's worker to checkpoint and stop; the worker removes it. */
export const STOP_FILE = 'stop';

/** A heartbeat older than this, from a machine whose processes cannot be looked at, counts as dead. */
const REMOTE_SILENCE_MS = 5 * 60_000;
/** Longer than any silence after which a launcher kills a hanging worker. */
const LOCAL_SILENCE_MS = 15 * 60_000;

/** The files of a run that says what it is by several of them. */
export interface RunFileContents {
  readonly manifest: RunManifest | undefined;
  readonly own: RunStatus | undefined;
  readonly parts: readonly { readonly name: string; readonly status: RunStatus; readonly life: Liveness }[];
  readonly report?: EngineReport;
  readonly isStopAsked: boolean;
  /** Of the process of `own`; of no account where it does not claim to go on. */
  readonly life: Liveness;
}

/** What all files together say. */
export function joinRun({ manifest, own, parts, life, report, isStopAsked }: RunFileContents): {
  readonly status: RunStatus | undefined;
  readonly state: DerivedRunState;
} {
  if (!own) return { status: undefined, state: manifest ? 'interrupted' : 'unreadable' };
  const judged = parts.map(({ name, status, life }) => ({ name, status, isLive: isLive(status, life) }));
  const joined = joinParts({ manifest, own, parts: judged, isStopAsked, ...(report && { report }) });
  // A cluster's run has no worker of its own that could be gone.
  const isGone = manifest?.engine === undefined && isUnderWay(own.state) && !isLive(own, life);
  return isGone ? { ...joined, state: 'interrupted' } : joined;
}

function isLive(status: RunStatus, life: Liveness): boolean {
  if (!isUnderWay(status.state) || life === 'dead') return false;
  const limitMs = life === 'alive' ? LOCAL_SILENCE_MS : REMOTE_SILENCE_MS;
  // A heartbeat that is no date gives NaN, which is not young either.
  return Date.now() - Date.parse(status.heartbeatAt) < limitMs;
}

export function isUnderWay(state: DerivedRunState): state is 'planning' | 'submitted' | 'running' {
  return state === 'planning' || state === 'submitted' || state === 'running';
}

export function summariseRun({ run, folder, manifest, status, state, problems }: OpenRun): RunSummary {
  const counts: Record<StageState, number> = { waiting: 0, running: 0, done: 0, reused: 0, failed: 0, skipped: 0 };
  const states = manifest
    ? manifest.stages.map((stage) => status?.stages[stage.id]?.state ?? 'waiting')
    : Object.values(status?.stages ?? {}).map((stage) => stage.state);
  const progress = isUnderWay(state) ? readProgress(status?.progress) : undefined;
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
    ...(progress && { progress }),
    ...(manifest?.imported && { importedFrom: manifest.imported.source }),
    message: status?.message,
    problems,
  };
}

/** The file may hold anything; what is not as it should be is left out. */
function readProgress(value: unknown): RunStatusProgress | undefined {
  if (!isObject(value) || !isCount(value.fraction) || value.fraction > 1) return undefined;
  const { fraction, stage, done, total, unit, secondsLeft, beside } = value;
  const isCounted = isCount(done) && isCount(total) && typeof unit === 'string';
  return {
    fraction,
    ...(typeof stage === 'string' && { stage }),
    ...(isCounted && { done, total, unit }),
    ...(isCount(secondsLeft) && { secondsLeft }),
    ...(Array.isArray(beside) && { beside: beside.flatMap(readBeside) }),
  };
}

function readBeside(value: unknown): NonNullable<RunStatusProgress['beside']> {
  if (!isObject(value) || typeof value.stage !== 'string') return [];
  const { stage, done, total } = value;
  return [{ stage, ...(isCount(done) && isCount(total) && { done, total }) }];
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** Newest first; quick-10 counts as newer than quick-9. */
export function compareRuns(a: RunSummary, b: RunSummary): number {
  return (b.createdAt ?? '').localeCompare(a.createdAt ?? '') || b.run.localeCompare(a.run, 'en', { numeric: true });
}

/** A stage's key becomes part of a path: it must not lead anywhere else. */
export function isSafeKey(key: string): boolean {
  return /^[\w.-]+$/.test(key) && !key.startsWith('.');
}

/** A record as its worker wrote it, or undefined with a sentence: an edited one is no result. */
export function parseRecordFile(text: string, file: string, problems: string[]): StageRecord | undefined {
  const record = parseRunFile(text, file, { isValid: isStageRecord, problems });
  // Node's own hash is ten times as fast as the portable one, which counts with thousands of records.
  if (!record || record.checksum === createHash('sha256').update(checkedText(record)).digest('hex')) return record;
  problems.push(`${file} was edited or cut short, so its result does not count; run again to compute it anew`);
  return undefined;
}

/** The value in the text of `file`, or undefined with a sentence added to `problems`. */
export function parseRunFile<T>(
  text: string,
  file: string,
  expected: { readonly isValid: (value: unknown) => value is T; readonly problems: string[] },
): T | undefined {
  const { isValid, problems } = expected;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    problems.push(describeUnreadable(file, error));
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

export function describeUnreadable(file: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return `${file} ${code === 'ENOENT' ? 'is missing' : `cannot be read (${message})`}`;
}

export function isManifest(value: unknown): value is RunManifest {
  if (!isObject(value) || typeof value.version !== 'number' || !Array.isArray(value.stages)) return false;
  const hasNames = hasStrings(value, ['run', 'name', 'file', 'createdAt']);
  return hasNames && value.stages.every((stage) => isObject(stage) && hasStrings(stage, ['id', 'key', 'kind']));
}

export function isStatus(value: unknown): value is RunStatus {
  if (!isObject(value) || typeof value.version !== 'number' || typeof value.pid !== 'number') return false;
  if (!isObject(value.stages) || !Object.values(value.stages).every(isObject)) return false;
  const isKnownState = ['planning', 'submitted', 'running', 'done', 'failed', 'stopped'].includes(String(value.state));
  return isKnownState && hasStrings(value, ['host', 'startedAt', 'heartbeatAt']);
}

export function isEngineReport(value: unknown): value is EngineReport {
  if (!isObject(value) || !isObject(value.stages) || !hasStrings(value, ['engine', 'at'])) return false;
  return ['active', 'idle', 'blind'].includes(String(value.state)) && Object.values(value.stages).every(isObject);
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
