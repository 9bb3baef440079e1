/** Augmentation without threads, which need a bundle: the results are the same. For `vi.mock` of `augmentPool`. */
import type * as augmentPool from '../../src/worker/augment/augmentPool';

export async function withoutThreads(original: () => Promise<unknown>): Promise<typeof augmentPool> {
  const real = (await original()) as typeof augmentPool;
  return { ...real, createAugmentPool: (options) => real.createAugmentPool({ ...options, threads: 0 }) };
}
