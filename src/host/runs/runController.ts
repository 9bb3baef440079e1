/**
 * What this window launches: a queue with one worker at a time, the state of each launch, and wishes to stop. Knows
 * engines, not VS Code, so that tests drive it with real workers. Results are not kept here: run folders tell them, and
 * a run that outlives the window is found again by its heartbeat.
 */
import { Cancelled, UserError } from '../../shared/errors';
import type { RunOutcome, RunRequest, WorkerEvent } from '../../shared/protocol/worker';
import { advanceProgress, emptyProgress, isFinished, type RunProgress } from '../../shared/views/run/runProgress';
import type { LocalExecutor } from '../../runs/engines/local';
import { messageForWindow } from './windowMessage';

/** `planned`: waits for its turn. `interrupted`: the worker died after the run had begun, which resuming mends. */
export type LaunchState = 'planned' | 'running' | 'stopping' | RunOutcome['state'] | 'interrupted';

export interface Launch {
  readonly id: number;
  readonly request: RunRequest;
  readonly state: LaunchState;
  readonly progress: RunProgress;
  readonly isStoppingAfterStage: boolean;
  readonly outcome?: RunOutcome;
  /** Why it failed or was interrupted, as a sentence for the window. */
  readonly failure?: string;
  /** A bug, with its stack, for the log. */
  readonly bug?: unknown;
}

export interface RunControllerOptions {
  /** Asked at each launch, because settings change. */
  readonly createExecutor: () => Promise<LocalExecutor>;
  readonly onChange: (launch: Launch) => void;
  /** Lines that worker and engine say; for the log. */
  readonly onLog: (line: string) => void;
  /** Milliseconds of a steady clock. */
  readonly now?: () => number;
  /** How many launches may work at once; 1 when absent. */
  readonly parallel?: number;
}

export interface RunController {
  /** Puts a run or resume in the queue. */
  launch(request: RunRequest): Launch;
  /** All launches of this window, oldest first. */
  launches(): readonly Launch[];
  /** Asks for a checkpoint and an end; a launch that waits for its turn is taken out. */
  stop(id: number): void;
  /** Lets the stage under way finish first. */
  stopAfterStage(id: number): void;
  /** Ends the worker at once; what was checkpointed stays. */
  kill(id: number): void;
  /** Resolves when the launch has ended, however it did. */
  ended(id: number): Promise<Launch>;
  /** Lets a JavaScript debugger attach to the launch's worker; resolves with the port on this machine. */
  openInspector(id: number): Promise<number>;
}

interface Entry {
  launch: Launch;
  readonly settled: Promise<Launch>;
  readonly settle: (launch: Launch) => void;
  job?: { readonly executor: LocalExecutor; readonly id: string };
  wish?: 'stop' | 'kill';
}

export function createRunController(options: RunControllerOptions): RunController {
  return new LaunchQueue(options);
}

const endedStates: readonly LaunchState[] = ['done', 'failed', 'stopped', 'interrupted'];

export function hasEnded(launch: Launch): boolean {
  return endedStates.includes(launch.state);
}

class LaunchQueue implements RunController {
  private readonly entries: Entry[] = [];

  constructor(private readonly options: RunControllerOptions) {}

  launch(request: RunRequest): Launch {
    let settle: Entry['settle'] = () => {};
    const settled = new Promise<Launch>((resolve) => (settle = resolve));
    const launch: Launch = {
      id: this.entries.length + 1,
      request,
      state: 'planned',
      progress: { ...emptyProgress(this.now()), run: request.resume ?? '' },
      isStoppingAfterStage: false,
    };
    const entry: Entry = { launch, settled, settle };
    this.entries.push(entry);
    this.options.onChange(launch);
    this.startNext();
    return entry.launch;
  }

  launches(): readonly Launch[] {
    return this.entries.map(({ launch }) => launch);
  }

  stop(id: number): void {
    const entry = this.entryOf(id);
    if (hasEnded(entry.launch)) return;
    entry.wish ??= 'stop';
    if (entry.launch.state === 'planned') return this.finish(entry, { state: 'stopped' });
    this.change(entry, { state: 'stopping' });
    if (entry.job) void entry.job.executor.cancel(entry.job.id);
  }

  stopAfterStage(id: number): void {
    const entry = this.entryOf(id);
    if (entry.launch.state === 'planned') return this.stop(id);
    if (entry.launch.state === 'running') this.change(entry, { isStoppingAfterStage: true });
  }

  kill(id: number): void {
    const entry = this.entryOf(id);
    if (hasEnded(entry.launch)) return;
    entry.wish = 'kill';
    if (entry.launch.state === 'planned') return this.finish(entry, { state: 'stopped' });
    this.change(entry, { state: 'stopping' });
    if (entry.job) entry.job.executor.kill(entry.job.id);
  }

  ended(id: number): Promise<Launch> {
    return this.entryOf(id).settled;
  }

  async openInspector(id: number): Promise<number> {
    const { job, launch } = this.entryOf(id);
    if (job && !hasEnded(launch)) return job.executor.openInspector(job.id);
    throw new UserError('worker', 'The run has no worker at the moment; attach again when it is running.');
  }

  private startNext(): void {
    const working = this.entries.filter(({ launch }) => launch.state === 'running' || launch.state === 'stopping');
    if (working.length >= (this.options.parallel ?? 1)) return;
    const next = this.entries.find(({ launch }) => launch.state === 'planned');
    if (next) void this.work(next);
  }

  private async work(entry: Entry): Promise<void> {
    const { request } = entry.launch;
    this.change(entry, { state: 'running', progress: { ...entry.launch.progress, startedAt: this.now() } });
    try {
      const executor = await this.options.createExecutor();
      if (entry.wish) return this.finish(entry, { state: 'stopped' });
      const id = await executor.submit(request, {
        onEvent: (event) => this.receive(entry, event),
        onLog: this.options.onLog,
      });
      entry.job = { executor, id };
      if (entry.wish === 'kill') executor.kill(id);
      else if (entry.wish === 'stop') void executor.cancel(id);
      const outcome = await executor.wait(id);
      this.finish(entry, { state: outcome.state, outcome, ...describeFailures(outcome) });
    } catch (error) {
      this.finish(entry, this.describeBreak(entry, error));
    }
  }

  private receive(entry: Entry, event: WorkerEvent): void {
    this.change(entry, { progress: advanceProgress(entry.launch.progress, event, this.now()) });
    const isEnd = event.type === 'stageChanged' && isFinished(event.state);
    // Stages that were there already cost no time: the one that the user watches is the next.
    if (isEnd && event.state !== 'reused' && entry.launch.isStoppingAfterStage) this.stop(entry.launch.id);
  }

  private describeBreak({ launch, wish }: Entry, error: unknown): Partial<Launch> {
    const hasBegun = launch.progress.stages.size > 0;
    if (error instanceof Cancelled || wish === 'kill') return { state: hasBegun ? 'interrupted' : 'stopped' };
    if (wish === 'stop' && !hasBegun) return { state: 'stopped' };
    if (error instanceof UserError) {
      const isWorkerGone = error.code === 'worker' && hasBegun;
      return { state: isWorkerGone ? 'interrupted' : 'failed', failure: messageForWindow(error.message) };
    }
    const message = error instanceof Error ? error.message : String(error);
    return { state: 'failed', failure: `unexpected: ${message}`, bug: error };
  }

  private change(entry: Entry, change: Partial<Launch>): void {
    if (hasEnded(entry.launch)) return;
    entry.launch = { ...entry.launch, ...change };
    this.options.onChange(entry.launch);
  }

  private finish(entry: Entry, change: Partial<Launch>): void {
    this.change(entry, change);
    entry.settle(entry.launch);
    this.startNext();
  }

  private entryOf(id: number): Entry {
    const entry = this.entries[id - 1];
    if (!entry) throw new Error(`internal: no launch ${id}`);
    return entry;
  }

  private now(): number {
    return (this.options.now ?? (() => performance.now()))();
  }
}

function describeFailures({ failures }: RunOutcome): Partial<Launch> {
  const [first] = failures;
  if (first === undefined) return {};
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  return { failure: `${messageForWindow(first)}${more}` };
}
