/** One block of a network, whose inside is kept for the gradient or, where that is asked for, computed again. */
import * as tf from '@tensorflow/tfjs-core';
import { isGradientWanted, recomputed } from '../ops/recompute';
import type { Backbone } from './backbone';

/** name: what stands before the names of the block's weights. `isAgain`: side effects are done already. */
export function applyBlock<T extends tf.Tensor>(
  { weights, recompute }: Pick<Backbone, 'weights' | 'recompute'>,
  name: string,
  x: T,
  apply: (x: T, isAgain: boolean) => T,
): T {
  // Without a gradient to compute, only the block's output outlives it.
  if (!recompute || !isGradientWanted()) return tf.tidy(() => apply(x, false));
  const names = weights.names('parameter').filter((own) => own.startsWith(`${name}.`));
  return recomputed(
    x,
    names.map((own) => weights.get(own)),
    apply,
  );
}
