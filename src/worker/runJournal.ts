/**
 * What a run tells others while it is under way, and what others tell it: status with a heartbeat, log and load in the run
 * folder, events to whoever started it, requests to stop.
 */
import type { Stage } from '../shared/experiment/stages';
import type { WorkerEvent } from '../shared/protocol/worker';
import type { LogLine, RunState, StageState } from '../shared/results/runManifest';
import { ProgressKeeper } from './progressKeeper';
import type { RunFolder } from './storage/runFolder';
import { createLoadMeter } from './systemLoad';

export interface PipelineHost {
  report(event: WorkerEvent): void;
  readonly signal: AbortSignal;
}

const STATUS_INTERVAL_MS = 2_000;
const LOAD_INTERVAL_MS = 10_000;

export class RunJournal {
  /** Work on a stage is to end at its next checkpoint. */
  readonly signal: AbortSignal;
  private readonly stopping = new AbortController();
  private readonly progress = new ProgressKeeper();
  private readonly load = createLoadMeter();
  /** Log lines on their way to the file that nobody waits for yet. */
  private readonly lateLines: Promise<void>[] = [];
  private timers: NodeJS.Timeout[] = [];
  private isEnding = false;
  private lost: unknown;

  constructor(
    private readonly folder: RunFolder,
    private readonly host: PipelineHost,
  ) {
    this.signal = AbortSignal.any([host.signal, this.stopping.signal]);
    folder.progress = () => this.progress.summary();
  }

  /** Whether no further stage is to be begun. */
  get isStopping(): boolean {
    return this.isEnding || this.signal.aborted;
  }

  /** Throws why the run folder can no longer be written, if that is so. */
  requireFolder(): void {
    if (this.lost) throw this.lost;
  }

  /** From now on the run shows signs of life and hears when it should stop. */
  startHeartbeat(hasGpu: boolean): void {
    if (hasGpu) this.load.watchGpu();
    const load = () => void this.folder.logLoad(this.load.measure());
    this.timers = [
      setInterval(() => void this.beat(), STATUS_INTERVAL_MS).unref(),
      setInterval(load, LOAD_INTERVAL_MS).unref(),
    ];
  }

  stopHeartbeat(): void {
    this.timers.forEach(clearInterval);
    this.load.stop();
  }

  /** The last entries of a run: its load, its state, its log. */
  async close(state: RunState, message: string | undefined): Promise<void> {
    await this.folder.setState(state, message);
    await Promise.all(this.lateLines);
    await this.log('info', `run ${state}`);
    await this.folder.forgetStop();
  }

  async logLoad(): Promise<void> {
    await this.folder.logLoad(this.load.measure());
  }

  /** An event for whoever started the run; progress goes into the status file, too. */
  report(event: WorkerEvent): void {
    this.progress.receive(event);
    this.host.report(event);
  }

  async setStage(
    { id }: Stage,
    state: StageState,
    more: { readonly message?: string; readonly seconds?: number } = {},
  ): Promise<void> {
    const { message } = more;
    await this.folder.setStage(id, { state, ...(message !== undefined && { message }) });
    this.report({ type: 'stageChanged', id, state, ...more });
  }

  async log(level: LogLine['level'], message: string, stage?: string): Promise<void> {
    const line = { level, message, ...(stage !== undefined && { stage }) };
    await this.folder.log(line);
    this.report({ type: 'logged', ...line });
  }

  /** For callers that cannot wait; `close` does. */
  logLater(level: LogLine['level'], message: string, stage: string): void {
    this.lateLines.push(
      this.log(level, message, stage).catch((error: unknown) => {
        process.stderr.write(`the log cannot be written: ${said(error)}\n`);
      }),
    );
  }

  /** Looks whether somebody left a request to stop. */
  async heedStop(): Promise<void> {
    const wish = await this.folder.stopRequested();
    if (wish === 'now') this.stopping.abort();
    if (wish === 'afterStage') this.isEnding = true;
  }

  private async beat(): Promise<void> {
    try {
      await this.folder.writeStatus();
      await this.heedStop();
    } catch (error) {
      process.stderr.write(`status cannot be written: ${said(error)}\n`);
      if (!(await this.folder.isGone())) return;
      this.lost = error;
      this.stopping.abort();
    }
  }
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
