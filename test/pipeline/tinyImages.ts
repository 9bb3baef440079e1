/** The tiny set's images as the network sees them. */
import { imagenetMean, imagenetStd } from '../../src/shared/experiment/augmentation';
import type { Dataset } from '../../src/worker/data/dataset';

/** [images, side, side, 3], normalised. */
export function normalised({ store }: Dataset): Float32Array {
  if (store.kind !== 'packed') throw new Error('the tiny set is packed');
  return Float32Array.from(
    new Uint8Array(store.buffer),
    (byte, i) => (byte / 255 - imagenetMean[i % 3]!) / imagenetStd[i % 3]!,
  );
}
