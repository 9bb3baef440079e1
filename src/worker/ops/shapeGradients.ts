/** Gradients of stock tfjs operations that move or select elements, and of matrix products. See stockGradients.ts. */
import * as tf from '@tensorflow/tfjs-core';

export interface StockGradient {
  /** tfjs's name of the operation. */
  readonly kernel: string;
  /** Inputs and outputs the gradient needs; they arrive in this order. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly boolean[];
  /** For operations on a list of tensors: `saved` is the whole list. */
  readonly wholeList?: boolean;
  readonly backward: (
    dy: tf.Tensor,
    saved: readonly tf.Tensor[],
    attributes: tf.NamedAttrMap,
  ) => Record<string, () => tf.Tensor>;
}

export const shapeGradients: readonly StockGradient[] = [
  { kernel: 'Identity', backward: (dy) => ({ x: () => tf.clone(dy) }) },
  { kernel: 'Cast', backward: (dy) => ({ x: () => tf.cast(dy, 'float32') }) },
  { kernel: 'Reshape', inputs: ['x'], backward: (dy, [x]) => ({ x: () => tf.reshape(dy, x!.shape) }) },
  { kernel: 'ExpandDims', inputs: ['input'], backward: (dy, [x]) => ({ input: () => tf.reshape(dy, x!.shape) }) },
  {
    kernel: 'Transpose',
    backward: (dy, _saved, attributes) => {
      const order = (attributes as unknown as { perm: number[] }).perm;
      return { x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(order)) };
    },
  },
  {
    kernel: 'Slice',
    inputs: ['x'],
    backward: (dy, [x], attributes) => {
      const { begin } = attributes as unknown as { begin: number | number[] };
      const starts = typeof begin === 'number' ? [begin] : begin;
      const borders = x!.shape.map((length, axis): [number, number] => {
        const start = starts[axis] ?? 0;
        return [start, length - start - dy.shape[axis]!];
      });
      return { x: () => tf.pad(dy, borders) };
    },
  },
  {
    kernel: 'PadV2',
    inputs: ['x'],
    backward: (dy, [x], attributes) => {
      const { paddings } = attributes as unknown as { paddings: [number, number][] };
      return {
        x: () =>
          tf.slice(
            dy,
            paddings.map(([before]) => before),
            x!.shape,
          ),
      };
    },
  },
  {
    kernel: 'Tile',
    inputs: ['x'],
    backward: (dy, [x], attributes) => {
      const { reps } = attributes as unknown as { reps: number[] };
      // Each axis split into (repeat, length); the repeats are summed.
      const split = x!.shape.flatMap((length, axis) => [reps[axis] ?? 1, length]);
      const repeats = x!.shape.map((_, axis) => 2 * axis);
      return { x: () => tf.reshape(tf.sum(tf.reshape(dy, split), repeats), x!.shape) };
    },
  },
  {
    kernel: 'Concat',
    wholeList: true,
    backward: (dy, parts, attributes) => {
      const axis = tf.util.parseAxisParam((attributes as unknown as { axis: number }).axis, parts[0]!.shape)[0]!;
      const pieces = tf.split(
        dy,
        parts.map((part) => part.shape[axis]!),
        axis,
      );
      return Object.fromEntries(pieces.map((piece, index) => [index, () => tf.clone(piece)]));
    },
  },
  {
    kernel: 'Pack',
    backward: (dy, _saved, attributes) => {
      const parts = tf.unstack(dy, (attributes as unknown as { axis: number }).axis);
      return Object.fromEntries(parts.map((part, index) => [index, () => tf.clone(part)]));
    },
  },
  {
    kernel: 'AddN',
    wholeList: true,
    backward: (dy, parts) => Object.fromEntries(parts.map((_, index) => [index, () => tf.clone(dy)])),
  },
  {
    kernel: 'Select',
    inputs: ['condition'],
    backward: (dy, [condition]) => ({
      condition: () => tf.zerosLike(tf.cast(condition!, 'float32')),
      t: () => tf.mul(dy, tf.cast(condition!, 'float32')),
      e: () => tf.mul(dy, tf.cast(tf.logicalNot(condition!), 'float32')),
    }),
  },
  {
    kernel: 'GatherV2',
    inputs: ['x', 'indices'],
    backward: (dy, [x, indices], attributes) => ({
      x: () => gatherGradient(dy, x!, indices!, (attributes as unknown as { axis: number }).axis),
      indices: () => tf.zerosLike(indices!),
    }),
  },
  {
    kernel: 'BatchMatMul',
    inputs: ['a', 'b'],
    backward: (dy, [a, b], attributes) =>
      matMulGradient(dy, a!, b!, attributes as unknown as { transposeA: boolean; transposeB: boolean }),
  },
];

/** Rows of dy added where they came from: one product with the one-hot matrix of the indices. Batched gathers are left out. */
function gatherGradient(dy: tf.Tensor, x: tf.Tensor, indices: tf.Tensor, axisOrNegative: number): tf.Tensor {
  const axis = tf.util.parseAxisParam(axisOrNegative, x.shape)[0]!;
  const count = x.shape[axis]!;
  const before = tf.util.sizeFromShape(x.shape.slice(0, axis));
  const after = tf.util.sizeFromShape(x.shape.slice(axis + 1));
  const chosen = tf.cast(tf.oneHot(tf.reshape(tf.cast(indices, 'int32'), [-1]), count), 'float32'); // [taken, count]
  const rows = tf.reshape(dy, [before, indices.size, after]);
  const repeated = tf.tile(tf.reshape(chosen, [1, indices.size, count]), [before, 1, 1]);
  return tf.reshape(tf.matMul(repeated, rows, true), x.shape);
}

interface TransposeFlags {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** y = op(a)·op(b) with optional transposes of the last two axes; leading axes that were repeated are summed. */
function matMulGradient(
  dy: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  { transposeA, transposeB }: TransposeFlags,
): Record<string, () => tf.Tensor> {
  const toA = () => (transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB));
  const toB = () => (transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false));
  return { a: () => sumLeading(toA(), a.shape), b: () => sumLeading(toB(), b.shape) };
}

function sumLeading(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  if (tf.util.arraysEqual(gradient.shape, shape)) return gradient;
  return tf.reshape(tf.sum(gradient, tf.broadcast_util.getReductionAxes(shape, gradient.shape)), shape);
}
