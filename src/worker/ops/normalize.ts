/** Length normalisation with PyTorch's F.normalize semantics. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

const operation = defineOperation<{ readonly epsilon: number }>({
  name: 'Transferscope.L2Normalize',
  portable: ({ x }, { epsilon }) => {
    const length = tf.sqrt(tf.sum(tf.square(x!), 1, true)); // [N, 1]
    const divisor = tf.maximum(length, epsilon);
    return [tf.div(x!, divisor), divisor];
  },
  gradient: {
    saveInputs: [],
    saveOutputs: [true, true],
    backward: ([dy], [y, divisor], { epsilon }) => ({
      x: () => {
        // Rows at or below epsilon were divided by a constant, so nothing flows through their length.
        const free = tf.step(tf.sub(divisor!, epsilon));
        const along = tf.mul(tf.sum(tf.mul(dy!, y!), 1, true), free); // [N, 1]
        return tf.div(tf.sub(dy!, tf.mul(y!, along)), divisor!);
      },
    }),
  },
});

/** Each row divided by max(‖row‖₂, epsilon). x: [N, C]; returns [N, C]. */
export function l2Normalize(x: tf.Tensor2D, epsilon = 1e-12): tf.Tensor2D {
  const [y, divisor] = operation({ x }, { epsilon });
  divisor!.dispose();
  return y as tf.Tensor2D;
}
