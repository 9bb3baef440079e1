/**
 * `stages/<key>/`: what finished stages left, shared by all runs. A stage is done when, and only when, its record is
 * there and every file the record names has the recorded size and SHA-256. A claim file keeps two workers from
 * computing the same stage at once; a dead worker's claim is taken over.
 */
import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Cancelled } from '../../shared/errors';
import { RECORD_VERSION, type FileStamp, type StageRecord } from '../../shared/results/records';
import { sha256, storageError, writeFileAtomic } from './atomicFile';

const CLAIM_REFRESH_MS = 5_000;
const CLAIM_STALE_MS = 60_000;

export type StageLookup =
  | { readonly state: 'done'; readonly record: StageRecord }
  | { readonly state: 'missing' }
  /** Something is there that cannot be trusted; `reason` says what. */
  | { readonly state: 'damaged'; readonly reason: string };

export class StageStore {
  constructor(readonly root: string) {}

  folder(key: string): string {
    return path.join(this.root, 'stages', key);
  }

  file(key: string, name: string): string {
    return path.join(this.folder(key), name);
  }

  /** Reads a stage's record and verifies every file it names. */
  async lookUp(key: string): Promise<StageLookup> {
    const text = await readFile(this.file(key, 'record.json'), 'utf8').catch(() => undefined);
    if (text === undefined) return { state: 'missing' };
    const record = parseRecord(text);
    if (!record) return { state: 'damaged', reason: 'record.json is not a record' };
    if (record.version !== RECORD_VERSION) {
      return { state: 'damaged', reason: `record.json has version ${record.version}, this program reads ${RECORD_VERSION}` };
    }
    if (record.key !== key) return { state: 'damaged', reason: 'record.json belongs to another stage' };
    if (record.checksum !== recordChecksum(record)) {
      return { state: 'damaged', reason: 'record.json was edited or cut short' };
    }
    for (const [name, stamp] of Object.entries(record.files)) {
      const reason = await mismatch(this.file(key, name), stamp);
      if (reason) return { state: 'damaged', reason: `${name} ${reason}` };
    }
    return { state: 'done', record };
  }

  async writeFile(key: string, name: string, content: string | Uint8Array): Promise<FileStamp> {
    return writeFileAtomic(this.file(key, name), content);
  }

  /** The record is written last: with it the stage is done. */
  async commit(record: Omit<StageRecord, 'version' | 'checksum'>): Promise<StageRecord> {
    const unsigned = { ...record, version: RECORD_VERSION };
    const signed: StageRecord = { ...unsigned, checksum: recordChecksum(unsigned) };
    await this.writeFile(record.key, 'record.json', `${JSON.stringify(signed, null, 1)}\n`);
    return signed;
  }

  /** Forgets a damaged stage, so that it is computed again from nothing. */
  async discard(key: string): Promise<void> {
    await rm(this.file(key, 'record.json'), { force: true });
  }

  /**
   * Waits until this process owns the stage. `onWait` is called once when another live worker holds it.
   * The returned function gives it up again.
   */
  async claim(key: string, signal: AbortSignal, onWait: () => void): Promise<() => Promise<void>> {
    const file = this.file(key, 'claim.json');
    await mkdir(this.folder(key), { recursive: true }).catch((error: unknown) => {
      throw storageError(error, this.folder(key));
    });
    let waited = false;
    while (!(await createExclusive(file))) {
      if (await isStale(file)) {
        await rm(file, { force: true });
        continue;
      }
      if (!waited) onWait();
      waited = true;
      if (signal.aborted) throw new Cancelled();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const timer = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), CLAIM_REFRESH_MS);
    timer.unref();
    return async () => {
      clearInterval(timer);
      await rm(file, { force: true });
    };
  }
}

async function createExclusive(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(JSON.stringify({ pid: process.pid, host: os.hostname() }));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw storageError(error, file);
  }
}

/** A claim is stale when its process is gone (same machine) or when it has not been refreshed for a minute. */
async function isStale(file: string): Promise<boolean> {
  const info = await stat(file).catch(() => undefined);
  if (!info) return true;
  const age = Date.now() - info.mtimeMs;
  if (age > CLAIM_STALE_MS) return true;
  const text = await readFile(file, 'utf8').catch(() => '');
  const owner = parseJson(text) as { pid?: number; host?: string } | undefined;
  // A claim being written this very moment is not yet readable.
  if (typeof owner?.pid !== 'number') return age > 2_000;
  return owner.host === os.hostname() && owner.pid !== process.pid && !isAlive(owner.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function mismatch(file: string, stamp: FileStamp): Promise<string | undefined> {
  const info = await stat(file).catch(() => undefined);
  if (!info) return 'is missing';
  if (info.size !== stamp.bytes) return `has ${info.size} bytes instead of ${stamp.bytes}`;
  return (await hashFile(file)) === stamp.sha256 ? undefined : 'was changed';
}

export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

function recordChecksum(record: Omit<StageRecord, 'checksum'>): string {
  const { checksum: _ignored, ...content } = record as StageRecord;
  return sha256(new TextEncoder().encode(JSON.stringify(content)));
}

function parseRecord(text: string): StageRecord | undefined {
  const value = parseJson(text) as Partial<StageRecord> | undefined;
  const whole = value && typeof value === 'object' && typeof value.version === 'number' && value.files && value.result;
  return whole ? (value as StageRecord) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
