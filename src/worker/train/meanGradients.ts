/** Gradient accumulation: the mean over the parts of a batch that is too large for the memory as a whole. */
import * as tf from '@tensorflow/tfjs-core';
import { requireGradient } from './optimizer';

/** sums ← sums + part, name by name. The part's tensors are freed or become the sums'. */
export function addGradients(sums: Map<string, tf.Tensor>, part: ReadonlyMap<string, tf.Tensor>): void {
  if (sums.size === 0) {
    for (const [name, gradient] of part) sums.set(name, gradient);
    return;
  }
  for (const [name, sum] of sums) {
    const gradient = requireGradient(part, name);
    sums.set(name, tf.add(sum, gradient));
    tf.dispose([sum, gradient]);
  }
}

/** sums ← sums / count; nothing to do for 1. */
export function divideGradients(sums: Map<string, tf.Tensor>, count: number): void {
  if (count === 1) return;
  for (const [name, sum] of sums) {
    sums.set(name, tf.div(sum, count));
    sum.dispose();
  }
}
