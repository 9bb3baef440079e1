/** One writer at a time among processes, by a file that only one of them can make. It outlives nobody: a dead owner's is taken away. */
import { randomUUID } from 'node:crypto';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { UserError } from '../shared/errors';
import { askSystem } from './processAlive';

/** A lock this old was left by a machine that went down. */
const LOCK_MS = 10 * 60_000;
const LOCK_POLL_MS = 50;
/** Asking the file system for a lock's age means writing; many who wait would keep the owner from its work. */
const AGE_POLL_MS = 2_000;
/** Writing one's name into a lock, or taking an abandoned one away, lasts milliseconds; who needs longer was killed at it. */
const TAKEOVER_MS = 10_000;

type Owner = Parameters<typeof askSystem>[0] & { readonly token?: string };

/** Does the work when nobody else is at it; undefined when somebody is, after waiting so long for them. */
export async function withFileLock<T>(lock: string, waitMs: number, work: () => Promise<T>): Promise<T | undefined> {
  const until = performance.now() + waitMs;
  const token = randomUUID();
  let ageAskedAt = Number.NEGATIVE_INFINITY;
  while (!(await takeLock(lock, token))) {
    const now = performance.now();
    const asksAge = now - ageAskedAt >= AGE_POLL_MS;
    if (asksAge) ageAskedAt = now;
    if (await isAbandoned(lock, asksAge)) await removeAbandoned(lock);
    if (performance.now() >= until) return undefined;
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
  // Shows that it is held still; rewritten rather than touched, which would set this machine's clock.
  const timer = setInterval(() => void refresh(lock), LOCK_MS / 10).unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    // Another's, where this one was held to be dead and taken over.
    if ((await readOwner(lock))?.token === token) await rm(lock, { force: true });
  }
}

async function takeLock(lock: string, token: string): Promise<boolean> {
  const handle = await open(lock, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw new UserError('storage', `cannot write ${lock}: ${error.message}; mend that and try again`);
  });
  if (!handle) return false;
  const owner = { token, pid: process.pid, host: hostname(), startedAt: new Date().toISOString() };
  await handle.writeFile(JSON.stringify(owner)).finally(() => handle.close());
  return true;
}

/** One at a time looks again and removes, so that a slower one does not remove the lock that a faster one has taken since. */
async function removeAbandoned(lock: string): Promise<void> {
  const takeover = `${lock}.takeover`;
  const handle = await open(takeover, 'wx').catch(() => undefined);
  if (!handle) {
    if ((await ageOf(takeover)) > TAKEOVER_MS) await rm(takeover, { force: true });
    return;
  }
  try {
    await handle.close();
    if (await isAbandoned(lock, true)) await rm(lock, { force: true });
  } finally {
    await rm(takeover, { force: true });
  }
}

async function isAbandoned(lock: string, asksAge: boolean): Promise<boolean> {
  const owner = await readOwner(lock);
  if (owner !== undefined && askSystem(owner) === 'dead') return true;
  return asksAge && (await ageOf(lock)) > (owner === undefined ? TAKEOVER_MS : LOCK_MS);
}

/** Undefined for a lock that is gone or damaged, or whose owner has not written its name yet. */
async function readOwner(lock: string): Promise<Owner | undefined> {
  try {
    const owner = JSON.parse((await readFile(lock, 'utf8')).replaceAll('\0', ' ')) as Owner | null;
    return typeof owner?.pid === 'number' ? owner : undefined;
  } catch {
    return undefined;
  }
}

/** ms since the file was written; NaN where it is gone or nobody can tell. */
async function ageOf(file: string): Promise<number> {
  const info = await stat(file).catch(() => undefined);
  return info ? (await fileSystemTime(file)) - info.mtimeMs : Number.NaN;
}

/** Clocks of machines differ: what a file is dated by is the clock of the file system. */
async function fileSystemTime(beside: string): Promise<number> {
  const probe = `${beside}.${randomUUID()}.tmp`;
  try {
    await writeFile(probe, '');
    return (await stat(probe)).mtimeMs;
  } catch {
    return Number.NaN;
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

async function refresh(lock: string): Promise<void> {
  const handle = await open(lock, 'r+').catch(() => undefined);
  // Blanks behind the JSON.
  await handle?.truncate((await handle.stat()).size + 1).catch(() => undefined);
  await handle?.close().catch(() => undefined);
}
