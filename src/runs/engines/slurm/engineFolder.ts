/** `engine/` of a run folder: what was asked for, what was submitted, what Slurm said. Whoever writes holds its lock. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../shared/errors';
import type { EngineReport } from '../../../shared/results/runManifest';
import { SUBMISSION_VERSION, type EngineRequest, type Submission } from '../../../shared/results/submission';
import { withFileLock } from '../../fileLock';
import { makeFolder } from '../../makeFolder';
import { ENGINE_FOLDER, isEngineReport } from '../../runFiles';
import { sweepTemporaryFiles, writeJson, writeWhole } from '../../writeWhole';

export const JOB_PREFIX = 'ts-';

export class EngineFolder {
  readonly path: string;
  readonly logs: string;

  constructor(runFolder: string) {
    this.path = join(runFolder, ENGINE_FOLDER);
    this.logs = join(runFolder, 'logs');
  }

  async make(): Promise<void> {
    await makeFolder(this.path);
    await makeFolder(this.logs);
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

  /** Whether Slurm has surely taken nothing; false where a submission cannot be read or has no answer yet: it may have got in. */
  async isAllRefused(): Promise<boolean> {
    const names = await readdir(this.path).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? [] : undefined,
    );
    if (!names) return false;
    const submissions = names.filter((name) => name.startsWith(JOB_PREFIX) && name.endsWith('.json'));
    const found = await Promise.all(submissions.map((name) => this.read<Submission>(name)));
    return found.every((one) => one !== undefined && one.id === undefined && one.refused !== undefined);
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
  withLock<T>(waitMs: number, work: () => Promise<T>): Promise<T | undefined> {
    return withFileLock(join(this.path, 'lock'), waitMs, async () => {
      await sweepTemporaryFiles(this.path);
      return work();
    });
  }

  private async read<T>(name: string): Promise<T | undefined> {
    try {
      return JSON.parse(await readFile(join(this.path, name), 'utf8')) as T;
    } catch {
      return undefined;
    }
  }
}
