import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { conv2d } from '../../../../src/worker/ops/conv';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { synchronousRuntimes } from '../../../support/presentRuntimes';
import { normals, relativeError } from './compareBackends';

interface Case {
  readonly x: [number, number, number, number];
  readonly kernel: [number, number];
  readonly outChannels: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

const cases: Case[] = [];
for (const kernel of [1, 3, 5, 7]) {
  for (const stride of [1, 2]) {
    for (const dilation of kernel === 3 ? [1, 2] : [1]) {
      const padding = (dilation * (kernel - 1)) / 2;
      cases.push({ x: [2, 9, 8, 3], kernel: [kernel, kernel], outChannels: 16, stride, padding, dilation });
      cases.push({ x: [1, 8, 11, 16], kernel: [kernel, kernel], outChannels: 5, stride, padding, dilation });
    }
  }
}
cases.push({ x: [1, 7, 7, 1], kernel: [3, 3], outChannels: 1, stride: 1, padding: 0, dilation: 1 });
cases.push({ x: [3, 6, 5, 7], kernel: [3, 3], outChannels: 9, stride: 2, padding: 0, dilation: 1 });
cases.push({ x: [3, 6, 5, 4], kernel: [3, 3], outChannels: 8, stride: 3, padding: 1, dilation: 1 });
cases.push({ x: [2, 2, 2, 32], kernel: [3, 3], outChannels: 32, stride: 1, padding: 1, dilation: 1 });
cases.push({ x: [2, 1, 1, 20], kernel: [3, 3], outChannels: 24, stride: 1, padding: 1, dilation: 1 });
cases.push({ x: [1, 5, 9, 4], kernel: [1, 3], outChannels: 4, stride: 1, padding: 1, dilation: 1 });
cases.push({ x: [5, 4, 4, 33], kernel: [1, 1], outChannels: 34, stride: 1, padding: 0, dilation: 1 });
cases.push({ x: [1, 9, 9, 3], kernel: [3, 3], outChannels: 4, stride: 1, padding: 4, dilation: 1 });

/** The definition, in float64, one loop per index: output and both gradients of Σ y · dy. */
function reference(
  { x: shape, kernel, outChannels, stride, padding, dilation }: Case,
  x: Float32Array,
  w: Float32Array,
  dyOf: (size: number) => Float32Array,
) {
  const [count, height, width, channels] = shape;
  const [kernelHeight, kernelWidth] = kernel;
  const outHeight = Math.floor((height + 2 * padding - dilation * (kernelHeight - 1) - 1) / stride) + 1;
  const outWidth = Math.floor((width + 2 * padding - dilation * (kernelWidth - 1) - 1) / stride) + 1;
  const y = new Float64Array(count * outHeight * outWidth * outChannels);
  const [dx, dw] = [new Float64Array(x.length), new Float64Array(w.length)];
  const dy = dyOf(y.length);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < outHeight; i++) {
      for (let j = 0; j < outWidth; j++) {
        for (let a = 0; a < kernelHeight; a++) {
          for (let b = 0; b < kernelWidth; b++) {
            const [h, v] = [i * stride + a * dilation - padding, j * stride + b * dilation - padding];
            if (h < 0 || h >= height || v < 0 || v >= width) continue;
            for (let c = 0; c < channels; c++) {
              for (let o = 0; o < outChannels; o++) {
                const at = ((n * height + h) * width + v) * channels + c;
                const tap = ((a * kernelWidth + b) * channels + c) * outChannels + o;
                const out = ((n * outHeight + i) * outWidth + j) * outChannels + o;
                y[out]! += x[at]! * w[tap]!;
                dx[at]! += w[tap]! * dy[out]!;
                dw[tap]! += x[at]! * dy[out]!;
              }
            }
          }
        }
      }
    }
  }
  return { y, dx, dw };
}

const runtimes = await synchronousRuntimes();

describe.each(runtimes)('conv2d on $title', ({ isMissing, start }) => {
  if (isMissing) return void it.skip('output and both gradients equal the definition', () => {});
  beforeAll(start);

  it.each(cases)('output and both gradients equal the definition: %j', async (testCase) => {
    const { x: shape, kernel, outChannels, ...options } = testCase;
    const filterShape: [number, number, number, number] = [...kernel, shape[3], outChannels];
    const [x, w] = [normals(shape, 1), normals(filterShape, 2)];
    const expected = reference(testCase, x, w, (size) => normals([size], 3));
    const before = tf.memory().numTensors;
    const [y, dx, dw] = tf.tidy(() => {
      const [input, filter] = [tf.tensor4d(x, shape), tf.tensor4d(w, filterShape)];
      const output = conv2d(input, filter, options);
      const dy = tf.tensor(normals([output.size], 3), output.shape);
      const [inputGradient, filterGradient] = tf.grads((a, b) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, options))(
        [input, filter],
        dy,
      );
      return [output.dataSync(), inputGradient!.dataSync(), filterGradient!.dataSync()];
    });
    expect(relativeError(y!, expected.y)).toBeLessThan(2e-6);
    expect(relativeError(dx!, expected.dx)).toBeLessThan(2e-6);
    expect(relativeError(dw!, expected.dw)).toBeLessThan(2e-6);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('taps that meet nothing but padding', () => {
  beforeAll(() => startRuntime('wasm'));

  it.each([
    { side: 6, stride: 1, dilation: 6 },
    { side: 16, stride: 1, dilation: 24 },
    { side: 1, stride: 1, dilation: 1 },
    { side: 6, stride: 2, dilation: 7 },
  ])('are left out: %j', ({ side, stride, dilation }) => {
    const shape = [2, side, side, 8] as const;
    const x = tf.tensor4d(normals(shape, 1), [...shape]);
    const filter = tf.tensor4d(normals([3, 3, 8, 12], 2), [3, 3, 8, 12]);
    const border: [number, number] = [dilation, dilation];
    const byHand = (input: tf.Tensor, taps: tf.Tensor) =>
      conv2d(tf.pad(input, [[0, 0], border, border, [0, 0]]) as tf.Tensor4D, taps as tf.Tensor4D, { stride, dilation });
    const cut = (input: tf.Tensor, taps: tf.Tensor) =>
      conv2d(input as tf.Tensor4D, taps as tf.Tensor4D, { stride, dilation, padding: dilation });
    const [expected, found] = [byHand, cut].map((apply) => {
      const y = apply(x, filter);
      return [y, ...tf.grads(apply)([x, filter], y)].map((tensor) => tensor.dataSync());
    });
    expect(found![0]).toEqual(expected![0]);
    expect(found![1]).toEqual(expected![1]);
    // Sums of the filter's gradient may be made in another order; what meets nothing stays zero exactly.
    expect(relativeError(found![2]!, expected![2]!)).toBeLessThan(1e-6);
    expect(found![2]!.filter((value) => value !== 0)).toHaveLength(8 * 12);
  });
});
