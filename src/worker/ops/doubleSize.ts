/** Every pixel as 2 × 2 of them: nearest-neighbour enlargement by two, whose gradient is a sum over 2 × 2 pixels. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

const operation = defineOperation<object>({
  name: 'Transferscope.DoubleSize',
  portable: ({ x }) => {
    const [count, height, width, channels] = x!.shape as [number, number, number, number];
    const wide = tf.tile(tf.reshape(x!, [count * height, width, 1, channels]), [1, 1, 2, 1]);
    const tall = tf.tile(tf.reshape(wide, [count * height, 1, 2 * width * channels]), [1, 2, 1]);
    return tf.reshape(tall, [count, 2 * height, 2 * width, channels]);
  },
  gradient: {
    saveInputs: [],
    backward: ([dy]) => ({ x: () => tf.mul(tf.avgPool(dy as tf.Tensor4D, 2, 2, 'valid'), 4) }),
  },
});

/** x: [N, H, W, C] → [N, 2H, 2W, C], as torch's Upsample(scale_factor=2, mode='nearest'). */
export function doubleSize(x: tf.Tensor4D): tf.Tensor4D {
  return operation({ x }, {})[0] as tf.Tensor4D;
}
