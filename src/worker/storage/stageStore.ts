/**
 * `stages/<key>/`: what finished stages left, shared by all runs. A stage is done when, and only when, its record is
 * there and every file the record names has the recorded size and SHA-256. A claim file keeps two workers from
 * computing the same stage at once; a dead worker's claim is taken over.
 */
import { createReadStream } from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Cancelled } from '../../shared/errors';
import { RECORD_VERSION, type FileStamp, type StageRecord } from '../../shared/results/records';
import { recordChecksum } from '../../shared/results/recordChecksum';
import { makeFolder, storageError, sweepTemporaryFiles, writeFileAtomic } from './atomicFile';

const CLAIM_FILE = 'claim.json';
const CLAIM_REFRESH_MS = 5_000;
/** How long a lock on a takeover may be held. */
const TAKEOVER_MS = 10_000;
const CLAIM_STALE_MS = 60_000;
const CLAIM_POLL_MS = 500;

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
      return {
        state: 'damaged',
        reason: `record.json has version ${record.version}, this program reads ${RECORD_VERSION}`,
      };
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
    const file = this.file(key, 'record.json');
    await rm(file, { force: true }).catch((error: unknown) => {
      throw storageError(error, file);
    });
  }

  /** Removes what a worker that was killed on its last steps left beside a finished record. */
  async sweepFinished(key: string): Promise<void> {
    await rm(this.file(key, CLAIM_FILE), { force: true }).catch(() => undefined);
    await sweepTemporaryFiles(this.folder(key));
  }

  /**
   * Waits until this process owns the stage. `onWait` is called once when another live worker holds it.
   * The returned function gives it up again.
   */
  async claim(key: string, signal: AbortSignal, onWait: () => void): Promise<() => Promise<void>> {
    const file = this.file(key, CLAIM_FILE);
    await makeFolder(this.folder(key)).catch((error: unknown) => {
      throw storageError(error, this.folder(key));
    });
    let waited = false;
    while (!(await createExclusive(file))) {
      const found = await inspectClaim(file);
      if (found.state === 'stale') await removeStale(file, found.text);
      if (found.state !== 'live') continue;
      if (!waited) onWait();
      waited = true;
      if (signal.aborted) throw new Cancelled();
      await new Promise((resolve) => setTimeout(resolve, CLAIM_POLL_MS));
    }
    const timer = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), CLAIM_REFRESH_MS);
    timer.unref();
    await sweepTemporaryFiles(this.folder(key));
    return async () => {
      clearInterval(timer);
      await rm(file, { force: true });
    };
  }
}

/** Whether this process made the claim; no half-written claim stays behind. */
async function createExclusive(file: string): Promise<boolean> {
  const handle = await open(file, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw storageError(error, file);
  });
  if (!handle) return false;
  try {
    await handle.writeFile(JSON.stringify({ pid: process.pid, host: os.hostname(), token: randomUUID() }));
    await handle.close();
    return true;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(file, { force: true });
    throw storageError(error, file);
  }
}

type ClaimState = { readonly state: 'live' | 'gone' } | { readonly state: 'stale'; readonly text: string };

/** A claim is stale when its process is gone (same machine) or when it has not been refreshed for a minute. */
async function inspectClaim(file: string): Promise<ClaimState> {
  const info = await stat(file).catch(() => undefined);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (!info || text === undefined) return { state: 'gone' };
  const age = Date.now() - info.mtimeMs;
  const owner = parseJson(text) as { pid?: number; host?: string } | undefined;
  const isGone =
    typeof owner?.pid === 'number'
      ? owner.host === os.hostname() && owner.pid !== process.pid && !isAlive(owner.pid)
      : age > 2_000; // being written this very moment, it is not yet readable
  return isGone || age > CLAIM_STALE_MS ? { state: 'stale', text } : { state: 'live' };
}

/**
 * Removes a dead worker's claim. Several workers may find it at once, and the slower ones must not remove the new claim
 * of the fastest: one at a time looks again and removes, under a lock of its own.
 */
async function removeStale(file: string, stale: string): Promise<void> {
  const lock = `${file}.takeover`;
  const handle = await open(lock, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw storageError(error, lock);
  });
  if (!handle) return removeAbandonedLock(lock);
  try {
    await handle.close();
    const present = await readFile(file, 'utf8').catch(() => undefined);
    if (present === stale) await rm(file, { force: true });
  } finally {
    await rm(lock, { force: true });
  }
}

/** The lock is held for milliseconds; an old one belongs to a worker that was killed while it held it. */
async function removeAbandonedLock(lock: string): Promise<void> {
  const info = await stat(lock).catch(() => undefined);
  if (info && Date.now() - info.mtimeMs > TAKEOVER_MS) await rm(lock, { force: true });
  await new Promise((resolve) => setTimeout(resolve, 5));
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
