/** The one stage that a worker holds open to be looked at. Light: what computes is loaded with the first stage. */
import { UserError } from '../../shared/errors';
import type { BatchRequest, WorkerRequests } from '../../shared/protocol/worker';
import type { OpenBatch } from './batchSession';

export class BatchService {
  private opened: OpenBatch | undefined;
  private isBusy = false;
  private runs = 0;

  /** Opens a stage in place of the one before. */
  open(request: BatchRequest, signal: AbortSignal): Promise<WorkerRequests['openBatch']['answer']> {
    return this.alone(async () => {
      if (this.runs > 0) throw new UserError('worker', 'this worker is computing a run; look at batches in another');
      await this.opened?.dispose();
      this.opened = undefined;
      const { openBatchSession } = await import('./batchSession');
      this.opened = await openBatchSession(request, signal);
      return this.opened.session;
    });
  }

  next(): Promise<WorkerRequests['inspectBatch']['answer']> {
    return this.alone(() => {
      if (!this.opened) throw new UserError('worker', 'no stage is open to be looked at; open one first');
      return this.opened.next();
    });
  }

  /** A run, which shares neither memory nor time with a stage that is looked at. */
  async apart<T>(run: () => Promise<T>): Promise<T> {
    if (this.opened || this.isBusy)
      throw new UserError('worker', 'this worker is looking at batches; start the run in another');
    this.runs++;
    try {
      return await run();
    } finally {
      this.runs--;
    }
  }

  private async alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.isBusy) throw new UserError('worker', 'the last batch is still being computed; wait for it');
    this.isBusy = true;
    try {
      return await work();
    } finally {
      this.isBusy = false;
    }
  }
}
