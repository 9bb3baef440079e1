/** The Gaussian error linear unit, exact (Hendrycks & Gimpel 2016, arXiv 1606.08415): x · Φ(x), as torch's GELU by default. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

const gradient = defineOperation<object>({
  name: 'Transferscope.GeluGradient',
  portable: ({ dy, x }) => {
    const density = tf.mul(tf.exp(tf.mul(tf.square(x!), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return tf.mul(dy!, tf.add(distribution(x!), tf.mul(x!, density)));
  },
});

const operation = defineOperation<object>({
  name: 'Transferscope.Gelu',
  portable: ({ x }) => tf.mul(x!, distribution(x!)),
  gradient: {
    saveInputs: ['x'],
    backward: ([dy], [x]) => ({ x: () => gradient({ dy: dy!, x: x! }, {})[0]! }),
  },
});

/** x · (1 + erf(x / √2)) / 2, any shape. */
export function gelu<T extends tf.Tensor>(x: T): T {
  return operation({ x }, {})[0] as T;
}

/** Φ(x) */
function distribution(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}
