/**
 * The engine for runs that outlive their window: the command line program as a process group of its own, followed
 * through its JSON lines while somebody reads them. When the reader goes away the program goes on; its run folder tells
 * the rest. Results come from the same worker as those of the local engine.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { access } from 'node:fs/promises';
import { UserError } from '../../shared/errors';
import type { RunOutcome, RunRequest, WorkerEvent } from '../../shared/protocol/worker';
import type { JobListener, JobReport } from '../executor';
import { createLineTail } from '../lineTail';
import type { LocalExecutor } from './local';

export interface DetachedOptions {
  /** The bundled command line program (dist/cli.js). */
  readonly entry: string;
  readonly memoryMb?: number;
  readonly execPath?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** How to ask a run for an orderly end when signals cannot (Windows). */
  readonly requestStop: (out: string, run: string) => Promise<void>;
}

interface DetachedJob {
  readonly child: ChildProcess;
  readonly out: string;
  readonly outcome: Promise<RunOutcome>;
  run: string | undefined;
  report: JobReport;
}

type CliLine =
  | WorkerEvent
  | { readonly type: 'runEnded'; readonly outcome: RunOutcome }
  | { readonly type: 'runBroke'; readonly message: string };

const KEPT_LINES = 50;
/** Whether a first SIGTERM asks politely; Windows ends the process at once. */
const HAS_SIGNALS = process.platform !== 'win32';

export function createDetachedExecutor(options: DetachedOptions): LocalExecutor {
  const jobs = new Map<string, DetachedJob>();
  const jobOf = (id: string): DetachedJob => {
    const job = jobs.get(id);
    if (!job) throw new Error(`internal: no detached job "${id}"`);
    return job;
  };
  return {
    engine: 'detached',
    submit: async (request, listener = {}) => {
      const id = `detached-${jobs.size + 1}`;
      jobs.set(id, await startJob(options, request, listener));
      return id;
    },
    poll: (ids) => {
      const unknown: JobReport = { state: 'unknown', reason: 'this process did not submit it' };
      return Promise.resolve(new Map(ids.map((id) => [id, jobs.get(id)?.report ?? unknown])));
    },
    cancel: async (id) => {
      const { child, run, out } = jobOf(id);
      if (HAS_SIGNALS) child.kill('SIGTERM');
      else if (run !== undefined) await options.requestStop(out, run);
      else child.kill();
    },
    doctor: async () => {
      const ok = await access(options.entry).then(
        () => true,
        () => false,
      );
      return [{ name: 'command line program', ok, message: ok ? options.entry : `${options.entry} is not there` }];
    },
    wait: (id) => jobOf(id).outcome,
    kill: (id) => endGroup(jobOf(id).child),
    openInspector: () =>
      Promise.reject(
        new UserError(
          'worker',
          'this run outlives its window, so that no debugger reaches its worker; set transferscope.onClose to stop, run it again and attach then',
        ),
      ),
  };
}

async function startJob(options: DetachedOptions, request: RunRequest, listener: JobListener): Promise<DetachedJob> {
  const { entry, execPath = process.execPath, env = process.env, memoryMb } = options;
  const child = spawn(execPath, [entry, ...commandLine(request)], {
    detached: true,
    windowsHide: true,
    env: { ...env, ...(memoryMb === undefined ? {} : { TRANSFERSCOPE_MEMORY_MB: String(memoryMb) }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) =>
      reject(new UserError('worker', `${execPath} could not be started: ${error.message}`)),
    );
  });
  const job: { -readonly [Key in keyof DetachedJob]: DetachedJob[Key] } = {
    child,
    out: request.out,
    outcome: Promise.reject(new Error('internal: not started')),
    run: request.resume,
    report: { state: 'running' },
  };
  job.outcome.catch(() => {});
  job.outcome = follow(child, listener, (run) => (job.run = run));
  job.outcome.then(
    (outcome) => (job.report = { state: 'ended', outcome }),
    (error: unknown) => (job.report = { state: 'broken', error: error as Error }),
  );
  return job;
}

function commandLine(request: RunRequest): string[] {
  const { file, out, resume, runtime, seeds = [], only = [], analyses = [], workers = 1 } = request;
  const shared = workers > 1 ? ['--workers', String(workers)] : [];
  if (resume !== undefined) return ['resume', resume, ...shared, '--json', '--out', out];
  const list = (option: string, values: readonly (string | number)[]): string[] =>
    values.length > 0 ? [option, ...values.map(String)] : [];
  const asked = [...(runtime === undefined ? [] : ['--runtime', runtime]), ...list('--seed', seeds)];
  const added = analyses.flatMap((analysis) => ['--analysis', JSON.stringify(analysis)]);
  return ['run', file, ...asked, ...list('--only', only), ...added, ...shared, '--json', '--out', out];
}

/** Passes events on and resolves with what the program says last; rejects when it ends without a word. */
function follow(child: ChildProcess, listener: JobListener, onRun: (run: string) => void): Promise<RunOutcome> {
  return new Promise((resolve, reject) => {
    let failure: string | undefined;
    const receive = (line: CliLine): void => {
      if (line.type === 'runEnded') return resolve(line.outcome);
      if (line.type === 'runBroke') return void (failure = line.message);
      if (line.type === 'runPlanned') onRun(line.run);
      listener.onEvent?.(line);
    };
    readLines(child.stdout, (text) => {
      const line = parseLine(text);
      if (line) receive(line);
      else listener.onLog?.(text);
    });
    const errors = createLineTail({ lines: KEPT_LINES, onLine: (line) => listener.onLog?.(line) });
    child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk));
    child.once('close', (code, signal) => {
      const said =
        failure ??
        errors
          .lines()
          .at(-1)
          ?.replace(/^(.*?: )?error: /, '');
      const how = signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`;
      reject(new UserError('worker', said ?? `the run's process ended without a message (${how})`));
    });
  });
}

/** Lines of any length: a plan with many stages is one line. */
function readLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.trim() !== '') onLine(part);
  });
}

function parseLine(text: string): CliLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as { type?: unknown };
    return typeof value.type === 'string' ? (value as CliLine) : undefined;
  } catch {
    return undefined;
  }
}

/** The program and its worker. */
function endGroup(child: ChildProcess): void {
  try {
    if (HAS_SIGNALS && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    else child.kill();
  } catch {
    // It has ended already.
  }
}
