/**
 * The focal loss (Lin et al. 2017, arXiv 1708.02002, equation 5) on logits, as torchvision's sigmoid_focal_loss:
 *   FL = −α_t (1 − p_t)^γ log p_t, γ = 2, α = 0.25 for objects and 0.75 for background.
 */
import * as tf from '@tensorflow/tfjs-core';

const ALPHA = 0.25;

/** logits, targets (0 or 1): [n, c]; weights: [n, 1], default 1. Returns the weighted sum over all entries. */
export function focalLossSum(logits: tf.Tensor2D, targets: tf.Tensor2D, weights?: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const crossEntropy = sigmoidCrossEntropy(logits, targets);
    const probability = tf.sigmoid(logits);
    // 1 − p_t = p + t − 2 p t
    const miss = tf.sub(tf.add(probability, targets), tf.mul(tf.mul(probability, targets), 2));
    const alpha = tf.sub(1 - ALPHA, tf.mul(targets, 1 - 2 * ALPHA));
    const loss = tf.mul(tf.mul(alpha, tf.square(miss)), crossEntropy);
    return sumAll(weights ? tf.mul(loss, weights) : loss);
  });
}

/** −t log σ(x) − (1 − t) log(1 − σ(x)), without overflow: max(x, 0) − x t + log(1 + e^−|x|). */
export function sigmoidCrossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  const soft = tf.log1p(tf.exp(tf.neg(tf.abs(logits))));
  return tf.add(tf.sub(tf.relu(logits), tf.mul(logits, targets)), soft);
}

/** Sum over all axes; rows first, since one long float32 sum loses digits. x: [n, c]. */
export function sumAll(x: tf.Tensor): tf.Scalar {
  return tf.sum(tf.sum(x, -1));
}
