/** Fully connected layer. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

const addBias = defineOperation<object>({
  name: 'Transferscope.AddBias',
  portable: ({ x, bias }) => tf.add(x!, bias!),
  gradient: {
    saveInputs: [],
    // The column sum as a product with ones: many times faster on wasm than a sum over the first axis.
    backward: ([dy]) => ({
      x: () => tf.clone(dy!),
      bias: () => tf.reshape(tf.matMul(tf.ones([1, dy!.shape[0]!]), dy!), [-1]),
    }),
  },
});

/** y = x·weight + bias. x: [N, in]; weight: [in, out]; bias: [out]; returns [N, out]. */
export function linear(x: tf.Tensor2D, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor2D {
  const product = tf.matMul(x, weight);
  if (!bias) return product as tf.Tensor2D;
  return addBias({ x: product, bias }, {})[0] as tf.Tensor2D;
}

/** x + bias of each channel. x: [N, H, W, C]; bias: [C]; returns [N, H, W, C]. */
export function addChannelBias(x: tf.Tensor4D, bias: tf.Tensor1D): tf.Tensor4D {
  const flat = tf.reshape(x, [-1, bias.shape[0]]);
  return tf.reshape(addBias({ x: flat, bias }, {})[0]!, x.shape);
}
