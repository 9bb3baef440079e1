/**
 * Gradients of the stock tfjs operations that our code uses. The npm build of tfjs-core carries none of them: they live
 * in separate modules that only a bundler can load, and then into a second copy of the core. Written from the calculus;
 * sums over leading axes are products with ones, which on wasm are many times faster. Each is checked against finite
 * differences. Left out: operations nobody here differentiates; tfjs then says "gradient function not found for …".
 */
import * as tf from '@tensorflow/tfjs-core';
import { shapeGradients } from './shapeGradients';
import type { StockGradient } from './shapeGradients';

/** Registers all of them once; later calls do nothing. */
export function registerStockGradients(): void {
  for (const gradient of [...elementGradients, ...binaryGradients, ...reductionGradients, ...shapeGradients]) {
    const { kernel: kernelName, inputs = [], outputs = [], wholeList = false, backward } = gradient;
    if (tf.getGradient(kernelName)) continue;
    tf.registerGradient({
      kernelName,
      inputsToSave: [...inputs],
      saveAllInputs: wholeList,
      outputsToSave: [...outputs],
      gradFunc: (dy, saved, attributes) => backward(dy as tf.Tensor, saved, attributes),
    });
  }
}

/** Gradient of y = f(x) as dy · derivative, where `derivative` gets what was saved: x, or y when `of` is 'y'. */
function elementwise(
  kernel: string,
  of: 'x' | 'y',
  derive: (dy: tf.Tensor, saved: tf.Tensor) => tf.Tensor,
): StockGradient {
  return {
    kernel,
    inputs: of === 'x' ? ['x'] : [],
    outputs: of === 'y' ? [true] : [],
    backward: (dy, [saved]) => ({ x: () => derive(dy, saved!) }),
  };
}

const elementGradients: readonly StockGradient[] = [
  elementwise('Abs', 'x', (dy, x) => tf.mul(dy, tf.sign(x))),
  elementwise('Exp', 'y', (dy, y) => tf.mul(dy, y)),
  elementwise('Expm1', 'y', (dy, y) => tf.mul(dy, tf.add(y, 1))),
  elementwise('Log', 'x', (dy, x) => tf.div(dy, x)),
  elementwise('Log1p', 'x', (dy, x) => tf.div(dy, tf.add(x, 1))),
  elementwise('Neg', 'x', (dy) => tf.neg(dy)),
  elementwise('Reciprocal', 'y', (dy, y) => tf.neg(tf.mul(dy, tf.square(y)))),
  elementwise('Relu', 'y', (dy, y) => tf.mul(dy, tf.step(y))),
  elementwise('Rsqrt', 'y', (dy, y) => tf.mul(tf.mul(dy, -0.5), tf.mul(y, tf.square(y)))),
  elementwise('Sigmoid', 'y', (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y)))),
  elementwise('Sin', 'x', (dy, x) => tf.mul(dy, tf.cos(x))),
  elementwise('Cos', 'x', (dy, x) => tf.neg(tf.mul(dy, tf.sin(x)))),
  elementwise('Softplus', 'x', (dy, x) => tf.mul(dy, tf.sigmoid(x))),
  elementwise('Sqrt', 'y', (dy, y) => tf.div(dy, tf.mul(y, 2))),
  elementwise('Square', 'x', (dy, x) => tf.mul(dy, tf.mul(x, 2))),
  elementwise('Tanh', 'y', (dy, y) => tf.mul(dy, tf.sub(1, tf.square(y)))),
  elementwise('Step', 'x', (dy) => tf.zerosLike(dy)),
  elementwise('Sign', 'x', (dy) => tf.zerosLike(dy)),
  elementwise('ZerosLike', 'x', (dy) => tf.zerosLike(dy)),
  elementwise('OnesLike', 'x', (dy) => tf.zerosLike(dy)),
  {
    kernel: 'ClipByValue',
    inputs: ['x'],
    backward: (dy, [x], attributes) => {
      const { clipValueMin, clipValueMax } = attributes as unknown as { clipValueMin: number; clipValueMax: number };
      const inside = () => tf.logicalAnd(tf.greaterEqual(x!, clipValueMin), tf.lessEqual(x!, clipValueMax));
      return { x: () => tf.mul(dy, tf.cast(inside(), 'float32')) };
    },
  },
];

/** Gradient of a broadcasting operation of a and b; each partial is summed back to its input's shape. */
function binary(
  kernel: string,
  toA: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  toB: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): StockGradient {
  return {
    kernel,
    inputs: ['a', 'b'],
    backward: (dy, [a, b]) => ({
      a: () => unbroadcast(toA(dy, a!, b!), a!.shape),
      b: () => unbroadcast(toB(dy, a!, b!), b!.shape),
    }),
  };
}

const masked = (dy: tf.Tensor, where: tf.Tensor): tf.Tensor => tf.mul(dy, tf.cast(where, 'float32'));

const binaryGradients: readonly StockGradient[] = [
  binary(
    'Add',
    (dy) => dy,
    (dy) => dy,
  ),
  binary(
    'Sub',
    (dy) => dy,
    (dy) => tf.neg(dy),
  ),
  binary(
    'Multiply',
    (dy, _a, b) => tf.mul(dy, asFloat(b)),
    (dy, a) => tf.mul(dy, asFloat(a)),
  ),
  binary(
    'RealDiv',
    (dy, _a, b) => tf.div(dy, asFloat(b)),
    (dy, a, b) => tf.neg(tf.div(tf.mul(dy, asFloat(a)), tf.square(asFloat(b)))),
  ),
  binary(
    'SquaredDifference',
    (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(a, b), 2)),
    (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(b, a), 2)),
  ),
  // Of equal values the first gets the gradient.
  binary(
    'Maximum',
    (dy, a, b) => masked(dy, tf.greaterEqual(a, b)),
    (dy, a, b) => masked(dy, tf.less(a, b)),
  ),
  binary(
    'Minimum',
    (dy, a, b) => masked(dy, tf.lessEqual(a, b)),
    (dy, a, b) => masked(dy, tf.greater(a, b)),
  ),
  binary(
    'Pow',
    (dy, a, b) => tf.mul(dy, tf.mul(asFloat(b), tf.pow(a, tf.sub(b, 1)))),
    (dy, a, b) =>
      tf.mul(dy, tf.where(tf.greater(a, 0), tf.mul(tf.pow(a, b), tf.log(tf.maximum(a, 1e-38))), tf.zerosLike(dy))),
  ),
];

const reductionGradients: readonly StockGradient[] = [
  {
    kernel: 'Sum',
    inputs: ['x'],
    backward: (dy, [x], attributes) => ({ x: () => spread(dy, x!, attributes) }),
  },
  {
    kernel: 'Mean',
    inputs: ['x'],
    backward: (dy, [x], attributes) => ({ x: () => tf.div(spread(dy, x!, attributes), x!.size / dy.size) }),
  },
  // The gradient goes to every element equal to the extreme, as often as it occurs.
  { kernel: 'Max', inputs: ['x'], outputs: [true], backward: extremeGradient },
  { kernel: 'Min', inputs: ['x'], outputs: [true], backward: extremeGradient },
  {
    kernel: 'Softmax',
    outputs: [true],
    backward: (dy, [y]) => ({
      logits: () => {
        const weighted = tf.mul(dy, y!);
        return tf.sub(weighted, tf.mul(y!, tf.sum(weighted, -1, true)));
      },
    }),
  },
  {
    kernel: 'LogSoftmax',
    outputs: [true],
    backward: (dy, [y]) => ({ logits: () => tf.sub(dy, tf.mul(tf.exp(y!), tf.sum(dy, -1, true))) }),
  },
];

function extremeGradient(
  dy: tf.Tensor,
  [x, y]: readonly tf.Tensor[],
  attributes: tf.NamedAttrMap,
): Record<string, () => tf.Tensor> {
  return { x: () => masked(spread(dy, x!, attributes), tf.equal(x!, spread(y!, x!, attributes))) };
}

/** Repeats a reduced tensor along the axes it was reduced over, back to the shape of x. */
function spread(reduced: tf.Tensor, x: tf.Tensor, attributes: tf.NamedAttrMap): tf.Tensor {
  const axes = tf.util.parseAxisParam(axisOf(attributes), x.shape);
  const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const repeats = x.shape.map((length, axis) => (axes.includes(axis) ? length : 1));
  return tf.tile(tf.reshape(reduced, kept), repeats);
}

/** tf.max calls its axes `reductionIndices`, the other reductions `axis`. */
function axisOf(attributes: tf.NamedAttrMap): number | number[] {
  return (attributes['reductionIndices'] ?? attributes['axis']) as unknown as number | number[];
}

function asFloat(value: tf.Tensor): tf.Tensor {
  return value.dtype === 'float32' ? value : tf.cast(value, 'float32');
}

/** Sums a gradient over the axes along which its input was repeated. */
function unbroadcast(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  if (tf.util.arraysEqual(gradient.shape, shape)) return tf.clone(gradient);
  const size = tf.util.sizeFromShape(shape);
  // A vector repeated over leading axes (bias, scale): one product with ones.
  const trailing = gradient.shape.slice(gradient.rank - shape.length);
  if (tf.util.arraysEqual(trailing, shape)) {
    const rows = gradient.size / size;
    return tf.reshape(tf.matMul(tf.ones([1, rows]), tf.reshape(gradient, [rows, size])), shape);
  }
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return tf.reshape(tf.sum(gradient, axes), shape);
}
