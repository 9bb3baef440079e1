/** Gradient clipping by the norm of all gradients together, as torch.nn.utils.clip_grad_norm_. */
import * as tf from '@tensorflow/tfjs-core';

/** Scales all gradients by min(1, limit / (|g| + 1e-6)) and puts the scaled ones in their place, disposing the old. */
export function clipGradients(gradients: Map<string, tf.Tensor>, limit: number): void {
  const scale = tf.tidy(() => {
    const squares = [...gradients.values()].map((gradient) => {
      const last = gradient.shape[gradient.rank - 1] ?? 1;
      // Row sums first: one long float32 sum loses digits and is slow on wasm.
      return tf.sum(tf.sum(tf.square(tf.reshape(gradient, [-1, last])), 1));
    });
    const norm = tf.sqrt(tf.addN(squares));
    return tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1);
  });
  for (const [name, gradient] of gradients) {
    gradients.set(name, tf.mul(gradient, scale));
    gradient.dispose();
  }
  scale.dispose();
}
