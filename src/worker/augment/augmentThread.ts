/**
 * Entry of one augmentation thread (node:worker_threads): takes chunks one after another and answers each exactly once.
 * Bundled beside the worker as augmentThread.js. Owned by augmentPool.ts, which starts, feeds and ends it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { ErrorCode } from '../../shared/errors';
import { UserError } from '../../shared/errors';
import type { AugmentChunk, AugmentSetup, ChunkResult } from './augmentChunk';
import { augmentChunk } from './augmentChunk';

/** Pool to thread: fill this part. */
export interface ChunkRequest {
  readonly id: number;
  readonly chunk: AugmentChunk;
}

/** Thread to pool: the answer to the request of the same id. A user error keeps its code; anything else is a bug. */
export type ChunkReply =
  | { readonly id: number; readonly result: ChunkResult }
  | {
      readonly id: number;
      readonly error: { readonly code?: ErrorCode; readonly message: string; readonly stack?: string };
    };

async function answer(setup: AugmentSetup, { id, chunk }: ChunkRequest): Promise<ChunkReply> {
  try {
    return { id, result: await augmentChunk(setup, chunk) };
  } catch (error) {
    if (error instanceof UserError) return { id, error: { code: error.code, message: error.message } };
    if (error instanceof Error) return { id, error: { message: error.message, stack: error.stack } };
    return { id, error: { message: String(error) } };
  }
}

function serve(setup: AugmentSetup): void {
  // One chunk at a time, so that memory does not grow with the number of batches asked for.
  let last = Promise.resolve();
  parentPort?.on('message', (request: ChunkRequest) => {
    last = last.then(async () => parentPort?.postMessage(await answer(setup, request)));
  });
}

serve(workerData as AugmentSetup);
