/** The queue against a plain array model, its wrap-around, and saving. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import { KeyQueue } from '../../../../src/worker/objectives/keyQueue';
import { expectClose, leakedTensors, onEachBackend } from './backends';

const make = (size: number, seed = 1) => new KeyQueue({ size, dimension: 3, random: deriveRandom(seed, 'queue') });
/** Keys that carry their serial number, so that a key and its label can be told to belong together. */
const numbered = (from: number, count: number) =>
  tf.tensor2d(Array.from({ length: count }, (_, i) => [from + i, 0.5, -(from + i)]));

onEachBackend(() => {
  it('starts with unit noise that no label matches', () => {
    const queue = make(5);
    expectClose(tf.sum(tf.square(queue.keys), 1).dataSync(), [1, 1, 1, 1, 1], 1e-6);
    expect(Array.from(queue.labels)).toEqual([-1, -1, -1, -1, -1]);
    expect([queue.pointer, queue.filled]).toEqual([0, 0]);
    expect(Array.from(make(5).keys.dataSync())).toEqual(Array.from(queue.keys.dataSync()));
  });

  it.each([
    [8, 4],
    [7, 3],
    [5, 5],
    [4, 9],
    [6, 1],
  ])('behaves as a ring: size %i, batches of %i', (size, batch) => {
    const queue = make(size);
    const keys = queue.keys.arraySync();
    const labels = new Array<number>(size).fill(-1);
    let at = 0;
    for (let round = 0; round < 7; round++) {
      const serial = 100 + round * batch;
      queue.enqueue(
        numbered(serial, batch),
        Int32Array.from({ length: batch }, (_, i) => serial + i),
      );
      for (let i = 0; i < batch; i++) {
        keys[at] = [serial + i, 0.5, -(serial + i)];
        labels[at] = serial + i;
        at = (at + 1) % size;
      }
      expect(queue.keys.arraySync()).toEqual(keys);
      expect(Array.from(queue.labels)).toEqual(labels);
      expect(queue.pointer).toBe(at);
      expect(queue.filled).toBe(Math.min(size, (round + 1) * batch));
    }
  });

  it('forgets the label of a slot that is overwritten without one', () => {
    const queue = make(4);
    queue.enqueue(numbered(0, 4), [7, 8, 9, 10]);
    queue.enqueue(numbered(4, 2));
    expect(Array.from(queue.labels)).toEqual([-1, -1, 9, 10]);
    expect(() => queue.enqueue(numbered(0, 2), [1])).toThrow(/2 keys but 1 labels/);
  });

  it('saves and restores bit for bit, and goes on the same', async () => {
    const [first, second] = [make(5, 1), make(5, 2)];
    first.enqueue(numbered(3, 4), [1, 2, 3, 4]);
    second.importState(await first.exportState());
    for (const queue of [first, second]) queue.enqueue(numbered(9, 3), [5, 6, 7]);
    expect(Array.from(second.keys.dataSync())).toEqual(Array.from(first.keys.dataSync()));
    expect(Array.from(second.labels)).toEqual(Array.from(first.labels));
    expect([second.pointer, second.filled]).toEqual([2, 5]);
  });

  it('says what is wrong with a state that does not fit', async () => {
    const state = await make(5).exportState();
    expect(() => make(4).importState(state)).toThrow(/"labels" has shape \[5\], but \[4\] is needed/);
    expect(() => make(5).importState({ ...state, scalars: {} })).toThrow(/no usable "pointer"/);
  });

  it('leaks no tensor', () => {
    const queue = make(7);
    const keys = numbered(0, 3);
    expect(leakedTensors(() => queue.enqueue(keys))).toBe(0);
    const alive = tf.memory().numTensors;
    make(3).dispose();
    expect(tf.memory().numTensors).toBe(alive);
  });
});
