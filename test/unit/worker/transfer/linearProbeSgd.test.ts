import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Cancelled, UserError } from '../../../../src/shared/errors';
import { deriveRandom } from '../../../../src/shared/random';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { trainLinearProbe } from '../../../../src/worker/transfer/linearProbeSgd';
import { readProbeGolden } from '../../../support/probeGolden';

const golden = readProbeGolden('illConditioned');
const settings = {
  ...golden,
  seed: 5,
  standardise: false,
  learningRate: 0.002,
  momentum: 0.9,
  weightDecay: 0.01,
  epochs: 6,
  milestones: [3, 5],
  batch: 64,
};

beforeAll(() => startRuntime('wasm'));

/** The protocol image by image in float64, with the update as torch.optim.SGD's page defines it. */
function slowSgd(): { weight: Float64Array[]; bias: Float64Array; loss: number } {
  const { train, dimension, numClasses, seed, batch, epochs, momentum, weightDecay } = settings;
  const random = deriveRandom(seed, 'probe-init');
  const rows = <T>(make: () => T) => Array.from({ length: numClasses }, make);
  const parameters = rows(() => new Float64Array(dimension + 1));
  for (const row of parameters) for (let j = 0; j < dimension; j++) row[j] = 0.01 * random.normal();
  const velocity = rows(() => new Float64Array(dimension + 1));
  let loss = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = settings.learningRate * (epoch < 3 ? 1 : epoch < 5 ? 0.1 : 0.01);
    const order = [...deriveRandom(seed, 'probe-order', epoch).permutation(300)];
    loss = 0;
    for (let start = 0; start < 300; start += batch) {
      const items = order.slice(start, start + batch);
      const gradient = rows(() => new Float64Array(dimension + 1));
      for (const item of items) {
        const x = [...train.values.subarray(item * dimension, (item + 1) * dimension), 1];
        const logits = parameters.map((row) => row.reduce((sum, w, j) => sum + w * x[j]!, 0));
        const total = logits.reduce((sum, z) => sum + Math.exp(z), 0);
        loss -= Math.log(Math.exp(logits[train.labels[item]!]!) / total) / 300;
        logits.forEach((z, c) => {
          const residual = (Math.exp(z) / total - Number(c === train.labels[item])) / items.length;
          x.forEach((xj, j) => (gradient[c]![j]! += residual * xj));
        });
      }
      parameters.forEach((row, c) => {
        row.forEach((w, j) => {
          velocity[c]![j] = momentum * velocity[c]![j]! + gradient[c]![j]! + weightDecay * w;
          row[j] = w - rate * velocity[c]![j]!;
        });
      });
    }
  }
  const bias = Float64Array.from(parameters, (row) => row[dimension]!);
  return { weight: parameters.map((row) => row.subarray(0, dimension)), bias, loss };
}

describe('trainLinearProbe', () => {
  it('follows a slow loop step by step', async () => {
    const expected = slowSgd();
    const losses: number[] = [];
    const result = await trainLinearProbe({ ...settings, onEpoch: (_, loss) => losses.push(loss) });
    expect(result.iterations).toBe(6 * 5);
    expect(losses).toHaveLength(6);
    expect(result.loss).toBeCloseTo(expected.loss, 4);
    expected.weight.forEach((row, c) => {
      row.forEach((w, j) => expect(result.weights.weight[c * 20 + j]).toBeCloseTo(w, 4));
      expect(result.weights.bias[c]).toBeCloseTo(expected.bias[c]!, 4);
    });
  });

  it('repeats with its seed, differs with another, leaks nothing', async () => {
    const before = tf.memory().numTensors;
    const [a, b, c] = [
      await trainLinearProbe(settings),
      await trainLinearProbe(settings),
      await trainLinearProbe({ ...settings, seed: 6 }),
    ];
    expect(b).toEqual(a);
    expect(c.weights).not.toEqual(a.weights);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('learns digits by the published settings at a rate that suits them', async () => {
    const digits = readProbeGolden('digits');
    const result = await trainLinearProbe({
      ...digits,
      ...{ momentum: 0.9, weightDecay: 0, epochs: 100, milestones: [60, 80], batch: 256 },
      seed: 0,
      standardise: true,
      learningRate: 0.1,
    });
    expect(result.accuracy).toBeGreaterThan(0.94); // the optimum with C = 1 has 0.955
    expect(result.trainAccuracy).toBeGreaterThan(0.99);
  });

  it('says what to do when it diverges', async () => {
    const diverging = trainLinearProbe({ ...settings, learningRate: 1e30 });
    await expect(diverging).rejects.toThrow(UserError);
    await expect(diverging).rejects.toThrow(/diverged in epoch 1 at learning rate 1e\+30/);
  });

  it('stops when cancelled', async () => {
    const controller = new AbortController();
    const training = trainLinearProbe({
      ...settings,
      signal: controller.signal,
      onEpoch: (epoch) => epoch === 2 && controller.abort(),
    });
    await expect(training).rejects.toBeInstanceOf(Cancelled);
  });
});
