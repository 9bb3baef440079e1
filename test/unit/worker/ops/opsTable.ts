/**
 * Every operation of ours with its definition in float64: one row each, used to compare all runtimes. A reference gives all
 * outputs; the first is the differentiable one, and its gradient is taken from the reference by central differences.
 */
import * as tf from '@tensorflow/tfjs-core';
import { contrastiveSoftmax } from '../../../../src/worker/objectives/contrastiveSoftmax';
import { nceLoss } from '../../../../src/worker/objectives/instDisc';
import { relu } from '../../../../src/worker/ops/activation';
import { batchNormInference, batchNormTraining } from '../../../../src/worker/ops/batchNorm';
import { blend } from '../../../../src/worker/ops/blend';
import { conv2d } from '../../../../src/worker/ops/conv';
import { groupNorm } from '../../../../src/worker/ops/groupNorm';
import { linear } from '../../../../src/worker/ops/linear';
import { pixelCrossEntropy, softmaxCrossEntropy } from '../../../../src/worker/ops/loss';
import { l2Normalize } from '../../../../src/worker/ops/normalize';
import { momentumStep } from '../../../../src/worker/ops/momentumStep';
import { adaptiveAveragePool, globalAveragePool, maxPool2d } from '../../../../src/worker/ops/pool';
import { resizeBilinear, resizeNearest } from '../../../../src/worker/ops/resize';
import { roiAlign } from '../../../../src/worker/ops/roiAlign';
import { drawingRows } from './drawingRows';
import { networkRows } from './networkRows';
import {
  groupNorm as groupNormOf,
  resizeBilinear as resizeBilinearOf,
  resizeNearest as resizeNearestOf,
  roiAlign as roiAlignOf,
} from './referenceMaps';
import * as reference from './referenceOps';

export type Tensors = readonly tf.Tensor[];
export type Arrays = readonly (readonly number[])[];

export interface OperationRow {
  readonly name: string;
  /** Shapes of the inputs; normal numbers unless `inputs` says how to make them from normal ones. */
  readonly shapes: readonly (readonly number[])[];
  readonly adapt?: (value: number, input: number) => number;
  readonly apply: (inputs: Tensors) => tf.Tensor[];
  readonly reference: (inputs: Arrays) => (readonly number[])[];
  /** Inputs that have no gradient. */
  readonly constants?: readonly number[];
  /** Whether nothing is differentiated. Default false. */
  readonly isForwardOnly?: boolean;
}

const as1 = (tensor: tf.Tensor | undefined) => tensor as tf.Tensor1D;
const as2 = (tensor: tf.Tensor | undefined) => tensor as tf.Tensor2D;
const as4 = (tensor: tf.Tensor | undefined) => tensor as tf.Tensor4D;

const convolutions: readonly OperationRow[] = [
  { kernel: 3, stride: 1, padding: 1, dilation: 1, size: 6 },
  { kernel: 3, stride: 2, padding: 1, dilation: 1, size: 6 },
  { kernel: 3, stride: 2, padding: 1, dilation: 1, size: 7 },
  { kernel: 1, stride: 1, padding: 0, dilation: 1, size: 5 },
  { kernel: 1, stride: 2, padding: 0, dilation: 1, size: 6 },
  { kernel: 7, stride: 2, padding: 3, dilation: 1, size: 9 },
  { kernel: 3, stride: 1, padding: 2, dilation: 2, size: 6 },
  { kernel: 3, stride: 2, padding: 2, dilation: 2, size: 7 },
  { kernel: 3, stride: 1, padding: 0, dilation: 1, size: 5 },
  // The outer taps, and those of all but the middle three, meet padding alone.
  { kernel: 3, stride: 1, padding: 6, dilation: 6, size: 5 },
  { kernel: 3, stride: 2, padding: 7, dilation: 7, size: 6 },
  { kernel: 5, stride: 1, padding: 6, dilation: 3, size: 4 },
].map(({ size, kernel, ...options }) => ({
  name: `conv2d ${kernel} × ${kernel}, stride ${options.stride}, padding ${options.padding}, dilation ${options.dilation}, ${size} px`,
  shapes: [
    [2, size, size, 3],
    [kernel, kernel, 3, 4],
  ],
  apply: ([x, filter]) => [conv2d(as4(x), as4(filter), options)],
  reference: ([x, filter]) => [reference.conv2d(x!, filter!, { count: 2, size, kernel, inC: 3, outC: 4, ...options })],
}));

const batchNorms: readonly OperationRow[] = [
  { groups: 1, relu: false, skip: false },
  { groups: 1, relu: true, skip: true },
  { groups: 2, relu: true, skip: false },
  { groups: 2, relu: false, skip: true },
].map(({ groups, relu: rectify, skip }) => ({
  name: `batch norm, ${groups} group(s)${skip ? ', shortcut' : ''}${rectify ? ', rectified' : ''}`,
  shapes: [[4, 3, 3, 2], [2], [2], ...(skip ? [[4, 3, 3, 2]] : [])],
  apply: ([x, gamma, beta, shortcut]) => {
    const input = { x: x!, gamma: as1(gamma), beta: as1(beta), groups, relu: rectify };
    const { y, mean, unbiasedVariance } = batchNormTraining({ ...input, ...(shortcut && { skip: shortcut }) });
    return [y, mean, unbiasedVariance];
  },
  reference: (inputs) => reference.batchNorm(inputs, { groups, relu: rectify }),
}));

const vectors: readonly OperationRow[] = [
  {
    name: 'batch norm of vectors',
    shapes: [[6, 3], [3], [3]],
    apply: ([x, gamma, beta]) => [batchNormTraining({ x: x!, gamma: as1(gamma), beta: as1(beta) }).y],
    reference: (inputs) => [reference.batchNorm(inputs, { groups: 1, relu: false })[0]!],
  },
  {
    name: 'batch norm at inference, shortcut, rectified',
    shapes: [[2, 3, 3, 2], [2], [2], [2], [2], [2, 3, 3, 2]],
    adapt: (value, input) => (input === 4 ? 0.2 + value * value : value),
    apply: ([x, gamma, beta, mean, variance, skip]) => {
      const statistics = { mean: as1(mean), variance: as1(variance) };
      return [
        batchNormInference({ x: x!, gamma: as1(gamma), beta: as1(beta), ...statistics, skip: skip!, relu: true }),
      ];
    },
    reference: (inputs) => [reference.batchNormInference(inputs)],
    constants: [3, 4],
  },
  {
    name: 'linear',
    shapes: [[3, 4], [4, 5], [5]],
    apply: ([x, weight, bias]) => [linear(as2(x), as2(weight), as1(bias))],
    reference: ([x, weight, bias]) => [reference.linear(x!, weight!, bias!)],
  },
  {
    name: 'relu',
    shapes: [[17]],
    apply: ([x]) => [relu(x!)],
    reference: ([x]) => [x!.map((value) => Math.max(value, 0))],
  },
  {
    name: 'blend',
    shapes: [[19], [19]],
    apply: ([a, b]) => [blend(a!, 0.9, b!, -0.3)],
    reference: ([a, b]) => [a!.map((value, i) => 0.9 * value - 0.3 * b![i]!)],
    isForwardOnly: true,
  },
  ...[0, 0.3].map((weightDecay): OperationRow => ({
    name: `momentum step${weightDecay ? ' with weight decay' : ''}`,
    shapes: [
      [3, 5],
      [3, 5],
      [3, 5],
    ],
    apply: ([p, v, gradient]) => {
      const [parameter, velocity] = [tf.variable(tf.clone(p!)), tf.variable(tf.clone(v!))];
      // Twice, so that the second step works on memory of the first.
      for (let i = 0; i < 2; i++)
        momentumStep({ parameter, velocity }, gradient!, { learningRate: 0.1, momentum: 0.9, weightDecay });
      const moved = [tf.clone(parameter), tf.clone(velocity)];
      tf.dispose([parameter, velocity]);
      return moved;
    },
    reference: ([p, v, gradient]) => {
      let [parameter, velocity] = [p!, v!];
      for (let i = 0; i < 2; i++) {
        velocity = velocity.map((value, at) => 0.9 * value + gradient![at]! + weightDecay * parameter[at]!);
        parameter = parameter.map((value, at) => value - 0.1 * velocity[at]!);
      }
      return [[...parameter], [...velocity]];
    },
    isForwardOnly: true,
  })),
  {
    name: 'l2 normalise',
    shapes: [[3, 5]],
    apply: ([x]) => [l2Normalize(as2(x))],
    reference: ([x]) => [reference.l2Normalize(x!, 5)],
  },
];

const pools: readonly OperationRow[] = [
  ...[
    { window: 3, stride: 2, padding: 1, size: 6 },
    { window: 3, stride: 2, padding: 1, size: 7 },
    { window: 2, stride: 2, padding: 0, size: 6 },
    { window: 3, stride: 1, padding: 1, size: 5 },
  ].map(({ window, stride, padding, size }): OperationRow => ({
    name: `max pool ${window} × ${window}, stride ${stride}, padding ${padding}, ${size} px`,
    shapes: [[2, size, size, 3]],
    apply: ([x]) => [maxPool2d(as4(x), window, stride, padding)],
    reference: ([x]) => [reference.maxPool(x!, { size, channels: 3, window, stride, padding })],
  })),
  {
    name: 'global average pool',
    shapes: [[2, 3, 4, 3]],
    apply: ([x]) => [globalAveragePool(as4(x))],
    reference: ([x]) => [reference.globalAverage(x!, { pixels: 12, channels: 3 })],
  },
  {
    name: 'adaptive average pool',
    shapes: [[2, 5, 5, 2]],
    apply: ([x]) => [adaptiveAveragePool(as4(x), 3)],
    reference: ([x]) => [reference.adaptiveAverage(x!, { size: 5, channels: 2, grid: 3 })],
  },
];

const losses: readonly OperationRow[] = [
  {
    name: 'softmax cross-entropy',
    shapes: [[4, 5]],
    adapt: (value) => 3 * value,
    apply: ([logits]) => [softmaxCrossEntropy(as2(logits), tf.tensor1d([0, 4, 2, 2], 'int32'))],
    reference: ([logits]) => [[reference.crossEntropy(logits!, [0, 4, 2, 2], 5)]],
  },
  {
    name: 'pixel cross-entropy with weights',
    shapes: [[1, 2, 2, 3]],
    adapt: (value) => 3 * value,
    apply: ([logits]) => {
      const [labels, weights] = [tf.tensor1d([2, 0, 0, 1], 'int32'), tf.tensor1d([0.5, 0.25, 0, 0.125])];
      return [pixelCrossEntropy(as4(logits), labels, weights)];
    },
    reference: ([logits]) => {
      const lossOf = (row: number, label: number) =>
        reference.crossEntropy(logits!.slice(3 * row, 3 * row + 3), [label], 3);
      return [[0.5 * lossOf(0, 2) + 0.25 * lossOf(1, 0) + 0.125 * lossOf(3, 1)]];
    },
  },
  {
    name: 'contrastive softmax with masks',
    shapes: [
      [3, 4],
      [3, 4],
      [5, 4],
    ],
    constants: [1, 2],
    apply: ([queries, keys, queue]) => {
      const masks = {
        removed: tf.tensor2d(reference.removedMask, [3, 5]),
        positives: tf.tensor2d(reference.positivesMask, [3, 5]),
      };
      const input = { queries: as2(queries), keys: as2(keys), queue: as2(queue), temperature: 0.5 };
      const { loss, positive } = contrastiveSoftmax(input, masks);
      return [loss, positive];
    },
    reference: (inputs) => reference.contrastive(inputs, 0.5),
  },
  {
    name: 'noise-contrastive estimation',
    shapes: [
      [3, 4],
      [3, 4],
      [5, 4],
    ],
    constants: [1, 2],
    apply: ([features, positives, noise]) => {
      const input = { features: as2(features), positives: as2(positives), noise: as2(noise) };
      return [nceLoss({ ...input, temperature: 0.5, bankSize: 20, normaliser: 30 }).loss];
    },
    reference: (inputs) => [
      [reference.noiseContrastive(inputs, { temperature: 0.5, offset: Math.log((5 * 30) / 20) })],
    ],
  },
];

/** Boxes in px of the finest map: inside, over each border, far outside, smaller than a pixel; the last map has none. */
const pyramidRegions: readonly {
  readonly box: readonly [number, number, number, number];
  readonly image: number;
  readonly level: number;
}[] = [
  { box: [0.3, 0.2, 5.1, 4.4], image: 1, level: 1 },
  { box: [-1.2, 0.4, 2.7, 6.9], image: 0, level: 0 },
  { box: [2.2, -3.1, 7.9, 3.3], image: 1, level: 0 },
  { box: [9, 9, 12, 12], image: 0, level: 1 },
  { box: [3.4, 3.6, 3.9, 4.1], image: 0, level: 0 },
];

const maps: readonly OperationRow[] = [
  {
    name: 'group norm',
    shapes: [[2, 3, 3, 4], [4], [4]],
    apply: ([x, gamma, beta]) => [groupNorm(as4(x), { gamma: as1(gamma), beta: as1(beta), groups: 2 })],
    reference: (inputs) => [groupNormOf(inputs, { count: 2, pixels: 9, groups: 2 })],
  },
  ...[
    { from: 3, to: 6 },
    { from: 3, to: 5 },
  ].map(({ from, to }): OperationRow => ({
    name: `nearest neighbours, ${from} px to ${to}`,
    shapes: [[1, from, from, 2]],
    apply: ([x]) => [resizeNearest(as4(x), [to, to])],
    reference: ([x]) => [resizeNearestOf(x!, { from, to, channels: 2 })],
  })),
  ...[
    { from: [3, 2], to: [6, 8] },
    { from: [3, 4], to: [7, 5] },
    { from: [1, 1], to: [4, 3] },
    { from: [6, 5], to: [4, 2] },
  ].map(({ from, to }): OperationRow => ({
    name: `bilinear, ${from.join(' × ')} px to ${to.join(' × ')}`,
    shapes: [[1, from[0]!, from[1]!, 2]],
    apply: ([x]) => [resizeBilinear(as4(x), [to[0]!, to[1]!])],
    reference: ([x]) => [resizeBilinearOf(x!, { from: [from[0]!, from[1]!], to: [to[0]!, to[1]!], channels: 2 })],
  })),
  ...[false, true].map((aligned): OperationRow => ({
    name: `RoIAlign${aligned ? ', aligned' : ''}`,
    shapes: [[1, 6, 6, 2]],
    apply: ([x]) => {
      const region = { boxes: Float32Array.of(0.75, 1, 4.5, 3.75), images: Int32Array.of(0), levels: Int32Array.of(0) };
      return [roiAlign([as4(x)], { ...region, scales: [1], size: 3, sampling: 2, aligned })];
    },
    reference: ([x]) => [
      roiAlignOf(x!, { box: [0.75, 1, 4.5, 3.75], side: 6, channels: 2, bins: 3, sampling: 2, aligned }),
    ],
  })),
  ...[
    { sampling: 2, aligned: false },
    { sampling: 0, aligned: true },
  ].map(({ sampling, aligned }): OperationRow => ({
    name: `RoIAlign of a pyramid${sampling === 0 ? ', as many samples as pixels' : ''}`,
    shapes: [
      [2, 6, 6, 2],
      [2, 3, 3, 2],
      [2, 2, 2, 2],
    ],
    apply: (maps) => {
      const columns = {
        boxes: Float32Array.from(pyramidRegions.flatMap(({ box }) => box)),
        images: Int32Array.from(pyramidRegions, ({ image }) => image),
        levels: Int32Array.from(pyramidRegions, ({ level }) => level),
      };
      return [roiAlign(maps.map(as4), { ...columns, scales: [1, 0.5, 0.25], size: 2, sampling, aligned })];
    },
    reference: (maps) => [
      pyramidRegions.flatMap(({ box, image, level }) => {
        const scaled = box.map((edge) => edge / 2 ** level) as [number, number, number, number];
        const region = { box: scaled, image, side: [6, 3, 2][level]!, channels: 2, bins: 2 };
        return roiAlignOf(maps[level]!, { ...region, sampling, aligned });
      }),
    ],
  })),
];

export const operationRows: readonly OperationRow[] = [
  ...convolutions,
  ...batchNorms,
  ...vectors,
  ...pools,
  ...maps,
  ...losses,
  ...networkRows,
  ...drawingRows,
];
