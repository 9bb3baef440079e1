import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { synchronousRuntimes } from '../../../support/presentRuntimes';
import { normals } from './compareBackends';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Name, shapes of the inputs, the operation; inputs are normal, shifted by 3 where `positive`. */
const table: { name: string; shapes: number[][]; op: Op; positive?: boolean }[] = [
  { name: 'abs', shapes: [[4]], op: (x) => tf.abs(x!) },
  { name: 'exp', shapes: [[4]], op: (x) => tf.exp(x!) },
  { name: 'expm1', shapes: [[4]], op: (x) => tf.expm1(x!) },
  { name: 'log', shapes: [[4]], op: (x) => tf.log(x!), positive: true },
  { name: 'log1p', shapes: [[4]], op: (x) => tf.log1p(x!), positive: true },
  { name: 'neg', shapes: [[4]], op: (x) => tf.neg(x!) },
  { name: 'reciprocal', shapes: [[4]], op: (x) => tf.reciprocal(x!), positive: true },
  { name: 'relu', shapes: [[6]], op: (x) => tf.relu(x!) },
  { name: 'rsqrt', shapes: [[4]], op: (x) => tf.rsqrt(x!), positive: true },
  { name: 'sigmoid', shapes: [[4]], op: (x) => tf.sigmoid(x!) },
  { name: 'sin', shapes: [[4]], op: (x) => tf.sin(x!) },
  { name: 'cos', shapes: [[4]], op: (x) => tf.cos(x!) },
  { name: 'softplus', shapes: [[4]], op: (x) => tf.softplus(x!) },
  { name: 'sqrt', shapes: [[4]], op: (x) => tf.sqrt(x!), positive: true },
  { name: 'square', shapes: [[4]], op: (x) => tf.square(x!) },
  { name: 'tanh', shapes: [[4]], op: (x) => tf.tanh(x!) },
  { name: 'clip', shapes: [[8]], op: (x) => tf.clipByValue(x!, -0.5, 0.7) },
  { name: 'add with broadcasting', shapes: [[3, 4], [4]], op: (a, b) => tf.add(a!, b!) },
  { name: 'sub with a scalar', shapes: [[], [2, 3]], op: (a, b) => tf.sub(a!, b!) },
  {
    name: 'mul with a column',
    shapes: [
      [3, 4],
      [3, 1],
    ],
    op: (a, b) => tf.mul(a!, b!),
  },
  {
    name: 'mul of both kinds',
    shapes: [
      [1, 4],
      [3, 1],
    ],
    op: (a, b) => tf.mul(a!, b!),
  },
  { name: 'div', shapes: [[2, 3], [3]], op: (a, b) => tf.div(a!, b!), positive: true },
  { name: 'squaredDifference', shapes: [[2, 3], [3]], op: (a, b) => tf.squaredDifference(a!, b!) },
  { name: 'maximum', shapes: [[2, 3], [3]], op: (a, b) => tf.maximum(a!, b!) },
  {
    name: 'minimum',
    shapes: [
      [2, 3],
      [2, 1],
    ],
    op: (a, b) => tf.minimum(a!, b!),
  },
  { name: 'pow', shapes: [[2, 3], [3]], op: (a, b) => tf.pow(a!, b!), positive: true },
  { name: 'sum of all', shapes: [[2, 3]], op: (x) => tf.square(tf.sum(x!)) },
  { name: 'sum over the first axis', shapes: [[2, 3]], op: (x) => tf.sum(x!, 0) },
  { name: 'sum keeping axes', shapes: [[2, 3, 4]], op: (x) => tf.sum(x!, [0, -1], true) },
  { name: 'mean', shapes: [[2, 3, 4]], op: (x) => tf.mean(x!, [1, 2]) },
  { name: 'max', shapes: [[3, 4]], op: (x) => tf.max(x!, 1) },
  { name: 'min', shapes: [[3, 4]], op: (x) => tf.min(x!, 0) },
  { name: 'softmax', shapes: [[3, 4]], op: (x) => tf.softmax(x!) },
  { name: 'logSoftmax', shapes: [[3, 4]], op: (x) => tf.logSoftmax(x!) },
  { name: 'logSumExp', shapes: [[3, 4]], op: (x) => tf.logSumExp(x!, 1) },
  { name: 'reshape', shapes: [[2, 6]], op: (x) => tf.reshape(x!, [3, 4]) },
  { name: 'expandDims', shapes: [[5]], op: (x) => tf.expandDims(x!, 1) },
  { name: 'transpose', shapes: [[2, 3, 4]], op: (x) => tf.transpose(x!, [2, 0, 1]) },
  { name: 'slice', shapes: [[4, 5]], op: (x) => tf.slice(x!, [1, 2], [2, 2]) },
  { name: 'slice of rows', shapes: [[4, 5]], op: (x) => tf.slice(x!, 1, 2) },
  {
    name: 'pad',
    shapes: [[2, 3]],
    op: (x) =>
      tf.pad(x!, [
        [1, 0],
        [2, 1],
      ]),
  },
  { name: 'tile', shapes: [[2, 3]], op: (x) => tf.tile(x!, [2, 3]) },
  {
    name: 'concat',
    shapes: [
      [2, 3],
      [2, 1],
    ],
    op: (a, b) => tf.concat([a!, b!], 1),
  },
  { name: 'stack', shapes: [[3], [3]], op: (a, b) => tf.stack([a!, b!], 1) },
  { name: 'addN', shapes: [[3], [3], [3]], op: (...all) => tf.addN(all) },
  { name: 'where', shapes: [[4], [4]], op: (a, b) => tf.where(tf.tensor1d([1, 0, 0, 1], 'bool'), a!, b!) },
  { name: 'gather rows, with repeats', shapes: [[4, 3]], op: (x) => tf.gather(x!, tf.tensor1d([2, 0, 2], 'int32')) },
  { name: 'gather columns', shapes: [[2, 4]], op: (x) => tf.gather(x!, tf.tensor1d([3, 3, 1], 'int32'), 1) },
  {
    name: 'matMul',
    shapes: [
      [2, 3],
      [3, 4],
    ],
    op: (a, b) => tf.matMul(a!, b!),
  },
  {
    name: 'matMul, a transposed',
    shapes: [
      [3, 2],
      [3, 4],
    ],
    op: (a, b) => tf.matMul(a!, b!, true),
  },
  {
    name: 'matMul, b transposed',
    shapes: [
      [2, 3],
      [4, 3],
    ],
    op: (a, b) => tf.matMul(a!, b!, false, true),
  },
  {
    name: 'matMul, both transposed',
    shapes: [
      [3, 2],
      [4, 3],
    ],
    op: (a, b) => tf.matMul(a!, b!, true, true),
  },
  {
    name: 'matMul, batched',
    shapes: [
      [2, 2, 3],
      [1, 3, 2],
    ],
    op: (a, b) => tf.matMul(a!, b!),
  },
];

const runtimes = await synchronousRuntimes();

describe.each(runtimes)('registerStockGradients on $title', ({ isMissing, start }) => {
  if (isMissing) return void it.skip('equals finite differences', () => {});
  beforeAll(start);

  it.each(table)('$name equals finite differences', async ({ shapes, op, positive }) => {
    const before = tf.memory().numTensors;
    const values = shapes.map((shape, i) => normals(shape, 10 + i).map((v) => (positive ? 1.5 + Math.abs(v) : v)));
    const weigh = (y: tf.Tensor): tf.Scalar => tf.sum(tf.mul(y, tf.tensor(normals([y.size], 99), y.shape)));
    const loss = (all: readonly Float32Array[]) =>
      tf.tidy(() => weigh(op(...all.map((v, i) => tf.tensor(v, shapes[i]!, 'float32')))).dataSync()[0]!);
    const gradients = tf.tidy(() =>
      tf
        .grads((...x) => weigh(op(...x)))(values.map((v, i) => tf.tensor(v, shapes[i]!, 'float32')))
        .map((g) => g.dataSync()),
    );
    const step = 2 ** -8;
    values.forEach((input, which) => {
      for (let at = 0; at < input.length; at++) {
        const moved = (by: number) =>
          values.map((v, i) => (i === which ? v.map((e, j) => (j === at ? e + by : e)) : v));
        const slope = (loss(moved(step)) - loss(moved(-step))) / (2 * step);
        expect(Math.abs(gradients[which]![at]! - slope)).toBeLessThan(4e-3 * Math.max(1, Math.abs(slope)));
      }
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
