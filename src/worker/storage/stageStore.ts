/**
 * `stages/<key>/`: what finished stages left, shared by all runs. A stage is done when, and only when, its record is
 * there and every file the record names has the recorded size and SHA-256. A claim (stageClaim.ts) keeps two workers from
 * computing the same stage at once.
 */
import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { RECORD_VERSION, type FileStamp, type StageRecord } from '../../shared/results/records';
import { recordChecksum } from '../../shared/results/recordChecksum';
import { makeFolder, storageError, sweepTemporaryFiles, writeFileAtomic, writeFileOnce } from './atomicFile';
import { tryClaim, waitForClaim, type JobIdentity, type StageClaim } from './stageClaim';

const CLAIM_FILE = 'claim.json';

export type StageLookup =
  | { readonly state: 'done'; readonly record: StageRecord }
  | { readonly state: 'missing' }
  /** Something is there that cannot be trusted; `reason` says what. */
  | { readonly state: 'damaged'; readonly reason: string };

export class StageStore {
  private readonly claims = new Map<string, StageClaim>();

  /** `identity`: of the cluster's job that this worker is. */
  constructor(
    readonly root: string,
    private readonly identity?: JobIdentity,
  ) {}

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
      const reason = await fileMismatch(this.file(key, name), stamp);
      if (reason) return { state: 'damaged', reason: `${name} ${reason}` };
    }
    return { state: 'done', record };
  }

  async writeFile(key: string, name: string, content: string | Uint8Array): Promise<FileStamp> {
    await this.requireOwned(key);
    return writeFileAtomic(this.file(key, name), content);
  }

  /** The record is written last: with it the stage is done. Of two workers that finish one stage the first counts. */
  async commit(record: Omit<StageRecord, 'version' | 'checksum'>): Promise<StageRecord> {
    const unsigned = { ...record, version: RECORD_VERSION };
    const signed: StageRecord = { ...unsigned, checksum: recordChecksum(unsigned) };
    const file = this.file(record.key, 'record.json');
    const text = `${JSON.stringify(signed, null, 1)}\n`;
    await this.requireOwned(record.key);
    if (await writeFileOnce(file, text)) return signed;
    const other = await this.lookUp(record.key);
    if (other.state === 'done') return other.record;
    await writeFileAtomic(file, text);
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

  /** Waits until this process owns the stage; `onWait` is called once when another live worker holds it. */
  async claim(key: string, signal: AbortSignal, onWait: () => void): Promise<StageClaim> {
    await this.makeStageFolder(key);
    return this.keep(key, await waitForClaim({ ...this.claimFile(key), signal, onWait }));
  }

  /** The claim, or undefined when another live worker holds it. */
  async tryClaim(key: string): Promise<StageClaim | undefined> {
    await this.makeStageFolder(key);
    const claim = await tryClaim(this.claimFile(key));
    return claim && this.keep(key, claim);
  }

  /** Throws `Fenced` when another worker has taken over a stage that this one had claimed. */
  async requireOwned(key: string): Promise<void> {
    await this.claims.get(key)?.requireOwned();
  }

  private claimFile(key: string) {
    return { file: this.file(key, CLAIM_FILE), ...(this.identity && { identity: this.identity }) };
  }

  private async makeStageFolder(key: string): Promise<void> {
    await makeFolder(this.folder(key)).catch((error: unknown) => {
      throw storageError(error, this.folder(key));
    });
  }

  private async keep(key: string, claim: StageClaim): Promise<StageClaim> {
    this.claims.set(key, claim);
    await sweepTemporaryFiles(this.folder(key));
    return {
      lost: claim.lost,
      requireOwned: () => claim.requireOwned(),
      release: async () => {
        this.claims.delete(key);
        await claim.release();
      },
    };
  }
}

/** How a file differs from what was written; undefined when it does not. */
export async function fileMismatch(file: string, stamp: FileStamp): Promise<string | undefined> {
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
