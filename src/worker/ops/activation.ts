/** Rectifiers whose gradient is read off the output, so that the input need not be kept. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

const reluGradient = defineOperation<object>({
  name: 'Transferscope.ReluGradient',
  portable: ({ dy, y }) => tf.mul(dy!, tf.step(y!)),
});

const reluOperation = defineOperation<object>({
  name: 'Transferscope.Relu',
  portable: ({ x }) => tf.relu(x!),
  gradient: {
    saveInputs: [],
    saveOutputs: [true],
    backward: ([dy], [y]) => ({ x: () => reluGradient({ dy: dy!, y: y! }, {})[0]! }),
  },
});

/** max(x, 0), any shape. The gradient at 0 is 0. */
export function relu<T extends tf.Tensor>(x: T): T {
  return reluOperation({ x }, {})[0] as T;
}
