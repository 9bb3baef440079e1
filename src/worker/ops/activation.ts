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

const addReluOperation = defineOperation<object>({
  name: 'Transferscope.AddRelu',
  portable: ({ a, b }) => tf.relu(tf.add(a!, b!)),
  gradient: {
    saveInputs: [],
    saveOutputs: [true],
    backward: ([dy], [y]) => {
      // Both inputs have the same gradient: computed once, handed out as two views of one buffer.
      const gradient = reluGradient({ dy: dy!, y: y! }, {})[0]!;
      return { a: () => gradient, b: () => tf.clone(gradient) };
    },
  },
});

/** max(x, 0), any shape. The gradient at 0 is 0. */
export function relu<T extends tf.Tensor>(x: T): T {
  return reluOperation({ x }, {})[0] as T;
}

/** max(a + b, 0) for equal shapes: the end of a residual block in one pass. */
export function addRelu<T extends tf.Tensor>(a: T, b: T): T {
  return addReluOperation({ a, b }, {})[0] as T;
}
