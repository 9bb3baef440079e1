/**
 * `claim.json` of a stage: who computes it. It keeps two workers from doing the same work, and it is a fence: a worker that
 * was taken for dead (a frozen process, a machine cut off the network) finds another's token in it and must not write any
 * more. How old a claim is is told by the clock of the file system alone, since clocks of machines differ.
 */
import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import os from 'node:os';
import { Cancelled } from '../../shared/errors';
import { hasNoLinks, storageError } from './atomicFile';

const REFRESH_MS = 5_000;
const STALE_MS = 60_000;
const UNFINISHED_MS = 2_000;
const POLL_MS = 500;
/** How long a lock on a takeover may be held. */
const TAKEOVER_MS = 10_000;

/** Another worker has the stage now; what this one would write must not be written. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
  constructor() {
    super('another worker has taken over this stage');
  }
}

/** A job of a cluster that may be started several times; the newest start replaces the others. */
export interface JobIdentity {
  readonly job: string;
  readonly restart: number;
}

interface Owner extends Partial<JobIdentity> {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

export interface StageClaim {
  /** Aborted when somebody else turns out to have the stage. */
  readonly lost: AbortSignal;
  /** Throws `Fenced` when the claim is not this worker's any more. */
  requireOwned(): Promise<void>;
  release(): Promise<void>;
}

export interface ClaimOptions {
  readonly file: string;
  readonly signal: AbortSignal;
  /** Called once when another live worker holds it. */
  readonly onWait: () => void;
  readonly identity?: JobIdentity;
}

/** Waits until this process owns the stage. Throws `Cancelled` when it is to stop meanwhile. */
export async function waitForClaim(options: ClaimOptions): Promise<StageClaim> {
  for (let waited = false; ; waited = true) {
    const claim = await tryClaim(options);
    if (claim) return claim;
    if (!waited) options.onWait();
    if (options.signal.aborted) throw new Cancelled();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The claim, or undefined when another live worker has it. */
export async function tryClaim({
  file,
  identity,
}: Pick<ClaimOptions, 'file' | 'identity'>): Promise<StageClaim | undefined> {
  for (;;) {
    const owner: Owner = { pid: process.pid, host: os.hostname(), token: randomUUID(), ...identity };
    const madeAt = await createClaim(file, owner);
    if (madeAt === undefined) return new OwnClaim(file, owner.token);
    const found = await inspectClaim(file, madeAt, identity);
    if (found === 'live') return undefined;
    if (found !== 'gone') await removeStale(file, found.stale, madeAt);
  }
}

/** `now`: the time by the clock of the file system. */
async function inspectClaim(
  file: string,
  now: number,
  identity: JobIdentity | undefined,
): Promise<'live' | 'gone' | { readonly stale: string }> {
  const info = await stat(file).catch(() => undefined);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (!info || text === undefined) return 'gone';
  const age = now - info.mtimeMs;
  const owner = parseOwner(text);
  // One that is being written this very moment is not yet readable.
  const isReplaced = owner ? isOver(owner, identity) : age > UNFINISHED_MS;
  return isReplaced || age > STALE_MS ? { stale: text } : 'live';
}

/** Its process is gone (on this machine), or its job was started anew. */
function isOver(owner: Owner, identity: JobIdentity | undefined): boolean {
  if (identity && owner.job === identity.job && (owner.restart ?? 0) < identity.restart) return true;
  return owner.host === os.hostname() && owner.pid !== process.pid && !isAlive(owner.pid);
}

class OwnClaim implements StageClaim {
  readonly lost: AbortSignal;
  private readonly losing = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private refreshes = 0;

  constructor(
    private readonly file: string,
    private readonly token: string,
  ) {
    this.lost = this.losing.signal;
    this.timer = setInterval(() => void this.refresh(), REFRESH_MS).unref();
  }

  async requireOwned(): Promise<void> {
    if (!this.lost.aborted && (await this.isOwned())) return;
    this.losing.abort();
    throw new Fenced();
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    if (await this.isOwned()) await rm(this.file, { force: true });
  }

  /** Written anew rather than touched: a touch would set this machine's clock, and others' clocks differ. */
  private async refresh(): Promise<void> {
    if (!(await this.isOwned())) return this.losing.abort();
    const handle = await open(this.file, 'r+').catch(() => undefined);
    // One blank more or less behind the JSON.
    await handle?.truncate((await handle.stat()).size + (this.refreshes++ % 2 === 0 ? 1 : -1)).catch(() => undefined);
    await handle?.close().catch(() => undefined);
  }

  private async isOwned(): Promise<boolean> {
    const text = await readFile(this.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      // A file system that cannot answer now says nothing about who has the claim.
      return error.code === 'ENOENT' ? '' : undefined;
    });
    return text === undefined || parseOwner(text)?.token === this.token;
  }
}

/**
 * Undefined when this process made the claim, which appears whole, under its name, or not at all; else the time of the
 * attempt by the clock of the file system, by which the age of the other's claim is told.
 */
async function createClaim(file: string, owner: Owner): Promise<number | undefined> {
  const temporary = `${file}.${owner.token}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    const { mtimeMs } = await writeClaim(handle, owner).finally(() => handle.close());
    return (await linkOrCreate(temporary, file, JSON.stringify(owner))) ? undefined : mtimeMs;
  } catch (error) {
    // Its owner sweeps temporary files away when it begins, ours among them: look again at who that is.
    const isSwept = (error as NodeJS.ErrnoException).syscall === 'link';
    if (isSwept && (error as NodeJS.ErrnoException).code === 'ENOENT') return createClaim(file, owner);
    throw storageError(error, file);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function writeClaim(handle: FileHandle, owner: Owner): Promise<Stats> {
  await handle.writeFile(JSON.stringify(owner));
  return handle.stat();
}

async function linkOrCreate(temporary: string, file: string, text: string): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!hasNoLinks(code)) throw error;
  }
  const handle = await open(file, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  });
  await handle?.writeFile(text).finally(() => handle.close());
  return handle !== undefined;
}

/**
 * Removes a dead worker's claim. Several workers may find it at once, and the slower ones must not remove the new claim
 * of the fastest: one at a time looks again and removes, under a lock of its own.
 */
async function removeStale(file: string, stale: string, now: number): Promise<void> {
  const lock = `${file}.takeover`;
  const handle = await open(lock, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw storageError(error, lock);
  });
  if (!handle) return removeAbandonedLock(lock, now);
  try {
    await handle.close();
    const present = await readFile(file, 'utf8').catch(() => undefined);
    if (present === stale) await rm(file, { force: true });
  } finally {
    await rm(lock, { force: true });
  }
}

/** The lock is held for milliseconds; an old one belongs to a worker that was killed while it held it. */
async function removeAbandonedLock(lock: string, now: number): Promise<void> {
  const info = await stat(lock).catch(() => undefined);
  if (info && now - info.mtimeMs > TAKEOVER_MS) await rm(lock, { force: true });
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

function parseOwner(text: string): Owner | undefined {
  try {
    const value = JSON.parse(text.replaceAll('\0', ' ')) as Partial<Owner> | null;
    return typeof value?.pid === 'number' ? (value as Owner) : undefined;
  } catch {
    return undefined;
  }
}
