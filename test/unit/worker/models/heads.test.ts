/** Heads: names and layout, initialisation, and the forward pass against written-out arithmetic. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import { createHead } from '../../../../src/worker/models/heads';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';

beforeAll(async () => {
  await startRuntime('wasm');
});

/** y = W x + b with W [out, in] as PyTorch stores it. */
function multiply(weight: Float32Array, bias: Float32Array, x: readonly number[]): number[] {
  return [...bias].map((b, o) => x.reduce((sum, value, i) => sum + value * weight[o * x.length + i]!, b));
}

describe('heads', () => {
  it('names weights as published checkpoints do, in PyTorch shapes', () => {
    const shapes = (kind: 'classifier' | 'linear' | 'mlp') => {
      const head = createHead({ kind, inputSize: 6, outputSize: 3, hiddenSize: 5 }, deriveRandom(0, 'test'));
      const result = [...head.weights.shapes()];
      head.dispose();
      return result;
    };
    const single = [
      ['fc.weight', [3, 6]],
      ['fc.bias', [3]],
    ];
    expect(shapes('classifier')).toEqual(single);
    expect(shapes('linear')).toEqual(single);
    expect(shapes('mlp')).toEqual([
      ['fc.0.weight', [5, 6]],
      ['fc.0.bias', [5]],
      ['fc.2.weight', [3, 5]],
      ['fc.2.bias', [3]],
    ]);
  });

  it('computes fc.2(relu(fc.0(x)))', async () => {
    const head = createHead({ kind: 'mlp', inputSize: 4, outputSize: 2, hiddenSize: 7 }, deriveRandom(1, 'test'));
    const t = await head.weights.exportTensors();
    const x = [0.5, -1, 2, 0.25];
    const hidden = multiply(t.get('fc.0.weight')!.data, t.get('fc.0.bias')!.data, x).map((v) => Math.max(v, 0));
    const expected = multiply(t.get('fc.2.weight')!.data, t.get('fc.2.bias')!.data, hidden);
    const before = tf.memory().numTensors;
    const input = tf.tensor2d(x, [1, 4]);
    const output = head.forward(input);
    expect(tf.memory().numTensors).toBe(before + 2);
    const actual = await output.data();
    expected.forEach((value, index) => expect(actual[index]).toBeCloseTo(value, 6));
    tf.dispose([input, output]);
    head.dispose();
  });

  it("draws torch's uniform weights, or the normal ones of linear classifiers", async () => {
    const draw = async (initialisation: 'torch' | 'normal') => {
      const config = { kind: 'classifier', inputSize: 100, outputSize: 200, initialisation } as const;
      const head = createHead(config, deriveRandom(2, 'test'));
      const tensors = await head.weights.exportTensors();
      head.dispose();
      return { weight: tensors.get('fc.weight')!.data, bias: tensors.get('fc.bias')!.data };
    };
    const variance = (data: Float32Array) => data.reduce((sum, v) => sum + v * v, 0) / data.length;
    const uniform = await draw('torch');
    for (const data of [uniform.weight, uniform.bias])
      expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.1));
    // Var of v² for a uniform in ±b: variance b²/3, of its square 4b⁴/45.
    expect(Math.abs(variance(uniform.weight) - 0.01 / 3)).toBeLessThan(5 * Math.sqrt(4e-4 / 45 / 20000));
    expect(variance(uniform.bias)).toBeGreaterThan(0.0025);
    const normal = await draw('normal');
    expect(Math.abs(variance(normal.weight) / 1e-4 - 1)).toBeLessThan(5 * Math.sqrt(2 / 20000));
    expect(new Set(normal.bias)).toEqual(new Set([0]));
  });
});
