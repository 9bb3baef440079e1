/** Runs a block of tests on the pure-JS backend and on the wasm runtime, and compares arrays with a relative tolerance. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect } from 'vitest';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';

export function onEachBackend(tests: () => void): void {
  describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
    beforeAll(async () => {
      if (backend === 'wasm') await startRuntime('wasm');
      else {
        tf.enableProdMode();
        await tf.setBackend('cpu');
      }
    });
    tests();
  });
}

/** Every element within `tolerance` of the largest expected magnitude. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1e-3, ...Array.from(expected, Math.abs));
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!) / scale;
    worst = difference > worst || Number.isNaN(difference) ? difference : worst;
  }
  expect(worst).toBeLessThan(tolerance);
}

/** How many more tensors are alive after `work` than before. */
export function leakedTensors(work: () => void): number {
  work();
  const before = tf.memory().numTensors;
  for (let i = 0; i < 3; i++) work();
  return tf.memory().numTensors - before;
}

/** Loss and gradient of a scalar function of one matrix; everything else is disposed. */
export function lossAndGradient(
  input: tf.Tensor2D,
  loss: (input: tf.Tensor2D) => tf.Scalar,
): { loss: number; gradient: Float32Array } {
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => loss(x as tf.Tensor2D))(input);
  const result = { loss: value.dataSync()[0]!, gradient: grad.dataSync().slice() as Float32Array };
  tf.dispose([value, grad]);
  return result;
}
