/** The program of a thread that counts its share of label images. Owned by countInThreads.ts, which starts and ends it. */
import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../../shared/errors';
import { countLabelPairs, type CountedPairs, type CountRequest } from './segmentationCounter';

export type ThreadReply =
  { readonly counted: CountedPairs } | { readonly code: UserError['code']; readonly message: string };

try {
  const counted = countLabelPairs(workerData as CountRequest);
  parentPort!.postMessage({ counted } satisfies ThreadReply);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  parentPort!.postMessage({ code: error.code, message: error.message } satisfies ThreadReply);
}
