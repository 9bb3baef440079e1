/**
 * Slurm's command-line tools, called with argument lists (never a shell) and read as text with columns of our choice: their
 * JSON changes between versions and says "no jobs, all well" while the controller is away. Every answer that was not given
 * is `undefined`: no rows and no answer are different things.
 */
import { execFile } from 'node:child_process';
import { mapJobState, type JobState } from './jobStates';

export interface ToolResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** It did not end in time, or could not be started at all. */
  readonly isLost: boolean;
  readonly isMissing: boolean;
}

export interface QueuedJob {
  readonly name: string;
  /** Of the whole array, and in it. */
  readonly arrayId: string;
  readonly index: number;
  readonly state: JobState;
  readonly reason: string;
}

export interface SlurmTools {
  run(command: string, args: readonly string[], timeoutMs?: number): Promise<ToolResult>;
  /** All jobs with these names that Slurm still knows. */
  queue(names: readonly string[]): Promise<readonly QueuedJob[] | undefined>;
  /** Ids of the arrays with this name, those that accounting remembers among them; oldest first. */
  findByName(name: string): Promise<readonly string[] | undefined>;
  isUp(): Promise<boolean>;
  /** Ids as `17` or `17_3`. */
  cancel(ids: readonly string[]): Promise<void>;
  cancelNames(names: readonly string[]): Promise<void>;
}

const NAMES_A_CALL = 400;
const JOBS_A_CALL = 500;

/** Runs the tools of this machine. */
export function createToolRunner(environment: NodeJS.ProcessEnv): SlurmTools['run'] {
  const env = cleanEnvironment(environment);
  return (command, args, timeoutMs = 60_000) =>
    new Promise((resolve) => {
      const options = { timeout: timeoutMs, maxBuffer: 256 * 1024 * 1024, env, windowsHide: true };
      execFile(command, [...args], options, (error, stdout, stderr) => {
        const isMissing = error?.code === 'ENOENT';
        const isLost = error !== null && (error.killed === true || typeof error.code !== 'number');
        resolve({ ok: error === null, stdout, stderr: stderr.trim(), isLost, isMissing });
      });
    });
}

/** Why a tool that was asked for its version is of no use here; undefined when it answered. */
export function describeUseless(name: string, { ok, isMissing, stderr }: ToolResult): string | undefined {
  if (ok) return undefined;
  if (isMissing) return `${name} is not found`;
  const said = stderr
    .split('\n')
    .at(-1)
    ?.replace(/^[\w-]+: ((error|fatal): )?/, '');
  return `${name} does not answer${said ? ` (${said})` : ''}`;
}

export function createSlurmTools(run: SlurmTools['run']): SlurmTools {
  const isUp = async (): Promise<boolean> => /\bis UP\b/.test((await run('scontrol', ['ping'], 15_000)).stdout);
  const queue: SlurmTools['queue'] = async (names) => {
    const jobs: QueuedJob[] = [];
    for (const some of chunks(names, NAMES_A_CALL)) {
      const format = '%F|%K|%T|%r|%j';
      const answer = await run('squeue', ['-h', '-r', '-t', 'all', '-n', some.join(','), '-o', format]);
      if (!answer.ok) return undefined;
      jobs.push(...answer.stdout.split('\n').flatMap((line) => parseJob(line) ?? []));
    }
    return jobs;
  };
  return {
    run,
    isUp,
    queue,
    findByName: async (name) => {
      const jobs = await queue([name]);
      if (!jobs) return undefined;
      const known = jobs.map(({ arrayId }) => arrayId);
      return sortIds(known.length > 0 ? known : await remembered(run, name));
    },
    cancel: async (ids) => {
      for (const some of chunks(ids, JOBS_A_CALL)) await run('scancel', some);
    },
    cancelNames: async (names) => {
      for (const some of chunks(names, NAMES_A_CALL)) await run('scancel', ['-n', some.join(',')]);
    },
  };
}

/** Accounting, where there is one; it lags some seconds behind. */
async function remembered(run: SlurmTools['run'], name: string): Promise<readonly string[]> {
  const answer = await run('sacct', ['-n', '-X', '-P', '--name', name, '-S', 'now-30days', '-o', 'JobID']);
  if (!answer.ok) return [];
  return answer.stdout.split('\n').flatMap((line) => /^\d+/.exec(line.trim())?.[0] ?? []);
}

export function parseJob(line: string): QueuedJob | undefined {
  const [arrayId = '', index = '', word = '', reason = '', ...name] = line.split('|');
  if (!/^\d+$/.test(arrayId)) return undefined;
  const place = /^\d+$/.test(index) ? Number(index) : 0;
  return { name: name.join('|'), arrayId, index: place, state: mapJobState(word, reason), reason };
}

/** What Slurm reads from the environment would change what its tools print and do. */
export function cleanEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => !/^(SQUEUE|SACCT|SBATCH|SCONTROL|SCANCEL|SINFO)_/.test(name),
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C', SLURM_TIME_FORMAT: 'standard' };
}

function sortIds(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort((a, b) => Number(a) - Number(b));
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
