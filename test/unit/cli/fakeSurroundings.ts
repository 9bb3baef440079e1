/** A terminal, an executor and a worker that exist only in memory. */
import type { LocalExecutor } from '../../../src/runs/engines/local';
import type { WorkerProcess } from '../../../src/runs/workerProcess';
import type { JobListener } from '../../../src/runs/executor';
import type { RunOutcome, RunRequest, WorkerRequests } from '../../../src/shared/protocol/worker';
import type { Surroundings } from '../../../src/cli/terminal';

type Answers = {
  [Name in keyof WorkerRequests]?: (params: WorkerRequests[Name]['params']) => WorkerRequests[Name]['answer'];
};
type Job = (
  request: RunRequest,
  listener: JobListener,
  stopped: Promise<void>,
  killed: Promise<never>,
) => Promise<RunOutcome>;

export interface FakeOptions {
  readonly cwd?: string;
  readonly isTTY?: boolean;
  readonly env?: Record<string, string>;
  readonly answers?: Answers;
  readonly job?: Job;
}

export interface FakeSurroundings {
  readonly around: Surroundings;
  stdout(): string;
  stderr(): string;
  interrupt(): void;
  readonly stoppedWorkers: () => number;
}

export function createFakeSurroundings(options: FakeOptions = {}): FakeSurroundings {
  const text = { stdout: '', stderr: '' };
  const interrupters = new Set<() => void>();
  let stopped = 0;
  const stream = (name: 'stdout' | 'stderr'): Surroundings['stdout'] => ({
    write: (part) => void (text[name] += part),
    isTTY: options.isTTY ?? false,
    columns: 80,
  });
  const around: Surroundings = {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    cwd: options.cwd ?? '/nowhere',
    env: options.env ?? {},
    onInterrupt: (listener) => {
      interrupters.add(listener);
      return () => interrupters.delete(listener);
    },
    onResize: () => () => {},
    createExecutor: () => Promise.resolve(createFakeExecutor(options.job)),
    workerEntry: () => '/nowhere/worker.js',
    startWorker: () => Promise.resolve(createFakeWorker(options.answers ?? {}, () => stopped++)),
  };
  return {
    around,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    interrupt: () => [...interrupters].forEach((listener) => listener()),
    stoppedWorkers: () => stopped,
  };
}

function createFakeExecutor(job: Job | undefined): LocalExecutor {
  let stop = (): void => {};
  let kill = (_reason: Error): void => {};
  let outcome: Promise<RunOutcome> | undefined;
  return {
    engine: 'fake',
    submit: (request, listener = {}) => {
      if (!job) throw new Error('internal: this test expected no launch');
      const stopped = new Promise<void>((resolve) => (stop = resolve));
      const killed = new Promise<never>((_, reject) => (kill = reject));
      killed.catch(() => {});
      outcome = job(request, listener, stopped, killed);
      outcome.catch(() => {});
      return Promise.resolve('job');
    },
    poll: () => Promise.resolve(new Map()),
    cancel: () => Promise.resolve(stop()),
    doctor: () => Promise.resolve([]),
    wait: () => outcome ?? Promise.reject(new Error('internal: nothing was submitted')),
    kill: () => kill(new Error('killed')),
    openInspector: () => Promise.reject(new Error('internal: no debugger here')),
  };
}

function createFakeWorker(answers: Answers, onStop: () => void): WorkerProcess {
  return {
    pid: 1,
    request: (name, params) => {
      const answer = answers[name];
      if (!answer) return Promise.reject(new Error(`internal: this test expected no request ${name}`));
      return Promise.resolve(answer(params));
    },
    stop: () => Promise.resolve(onStop()),
    kill: () => {},
    exited: new Promise(() => {}),
  };
}
