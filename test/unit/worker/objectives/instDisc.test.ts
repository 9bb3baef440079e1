/** Both forms of instance discrimination against PyTorch autograd of the published quotients, and the memory bank. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import {
  drawCandidates,
  drawNoise,
  estimateNormaliser,
  instanceSoftmaxLoss,
  nceLoss,
} from '../../../../src/worker/objectives/instDisc';
import { MemoryBank } from '../../../../src/worker/objectives/memoryBank';
import golden from '../../../golden/data/objectives.json';
import { expectClose, leakedTensors, lossAndGradient, onEachBackend } from './backends';

const given = golden.instDisc;
const [bankSize, dimension] = given.shape as [number, number];
const { temperature } = given;

function bank(): MemoryBank {
  const made = new MemoryBank({ size: bankSize, dimension, random: deriveRandom(1, 'bank') });
  const vectors = { shape: [bankSize, dimension], data: Float32Array.from(given.bank) };
  made.importState({ tensors: new Map([['vectors', vectors]]), scalars: { normaliser: 0 } });
  return made;
}
const features = () => tf.tensor2d(given.features, [given.indices.length, dimension]);
const ownNoise = (from: MemoryBank) =>
  tf.reshape(from.gather(given.ownNoise.flat()), [
    given.indices.length,
    given.ownNoise[0]!.length,
    dimension,
  ]) as tf.Tensor3D;

onEachBackend(() => {
  it.each(['shared', 'own'] as const)('NCE with %s noise equals the published quotients', (kind) => {
    const memory = bank();
    const noise = kind === 'shared' ? memory.gather(given.sharedNoise) : ownNoise(memory);
    const normaliser = kind === 'shared' ? given.sharedNormaliser : given.ownNormaliser;
    const rest = { positives: memory.gather(given.indices), noise, temperature, bankSize, normaliser };
    const result = lossAndGradient(features(), (f) => nceLoss({ ...rest, features: f }).loss);
    const expected = kind === 'shared' ? given.sharedNce : given.ownNce;
    expectClose([result.loss], [expected.loss]);
    expectClose(result.gradient, expected.gradient);
  });

  it('estimates the normalising constant', async () => {
    const memory = bank();
    const input = { features: features(), temperature, bankSize };
    expectClose(
      [await estimateNormaliser({ ...input, noise: memory.gather(given.sharedNoise) })],
      [given.sharedNormaliser],
    );
    expectClose([await estimateNormaliser({ ...input, noise: ownNoise(memory) })], [given.ownNormaliser]);
  });

  it.each(['full', 'sampled'] as const)('the softmax form over the %s bank equals cross-entropy', (kind) => {
    const memory = bank();
    const negativeIndices = kind === 'full' ? drawCandidates(deriveRandom(1, 'c'), bankSize, bankSize) : given.sampled;
    const rest = { positives: memory.gather(given.indices), negatives: memory.gather(negativeIndices), temperature };
    const marks = { indices: given.indices, negativeIndices };
    const result = lossAndGradient(features(), (f) => instanceSoftmaxLoss({ ...rest, ...marks, features: f }).loss);
    const expected = kind === 'full' ? given.fullSoftmax : given.sampledSoftmax;
    expectClose([result.loss], [expected.loss]);
    expectClose(result.gradient, expected.gradient);
  });

  it('survives logits that would overflow the quotient', () => {
    const memory = bank();
    const noise = memory.gather(given.sharedNoise);
    const rest = { positives: memory.gather(given.indices), noise, temperature: 1e-4, bankSize, normaliser: 1e6 };
    const result = lossAndGradient(features(), (f) => nceLoss({ ...rest, features: f }).loss);
    expect(Number.isFinite(result.loss)).toBe(true);
    expect(result.gradient.every(Number.isFinite)).toBe(true);
  });

  it('leaks no tensor', () => {
    const memory = bank();
    const rest = {
      positives: memory.gather(given.indices),
      noise: memory.gather(given.sharedNoise),
      temperature,
      bankSize,
    };
    const x = features();
    expect(
      leakedTensors(() => void lossAndGradient(x, (f) => nceLoss({ ...rest, normaliser: 3, features: f }).loss)),
    ).toBe(0);
    expect(leakedTensors(() => memory.update(given.indices, x))).toBe(0);
  });

  it('moves bank slots towards the features and leaves the others alone', () => {
    const memory = bank();
    memory.update(given.indices, features());
    expectClose(memory.vectors.dataSync(), given.updatedBank, 1e-6);
    const before = Float32Array.from(given.bank);
    const after = memory.vectors.dataSync();
    for (let slot = 0; slot < bankSize; slot++) {
      if (given.indices.includes(slot)) continue;
      const range = [slot * dimension, (slot + 1) * dimension] as const;
      expect(Array.from(after.slice(...range))).toEqual(Array.from(before.slice(...range)));
    }
  });

  it('saves and restores the bank bit for bit', async () => {
    const [first, second] = [1, 2].map(
      (seed) => new MemoryBank({ size: 9, dimension: 5, random: deriveRandom(seed, 'b') }),
    );
    first!.normaliser = 1234.5;
    const state = await first!.exportState();
    second!.importState(state);
    expect(Array.from(second!.vectors.dataSync())).toEqual(Array.from(first!.vectors.dataSync()));
    expect(second!.normaliser).toBe(1234.5);
    const wrong = new MemoryBank({ size: 8, dimension: 5, random: deriveRandom(1, 'b') });
    expect(() => wrong.importState(state)).toThrow(/\[9, 5\].*\[8, 5\]/);
  });

  it('starts with unit vectors and refuses repeated indices', () => {
    const memory = new MemoryBank({ size: 6, dimension: 5, random: deriveRandom(1, 'b') });
    const norms = tf.sum(tf.square(memory.vectors), 1).dataSync();
    expectClose(norms, [1, 1, 1, 1, 1, 1], 1e-6);
    expect(() => memory.update([2, 2], memory.gather([0, 1]))).toThrow(/distinct/);
  });
});

it('draws noise uniformly, with repeats', () => {
  const draws = drawNoise(deriveRandom(3, 'noise'), 20_000, 10);
  const counts = new Array<number>(10).fill(0);
  for (const index of draws) counts[index]!++;
  // Six standard deviations of a binomial with p = 0.1.
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(6 * Math.sqrt(1800));
});

it('takes every slot once the bank is no larger than the wish', () => {
  expect(Array.from(drawCandidates(deriveRandom(3, 'noise'), 5, 4))).toEqual([0, 1, 2, 3]);
  expect(drawCandidates(deriveRandom(3, 'noise'), 3, 4).length).toBe(3);
});
