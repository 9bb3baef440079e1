/** One writer at a time among processes, by a file that only one of them can make. It outlives nobody: a dead owner's is taken away. */
import { randomUUID } from 'node:crypto';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { UserError } from '../shared/errors';
import { askSystem } from './processAlive';

/** A lock this old was left by a machine that went down. */
const LOCK_MS = 10 * 60_000;
const LOCK_POLL_MS = 100;

/** Does the work when nobody else is at it; undefined when somebody is, after waiting so long for them. */
export async function withFileLock<T>(lock: string, waitMs: number, work: () => Promise<T>): Promise<T | undefined> {
  const until = performance.now() + waitMs;
  while (!(await takeLock(lock))) {
    if (performance.now() >= until) return undefined;
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
  // Shows that it is held still; rewritten rather than touched, which would set this machine's clock.
  const timer = setInterval(() => void refresh(lock), LOCK_MS / 10).unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  const handle = await open(lock, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw new UserError('storage', `cannot write ${lock}: ${error.message}; mend that and try again`);
  });
  if (handle) {
    const owner = { pid: process.pid, host: hostname(), startedAt: new Date().toISOString() };
    await handle.writeFile(JSON.stringify(owner)).finally(() => handle.close());
    return true;
  }
  if (await isAbandoned(lock)) await rm(lock, { force: true });
  return false;
}

async function isAbandoned(lock: string): Promise<boolean> {
  const info = await stat(lock).catch(() => undefined);
  if (!info) return false;
  if ((await fileSystemTime(lock)) - info.mtimeMs > LOCK_MS) return true;
  try {
    return (
      askSystem(JSON.parse((await readFile(lock, 'utf8')).replaceAll('\0', ' ')) as Parameters<typeof askSystem>[0]) ===
      'dead'
    );
  } catch {
    return false;
  }
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
