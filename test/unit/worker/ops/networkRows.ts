/** Rows of the table of operations that belong to ResNeXts, ResNet-D, transformers and ConvNeXts. */
import type * as tf from '@tensorflow/tfjs-core';
import { attention } from '../../../../src/worker/ops/attention';
import { averagePool2 } from '../../../../src/worker/ops/averagePool';
import { conv2d } from '../../../../src/worker/ops/conv';
import { gelu } from '../../../../src/worker/ops/gelu';
import { layerNorm } from '../../../../src/worker/ops/layerNorm';
import type { OperationRow } from './opsTable';
import * as reference from './referenceNetworks';

const as1 = (tensor: tf.Tensor | undefined) => tensor as tf.Tensor1D;
const as4 = (tensor: tf.Tensor | undefined) => tensor as tf.Tensor4D;

const grouped: readonly OperationRow[] = [
  { kernel: 3, stride: 1, padding: 1, dilation: 1, size: 5, inC: 6, outC: 4, groups: 2 },
  { kernel: 3, stride: 2, padding: 1, dilation: 1, size: 6, inC: 8, outC: 8, groups: 2 },
  { kernel: 3, stride: 1, padding: 2, dilation: 2, size: 6, inC: 4, outC: 8, groups: 4 },
  { kernel: 3, stride: 2, padding: 1, dilation: 1, size: 3, inC: 20, outC: 20, groups: 2 },
  { kernel: 3, stride: 1, padding: 1, dilation: 1, size: 5, inC: 6, outC: 6, groups: 6 },
  { kernel: 7, stride: 1, padding: 3, dilation: 1, size: 5, inC: 2, outC: 2, groups: 2 },
  { kernel: 3, stride: 1, padding: 1, dilation: 1, size: 3, inC: 17, outC: 17, groups: 17 },
  { kernel: 3, stride: 2, padding: 1, dilation: 1, size: 6, inC: 3, outC: 3, groups: 3 },
].map(({ size, inC, outC, ...options }) => ({
  name: `conv2d ${options.kernel} × ${options.kernel} in ${options.groups} groups, ${inC} to ${outC} channels, stride ${options.stride}, dilation ${options.dilation}, ${size} px`,
  shapes: [
    [2, size, size, inC],
    [options.kernel, options.kernel, inC / options.groups, outC],
  ],
  apply: ([x, filter]) => [conv2d(as4(x), as4(filter), options)],
  reference: ([x, filter]) => [reference.groupedConv2d(x!, filter!, { count: 2, size, inC, outC, ...options })],
}));

const pools: readonly OperationRow[] = [4, 5].map((size) => ({
  name: `average of 2 × 2 pixels, ${size} px`,
  shapes: [[2, size, size, 3]],
  apply: ([x]) => [averagePool2(as4(x))],
  reference: ([x]) => [reference.averagePool2(x!, { count: 2, size, channels: 3 })],
}));

const transformers: readonly OperationRow[] = [
  ...[5, 16].map((channels): OperationRow => ({
    name: `layer norm of ${channels}`,
    shapes: [[3, 2, channels], [channels], [channels]],
    apply: ([x, gamma, beta]) => [layerNorm({ x: x!, gamma: as1(gamma), beta: as1(beta), epsilon: 1e-6 })],
    reference: (inputs) => [reference.layerNorm(inputs, 1e-6)],
  })),
  {
    name: 'GELU',
    shapes: [[23]],
    adapt: (value) => 2.5 * value,
    apply: ([x]) => [gelu(x!)],
    reference: ([x]) => [reference.gelu(x!)],
  },
  ...[
    { tokens: 5, channels: 6, heads: 2 },
    { tokens: 10, channels: 8, heads: 1 },
  ].map((shape): OperationRow => ({
    name: `attention of ${shape.tokens} tokens, ${shape.heads} heads of ${shape.channels / shape.heads}`,
    shapes: [[2, shape.tokens, 3 * shape.channels]],
    apply: ([qkv]) => [attention(qkv as tf.Tensor3D, shape.heads)],
    reference: ([qkv]) => [reference.attention(qkv!, { count: 2, ...shape })],
  })),
];

export const networkRows: readonly OperationRow[] = [...grouped, ...pools, ...transformers];
