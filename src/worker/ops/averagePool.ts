/** Averages of 2 × 2 pixels, as torch's AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False), which ResNet-D's shortcuts use. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

const operation = defineOperation<object>({
  name: 'Transferscope.AveragePool2',
  portable: ({ x }) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'same'),
  gradient: {
    saveInputs: ['x'],
    backward: ([dy], [x]) => ({ x: () => spread(dy as tf.Tensor4D, x!.shape as [number, number, number, number]) }),
  },
});

/** x: [N, H, W, C] → [N, ⌈H/2⌉, ⌈W/2⌉, C]; at the far border of an odd side fewer pixels are averaged. */
export function averagePool2(x: tf.Tensor4D): tf.Tensor4D {
  return operation({ x }, {})[0] as tf.Tensor4D;
}

/** Each pixel gets its window's gradient divided by the window's number of pixels. */
function spread(dy: tf.Tensor4D, [count, height, width, channels]: [number, number, number, number]): tf.Tensor4D {
  const [, outHeight, outWidth] = dy.shape;
  const shares = tf.mul(
    tf.tensor4d(windowShares(height, outHeight), [1, outHeight, 1, 1]),
    tf.tensor4d(windowShares(width, outWidth), [1, 1, outWidth, 1]),
  );
  const grid = tf.image.resizeNearestNeighbor(tf.mul<tf.Tensor4D>(dy, shares), [2 * outHeight, 2 * outWidth]);
  return tf.slice(grid, [0, 0, 0, 0], [count, height, width, channels]);
}

/** 1 / length of each window along an axis. */
function windowShares(length: number, windows: number): Float32Array {
  return Float32Array.from({ length: windows }, (_, i) => 1 / Math.min(2, length - 2 * i));
}
