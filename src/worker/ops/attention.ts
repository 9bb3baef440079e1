/**
 * Scaled dot-product attention of several heads (Vaswani et al. 2017, arXiv 1706.03762, equation 1): for each image and head
 *   y = softmax(q kᵀ / √d) v
 * q, k and v come side by side from one linear layer, heads side by side in each, as timm and torch lay them out. The
 * probabilities are not kept for the gradient: they are as large as all else together, and quick to compute again.
 */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

export interface AttentionAttributes {
  readonly heads: number;
}

const gradient = defineOperation<AttentionAttributes>({
  name: 'Transferscope.AttentionGradient',
  portable: ({ dy, qkv }, { heads }) => {
    const { q, k, v, factor } = splitHeads(qkv!, heads);
    const probabilities = tf.softmax(tf.mul(tf.matMul(q, k, false, true), factor));
    const own = toHeads(dy!, heads); // [N·heads, T, d]
    const dv = tf.matMul(probabilities, own, true, false);
    const dp = tf.matMul(own, v, false, true);
    const along = tf.sum(tf.mul(dp, probabilities), -1, true);
    const ds = tf.mul(tf.mul(probabilities, tf.sub(dp, along)), factor);
    const dq = tf.matMul(ds, k);
    const dk = tf.matMul(ds, q, true, false);
    return tf.concat(
      [dq, dk, dv].map((part) => fromHeads(part, heads)),
      2,
    );
  },
});

const operation = defineOperation<AttentionAttributes>({
  name: 'Transferscope.Attention',
  portable: ({ qkv }, { heads }) => {
    const { q, k, v, factor } = splitHeads(qkv!, heads);
    const probabilities = tf.softmax(tf.mul(tf.matMul(q, k, false, true), factor));
    return fromHeads(tf.matMul(probabilities, v), heads);
  },
  gradient: {
    saveInputs: ['qkv'],
    backward: ([dy], [qkv], attributes) => ({ qkv: () => gradient({ dy: dy!, qkv: qkv! }, attributes)[0]! }),
  },
});

/** qkv: [N, T, 3·C], q before k before v; heads divides C. Returns [N, T, C]. */
export function attention(qkv: tf.Tensor3D, heads: number): tf.Tensor3D {
  return operation({ qkv }, { heads })[0] as tf.Tensor3D;
}

/** q, k, v as [N·heads, T, d], and 1/√d. */
function splitHeads(qkv: tf.Tensor, heads: number) {
  const [q, k, v] = tf.split(qkv, 3, 2).map((part) => toHeads(part, heads)) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { q, k, v, factor: 1 / Math.sqrt(q.shape[2]!) };
}

/** [N, T, C] → [N·heads, T, C / heads] */
function toHeads(x: tf.Tensor, heads: number): tf.Tensor {
  const [count, tokens, channels] = x.shape as [number, number, number];
  const split = tf.transpose(tf.reshape(x, [count, tokens, heads, channels / heads]), [0, 2, 1, 3]);
  return tf.reshape(split, [count * heads, tokens, channels / heads]);
}

/** [N·heads, T, d] → [N, T, heads·d] */
function fromHeads(x: tf.Tensor, heads: number): tf.Tensor {
  const [all, tokens, size] = x.shape as [number, number, number];
  const joined = tf.transpose(tf.reshape(x, [all / heads, heads, tokens, size]), [0, 2, 1, 3]);
  return tf.reshape(joined, [all / heads, tokens, heads * size]);
}
