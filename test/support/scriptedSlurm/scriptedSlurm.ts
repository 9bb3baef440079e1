/**
 * A cluster without Slurm: its tools as scripts on PATH (tool.mjs), its jobs as processes that this one starts. It keeps what
 * Slurm promises (dependencies, arrays, requeueing, signals) and lets tests kill, hide and forget as no real one can be asked to.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface ScriptedJob {
  readonly id: number;
  readonly index: number;
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  readonly after: readonly string[];
  readonly state: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
  readonly reason: string;
  readonly restart: number;
}

export interface ScriptedSlurm {
  /** PATH begins with the tools. */
  readonly env: NodeJS.ProcessEnv;
  /** Holds the tools. */
  readonly bin: string;
  jobs(): readonly ScriptedJob[];
  /** Process groups of the jobs that run, by `id_index`. */
  processes(): ReadonlyMap<string, number>;
  /** How often a tool was called. */
  calls(tool: string): number;
  /** Whether the controller answers. */
  setAway(isAway: boolean): void;
  /** The machine of a job fails: its processes die, and it is queued again. */
  loseMachine(job: string): void;
  /** The controller forgets a job that ended, or never heard of one. */
  forget(job: string): void;
  stop(): Promise<void>;
}

const TOOLS = ['sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo', 'sacct'];
const TICK_MS = 50;
/** Between SIGTERM and SIGKILL. */
const KILL_WAIT_MS = 10_000;

export interface ScriptedSlurmOptions {
  /** Jobs that run at once. */
  readonly slots?: number;
  /** The tools' program, where this file was bundled away from it. */
  readonly tool?: string;
  /** Called when a job's process has ended, before anybody is told. */
  readonly onEnded?: (job: ScriptedJob) => void;
}

export function startScriptedSlurm(options: ScriptedSlurmOptions = {}): ScriptedSlurm {
  const { slots = 2, tool: program = join(import.meta.dirname, 'tool.mjs'), onEnded = () => {} } = options;
  const folder = mkdtempSync(join(tmpdir(), 'transferscope-scripted-'));
  const bin = join(folder, 'bin');
  for (const name of ['bin', 'jobs', 'asked', 'ids', 'calls']) mkdirSync(join(folder, name));
  for (const tool of TOOLS) {
    writeFileSync(join(bin, tool), `#!/bin/sh\nexec '${process.execPath}' '${program}' '${folder}' ${tool} "$@"\n`);
    chmodSync(join(bin, tool), 0o755);
  }
  const scheduler = new Scheduler(folder, slots, onEnded);
  const timer = setInterval(() => scheduler.tick(), TICK_MS);
  return {
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
    bin,
    jobs: () => scheduler.jobs(),
    processes: () => scheduler.processes(),
    calls: (tool) => readdirSync(join(folder, 'calls')).filter((name) => name.startsWith(`${tool}-`)).length,
    setAway: (isAway) =>
      isAway ? writeFileSync(join(folder, 'away'), '') : rmSync(join(folder, 'away'), { force: true }),
    loseMachine: (job) => scheduler.loseMachine(job),
    forget: (job) => rmSync(join(folder, 'jobs', `${job}.json`), { force: true }),
    stop: async () => {
      clearInterval(timer);
      await scheduler.endAll();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

class Scheduler {
  private readonly running = new Map<string, ChildProcess>();
  /** What becomes of a job when its process has ended, where that is not told by its exit code. */
  private readonly fates = new Map<string, 'CANCELLED' | 'PENDING'>();

  constructor(
    private readonly folder: string,
    private readonly slots: number,
    private readonly onEnded: (job: ScriptedJob) => void,
  ) {}

  jobs(): ScriptedJob[] {
    const names = readdirSync(join(this.folder, 'jobs')).filter((name) => name.endsWith('.json'));
    const jobs = names.map((name) => this.read(name)).filter((job) => job !== undefined);
    return jobs.sort((a, b) => a.id - b.id || a.index - b.index);
  }

  processes(): ReadonlyMap<string, number> {
    return new Map([...this.running].map(([job, child]) => [job, child.pid!]));
  }

  tick(): void {
    this.heed();
    const jobs = this.jobs();
    const byName = new Map(jobs.map((job) => [nameOf(job), job]));
    for (const job of jobs.filter(({ state }) => state === 'PENDING')) {
      const needs = job.after.map((name) => byName.get(name)?.state ?? 'COMPLETED');
      if (needs.some((state) => state === 'FAILED' || state === 'CANCELLED')) this.set(job, 'CANCELLED');
      else if (needs.every((state) => state === 'COMPLETED') && this.running.size < this.slots) this.start(job);
    }
  }

  loseMachine(name: string): void {
    this.fates.set(name, 'PENDING');
    this.signal(name, 'SIGKILL');
  }

  async endAll(): Promise<void> {
    const ended = [...this.running.values()].map((child) => new Promise((done) => child.once('close', done)));
    for (const name of this.running.keys()) this.signal(name, 'SIGKILL');
    await Promise.all(ended);
  }

  private heed(): void {
    for (const file of readdirSync(join(this.folder, 'asked'))) {
      rmSync(join(this.folder, 'asked', file));
      const name = file.slice(0, file.lastIndexOf('.'));
      const job = this.read(`${name}.json`);
      if (!job) continue;
      const fate = file.endsWith('.requeue') ? 'PENDING' : 'CANCELLED';
      if (this.running.has(name)) this.askToEnd(name, fate);
      else if (job.state === 'PENDING' && fate === 'CANCELLED') this.set(job, fate);
    }
  }

  private askToEnd(name: string, fate: 'CANCELLED' | 'PENDING'): void {
    this.fates.set(name, fate);
    this.signal(name, 'SIGTERM');
    const child = this.running.get(name);
    const timer = setTimeout(() => this.signal(name, 'SIGKILL'), KILL_WAIT_MS);
    child?.once('close', () => clearTimeout(timer));
  }

  private start(job: ScriptedJob): void {
    const name = nameOf(job);
    this.set(job, 'RUNNING');
    const log = openSync(job.log, 'a');
    const [id, index] = [String(job.id), String(job.index)];
    const slurm = { SLURM_JOB_ID: id, SLURM_ARRAY_JOB_ID: id, SLURM_ARRAY_TASK_ID: index };
    const env = { ...job.env, ...slurm, SLURM_RESTART_COUNT: String(job.restart), SLURM_CPUS_PER_TASK: '1' };
    const child = spawn('/bin/bash', job.command, { cwd: job.cwd, env, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    this.running.set(name, child);
    child.once('close', (code) => {
      this.running.delete(name);
      const fate = this.fates.get(name) ?? (code === 0 ? 'COMPLETED' : 'FAILED');
      this.fates.delete(name);
      const now = this.read(`${name}.json`);
      if (now) this.onEnded(now);
      // Unless it was forgotten there.
      if (this.read(`${name}.json`)) this.set({ ...now!, restart: now!.restart + (fate === 'PENDING' ? 1 : 0) }, fate);
    });
  }

  private signal(name: string, signal: NodeJS.Signals): void {
    const pid = this.running.get(name)?.pid;
    try {
      if (pid !== undefined) process.kill(-pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }

  private set(job: ScriptedJob, state: ScriptedJob['state']): void {
    const file = join(this.folder, 'jobs', `${nameOf(job)}.json`);
    writeFileSync(`${file}.part`, JSON.stringify({ ...job, state, reason: 'None' }));
    renameSync(`${file}.part`, file);
  }

  private read(name: string): ScriptedJob | undefined {
    try {
      return JSON.parse(readFileSync(join(this.folder, 'jobs', name), 'utf8')) as ScriptedJob;
    } catch {
      return undefined;
    }
  }
}

function nameOf({ id, index }: ScriptedJob): string {
  return `${id}_${index}`;
}
