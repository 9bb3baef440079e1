/** The sum of any number of tensors of one shape. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * Σ terms, from the first to the last as tf.addN, of at least one. In fours: a WebGPU shader may have eight buffers, and
 * tfjs does not split a longer sum.
 */
export function sumOf(terms: readonly tf.Tensor[]): tf.Tensor {
  if (terms.length <= 4) return tf.addN([...terms]);
  return sumOf([tf.addN(terms.slice(0, 4)), ...terms.slice(4)]);
}
