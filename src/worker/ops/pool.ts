/** Pooling with PyTorch's semantics. Left out: ceil mode, padding of averages. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

export interface PoolAttributes {
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

const maxPoolGradient = defineOperation<PoolAttributes>({
  name: 'Transferscope.MaxPoolGradient',
  portable: ({ dy, x, y }, { size, stride, padding }) =>
    tf
      .engine()
      .runKernel(
        'MaxPoolGrad',
        { dy: dy!, input: x!, output: y! },
        { filterSize: size, strides: stride, pad: padding, dimRoundingMode: 'floor' },
      ),
});

const maxPoolOperation = defineOperation<PoolAttributes>({
  name: 'Transferscope.MaxPool',
  portable: ({ x }, { size, stride, padding }) => tf.maxPool(x as tf.Tensor4D, size, stride, padding, 'floor'),
  gradient: {
    saveInputs: ['x'],
    saveOutputs: [true],
    backward: ([dy], [x, y], attributes) => ({
      x: () => maxPoolGradient({ dy: dy!, x: x!, y: y! }, attributes)[0]!,
    }),
  },
});

/**
 * Largest value of each window; padding counts as −∞.
 * x: [N, H, W, C] → [N, H', W', C], H' = ⌊(H + 2·padding − size) / stride⌋ + 1. Of equal values the first gets the gradient.
 */
export function maxPool2d(x: tf.Tensor4D, size: number, stride: number, padding: number): tf.Tensor4D {
  return maxPoolOperation({ x }, { size, stride, padding })[0] as tf.Tensor4D;
}

const averageGradient = defineOperation<{ readonly inputShape: readonly number[] }>({
  name: 'Transferscope.GlobalAveragePoolGradient',
  portable: ({ dy }, { inputShape }) => {
    const [count, height, width, channels] = inputShape as [number, number, number, number];
    const share = tf.reshape(tf.div(dy!, height * width), [count, 1, 1, channels]);
    return tf.tile(share, [1, height, width, 1]);
  },
});

const averageOperation = defineOperation<object>({
  name: 'Transferscope.GlobalAveragePool',
  portable: ({ x }) => {
    const [count, height, width, channels] = x!.shape as [number, number, number, number];
    const pixels = tf.reshape(x!, [count, height * width, channels]);
    const weights = tf.fill([count, 1, height * width], 1 / (height * width));
    return tf.reshape(tf.matMul(weights, pixels), [count, channels]);
  },
  gradient: {
    saveInputs: ['x'],
    backward: ([dy], [x]) => ({ x: () => averageGradient({ dy: dy! }, { inputShape: x!.shape })[0]! }),
  },
});

/** Mean over pixels: [N, H, W, C] → [N, C]. */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  return averageOperation({ x }, {})[0] as tf.Tensor2D;
}

const adaptiveOperation = defineOperation<{ readonly grid: number }>({
  name: 'Transferscope.AdaptiveAveragePool',
  // A bin's weights are a row's times a column's: two small matrix products instead of one with grid² rows.
  portable: ({ x }, { grid }) => {
    const [count, height, width, channels] = x!.shape as [number, number, number, number];
    const rows = tf.matMul(binWeights(height, grid), tf.reshape(x!, [count, height, width * channels])); // [N, grid, W·C]
    const columns = tf.reshape(rows, [count * grid, width, channels]);
    const pooled = tf.matMul(binWeights(width, grid), columns); // [N·grid, grid, C]
    return tf.reshape(pooled, [count, grid, grid, channels]);
  },
  gradient: {
    saveInputs: ['x'],
    backward: ([dy], [x], { grid }) => ({ x: () => adaptiveGradient(dy!, x!.shape, grid) }),
  },
});

/**
 * Average over a grid of nearly equal bins, as PyTorch's adaptive_avg_pool2d: bin i covers ⌊i·H/grid⌋ … ⌈(i+1)·H/grid⌉ − 1.
 * [N, H, W, C] → [N, grid, grid, C].
 */
export function adaptiveAveragePool(x: tf.Tensor4D, grid: number): tf.Tensor4D {
  return adaptiveOperation({ x }, { grid })[0] as tf.Tensor4D;
}

/** The transposed products: dy [N, grid, grid, C] → dx [N, H, W, C]. */
function adaptiveGradient(dy: tf.Tensor, inputShape: readonly number[], grid: number): tf.Tensor {
  const [count, height, width, channels] = inputShape as [number, number, number, number];
  const rows = tf.matMul(binWeights(width, grid), tf.reshape(dy, [count * grid, grid, channels]), true); // [N·grid, W, C]
  const spread = tf.matMul(binWeights(height, grid), tf.reshape(rows, [count, grid, width * channels]), true);
  return tf.reshape(spread, [count, height, width, channels]);
}

/** [1, grid, length]: what each place along an axis contributes to each bin. */
function binWeights(length: number, grid: number): tf.Tensor3D {
  const weights = new Float32Array(grid * length);
  for (let bin = 0; bin < grid; bin++) {
    const start = Math.floor((bin * length) / grid);
    const end = Math.ceil(((bin + 1) * length) / grid);
    weights.fill(1 / (end - start), bin * length + start, bin * length + end);
  }
  return tf.tensor3d(weights, [1, grid, length]);
}
