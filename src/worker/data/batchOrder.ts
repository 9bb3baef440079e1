/** Which images a training step sees, from seed and step alone: resuming needs no saved position. */
import { deriveRandom } from '../../shared/random';

/** A fresh uniform order of 0..length-1 for one epoch. */
export function epochOrder(length: number, seed: number, epoch: number): Uint32Array {
  return deriveRandom(seed, 'data-order', epoch).permutation(length);
}

/** The order asked for last: drawing a million numbers anew for every step would take longer than reading its images. */
let latest:
  { readonly length: number; readonly seed: number; readonly epoch: number; readonly order: Uint32Array } | undefined;

function recallOrder(length: number, seed: number, epoch: number): Uint32Array {
  if (latest?.length !== length || latest.seed !== seed || latest.epoch !== epoch) {
    latest = { length, seed, epoch, order: epochOrder(length, seed, epoch) };
  }
  return latest.order;
}

/** The images of a step, counted from 0. Epochs consist of whole batches; the rest of an epoch's order is left out (drop_last). */
export function batchIndices(request: { length: number; batch: number; seed: number; step: number }): Uint32Array {
  const { length, batch, seed, step } = request;
  const perEpoch = Math.floor(length / batch);
  if (perEpoch < 1) throw new Error(`internal: a batch of ${batch} from ${length} images`);
  const place = (step % perEpoch) * batch;
  return recallOrder(length, seed, Math.floor(step / perEpoch)).slice(place, place + batch);
}
