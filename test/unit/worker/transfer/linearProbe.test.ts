import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Cancelled, UserError } from '../../../../src/shared/errors';
import { deriveRandom } from '../../../../src/shared/random';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { solveLinearProbe } from '../../../../src/worker/transfer/linearProbe';
import { ProbeObjective } from '../../../../src/worker/transfer/linearProbeObjective';
import { readProbeGolden } from '../../../support/probeGolden';

beforeAll(() => startRuntime('wasm'));

for (const name of ['digits', 'illConditioned'] as const) {
  const golden = readProbeGolden(name);

  describe(`solveLinearProbe on ${name}`, () => {
    it.each(golden.cases)('meets scikit-learn with default tolerance: $name', async (expected) => {
      const result = await solveLinearProbe({ ...golden, ...expected });
      expect(result.converged).toBe(true);
      expect(Math.abs(result.loss - expected.loss)).toBeLessThan(3e-4);
      expect(Math.abs(result.accuracy - expected.accuracy)).toBeLessThanOrEqual(0.005 + 1e-9);
      expect(Math.abs(result.trainAccuracy - expected.trainAccuracy)).toBeLessThanOrEqual(0.005 + 1e-9);
    });

    it.each(golden.cases)('reaches the optimum with a tight tolerance: $name', async (expected) => {
      const result = await solveLinearProbe({ ...golden, ...expected, tolerance: 1e-9, maxIterations: 2000 });
      // float32 products bound what can be reached.
      expect(Math.abs(result.loss - expected.loss)).toBeLessThan(1e-5);
      expect(result.loss).toBeGreaterThan(expected.loss - 2e-6);
      const differing = expected.predictions.filter((prediction, i) => prediction !== result.predictions[i]).length;
      expect(differing).toBeLessThanOrEqual(1);
    });
  });
}

describe('solveLinearProbe', () => {
  const golden = readProbeGolden('digits');
  const settings = { ...golden, standardise: true, l2: 1e-3 };

  it('returns weights for features as they came, that give its scores', async () => {
    const { weights, predictions, accuracy, top5, perClass } = await solveLinearProbe(settings);
    const { values, labels } = golden.test;
    let [hits, hits5] = [0, 0];
    labels.forEach((label, i) => {
      const scores = Array.from(weights.bias, (bias, c) => {
        let sum = bias;
        for (let j = 0; j < 64; j++) sum += weights.weight[c * 64 + j]! * values[i * 64 + j]!;
        return sum;
      });
      const order = scores.map((_, c) => c).sort((a, b) => scores[b]! - scores[a]!);
      expect(predictions[i]).toBe(order[0]);
      hits += Number(order[0] === label);
      hits5 += Number(order.slice(0, 5).includes(label));
    });
    expect(accuracy).toBeCloseTo(hits / labels.length, 12);
    expect(top5).toBeCloseTo(hits5 / labels.length, 12);
    const threes = [...labels.keys()].filter((i) => labels[i] === 3);
    expect(perClass[3]).toBeCloseTo(threes.filter((i) => predictions[i] === 3).length / threes.length, 12);
  });

  it('gives the same numbers twice, bit for bit, and leaks no tensor', async () => {
    const before = tf.memory().numTensors;
    const [a, b] = [await solveLinearProbe(settings), await solveLinearProbe(settings)];
    expect(tf.memory().numTensors).toBe(before);
    expect(b).toEqual(a);
  });

  it('finds the same optimum without the full preconditioner (wide features)', async () => {
    // 1,100 features, most of them constant: scaled to zero, they change nothing but the path taken.
    const wide = ({ values, labels }: typeof golden.train) => {
      const padded = new Float32Array(labels.length * 1100).fill(7);
      labels.forEach((_, i) => padded.set(values.subarray(i * 64, (i + 1) * 64), i * 1100));
      return { values: padded, labels };
    };
    const [narrow, padded] = [
      await solveLinearProbe({ ...settings, tolerance: 1e-7 }),
      await solveLinearProbe({
        ...settings,
        train: wide(golden.train),
        test: wide(golden.test),
        dimension: 1100,
        tolerance: 1e-7,
      }),
    ];
    expect(Math.abs(padded.loss - narrow.loss)).toBeLessThan(2e-5);
  });

  it('holds up with classes that have no or one image', async () => {
    const labels = golden.train.labels.map((label, i) => (i === 0 ? 10 : label));
    const result = await solveLinearProbe({ ...settings, train: { ...golden.train, labels }, numClasses: 12 });
    expect(result.converged).toBe(true);
    expect(result.accuracy).toBeGreaterThan(0.9);
    expect(result.perClass[11]).toBeNaN();
  });

  it('refuses a training split with one class', async () => {
    const labels = new Int32Array(600).fill(2);
    const solving = solveLinearProbe({ ...settings, train: { ...golden.train, labels } });
    await expect(solving).rejects.toThrow(UserError);
    await expect(solving).rejects.toThrow(/at least two classes/);
  });

  it('stops when cancelled', async () => {
    const controller = new AbortController();
    const before = tf.memory().numTensors;
    const solving = solveLinearProbe({
      ...settings,
      signal: controller.signal,
      onIteration: (iteration) => iteration === 3 && controller.abort(),
    });
    await expect(solving).rejects.toBeInstanceOf(Cancelled);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives the same bits twice', async () => {
    const { train, test, dimension, numClasses } = golden;
    const solve = () => solveLinearProbe({ train, test, dimension, numClasses, l2: 1e-3, standardise: true });
    expect(await solve()).toEqual(await solve());
  });
});

describe('ProbeObjective', () => {
  it('has the gradient of its value (finite differences) in preconditioned coordinates', async () => {
    const random = deriveRandom(3, 'test');
    const [count, dimension, numClasses, l2] = [40, 5, 4, 0.01];
    const values = Float32Array.from({ length: count * dimension }, () => random.normal());
    const labels = Int32Array.from({ length: count }, () => random.integer(numClasses));
    const objective = new ProbeObjective({ values, labels, count, dimension, numClasses, l2 });
    const samples = Float64Array.from({ length: count }, () => 0.05 + random.uniform());
    const classes = Float64Array.from({ length: numClasses }, () => 0.05 + random.uniform());
    const preconditioner = await objective.createPreconditioner({ samples, classes });
    const weights = Float64Array.from({ length: numClasses * dimension }, () => random.normal());
    const bias = Float64Array.from({ length: numClasses }, () => random.normal());
    const point = preconditioner.toPoint(weights, bias);
    const { value, gradient } = await objective.evaluate(point, preconditioner);
    // The value by the formula, in float64.
    let expected = (l2 / 2) * weights.reduce((sum, w) => sum + w * w, 0);
    labels.forEach((label, i) => {
      const logits = Array.from(bias, (b, c) => {
        let sum = b;
        for (let j = 0; j < dimension; j++) sum += weights[c * dimension + j]! * values[i * dimension + j]!;
        return sum;
      });
      expected += (Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0)) - logits[label]!) / count;
    });
    expect(value).toBeCloseTo(expected, 5);
    const step = 1e-2;
    for (let k = 0; k < point.length; k++) {
      const at = async (shift: number) => {
        const moved = point.slice();
        moved[k] = moved[k]! + shift;
        return (await objective.evaluate(moved, preconditioner)).value;
      };
      const [far, near] = [(await at(2 * step)) - (await at(-2 * step)), (await at(step)) - (await at(-step))];
      expect(gradient[k]).toBeCloseTo((8 * near - far) / (12 * step), 4);
    }
    preconditioner.dispose();
    objective.dispose();
  });
});
