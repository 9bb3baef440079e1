/**
 * What the runs under one `.transferscope` folder are, kept up to date for a window. Everything is read asynchronously,
 * a few files at a time, and a file that did not change is not read again. Only a reader: any number of windows may
 * index one folder. Left out: watching (watchRuns.ts), and anything that the files do not say.
 */
import type { Stats } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunManifest, RunStatus } from '../shared/results/runManifest';
import type { StageRecord } from '../shared/results/records';
import { probeProcess } from './processAlive';
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
  type Liveness,
  type RunFileContents,
  type RunSummary,
} from './runFiles';

export interface IndexedRun extends RunSummary {
  readonly manifest: RunManifest | undefined;
  readonly status: RunStatus | undefined;
}

export interface RunIndex {
  /** The `.transferscope` folder. */
  readonly out: string;
  /** Newest first. */
  runs(): readonly IndexedRun[];
  /** Looks for runs that came or went and reads what changed; says whether anything did. */
  refresh(): Promise<boolean>;
  /** Looks at these runs only. */
  update(runs: Iterable<string>): Promise<boolean>;
  /** Committed records of the stages with these keys; those that are missing are left out. */
  records(keys: Iterable<string>): Promise<StageRecords>;
}

export interface StageRecords {
  /** By key. */
  readonly records: ReadonlyMap<string, StageRecord>;
  /** Records that are there and do not count (unreadable, edited), by key, with the reason. */
  readonly damaged: ReadonlyMap<string, string>;
}

/** Files read at once: enough to hide a slow disk, few enough to leave the event loop alone. */
const PARALLEL = 8;

export function createRunIndex(out: string): RunIndex {
  return new FolderIndex(out);
}

class FolderIndex implements RunIndex {
  private readonly known = new Map<string, IndexedRun>();
  private readonly files = new FileCache();
  private sorted: readonly IndexedRun[] | undefined;
  /** Updates follow one another: an older reading must not overwrite a newer one. */
  private tail: Promise<unknown> = Promise.resolve();

  constructor(readonly out: string) {}

  runs(): readonly IndexedRun[] {
    this.sorted ??= [...this.known.values()].sort(compareRuns);
    return this.sorted;
  }

  refresh(): Promise<boolean> {
    return this.enqueue(async () => {
      const found = await listRunFolders(join(this.out, 'runs'));
      return this.readAll(new Set([...found, ...this.known.keys()]));
    });
  }

  update(runs: Iterable<string>): Promise<boolean> {
    const names = new Set([...runs].filter(isSafeKey));
    return this.enqueue(() => this.readAll(names));
  }

  async records(keys: Iterable<string>): Promise<StageRecords> {
    const records = new Map<string, StageRecord>();
    const damaged = new Map<string, string>();
    await forEachInParallel([...new Set(keys)].filter(isSafeKey), async (key) => {
      const file = join(this.out, 'stages', key, 'record.json');
      const { value, problems, isThere } = await this.files.read(file, parseRecordFile);
      if (value) records.set(key, value);
      else if (isThere) damaged.set(key, problems[0] ?? `${file} cannot be read`);
    });
    return { records, damaged };
  }

  private enqueue(work: () => Promise<boolean>): Promise<boolean> {
    const result = this.tail.then(work);
    this.tail = result.catch(() => undefined);
    return result;
  }

  private async readAll(runs: ReadonlySet<string>): Promise<boolean> {
    let isChanged = false;
    await forEachInParallel([...runs], async (run) => {
      const before = this.known.get(run);
      const after = await this.readRun(run);
      if (after === undefined) this.known.delete(run);
      else this.known.set(run, after);
      isChanged ||= !isSame(before, after);
    });
    if (isChanged) this.sorted = undefined;
    return isChanged;
  }

  private async readRun(run: string): Promise<IndexedRun | undefined> {
    const folder = join(this.out, 'runs', run);
    const [manifest, own] = await Promise.all([
      this.files.read(join(folder, 'manifest.json'), parseAs(isManifest)),
      this.files.read(join(folder, 'status.json'), parseAs(isStatus)),
    ]);
    if (!manifest.isThere && !own.isThere && !(await isFolder(folder))) return undefined;
    const contents: RunFileContents = {
      manifest: manifest.value,
      own: own.value,
      life: await lifeOf(own.value),
      parts: await this.readParts(join(folder, PARTS_FOLDER)),
      isStopAsked: (await stat(join(folder, STOP_FILE)).catch(() => undefined)) !== undefined,
      ...(manifest.value?.engine !== undefined && (await this.readReport(folder))),
    };
    const joined = joinRun(contents);
    const status = keepSame(this.known.get(run)?.status, joined.status);
    const problems = [...manifest.problems, ...own.problems];
    const open = { run, folder, manifest: manifest.value, status, state: joined.state };
    return { ...summariseRun({ ...open, problems }), manifest: manifest.value, status };
  }

  private async readParts(folder: string): Promise<RunFileContents['parts']> {
    const names = (await readdir(folder).catch(() => [])).flatMap((file) => partName(file) ?? []);
    const parts: RunFileContents['parts'][number][] = [];
    for (const name of names.sort()) {
      const { value: status } = await this.files.read(join(folder, `${name}.json`), parseAs(isStatus));
      if (status) parts.push({ name, status, life: await lifeOf(status) });
    }
    return parts;
  }

  private async readReport(folder: string): Promise<Pick<RunFileContents, 'report'>> {
    const { value } = await this.files.read(join(folder, ENGINE_FOLDER, 'report.json'), parseAs(isEngineReport));
    return value ? { report: value } : {};
  }
}

interface CachedFile {
  readonly stamp: string;
  readonly value: unknown;
  readonly problems: readonly string[];
}

interface ReadFile<T> {
  readonly value: T | undefined;
  readonly problems: readonly string[];
  readonly isThere: boolean;
}

/** The value of a text, or undefined with a sentence in `problems`. */
type Parse<T> = (text: string, file: string, problems: string[]) => T | undefined;

const parseAs =
  <T>(isValid: (value: unknown) => value is T): Parse<T> =>
  (text, file, problems) =>
    parseRunFile(text, file, { isValid, problems });

/** Parsed files by path; read again when size, time or identity on disk differ. */
class FileCache {
  private readonly cached = new Map<string, CachedFile>();

  async read<T>(file: string, parse: Parse<T>): Promise<ReadFile<T>> {
    try {
      let entry = this.cached.get(file);
      if (entry === undefined || entry.stamp !== stampOf(await stat(file))) {
        const { stamp, text } = await readStamped(file);
        const problems: string[] = [];
        entry = { stamp, value: parse(text, file, problems), problems };
        this.cached.set(file, entry);
      }
      return { value: entry.value as T | undefined, problems: entry.problems, isThere: true };
    } catch (error) {
      this.cached.delete(file);
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      return { value: undefined, problems: [describeUnreadable(file, error)], isThere: !isMissing };
    }
  }
}

function stampOf({ size, mtimeMs, ino }: Stats): string {
  return `${size} ${mtimeMs} ${ino}`;
}

/** With the stamp of the very file that was read. By one handle: of 10,000 records `stat` and `readFile` take half as long again. */
async function readStamped(file: string): Promise<{ readonly stamp: string; readonly text: string }> {
  const handle = await open(file);
  try {
    const info = await handle.stat();
    const bytes = Buffer.allocUnsafe(info.size);
    let length = 0;
    for (let more = info.size; more > 0 && length < info.size; length += more)
      more = (await handle.read(bytes, length, info.size - length, length)).bytesRead;
    return { stamp: stampOf(info), text: bytes.toString('utf8', 0, length) };
  } finally {
    await handle.close();
  }
}

async function lifeOf(status: RunStatus | undefined): Promise<Liveness> {
  return status && isUnderWay(status.state) ? probeProcess(status) : 'dead';
}

/** Joining several files makes a new object each time; identity tells of changes, so an equal one is kept. */
function keepSame(before: RunStatus | undefined, now: RunStatus | undefined): RunStatus | undefined {
  if (before === now || before === undefined) return now;
  return JSON.stringify(before) === JSON.stringify(now) ? before : now;
}

/** A parsed file is the same object until it is read again, so identity tells of changes. */
function isSame(a: IndexedRun | undefined, b: IndexedRun | undefined): boolean {
  if (!a || !b) return a === b;
  return a.manifest === b.manifest && a.status === b.status && a.state === b.state && a.folder === b.folder;
}

async function listRunFolders(folder: string): Promise<string[]> {
  // No folder means no runs.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && isSafeKey(entry.name)).map(({ name }) => name);
}

async function isFolder(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.isDirectory() ?? false;
}

async function forEachInParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next++];
      if (item !== undefined) await work(item);
      // Parsing is synchronous: let others have their turn between two runs.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, lane));
}
