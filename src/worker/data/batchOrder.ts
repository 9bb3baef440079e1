/** Which images a training step sees, from seed and step alone: resuming needs no saved position. */
import { deriveRandom } from '../../shared/random';

/** A fresh uniform order of 0..length-1 for one epoch. */
export function epochOrder(length: number, seed: number, epoch: number): Uint32Array {
  return deriveRandom(seed, 'data-order', epoch).permutation(length);
}

/** The images of a step, counted from 0. Epochs consist of whole batches; the rest of an epoch's order is left out (drop_last). */
export function batchIndices(request: { length: number; batch: number; seed: number; step: number }): Uint32Array {
  const { length, batch, seed, step } = request;
  const perEpoch = Math.floor(length / batch);
  if (perEpoch < 1) throw new Error(`internal: a batch of ${batch} from ${length} images`);
  const place = (step % perEpoch) * batch;
  return epochOrder(length, seed, Math.floor(step / perEpoch)).slice(place, place + batch);
}
