/** The smooth L1 loss (Girshick 2015, arXiv 1504.08083, equation 3): ½ d²/β below β, |d| − ½ β above. */
import * as tf from '@tensorflow/tfjs-core';

/** Entry by entry; same shape as `difference`. With m = min(|d|, β) both cases are m (|d| − m/2) / β. */
export function smoothL1(difference: tf.Tensor, beta: number): tf.Tensor {
  const size = tf.abs(difference);
  const inner = tf.minimum(size, beta);
  return tf.div(tf.mul(inner, tf.sub(size, tf.mul(inner, 0.5))), beta);
}
