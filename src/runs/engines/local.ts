/** The engine that is always there: each job is a worker process on this machine, or several that share its stages. */
import { access, constants } from 'node:fs/promises';
import type { RunOutcome, RunRequest, WorkerEvent } from '../../shared/protocol/worker';
import type { DoctorCheck, Executor, JobReport } from '../executor';
import { Team } from './team';
import { startWorker, type WorkerOptions, type WorkerProcess } from '../workerProcess';

export interface LocalExecutor extends Executor {
  /** Resolves with the outcome, or rejects as the run did. */
  wait(id: string): Promise<RunOutcome>;
  /** Ends the job's process at once; what it has checkpointed stays. */
  kill(id: string): void;
  /** Lets a JavaScript debugger attach to the job's process; resolves with the port on this machine. */
  openInspector(id: string): Promise<number>;
}

interface LocalJob {
  readonly worker: WorkerProcess;
  readonly abort: AbortController;
  /** The helpers, where several workers share the stages. */
  readonly team: Team | undefined;
  readonly outcome: Promise<RunOutcome>;
  report: JobReport;
}

/** Creates the local engine; `worker.entry` is the bundled worker program. */
export function createLocalExecutor(worker: Omit<WorkerOptions, 'onEvent' | 'onLog'>): LocalExecutor {
  const jobs = new Map<string, LocalJob>();
  const jobOf = (id: string): LocalJob => {
    const job = jobs.get(id);
    if (!job) throw new Error(`internal: no local job "${id}"`);
    return job;
  };
  return {
    engine: 'local',
    submit: async (request, listener) => {
      const id = `local-${jobs.size + 1}`;
      const isShared = (request.workers ?? 1) > 1;
      const team = isShared ? new Team({ worker, request, listener: listener ?? {} }) : undefined;
      const heard = team ? { ...listener, onEvent: (event: WorkerEvent) => team.receive(event) } : listener;
      jobs.set(id, startJob(await startWorker({ ...(team?.ownerOptions() ?? worker), ...heard }), request, team));
      return id;
    },
    poll: (ids) => {
      const unknown: JobReport = { state: 'unknown', reason: 'this process did not submit it' };
      return Promise.resolve(new Map(ids.map((id) => [id, jobs.get(id)?.report ?? unknown])));
    },
    cancel: (id) => {
      const { abort, team } = jobOf(id);
      abort.abort();
      team?.cancel();
      return Promise.resolve();
    },
    doctor: async () => [await checkEntry(worker.entry)],
    wait: (id) => jobOf(id).outcome,
    kill: (id) => {
      const { worker, team } = jobOf(id);
      worker.kill();
      team?.kill();
    },
    openInspector: async (id) => (await jobOf(id).worker.request('openInspector', {})).port,
  };
}

function startJob(worker: WorkerProcess, request: RunRequest, team: Team | undefined): LocalJob {
  const abort = new AbortController();
  const outcome = worker
    .request('run', request, abort.signal)
    .finally(() => Promise.all([worker.stop(), team?.dismiss()]));
  const job: LocalJob = { worker, abort, team, outcome, report: { state: 'running' } };
  outcome.then(
    (value) => (job.report = { state: 'ended', outcome: value }),
    (error: unknown) => (job.report = { state: 'broken', error: error as Error }),
  );
  return job;
}

async function checkEntry(entry: string): Promise<DoctorCheck> {
  try {
    await access(entry, constants.R_OK);
    return { name: 'worker program', ok: true, message: entry };
  } catch {
    return { name: 'worker program', ok: false, message: `${entry} is not there; build it with: npm run build` };
  }
}
