/** Mean squared difference of two tensors, in one operation with a short gradient. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

const operation = defineOperation<object>({
  name: 'Transferscope.MeanSquaredError',
  portable: ({ a, b }) => {
    const channels = a!.shape[a!.rank - 1]!;
    const squares = tf.reshape(tf.square(tf.sub(a!, b!)), [-1, channels]);
    // Column sums as a product with ones, then one short sum: a long float32 sum loses digits and is slow on wasm.
    const columns = tf.matMul(tf.fill([1, squares.shape[0]!], 1 / a!.size), squares);
    return tf.sum(columns);
  },
  gradient: {
    saveInputs: ['a', 'b'],
    backward: ([dy], [a, b]) => {
      const toA = () => tf.mul(tf.sub(a!, b!), tf.mul(dy!, 2 / a!.size));
      return { a: toA, b: () => tf.neg(toA()) };
    },
  },
});

/** mean((a − b)²) over all numbers; a, b: of equal shape, with at least one axis. */
export function meanSquaredError(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  return operation({ a, b }, {})[0] as tf.Scalar;
}
