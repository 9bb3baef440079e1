/** Every pixel as 2 × 2 of them: nearest-neighbour enlargement by two, whose gradient is a sum over 2 × 2 pixels. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

const operation = defineOperation<object>({
  name: 'Transferscope.DoubleSize',
  portable: ({ x }) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2 * x!.shape[1]!, 2 * x!.shape[2]!]),
  gradient: {
    saveInputs: [],
    backward: ([dy]) => ({ x: () => tf.mul(tf.avgPool(dy as tf.Tensor4D, 2, 2, 'valid'), 4) }),
  },
});

/** x: [N, H, W, C] → [N, 2H, 2W, C], as torch's Upsample(scale_factor=2, mode='nearest'). */
export function doubleSize(x: tf.Tensor4D): tf.Tensor4D {
  return operation({ x }, {})[0] as tf.Tensor4D;
}
