/**
 * One stage looked at from inside by a worker of its own: gets it ready, makes updates one at a time, ends with its folder of
 * pictures. Knows no panel. Whatever happens to the process becomes a sentence and the state `ended`.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { makeFolder } from '../../runs/makeFolder';
import { askSystem } from '../../runs/processAlive';
import type { WorkerProcess } from '../../runs/workerProcess';
import { UserError } from '../../shared/errors';
import type { BatchState } from '../../shared/protocol/panels/batchPanel';
import type { BatchRequest } from '../../shared/protocol/worker';
import type { BatchInspection, BatchSession } from '../../shared/results/batchInspection';
import { messageForWindow } from './windowMessage';

export interface BatchWorkerOptions {
  /** Holds a folder of pictures for each session. */
  readonly storage: string;
  readonly start: () => Promise<WorkerProcess>;
  readonly onChange: () => void;
  readonly onInspection: (inspection: BatchInspection) => void;
  /** What is no sentence for users. */
  readonly onBug: (error: unknown) => void;
}

export class BatchWorker {
  state: BatchState = 'idle';
  message: string | undefined;
  session: BatchSession | undefined;
  /** Of pictures; '' before there are any. */
  folder = '';
  made = 0;
  wanted = 0;
  debugger: string | undefined;
  private worker: WorkerProcess | undefined;
  /** Counts sessions, so that what an ended one still says is not heard. */
  private turn = 0;

  constructor(private readonly options: BatchWorkerOptions) {}

  /** Gets the stage ready in place of the one before, and makes the first update. */
  async open(request: Omit<BatchRequest, 'folder'>): Promise<void> {
    await this.end();
    const turn = ++this.turn;
    Object.assign(this, { state: 'opening', message: undefined, session: undefined, made: 0, wanted: 1 });
    this.options.onChange();
    await this.guard(turn, async () => {
      const folder = await makeOwnFolder(this.options.storage);
      const worker = await this.options.start();
      if (turn !== this.turn) {
        worker.kill();
        return removeFolder(folder);
      }
      Object.assign(this, { folder, worker });
      void worker.exited.then(() => this.heed(turn));
      this.session = await worker.request('openBatch', { ...request, folder: this.folder });
      await this.work(turn, worker);
    });
  }

  /** Makes `count` further updates, one after the other. */
  async step(count: number): Promise<void> {
    const { worker, turn } = this;
    if (this.state !== 'ready' || !worker) return;
    this.wanted = count;
    await this.guard(turn, () => this.work(turn, worker));
  }

  /** The update under way is the last one. */
  pause(): void {
    this.wanted = Math.min(1, this.wanted);
    this.options.onChange();
  }

  /** Ends the process at once. */
  async cancel(): Promise<void> {
    await this.end();
    Object.assign(this, { state: 'ended', message: 'Cancelled; the process has been ended.' });
    this.options.onChange();
  }

  /** The port at which a JavaScript debugger can attach. */
  async openInspector(): Promise<number> {
    if (!this.worker) throw new UserError('worker', 'No process is looking at a batch here; start one first.');
    const { url, port } = await this.worker.request('openInspector', {});
    this.debugger = url;
    this.options.onChange();
    return port;
  }

  /** Ends the process and removes its folder. */
  async end(): Promise<void> {
    this.turn++;
    const { worker, folder } = this;
    Object.assign(this, { worker: undefined, debugger: undefined, wanted: 0, folder: '' });
    worker?.kill();
    await worker?.exited;
    if (folder !== '') await removeFolder(folder);
  }

  /** A process that went away while nothing was asked of it. */
  private heed(turn: number): void {
    if (turn !== this.turn || this.state !== 'ready') return;
    this.fail('The worker process has ended by itself; start again.');
  }

  private async work(turn: number, worker: WorkerProcess): Promise<void> {
    this.state = 'stepping';
    while (this.wanted > 0 && !this.isAtEnd()) {
      this.options.onChange();
      const inspection = await worker.request('inspectBatch', {});
      if (turn !== this.turn) return;
      this.made++;
      this.wanted = Math.max(0, this.wanted - 1);
      this.options.onInspection(inspection);
    }
    Object.assign(this, { state: 'ready', wanted: 0 });
    this.options.onChange();
  }

  private isAtEnd(): boolean {
    const { session, made } = this;
    return session?.isTrained === true && session.startedAt + made >= session.steps;
  }

  /** A death or an error of the process ends this session and nothing else. */
  private async guard(turn: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (turn !== this.turn) return;
      if (!(error instanceof UserError)) this.options.onBug(error);
      this.fail(messageForWindow(error instanceof Error ? error.message : String(error)));
    }
  }

  /** Ends the process; what it has told, and its pictures, stay to be looked at. */
  private fail(message: string): void {
    this.worker?.kill();
    Object.assign(this, { state: 'ended', wanted: 0, message, worker: undefined, debugger: undefined });
    this.options.onChange();
  }
}

/** Named after this process, so that what a crashed window left is known to be nobody's. */
async function makeOwnFolder(storage: string): Promise<string> {
  await makeFolder(storage);
  const left = (await readdir(storage)).filter((name) => isLeft(Number(name.split('-')[0])));
  await Promise.all(left.map((name) => removeFolder(path.join(storage, name))));
  return mkdtemp(path.join(storage, `${process.pid}-`));
}

function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

function isLeft(pid: number): boolean {
  return pid !== process.pid && askSystem({ pid, host: hostname(), startedAt: '' }) === 'dead';
}
