/**
 * Kernels that stock tfjs gradients ask for and the wasm backend lacks, composed of kernels that it has:
 * the two gradients of depthwise convolutions and UnsortedSegmentSum. Nothing here falls back to the plain JavaScript
 * backend. Those of plain convolutions are in registerKernels.ts.
 */
import * as tf from '@tensorflow/tfjs-core';

interface ConvGradAttributes {
  readonly strides: number | [number, number];
  readonly dilations?: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly inputShape?: [number, number, number, number];
  readonly filterShape?: [number, number, number, number];
}

type ConvInfo = tf.backend_util.Conv2DInfo;

/** Registers the composed kernels with the wasm backend. */
export function registerStockKernels(): void {
  register('DepthwiseConv2dNativeBackpropFilter', ({ x, dy }, attributes) =>
    depthwiseBackpropFilter(x as tf.Tensor4D, dy as tf.Tensor4D, attributes),
  );
  register('DepthwiseConv2dNativeBackpropInput', ({ dy, filter }, attributes) =>
    depthwiseBackpropInput(dy as tf.Tensor4D, filter as tf.Tensor4D, attributes),
  );
  register('UnsortedSegmentSum', ({ x, segmentIds }, attributes) =>
    unsortedSegmentSum(x!, segmentIds as tf.Tensor1D, (attributes as unknown as { numSegments: number }).numSegments),
  );
}

function register(
  kernelName: string,
  compute: (inputs: Readonly<Record<string, tf.Tensor>>, attributes: ConvGradAttributes) => tf.Tensor,
): void {
  if (tf.getKernel(kernelName, 'wasm')) return;
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => compute(inputs as unknown as Record<string, tf.Tensor>, attrs as unknown as ConvGradAttributes)),
  });
}

function geometry(attributes: ConvGradAttributes, shapes: { x: number[]; filter: number[] }): ConvInfo {
  const { strides, dilations = 1, pad, dimRoundingMode } = attributes;
  const [x, filter] = [shapes.x, shapes.filter] as [[number, number, number, number], [number, number, number, number]];
  return tf.backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, dimRoundingMode, true, 'channelsLast');
}

/** Per tap: Σ over images and positions of x · dy, channel by channel, as a product with ones. Filter: [KH, KW, C, M]. */
function depthwiseBackpropFilter(x: tf.Tensor4D, dy: tf.Tensor4D, attributes: ConvGradAttributes): tf.Tensor {
  const info = geometry(attributes, { x: x.shape, filter: attributes.filterShape! });
  const { top, bottom, left, right } = info.padInfo;
  const padded = tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  const [channels, multiplier] = [info.inChannels, info.outChannels / info.inChannels];
  const count = info.batchSize * info.outHeight * info.outWidth;
  const rows = tf.reshape(dy, [count, channels, multiplier]);
  const ones = tf.ones([1, count]);
  const taps = forEachTap(info, (a, b) => {
    const seen = tf.reshape(seenByTap(padded, info, a, b), [count, channels, 1]);
    return tf.matMul(ones, tf.reshape(tf.mul(seen, rows), [count, channels * multiplier]));
  });
  return tf.reshape(tf.concat(taps, 0), attributes.filterShape!);
}

/** Σ over taps of dy · w, shifted to where the tap looked. */
function depthwiseBackpropInput(dy: tf.Tensor4D, filter: tf.Tensor4D, attributes: ConvGradAttributes): tf.Tensor {
  const info = geometry(attributes, { x: attributes.inputShape!, filter: filter.shape });
  const { padInfo, inChannels, strideHeight, strideWidth } = info;
  const multiplier = info.outChannels / inChannels;
  const height = info.inHeight + padInfo.top + padInfo.bottom;
  const width = info.inWidth + padInfo.left + padInfo.right;
  const rows = tf.reshape(dy, [-1, inChannels, multiplier]);
  const contributions = forEachTap(info, (a, b) => {
    const tap = tf.reshape(tf.slice(filter, [a, b, 0, 0], [1, 1, -1, -1]), [1, inChannels, multiplier]);
    const sum = tf.sum(tf.mul(rows, tap), 2);
    const spread = insertZeros(
      tf.reshape(sum, [info.batchSize, info.outHeight, info.outWidth, inChannels]),
      strideHeight,
      strideWidth,
    );
    const [top, left] = [a * info.dilationHeight, b * info.dilationWidth];
    const bottom = height - top - spread.shape[1];
    const right = width - left - spread.shape[2];
    return tf.pad(spread, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]);
  });
  return tf.slice(tf.addN(contributions), [0, padInfo.top, padInfo.left, 0], attributes.inputShape!);
}

/** Rows of x added up by segment, as a product with the one-hot matrix of the ids. Ids outside 0..numSegments−1 are dropped. */
function unsortedSegmentSum(x: tf.Tensor, segmentIds: tf.Tensor1D, numSegments: number): tf.Tensor {
  const flat = tf.reshape(tf.cast(x, 'float32'), [segmentIds.size, -1]);
  const membership = tf.cast(tf.oneHot(tf.cast(segmentIds, 'int32'), numSegments), 'float32'); // [rows, segments]
  const sums = tf.matMul(membership, flat, true);
  return tf.cast(tf.reshape(sums, [numSegments, ...x.shape.slice(1)]), x.dtype);
}

function forEachTap<T>(info: ConvInfo, compute: (a: number, b: number) => T): T[] {
  const { filterHeight, filterWidth } = info;
  return Array.from({ length: filterHeight * filterWidth }, (_, tap) =>
    compute(Math.floor(tap / filterWidth), tap % filterWidth),
  );
}

/** The padded pixels that tap (a, b) multiplies: [N, H', W', C]. */
function seenByTap(padded: tf.Tensor4D, info: ConvInfo, a: number, b: number): tf.Tensor {
  const [top, left] = [a * info.dilationHeight, b * info.dilationWidth];
  const bottom = top + (info.outHeight - 1) * info.strideHeight + 1;
  const right = left + (info.outWidth - 1) * info.strideWidth + 1;
  const end = [padded.shape[0], bottom, right, padded.shape[3]];
  return tf.stridedSlice(padded, [0, top, left, 0], end, [1, info.strideHeight, info.strideWidth, 1]);
}

function insertZeros(x: tf.Tensor, strideHeight: number, strideWidth: number): tf.Tensor4D {
  const [count, height, width, channels] = x.shape as [number, number, number, number];
  const wide = tf.pad(tf.reshape(x, [count * height, width, 1, channels]), [
    [0, 0],
    [0, 0],
    [0, strideWidth - 1],
    [0, 0],
  ]);
  const rows = tf.reshape(wide, [count, height, 1, width * strideWidth * channels]);
  const tall = tf.pad(rows, [
    [0, 0],
    [0, 0],
    [0, strideHeight - 1],
    [0, 0],
  ]);
  const grid = tf.reshape(tall, [count, height * strideHeight, width * strideWidth, channels]);
  const size = [count, (height - 1) * strideHeight + 1, (width - 1) * strideWidth + 1, channels];
  return tf.slice(grid, [0, 0, 0, 0], size) as tf.Tensor4D;
}
