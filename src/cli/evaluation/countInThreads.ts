/** Counts label images in as many threads as there are processors; results do not depend on how many. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../shared/errors';
import type { ThreadReply } from './labelThread';
import { countLabelPairs, joinCounts, type CountedPairs, type CountRequest } from './segmentationCounter';

/** A thread takes longer to start than so few pairs to count. */
const LEAST_PAIRS = 16;

/** `threadEntry`: the thread's program, labelThread.js beside the bundle; without it all is counted here. */
export async function countInThreads(
  request: CountRequest,
  threadEntry = new URL('./labelThread.js', import.meta.url),
): Promise<CountedPairs> {
  const threads = Math.min(availableParallelism(), Math.ceil(request.pairs.length / LEAST_PAIRS));
  if (threads < 2 || !existsSync(fileURLToPath(threadEntry))) return countLabelPairs(request);
  const workers = Array.from({ length: threads - 1 }, (_, i) =>
    startShare(shareOf(request, i + 1, threads), threadEntry),
  );
  try {
    const own = countLabelPairs(shareOf(request, 0, threads));
    return joinCounts(await Promise.all([own, ...workers.map(({ result }) => result)]));
  } finally {
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
  }
}

function shareOf(request: CountRequest, first: number, step: number): CountRequest {
  return { ...request, pairs: request.pairs.filter((_, i) => i % step === first) };
}

function startShare(request: CountRequest, entry: URL): { worker: Worker; result: Promise<CountedPairs> } {
  const worker = new Worker(entry, { workerData: request });
  const result = new Promise<CountedPairs>((resolve, reject) => {
    worker.once('message', (reply: ThreadReply) => {
      if ('counted' in reply) resolve(reply.counted);
      else reject(new UserError(reply.code, reply.message));
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`internal: a counting thread ended with code ${code}`)));
  });
  result.catch(() => undefined); // seen when it is awaited
  return { worker, result };
}
