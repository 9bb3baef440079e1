/** Keeps the batches of the next steps in the making, so that the training loop finds its batch ready. */
import type { AugmentedBatch, AugmentPool, AugmentRequest } from './augmentPool';

export interface BatchPrefetch {
  /** The batch of a step; asks at the same time for the following ones. Steps are normally asked for in order. */
  next(step: number): Promise<AugmentedBatch>;
}

/**
 * Prefetch `depth` batches ahead (0 = none). `requestOf` names the batch of a step, or undefined after the last one; it must
 * depend on the step alone, so that a resumed run asks for the same batches. An error surfaces at the step that it belongs to.
 */
export function prefetchBatches(
  pool: Pick<AugmentPool, 'batch'>,
  requestOf: (step: number) => AugmentRequest | undefined,
  depth: number,
): BatchPrefetch {
  const started = new Map<number, Promise<AugmentedBatch>>();

  const start = (step: number): Promise<AugmentedBatch> | undefined => {
    const known = started.get(step);
    if (known !== undefined) return known;
    const request = requestOf(step);
    if (request === undefined) return undefined;
    const batch = pool.batch(request);
    // Nobody waits for it yet; the error is not lost, it is seen by whoever asks for this step.
    batch.catch(() => {});
    started.set(step, batch);
    return batch;
  };

  return {
    next(step) {
      for (const other of started.keys()) if (other < step || other > step + depth) started.delete(other);
      const batch = start(step);
      for (let ahead = 1; ahead <= depth; ahead++) start(step + ahead);
      started.delete(step);
      return batch ?? Promise.reject(new Error(`internal: no batch is defined for step ${step}`));
    },
  };
}
