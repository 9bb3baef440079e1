import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { checkRuntime } from '../../../../src/worker/runtimes/checkRuntime';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';

describe('checkRuntime', () => {
  it.each(['wasm', 'cpu'])('passes on %s with float32 accuracy, quickly, leaking nothing', async (backend) => {
    await startRuntime('wasm');
    await tf.setBackend(backend);
    await checkRuntime(); // compiles
    const before = tf.memory().numTensors;
    const check = await checkRuntime();
    expect(check.message).toContain('gives the reference gradients');
    expect(check.ok).toBe(true);
    expect(check.maxError).toBeLessThan(1e-5);
    // About 5 ms on an idle machine; the bound leaves room for a busy one and still notices a slow kernel.
    if (backend === 'wasm') expect(check.milliseconds).toBeLessThan(1000);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('fails with a sentence when a kernel is wrong', async () => {
    await startRuntime('wasm');
    const kernel = tf.getKernel('Transferscope.Relu', 'wasm')!;
    tf.unregisterKernel(kernel.kernelName, 'wasm');
    tf.registerKernel({
      ...kernel,
      kernelFunc: ({ inputs }) => tf.mul(inputs['x'] as tf.Tensor, 1.01),
    });
    try {
      const check = await checkRuntime();
      expect(check.ok).toBe(false);
      expect(check.message).toMatch(/wrong gradients.*choose another runtime/);
    } finally {
      tf.unregisterKernel(kernel.kernelName, 'wasm');
      tf.registerKernel(kernel);
    }
  });
});
