/**
 * Convolution and its gradients from stock tfjs calls, for runtimes without kernels of ours. With dilation, where tfjs
 * has no gradients, each filter tap is one matrix product: slower, but the same on every backend.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ConvAttributes } from './conv';
import { sumOf } from './sumOf';

/** See `conv2d` in conv.ts. Groups are computed one after another, but for depthwise convolutions. */
export function portableConv2d(x: tf.Tensor4D, filter: tf.Tensor4D, attributes: ConvAttributes): tf.Tensor4D {
  const { groups } = attributes;
  if (groups === 1) return plainConv2d(x, filter, attributes);
  if (isDepthwise(filter.shape, attributes)) return depthwiseConv2d(x, filter, attributes);
  const filters = split(filter, groups);
  return tf.concat(
    split(x, groups).map((part, g) => plainConv2d(part, filters[g]!, attributes)),
    3,
  );
}

/** Equal runs of channels. */
function split(x: tf.Tensor4D, groups: number): tf.Tensor4D[] {
  return tf.split(x, groups, 3);
}

/** Whether every channel is a group with one output; then there are kernels on most backends. */
function isDepthwise(filterShape: readonly number[], { groups, stride, dilation }: ConvAttributes): boolean {
  return filterShape[2] === 1 && filterShape[3] === groups && (stride === 1 || dilation === 1);
}

function depthwiseConv2d(x: tf.Tensor4D, filter: tf.Tensor4D, { stride, padding, dilation }: ConvAttributes) {
  const [height, width, , channels] = filter.shape;
  const padded = padding === 0 ? x : tf.pad(x, border(padding));
  const taps: tf.Tensor4D = tf.reshape(filter, [height, width, channels, 1]);
  return tf.depthwiseConv2d(padded as tf.Tensor4D, taps, stride, 'valid', 'NHWC', dilation);
}

function plainConv2d(x: tf.Tensor4D, filter: tf.Tensor4D, { stride, padding, dilation }: ConvAttributes): tf.Tensor4D {
  if (stride === 1 || dilation === 1) return tf.conv2d(x, filter, stride, border(padding), 'NHWC', dilation);
  // tfjs refuses both at once: take every stride-th pixel of the dense result.
  const dense = tf.conv2d(x, filter, 1, border(padding), 'NHWC', dilation);
  return tf.stridedSlice(dense, [0, 0, 0, 0], dense.shape, [1, stride, stride, 1]) as tf.Tensor4D;
}

/** tfjs's form of symmetric zero padding; its plain number is wrong for filters that are not square. */
function border(padding: number): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [padding, padding],
    [padding, padding],
    [0, 0],
  ];
}

type InputAttributes = ConvAttributes & { readonly inputShape: readonly number[] };

/** ∂L/∂x [N, H, W, Cin] from dy [N, H', W', Cout] and filter [KH, KW, Cin / groups, Cout]. */
export function portableInputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, attributes: InputAttributes): tf.Tensor4D {
  const { groups, inputShape } = attributes;
  if (groups === 1) return plainInputGradient(dy, filter, attributes);
  const part = { ...attributes, inputShape: [...inputShape.slice(0, 3), inputShape[3]! / groups] };
  const filters = split(filter, groups);
  return tf.concat(
    split(dy, groups).map((own, g) => plainInputGradient(own, filters[g]!, part)),
    3,
  );
}

function plainInputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  { stride, padding, dilation, inputShape }: InputAttributes,
): tf.Tensor4D {
  if (dilation === 1) {
    const attributes = { strides: stride, pad: border(padding), dataFormat: 'NHWC', inputShape: [...inputShape] };
    return tf.engine().runKernel('Conv2DBackpropInput', { dy, filter }, attributes);
  }
  const [height, width] = [inputShape[1]! + 2 * padding, inputShape[2]! + 2 * padding];
  const rows = tf.reshape(dy, [-1, filter.shape[3]]); // [N·H'·W', Cout]
  const contributions = filterTaps(filter.shape).map(([a, b]) => {
    const tap = tf.reshape(tf.slice(filter, [a, b, 0, 0], [1, 1, -1, -1]), [filter.shape[2], filter.shape[3]]);
    const products = tf.matMul(rows, tap, false, true); // [N·H'·W', Cin]
    const seen: tf.Tensor4D = tf.reshape(products, [dy.shape[0], dy.shape[1], dy.shape[2], filter.shape[2]]);
    const spread = insertZeros(seen, stride);
    const [top, left] = [a * dilation, b * dilation];
    return tf.pad(spread, [
      [0, 0],
      [top, height - spread.shape[1] - top],
      [left, width - spread.shape[2] - left],
      [0, 0],
    ]);
  });
  return tf.slice(sumOf(contributions), [0, padding, padding, 0], [...inputShape]) as tf.Tensor4D;
}

type FilterAttributes = ConvAttributes & { readonly filterShape: readonly number[] };

/** ∂L/∂filter [KH, KW, Cin / groups, Cout] from x [N, H, W, Cin] and dy [N, H', W', Cout]. */
export function portableFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, attributes: FilterAttributes): tf.Tensor4D {
  const { groups, filterShape } = attributes;
  if (groups === 1) return plainFilterGradient(x, dy, attributes);
  const part = { ...attributes, filterShape: [...filterShape.slice(0, 3), filterShape[3]! / groups] };
  const gradients = split(dy, groups);
  return tf.concat(
    split(x, groups).map((own, g) => plainFilterGradient(own, gradients[g]!, part)),
    3,
  );
}

function plainFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  { stride, padding, dilation, filterShape }: FilterAttributes,
): tf.Tensor4D {
  if (dilation === 1) {
    const attributes = { strides: stride, pad: border(padding), dataFormat: 'NHWC', filterShape: [...filterShape] };
    return tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, attributes);
  }
  const padded = tf.pad(x, border(padding));
  const rows = tf.reshape(dy, [-1, dy.shape[3]]); // [N·H'·W', Cout]
  const taps = filterTaps(filterShape).map(([a, b]) => {
    const [top, left] = [a * dilation, b * dilation];
    const end: [number, number, number, number] = [
      x.shape[0],
      top + (dy.shape[1] - 1) * stride + 1,
      left + (dy.shape[2] - 1) * stride + 1,
      x.shape[3],
    ];
    const seen = tf.stridedSlice(padded, [0, top, left, 0], end, [1, stride, stride, 1]);
    return tf.matMul(tf.reshape(seen, [-1, x.shape[3]]), rows, true); // [Cin, Cout]
  });
  return tf.reshape(tf.concat(taps, 0), filterShape as [number, number, number, number]);
}

function filterTaps(filterShape: readonly number[]): [number, number][] {
  const [height, width] = filterShape as [number, number];
  return Array.from({ length: height * width }, (_, tap) => [Math.floor(tap / width), tap % width]);
}

/** [N, H, W, C] → [N, (H−1)·stride+1, (W−1)·stride+1, C] with zeros between. */
function insertZeros(x: tf.Tensor4D, stride: number): tf.Tensor4D {
  if (stride === 1) return x;
  const [count, height, width, channels] = x.shape;
  const wide = tf.pad(tf.reshape(x, [count * height, width, 1, channels]), [
    [0, 0],
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ]);
  const rowLength = width * stride * channels;
  const tall = tf.pad(tf.reshape(wide, [count, height, 1, rowLength]), [
    [0, 0],
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ]);
  const grid = tf.reshape(tall, [count, height * stride, width * stride, channels]);
  return tf.slice(
    grid,
    [0, 0, 0, 0],
    [count, (height - 1) * stride + 1, (width - 1) * stride + 1, channels],
  ) as tf.Tensor4D;
}
