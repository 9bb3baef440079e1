/** The length of all gradients together, and clipping by it as torch.nn.utils.clip_grad_norm_. */
import * as tf from '@tensorflow/tfjs-core';
import { sumOf } from '../ops/sumOf';

/** √ of the sum of squares over all gradients: their length as one vector. */
export async function gradientNorm(gradients: ReadonlyMap<string, tf.Tensor>): Promise<number> {
  const squares = tf.tidy(() => sumOfSquares(gradients));
  const [sum] = await squares.data();
  squares.dispose();
  return Math.sqrt(sum ?? 0);
}

/** Scales all gradients by min(1, limit / (|g| + 1e-6)) and puts the scaled ones in their place, disposing the old. */
export function clipGradients(gradients: Map<string, tf.Tensor>, limit: number): void {
  const scale = tf.tidy(() => {
    const norm = tf.sqrt(sumOfSquares(gradients));
    return tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1);
  });
  for (const [name, gradient] of gradients) {
    gradients.set(name, tf.mul(gradient, scale));
    gradient.dispose();
  }
  scale.dispose();
}

function sumOfSquares(gradients: ReadonlyMap<string, tf.Tensor>): tf.Tensor {
  const squares = [...gradients.values()].map((gradient) => {
    const last = gradient.shape[gradient.rank - 1] ?? 1;
    // Row sums first: one long float32 sum loses digits and is slow on wasm.
    return tf.sum(tf.sum(tf.square(tf.reshape(gradient, [-1, last])), 1));
  });
  return sumOf(squares);
}
