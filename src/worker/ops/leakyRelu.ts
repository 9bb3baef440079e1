/** A rectifier that lets a share of what is negative through (Maas et al. 2013), as torch's LeakyReLU. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

const operation = defineOperation<{ readonly slope: number }>({
  name: 'Transferscope.LeakyRelu',
  portable: ({ x }, { slope }) => tf.leakyRelu(x!, slope),
  gradient: {
    saveInputs: [],
    saveOutputs: [true],
    // The output has the sign of the input; at 0 torch takes the slope of the negative side.
    backward: ([dy], [y], { slope }) => ({ x: () => tf.mul(dy!, tf.step(y!, slope)) }),
  },
});

/** max(x, slope · x), any shape; slope in (0, 1). The gradient at 0 is the slope. */
export function leakyRelu<T extends tf.Tensor>(x: T, slope: number): T {
  return operation({ x }, { slope })[0] as T;
}
