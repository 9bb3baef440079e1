/** The slow copy of the encoder, its closed form after many steps, and the shuffled batch. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import { WeightStore } from '../../../../src/worker/models/weightStore';
import { copyWeights, updateMomentumEncoder } from '../../../../src/worker/objectives/momentumEncoder';
import { drawShuffle, takeRows } from '../../../../src/worker/objectives/shuffle';
import { expectClose, leakedTensors, onEachBackend } from './backends';

function store(value: number): WeightStore {
  const made = new WeightStore();
  made.add('conv.weight', tf.fill([1, 1, 2, 2], value), 'parameter', 'conv');
  made.add('bn.running_mean', tf.fill([3], value), 'buffer', 'plain');
  return made;
}
const read = (from: WeightStore, name: string) => Array.from(from.get(name).dataSync());

onEachBackend(() => {
  it('follows theta_k ← m theta_k + (1 - m) theta_q, parameters only', () => {
    const [target, online] = [store(1), store(3)];
    for (let step = 0; step < 5; step++) updateMomentumEncoder(target, online, 0.9);
    // The distance shrinks by m in each step: 3 - 2 · 0.9^5.
    expectClose(read(target, 'conv.weight'), new Array(4).fill(3 - 2 * 0.9 ** 5), 1e-6);
    expect(read(target, 'bn.running_mean')).toEqual([1, 1, 1]);
    expect(read(online, 'conv.weight')).toEqual([3, 3, 3, 3]);
  });

  it('copies everything, and the copy is independent', () => {
    const [target, online] = [store(1), store(3)];
    copyWeights(target, online);
    expect(read(target, 'bn.running_mean')).toEqual([3, 3, 3]);
    online.get('conv.weight').assign(tf.fill([1, 1, 2, 2], 8));
    expect(read(target, 'conv.weight')).toEqual([3, 3, 3, 3]);
  });

  it('leaks no tensor', () => {
    const [target, online] = [store(1), store(3)];
    expect(leakedTensors(() => updateMomentumEncoder(target, online, 0.9))).toBe(0);
    expect(leakedTensors(() => copyWeights(target, online))).toBe(0);
  });

  it('shuffles a batch and brings it back', () => {
    const { order, inverse } = drawShuffle(deriveRandom(4, 'shuffle', 0), 16);
    const batch = tf.tensor2d(Array.from({ length: 16 }, (_, i) => [i, -i]));
    const shuffled = takeRows(batch, order);
    expect((shuffled.arraySync() as number[][]).map((row) => row[0])).toEqual(Array.from(order));
    expect(takeRows(shuffled, inverse).arraySync()).toEqual(batch.arraySync());
    expect(Array.from(order)).not.toEqual(Array.from(inverse));
    expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i));
  });
});
