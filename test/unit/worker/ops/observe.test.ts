import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  observe,
  observedAs,
  observing,
  reportMatch,
  unobserved,
  type Observer,
} from '../../../../src/worker/ops/observe';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';

beforeAll(async () => void (await startRuntime('wasm')));

/** Remembers outputs and gradients by name. */
class Notes implements Observer {
  readonly outputs = new Map<string, number[]>();
  readonly gradients = new Map<string, number[]>();
  readonly kinds: string[] = [];
  onOutput(name: string, x: tf.Tensor) {
    this.outputs.set(name, [...x.dataSync()]);
    return (gradient: tf.Tensor) => void this.gradients.set(name, [...gradient.dataSync()]);
  }
  onMatch({ kind }: { kind: string }): void {
    this.kinds.push(kind);
  }
}

/** loss = Σ (2 x)² + Σ 2 x, with the middle read twice. */
const lossOf = (x: tf.Tensor): tf.Scalar => {
  const middle = observe('middle', tf.mul(x, 2));
  return tf.add(tf.sum(tf.square(middle)), tf.sum(middle));
};

describe('observe', () => {
  it('sees output and gradient, and changes neither', async () => {
    const x = tf.tensor1d([1, -2, 0.3]);
    const plain = tf.grad(lossOf)(x);
    const notes = new Notes();
    const before = tf.memory().numTensors;
    const seen = await observing(notes, async () => tf.grad(lossOf)(x));
    expect(tf.memory().numTensors).toBe(before + 1);
    expect([...seen.dataSync()]).toEqual([...plain.dataSync()]);
    const middle = [2, -4, Math.fround(0.6)];
    expect(notes.outputs.get('middle')).toEqual(middle);
    // d loss / d middle = 2 middle + 1
    const slope = middle.map((value) => Math.fround(Math.fround(2 * value) + 1));
    notes.gradients.get('middle')!.forEach((value, i) => expect(value).toBeCloseTo(slope[i]!, 6));
  });

  it('does nothing when nobody looks', () => {
    const x = tf.tensor1d([1]);
    expect(observe('x', x)).toBe(x);
    reportMatch(() => {
      throw new Error('asked for nothing');
    });
    expect(observedAs('key', () => 3)).toBe(3);
  });

  it('tells networks apart, and leaves out what is no part of the update', async () => {
    const notes = new Notes();
    await observing(notes, async () => {
      const x = tf.tensor1d([1]);
      observedAs('key', () => observe('fc', x));
      observe('fc', x);
      unobserved(() => observe('hidden', x));
      expect(observe('fc', x)).toBe(x);
      await expect(observing(notes, () => Promise.resolve())).rejects.toThrow('already');
    });
    expect([...notes.outputs.keys()]).toEqual(['key:fc', 'fc']);
    expect(observe('later', tf.scalar(1))).toBeInstanceOf(tf.Tensor);
    expect(notes.outputs.has('later')).toBe(false);
  });
});
