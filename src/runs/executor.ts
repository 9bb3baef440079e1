/**
 * The one seam between launching work and where it runs. An engine (local process, Slurm) takes run requests and says
 * what became of them; results are read from the run folder, which is the truth, never from the engine.
 */
import type { RunOutcome, RunRequest, WorkerEvent } from '../shared/protocol/worker';

export interface Executor {
  readonly engine: string;
  /** Hands a run to the engine; returns its id there. */
  submit(request: RunRequest, listener?: JobListener): Promise<string>;
  /** One answer for all ids at once; an id nobody knows is `unknown`. */
  poll(ids: readonly string[]): Promise<ReadonlyMap<string, JobReport>>;
  /** Asks for a checkpoint and an end; returns when that was passed on, not when it has happened. */
  cancel(id: string): Promise<void>;
  /** Whether this engine can work here, check by check. */
  doctor(): Promise<readonly DoctorCheck[]>;
}

/** What an engine close enough to watch tells while the job runs; others stay silent. */
export interface JobListener {
  readonly onEvent?: (event: WorkerEvent) => void;
  readonly onLog?: (line: string) => void;
}

export type JobReport =
  | { readonly state: 'queued' | 'running' | 'unknown'; readonly reason?: string }
  | { readonly state: 'ended'; readonly outcome: RunOutcome }
  | { readonly state: 'broken'; readonly error: Error };

export interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was found and, when not ok, what to do. */
  readonly message: string;
}
