/**
 * Helpers beside the worker that owns a run: each takes whatever stage is free, in the order of the plan. They begin when the
 * run is planned and its need of memory known. One that dies is replaced a few times, after longer and longer; the run
 * itself does not depend on any of them, because the owner takes over what a dead helper had claimed.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { RunRequest, WorkerEvent } from '../../shared/protocol/worker';
import type { JobListener } from '../executor';
import { readLaunchedExperiment } from '../runDetails';
import { startWorker, type WorkerOptions, type WorkerProcess } from '../workerProcess';
import { thisMachine, workersThatFit, type Machine } from './workersThatFit';

export type TeamWorker = Omit<WorkerOptions, 'onEvent' | 'onLog'>;
type Planned = Extract<WorkerEvent, { type: 'runPlanned' }>;

const RESTART_DELAYS_MS = [2_000, 10_000, 60_000] as const;

export interface TeamOptions {
  readonly worker: TeamWorker;
  readonly request: RunRequest;
  readonly listener: JobListener;
  readonly machine?: Machine;
}

export class Team {
  private readonly ending = new AbortController();
  private readonly helpers = new Set<WorkerProcess>();
  private readonly lanes: Promise<void>[] = [];

  constructor(private readonly options: TeamOptions) {}

  /** What the owner's worker is started with: its share of the processors and graphics processors. */
  ownerOptions(): TeamWorker {
    return this.shareOf(1);
  }

  /** The owner's events as the launcher hears them. */
  receive(event: WorkerEvent): void {
    this.options.listener.onEvent?.(event);
    if (event.type === 'runPlanned') void this.assemble(event);
  }

  cancel(): void {
    this.ending.abort();
  }

  kill(): void {
    this.ending.abort();
    for (const helper of this.helpers) helper.kill();
  }

  /** When the owner has ended, there is nothing left to do. */
  async dismiss(): Promise<void> {
    this.ending.abort();
    await Promise.allSettled(this.lanes);
  }

  private async assemble({ run, runFolder, stages, runtime }: Planned): Promise<void> {
    const { request, machine = thisMachine(), listener } = this.options;
    const experiment = await readLaunchedExperiment(runFolder);
    const place = { runtime: runtime.name, stages: stages.length, machine };
    const { workers, said } = workersThatFit(request.workers ?? 1, experiment, place);
    if (said !== undefined) listener.onEvent?.({ type: 'logged', level: 'warning', message: said });
    for (let n = 2; n <= workers; n++) this.lanes.push(this.keepHelper(n, run));
  }

  private async keepHelper(n: number, run: string): Promise<void> {
    for (let attempt = 0; !this.ending.signal.aborted; attempt++) {
      try {
        return await this.help(n, run, attempt);
      } catch (error) {
        const delay = RESTART_DELAYS_MS[attempt];
        if (this.ending.signal.aborted) return;
        const next = delay === undefined ? 'it is not replaced' : `it is replaced in ${delay / 1000} s`;
        const [said = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
        this.options.listener.onEvent?.({ type: 'logged', level: 'warning', message: `helper ${n}: ${said}; ${next}` });
        if (delay === undefined) return;
        await wait(delay, undefined, { signal: this.ending.signal }).catch(() => undefined);
      }
    }
  }

  private async help(n: number, run: string, attempt: number): Promise<void> {
    const { request, listener } = this.options;
    const onEvent = (event: WorkerEvent): void => {
      if (event.type !== 'runPlanned') listener.onEvent?.(event);
    };
    const worker = await startWorker({ ...this.shareOf(n), onEvent, onLog: listener.onLog });
    this.helpers.add(worker);
    try {
      const part = { name: `helper-${n}-${attempt}` };
      const asked = { file: request.file, out: request.out, runtime: request.runtime, workers: request.workers };
      await worker.request('run', { ...asked, resume: run, part }, this.ending.signal);
    } finally {
      this.helpers.delete(worker);
      await worker.stop();
    }
  }

  private shareOf(n: number): TeamWorker {
    const { worker, request, machine = thisMachine() } = this.options;
    const env = worker.env ?? process.env;
    const cores = Math.max(1, Math.floor(availableParallelism() / (request.workers ?? 1)));
    const { gpus } = machine;
    const gpu = gpus.length > 1 ? { CUDA_VISIBLE_DEVICES: shareOfDevices(gpus, n, request.workers ?? 1).join() } : {};
    return { ...worker, env: { ...env, TRANSFERSCOPE_THREADS: env.TRANSFERSCOPE_THREADS ?? String(cores), ...gpu } };
  }
}

/** Devices of worker n of so many, from 1: equal shares, since a training may take several; one each where there are few. */
export function shareOfDevices(gpus: readonly string[], n: number, workers: number): readonly string[] {
  const each = Math.max(1, Math.floor(gpus.length / workers));
  return gpus.slice((n - 1) * each, n * each);
}
