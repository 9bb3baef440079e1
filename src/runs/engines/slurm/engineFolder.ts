/** `engine/` of a run folder: what was asked for, what was submitted, what Slurm said. Whoever writes holds its lock. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../../shared/errors';
import type { EngineReport } from '../../../shared/results/records';
import { SUBMISSION_VERSION, type EngineRequest, type Submission } from '../../../shared/results/submission';
import { askSystem } from '../../processAlive';
import { ENGINE_FOLDER, isEngineReport } from '../../runFiles';
import { writeJson, writeWhole } from '../../writeWhole';

export const JOB_PREFIX = 'ts-';
/** A lock this old was left by a machine that went down. */
const LOCK_MS = 10 * 60_000;
const LOCK_POLL_MS = 100;

export class EngineFolder {
  readonly path: string;
  readonly logs: string;

  constructor(runFolder: string) {
    this.path = join(runFolder, ENGINE_FOLDER);
    this.logs = join(runFolder, 'logs');
  }

  async make(): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await mkdir(this.logs, { recursive: true });
  }

  /** Undefined for a run that was never submitted. */
  async request(): Promise<EngineRequest | undefined> {
    const value = await this.read<EngineRequest>('request.json');
    if (value && value.version !== SUBMISSION_VERSION)
      throw new UserError(
        'storage',
        `${this.path} was written by another version of Transferscope; submit the run again`,
      );
    return value;
  }

  writeRequest(request: EngineRequest): Promise<void> {
    return writeJson(join(this.path, 'request.json'), request);
  }

  async report(): Promise<EngineReport | undefined> {
    const value = await this.read<unknown>('report.json');
    return isEngineReport(value) ? value : undefined;
  }

  writeReport(report: EngineReport): Promise<void> {
    return writeJson(join(this.path, 'report.json'), report);
  }

  /** In the order in which they were written. */
  async submissions(): Promise<Submission[]> {
    const names = (await readdir(this.path).catch(() => [])).filter(
      (name) => name.startsWith(JOB_PREFIX) && name.endsWith('.json'),
    );
    const found = await Promise.all(names.map((name) => this.read<Submission>(name)));
    return found.filter((one) => one !== undefined).sort((a, b) => a.writtenAt.localeCompare(b.writtenAt));
  }

  writeSubmission(submission: Submission): Promise<void> {
    return writeJson(join(this.path, `${submission.name}.json`), submission);
  }

  /** The batch script of a submission; the program and its arguments come as the script's own, so nothing needs quoting. */
  async writeScript(name: string, setup: readonly string[]): Promise<string> {
    const file = join(this.path, `${name}.sh`);
    await writeWhole(file, ['#!/bin/bash', ...setup, 'exec "$@"', ''].join('\n'));
    return file;
  }

  /** Does the work when nobody else is at it; undefined when somebody is, after waiting so long for them. */
  async withLock<T>(waitMs: number, work: () => Promise<T>): Promise<T | undefined> {
    const lock = join(this.path, 'lock');
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

  private async read<T>(name: string): Promise<T | undefined> {
    try {
      return JSON.parse(await readFile(join(this.path, name), 'utf8')) as T;
    } catch {
      return undefined;
    }
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
