import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { relu } from '../../../../src/worker/ops/activation';
import { blend } from '../../../../src/worker/ops/blend';
import { batchNormInference, batchNormTraining } from '../../../../src/worker/ops/batchNorm';
import { linear } from '../../../../src/worker/ops/linear';
import { softmaxCrossEntropy } from '../../../../src/worker/ops/loss';
import { l2Normalize } from '../../../../src/worker/ops/normalize';
import { adaptiveAveragePool, globalAveragePool, maxPool2d } from '../../../../src/worker/ops/pool';
import { synchronousRuntimes } from '../../../support/presentRuntimes';
import { normals, relativeError } from './compareBackends';

interface BatchNormCase {
  shape: number[];
  groups: number;
  relu: boolean;
  x: number[];
  dy: number[];
  gamma: number[];
  beta: number[];
  skip: number[] | null;
  y: number[];
  mean: number[];
  unbiasedVariance: number[];
  gradients: number[][];
}

interface MapCase {
  shape: number[];
  x: number[];
  y: number[];
  dy: number[];
  dx: number[];
}

interface Goldens {
  batchNorm: BatchNormCase[];
  maxPool: (MapCase & { size: number; stride: number; padding: number })[];
  adaptive: (MapCase & { grid: number })[];
  crossEntropy: { shape: [number, number]; logits: number[]; labels: number[]; loss: number; gradient: number[] }[];
  normalize: (MapCase & { epsilon: number })[];
}

const goldens = JSON.parse(readFileSync('test/golden/data/layers.json', 'utf8')) as Goldens;

/** Output and gradients of `apply` for given inputs and output gradient. */
function differentiate(
  inputs: tf.Tensor[],
  dy: number[],
  apply: (...inputs: tf.Tensor[]) => tf.Tensor,
): Float32Array[] {
  return tf.tidy(() => {
    const y = apply(...inputs);
    const gradients = tf.grads(apply)(inputs, tf.tensor(dy, y.shape, 'float32'));
    return [y, ...gradients].map((tensor) => Float32Array.from(tensor.dataSync()));
  });
}

const runtimes = await synchronousRuntimes();

describe.each(runtimes)('layers on $title', ({ backend, isMissing, start }) => {
  if (isMissing) return void it.skip('equal PyTorch', () => {});
  let before = 0;
  beforeAll(start);
  beforeEach(async () => {
    await tf.setBackend(backend);
    before = tf.memory().numTensors;
    return () => expect(tf.memory().numTensors).toBe(before);
  });

  it.each(goldens.batchNorm)('batch norm equals PyTorch: shape $shape, $groups groups, relu $relu', (golden) => {
    const { shape, groups, relu: rectify, skip } = golden;
    tf.tidy(() => {
      const inputs = [tf.tensor(golden.x, shape), tf.tensor1d(golden.gamma), tf.tensor1d(golden.beta)];
      if (skip) inputs.push(tf.tensor(skip, shape));
      const apply = (...[x, gamma, beta, shortcut]: tf.Tensor[]) =>
        batchNormTraining({
          x: x!,
          gamma: gamma as tf.Tensor1D,
          beta: beta as tf.Tensor1D,
          groups,
          relu: rectify,
          skip: shortcut,
        });
      const { mean, variance, unbiasedVariance } = apply(...inputs);
      const rows = inputs[0]!.size / golden.gamma.length / groups;
      expect(relativeError(mean.dataSync(), golden.mean)).toBeLessThan(1e-6);
      expect(relativeError(unbiasedVariance.dataSync(), golden.unbiasedVariance)).toBeLessThan(1e-6);
      const biased = golden.unbiasedVariance.map((value) => (value * (rows - 1)) / rows);
      expect(relativeError(variance.dataSync(), biased)).toBeLessThan(1e-6);
      const [y, ...gradients] = differentiate(inputs, golden.dy, (...all) => apply(...all).y);
      expect(relativeError(y!, golden.y)).toBeLessThan(2e-6);
      expect(gradients).toHaveLength(golden.gradients.length);
      gradients.forEach((gradient, i) => expect(relativeError(gradient, golden.gradients[i]!)).toBeLessThan(5e-6));
    });
  });

  it('batch norm at inference is the affine map of the running statistics', () => {
    const [x, gamma, beta, mean] = [normals([2, 3, 3, 5], 1), normals([5], 2), normals([5], 3), normals([5], 4)];
    const variance = normals([5], 5).map((value) => 0.1 + value * value);
    const y = tf.tidy(() =>
      batchNormInference({
        x: tf.tensor(x, [2, 3, 3, 5]),
        gamma: tf.tensor1d(gamma),
        beta: tf.tensor1d(beta),
        mean: tf.tensor1d(mean),
        variance: tf.tensor1d(variance),
      }).dataSync(),
    );
    const expected = Array.from(x, (value, i) => {
      const c = i % 5;
      return ((value - mean[c]!) / Math.sqrt(variance[c]! + 1e-5)) * gamma[c]! + beta[c]!;
    });
    expect(relativeError(y, expected)).toBeLessThan(1e-6);
  });

  it('batch norm at inference, fused with shortcut and rectifier, has the gradients of its parts', () => {
    tf.tidy(() => {
      const shape = [2, 3, 3, 5];
      const inputs = [
        tf.tensor(normals(shape, 1), shape),
        tf.tensor1d(normals([5], 2)),
        tf.tensor1d(normals([5], 3)),
        tf.tensor(normals(shape, 6), shape),
      ];
      const [mean, variance] = [tf.tensor1d(normals([5], 4)), tf.square(tf.tensor1d(normals([5], 5)))];
      const fused = (...[x, gamma, beta, skip]: tf.Tensor[]) =>
        batchNormInference({
          x: x!,
          gamma: gamma as tf.Tensor1D,
          beta: beta as tf.Tensor1D,
          mean,
          variance,
          relu: true,
          skip,
        });
      const parts = (...[x, gamma, beta, skip]: tf.Tensor[]) =>
        tf.relu(
          tf.add(tf.add(tf.mul(tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, 1e-5))), gamma!), beta!), skip!),
        );
      const dy = [...normals(shape, 7)];
      const [ours, reference] = [differentiate(inputs, dy, fused), differentiate(inputs, dy, parts)];
      ours.forEach((values, i) => expect(relativeError(values, reference[i]!)).toBeLessThan(2e-6));
    });
  });

  it('blend is the weighted sum, to the bit', () => {
    tf.tidy(() => {
      const [a, b] = [tf.tensor1d(normals([70001], 1)), tf.tensor1d(normals([70001], 2))];
      const expected = tf.add(tf.mul(a, 0.9), tf.mul(b, -0.3)).dataSync();
      expect(relativeError(blend(a, 0.9, b, -0.3).dataSync(), expected)).toBe(0);
    });
  });

  it.each(goldens.maxPool)(
    'max-pool equals PyTorch: $shape, $size/$stride+$padding',
    ({ shape, size, stride, padding, ...golden }) => {
      tf.tidy(() => {
        const inputs = [tf.tensor(golden.x, shape)];
        const [y, dx] = differentiate(inputs, golden.dy, (x) => maxPool2d(x as tf.Tensor4D, size, stride, padding));
        expect(relativeError(y!, golden.y)).toBe(0);
        // Of equal values ours gives the gradient to the first, as PyTorch does; the stock kernels of tfjs to the last.
        const ties = new Set(golden.x).size < golden.x.length / 2;
        if (backend === 'wasm' || backend === 'tensorflow' || !ties)
          expect(relativeError(dx!, golden.dx)).toBeLessThan(1e-6);
      });
    },
  );

  it.each(goldens.adaptive)('adaptive average pool equals PyTorch: $shape to $grid', ({ shape, grid, ...golden }) => {
    tf.tidy(() => {
      const [y, dx] = differentiate([tf.tensor(golden.x, shape)], golden.dy, (x) =>
        adaptiveAveragePool(x as tf.Tensor4D, grid),
      );
      expect(relativeError(y!, golden.y)).toBeLessThan(1e-6);
      expect(relativeError(dx!, golden.dx)).toBeLessThan(1e-6);
    });
  });

  it('global average pool equals the mean and spreads its gradient', () => {
    tf.tidy(() => {
      const x = tf.tensor(normals([3, 4, 5, 6], 1), [3, 4, 5, 6]);
      const dy = normals([3, 6], 2);
      const [y, dx] = differentiate([x], [...dy], (input) => globalAveragePool(input as tf.Tensor4D));
      expect(relativeError(y!, tf.mean(x, [1, 2]).dataSync())).toBeLessThan(1e-6);
      expect(
        relativeError(
          dx!,
          Array.from(dx!, (_, i) => dy[Math.floor(i / 120) * 6 + (i % 6)]! / 20),
        ),
      ).toBeLessThan(1e-6);
    });
  });

  it.each(goldens.crossEntropy)('cross-entropy equals PyTorch: $shape', ({ shape, logits, labels, loss, gradient }) => {
    tf.tidy(() => {
      const target = tf.tensor1d(labels, 'int32');
      const [y, dx] = differentiate([tf.tensor(logits, shape)], [1], (x) =>
        softmaxCrossEntropy(x as tf.Tensor2D, target),
      );
      expect(relativeError(y!, [loss])).toBeLessThan(1e-6);
      expect(relativeError(dx!, gradient)).toBeLessThan(1e-6);
    });
  });

  it.each(goldens.normalize)('l2Normalize equals PyTorch with epsilon $epsilon', ({ shape, epsilon, ...golden }) => {
    tf.tidy(() => {
      const [y, dx] = differentiate([tf.tensor(golden.x, shape)], golden.dy, (x) =>
        l2Normalize(x as tf.Tensor2D, epsilon),
      );
      expect(relativeError(y!, golden.y)).toBeLessThan(1e-6);
      expect(relativeError(dx!, golden.dx)).toBeLessThan(1e-6);
    });
  });

  it('relu reads its gradient off the output', () => {
    tf.tidy(() => {
      const [a, dy] = [normals([37], 1), normals([37], 3)];
      const [y, da] = differentiate([tf.tensor1d(a)], [...dy], (x) => relu(x));
      expect([...y!]).toEqual(Array.from(a, (value) => Math.max(value, 0)));
      expect(
        relativeError(
          da!,
          Array.from(dy, (value, i) => (a[i]! > 0 ? value : 0)),
        ),
      ).toBe(0);
    });
  });

  it('linear is x·W + b with its three gradients', () => {
    tf.tidy(() => {
      const [x, w, b, dy] = [normals([3, 4], 1), normals([4, 5], 2), normals([5], 3), normals([3, 5], 4)];
      const inputs = [tf.tensor2d(x, [3, 4]), tf.tensor2d(w, [4, 5]), tf.tensor1d(b)];
      const [y, dx, dw, db] = differentiate(inputs, [...dy], (input, weight, bias) =>
        linear(input as tf.Tensor2D, weight as tf.Tensor2D, bias as tf.Tensor1D),
      );
      const sum = (count: number, term: (k: number) => number) =>
        Array.from({ length: count }, (_, k) => term(k)).reduce((p, q) => p + q, 0);
      const grid = (rows: number, columns: number, value: (i: number, j: number) => number) =>
        Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns));
      expect(
        relativeError(
          y!,
          grid(3, 5, (i, j) => b[j]! + sum(4, (k) => x[i * 4 + k]! * w[k * 5 + j]!)),
        ),
      ).toBeLessThan(1e-6);
      expect(
        relativeError(
          dx!,
          grid(3, 4, (i, j) => sum(5, (k) => dy[i * 5 + k]! * w[j * 5 + k]!)),
        ),
      ).toBeLessThan(1e-6);
      expect(
        relativeError(
          dw!,
          grid(4, 5, (i, j) => sum(3, (k) => x[k * 4 + i]! * dy[k * 5 + j]!)),
        ),
      ).toBeLessThan(1e-6);
      expect(
        relativeError(
          db!,
          grid(1, 5, (_, j) => sum(3, (k) => dy[k * 5 + j]!)),
        ),
      ).toBeLessThan(1e-6);
    });
  });
});
