/**
 * Threads that read, augment and normalise images, so that training never waits for pixels. A batch is cut into one part
 * per thread; each writes its part into shared memory, and nothing is copied afterwards. Results depend on
 * (seed, step, index, view) only: not on the number of threads, the order of requests, or what ran before.
 * Left out: deciding which items make a batch, and labels.
 */
import { Worker } from 'node:worker_threads';
import type { AugmentationOp } from '../../shared/experiment/augmentation';
import { augmentationPolicy } from '../../shared/experiment/augmentation';
import { Cancelled, UserError } from '../../shared/errors';
import type { ImageStore } from '../data/dataset';
import type { AugmentChunk, AugmentProblem, AugmentSetup, ChunkResult } from './augmentChunk';
import { augmentChunk } from './augmentChunk';
import type { ChunkReply, ChunkRequest } from './augmentThread';

export interface AugmentPoolOptions {
  readonly store: ImageStore;
  /** Operations of training batches, e.g. `augmentationPolicy('moco-v2', { size })`. */
  readonly ops: readonly AugmentationOp[];
  /** Operations of evaluation batches. Default: the policy 'none'. */
  readonly evalOps?: readonly AugmentationOp[];
  /** Side of the output, px; must be what the operations end with. */
  readonly size: number;
  /** Number of threads; 0 works in the calling thread, with equal results. */
  readonly threads: number;
  /** The thread's program. Default: augmentThread.js beside the bundle; tests name their own build of it. */
  readonly threadEntry?: URL;
}

export interface AugmentRequest {
  readonly seed: number;
  /** Training step; part of the random stream. */
  readonly step: number;
  /** [batch], items of the data set. */
  readonly indices: Int32Array | Uint32Array;
  /** Independently drawn copies of every item. */
  readonly views: number;
  /** Number of the first of them in the random stream; 0 when absent. */
  readonly firstView?: number;
  /** In place of the pool's own. */
  readonly ops?: readonly AugmentationOp[];
}

export interface AugmentedBatch {
  /** One [batch, size, size, 3] array per view, normalised with ImageNet's mean and standard deviation. Shared memory. */
  readonly views: readonly Float32Array[];
  /** [batch], the items whose pixels are in the views; differs from the request where an image could not be read. */
  readonly indices: Uint32Array;
  readonly problems: readonly AugmentProblem[];
}

export interface AugmentPool {
  /** Augmented views of the given items. */
  batch(request: AugmentRequest): Promise<AugmentedBatch>;
  /** Resized, centre-cropped, normalised items, without randomness, as one view. */
  evalBatch(indices: Int32Array | Uint32Array): Promise<AugmentedBatch>;
  /** End the threads; whatever is still under way is rejected with `Cancelled`. */
  close(): Promise<void>;
}

/** Start a pool; `close` it when done, otherwise its threads keep the process alive. */
export function createAugmentPool(options: AugmentPoolOptions): AugmentPool {
  const { store, ops, size, threads } = options;
  const setup = { store, ops, size, evalOps: options.evalOps ?? augmentationPolicy('none', { size }) };
  const entry = options.threadEntry ?? new URL('./augmentThread.js', import.meta.url);
  const workers: ChunkWorker[] =
    threads > 0
      ? Array.from({ length: threads }, () => new ThreadWorker(entry, setup))
      : [{ run: (chunk) => augmentChunk(setup, chunk), close: async () => {} }];
  return {
    batch: async (request) => runBatch(workers, size, { use: 'train', ...request }),
    evalBatch: async (indices) => runBatch(workers, size, { use: 'eval', seed: 0, step: 0, indices, views: 1 }),
    close: async () => void (await Promise.all(workers.map((worker) => worker.close()))),
  };
}

interface ChunkWorker {
  run(chunk: AugmentChunk): Promise<ChunkResult>;
  close(): Promise<void>;
}

async function runBatch(
  workers: readonly ChunkWorker[],
  size: number,
  request: AugmentRequest & { readonly use: AugmentChunk['use'] },
): Promise<AugmentedBatch> {
  const { use, seed, step, ops, firstView = 0 } = request;
  const indices = Uint32Array.from(request.indices);
  const bytes = indices.length * size * size * 3 * Float32Array.BYTES_PER_ELEMENT;
  // New memory for every batch: a backend may hold on to an array until it first uses it.
  const outputs = Array.from({ length: request.views }, () => new Float32Array(new SharedArrayBuffer(bytes)));
  const part = Math.ceil(indices.length / workers.length);
  const running: Promise<ChunkResult>[] = [];
  workers.forEach((worker, i) => {
    const first = i * part;
    const end = Math.min(indices.length, first + part);
    if (first < end) {
      const chunk = { use, seed, step, firstView, indices, first, end, outputs };
      running.push(worker.run({ ...chunk, ...(ops && { ops }) }));
    }
  });
  const results = await Promise.all(running);
  const used = new Uint32Array(indices.length);
  results.forEach((result, i) => used.set(result.used, i * part));
  return { views: outputs, indices: used, problems: results.flatMap((result) => result.problems) };
}

/** One thread and the requests that it has not answered yet. */
class ThreadWorker implements ChunkWorker {
  private readonly thread: Worker;
  private readonly pending = new Map<number, { resolve(result: ChunkResult): void; reject(cause: Error): void }>();
  private nextId = 0;
  /** Why this thread takes no more work. */
  private ended: Error | undefined;

  constructor(entry: URL, setup: AugmentSetup) {
    this.thread = new Worker(entry, { workerData: setup });
    this.thread.on('message', (reply: ChunkReply) => this.settle(reply));
    this.thread.on('messageerror', (cause) => this.end(cause));
    this.thread.on('error', (cause) => this.end(asError(cause)));
    this.thread.on('exit', (code) => this.end(stoppedError(code)));
  }

  run(chunk: AugmentChunk): Promise<ChunkResult> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      const request: ChunkRequest = { id: this.nextId++, chunk };
      this.pending.set(request.id, { resolve, reject });
      this.thread.postMessage(request);
    });
  }

  async close(): Promise<void> {
    this.end(new Cancelled());
    await this.thread.terminate();
  }

  private settle(reply: ChunkReply): void {
    const waiting = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if ('result' in reply) waiting?.resolve(reply.result);
    else waiting?.reject(errorOf(reply.error));
  }

  /** The first cause counts: an error is followed by an exit. */
  private end(cause: Error): void {
    this.ended ??= cause;
    for (const waiting of this.pending.values()) waiting.reject(this.ended);
    this.pending.clear();
  }
}

function errorOf(error: Extract<ChunkReply, { error: unknown }>['error']): Error {
  if (error.code !== undefined) return new UserError(error.code, error.message);
  const bug = new Error(error.message);
  if (error.stack !== undefined) bug.stack = error.stack;
  return bug;
}

function stoppedError(code: number): UserError {
  const message = `An augmentation thread stopped with exit code ${code}; resume the run, with fewer threads if memory is short.`;
  return new UserError('worker', message);
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
