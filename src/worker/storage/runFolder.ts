/**
 * `runs/<name>-<n>/`: the story of one execution. This worker is the only writer of every file that it writes here: the
 * owner of a run has status, log and load in the folder itself, a worker that takes part has them under `parts/`. `stop` is
 * created by others to ask for an orderly end. Reading lives in src/runs/runStore.ts.
 */
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, stat, unlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { RECORD_VERSION } from '../../shared/results/records';
import {
  STOP_AFTER_STAGE,
  type LoadRow,
  type LogLine,
  type RunManifest,
  type RunState,
  type RunStatus,
  type RunStatusProgress,
  type StageStatus,
  type StopTime,
} from '../../shared/results/runManifest';
import { nextRunNumber } from '../../shared/results/runNumber';
import { LoadFile } from './loadFile';
import { makeFolder, storageError, sweepTemporaryFiles, writeFileAtomic } from './atomicFile';

/** Holds `<part>.json`, `<part>.log.jsonl` and `<part>.load.jsonl` of each worker that takes part. */
const PARTS_FOLDER = 'parts';

/** Thousands of files that can be computed again. Whoever wants them in git deletes the file: it is written only once. */
const IGNORE_ALL = '# What Transferscope computed. Delete this file to keep results in git.\n*\n';

export class RunFolder {
  private readonly stages: Record<string, StageStatus> = {};
  private readonly startedAt = new Date().toISOString();
  private state: RunState = 'planning';
  private message: string | undefined;
  /** Status writes follow one another, and a burst of changes costs one write. */
  private pendingWrite: Promise<void> | undefined;
  private dirty = false;
  private reached: RunStatusProgress | undefined;
  /** What the process is about to end with, where a cluster reads it. */
  exitCode: number | undefined;
  /** Asked at each writing of the status. */
  progress: () => RunStatusProgress | undefined = () => undefined;
  private readonly load: LoadFile;

  private constructor(
    readonly run: string,
    readonly folder: string,
    /** Name of the part whose files these are; absent for the run's own. */
    private readonly part?: string,
  ) {
    this.load = new LoadFile(part === undefined ? this.place('load.jsonl') : this.place(`${part}.load.jsonl`));
  }

  /** Makes `<name>-<n>` with the n above those in use; mkdir decides races between two workers. */
  static async create(out: string, name: string): Promise<RunFolder> {
    const runs = path.join(out, 'runs');
    try {
      const isFirst = !existsSync(runs);
      await makeFolder(runs);
      if (isFirst && path.basename(out) === '.transferscope') await keepOutOfGit(out);
      for (let n = nextRunNumber(await readdir(runs), name); ; n++) {
        const folder = path.join(runs, `${name}-${n}`);
        try {
          await mkdir(folder);
          return new RunFolder(path.basename(folder), folder);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        }
      }
    } catch (error) {
      throw storageError(error, runs);
    }
  }

  static async reopen(out: string, run: string): Promise<RunFolder> {
    const result = new RunFolder(run, path.join(out, 'runs', run));
    await result.forgetStop();
    // What workers of an earlier execution did is in the records, and their failures are to be tried again.
    await rm(path.join(result.folder, PARTS_FOLDER), { recursive: true, force: true });
    await sweepTemporaryFiles(result.folder);
    return result;
  }

  /** The files of one part of a run that has an owner, or an engine, already. */
  static async openPart(out: string, run: string, part: string): Promise<RunFolder> {
    const folder = path.join(out, 'runs', run);
    await makeFolder(path.join(folder, PARTS_FOLDER)).catch((error: unknown) => {
      throw storageError(error, folder);
    });
    return new RunFolder(run, folder, part);
  }

  /** Whether a part's files are these: the run and its plan belong to somebody else. */
  get isPart(): boolean {
    return this.part !== undefined;
  }

  /** Takes back a run that could not begin. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }

  /** Whether somebody deleted it while the run was under way. */
  async isGone(): Promise<boolean> {
    return stat(this.folder).then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
    );
  }

  async writeExperiment(text: string, resolved: unknown): Promise<void> {
    await writeFileAtomic(path.join(this.folder, 'experiment.yaml'), text);
    await writeFileAtomic(path.join(this.folder, 'experiment.json'), `${JSON.stringify(resolved, null, 1)}\n`);
  }

  async writeManifest(manifest: RunManifest): Promise<void> {
    await writeFileAtomic(path.join(this.folder, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
  }

  setState(state: RunState, message?: string): Promise<void> {
    this.state = state;
    this.message = message;
    return this.writeStatus();
  }

  setStage(id: string, status: StageStatus): Promise<void> {
    this.stages[id] = status;
    return this.writeStatus();
  }

  /** As `setStage`, to be written with the next state: for the many stages of a plan. */
  noteStage(id: string, status: StageStatus): void {
    this.stages[id] = status;
  }

  logLoad(row: LoadRow): Promise<void> {
    return this.load.append(row);
  }

  /** Rewrites status.json; also the heartbeat. */
  writeStatus(): Promise<void> {
    this.dirty = true;
    this.pendingWrite ??= this.drain().finally(() => (this.pendingWrite = undefined));
    return this.pendingWrite;
  }

  async log(line: Omit<LogLine, 'at'>): Promise<void> {
    const file = this.place(this.part === undefined ? 'log.jsonl' : `${this.part}.log.jsonl`);
    await appendFile(file, `${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`).catch((error: unknown) => {
      throw storageError(error, file);
    });
  }

  /** Whether somebody asked this run to stop (`transferscope stop`, a window, another machine), and when. */
  async stopRequested(): Promise<StopTime | undefined> {
    const text = await readFile(path.join(this.folder, 'stop'), 'utf8').catch((error: NodeJS.ErrnoException) => {
      return error.code === 'ENOENT' ? undefined : '';
    });
    if (text === undefined) return undefined;
    return text.startsWith(STOP_AFTER_STAGE) ? 'afterStage' : 'now';
  }

  async forgetStop(): Promise<void> {
    // Asked of all parts: it is whoever starts the run again that takes it back.
    if (this.isPart) return;
    await unlink(path.join(this.folder, 'stop')).catch(() => undefined);
  }

  private async drain(): Promise<void> {
    while (this.dirty) {
      this.dirty = false;
      const file = this.place(this.part === undefined ? 'status.json' : `${this.part}.json`);
      await writeFileAtomic(file, `${JSON.stringify(this.status())}\n`);
    }
  }

  private place(name: string): string {
    return path.join(this.folder, ...(this.part === undefined ? [] : [PARTS_FOLDER]), name);
  }

  private status(): RunStatus {
    const now = this.state === 'running' ? this.progress() : undefined;
    if (now?.stage !== undefined) this.reached = now;
    // How far an attempt got is what the next one is compared with.
    const progress = this.isPart ? this.reached : now;
    return {
      version: RECORD_VERSION,
      state: this.state,
      pid: process.pid,
      host: os.hostname(),
      startedAt: this.startedAt,
      heartbeatAt: new Date().toISOString(),
      stages: { ...this.stages },
      ...(progress && { progress }),
      ...(this.message === undefined ? {} : { message: this.message }),
      ...(this.exitCode !== undefined && { exitCode: this.exitCode }),
    };
  }
}

/** Not in a folder that the user named: what lies there may be meant for git. */
async function keepOutOfGit(out: string): Promise<void> {
  const file = path.join(out, '.gitignore');
  if (!existsSync(file)) await writeFileAtomic(file, IGNORE_ALL);
}
