/** Long sums: the numbers of tf.addN, in pieces that WebGPU can take. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { sumOf } from '../../../../src/worker/ops/sumOf';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { normals } from './compareBackends';

beforeAll(async () => void (await startRuntime('wasm')));

it.each([1, 4, 5, 66])('adds %i tensors as tf.addN does, bit for bit, a few at once', (count) => {
  const terms = Array.from({ length: count }, (_, i) => tf.tensor1d(normals([7], i)));
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine);
  const widths: number[] = [];
  engine.runKernel = ((name: string, inputs: tf.NamedTensorMap, attributes?: tf.NamedAttrMap) => {
    widths.push(Object.keys(inputs).length);
    return runKernel(name, inputs, attributes);
  }) as typeof engine.runKernel;
  const sum = tf.tidy(() => sumOf(terms));
  engine.runKernel = runKernel as typeof engine.runKernel;
  const whole = tf.addN(terms);
  expect([...sum.dataSync()]).toEqual([...whole.dataSync()]);
  expect(Math.max(...widths)).toBeLessThanOrEqual(4);
  tf.dispose([...terms, sum, whole]);
});
