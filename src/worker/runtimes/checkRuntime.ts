/**
 * Proves the current runtime before a long run: one real training step of a tiny net that uses every layer kind
 * (convolutions 3×3/1, 3×3/2 and 1×1, batch norm, ReLU, max-pool, average pool, linear, cross-entropy), its loss and all
 * gradients compared with PyTorch's in float64 (checkRuntimeReference.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import { batchNormTraining } from '../ops/batchNorm';
import { conv2d } from '../ops/conv';
import { linear } from '../ops/linear';
import { softmaxCrossEntropy } from '../ops/loss';
import { globalAveragePool, maxPool2d } from '../ops/pool';
import { relu } from '../ops/activation';
import { referenceGradients, referenceLoss } from './checkRuntimeReference';

export interface RuntimeCheck {
  readonly ok: boolean;
  /** Largest |difference| from the reference, relative to that gradient's largest element. */
  readonly maxError: number;
  readonly milliseconds: number;
  /** One sentence for the user. */
  readonly message: string;
}

/** float32 convolutions differ by about 1e-6; TF32 and half-precision paths of GPUs reach 1e-2 and are refused. */
const tolerance = 1e-3;

interface ParameterSpec {
  readonly name: string;
  readonly shape: number[];
  readonly phase: number;
  readonly scale: number;
  readonly offset: number;
}

/** Same table as in test/golden/make/checkRuntime.py. */
const specs: readonly ParameterSpec[] = [
  { name: 'conv1', shape: [3, 3, 3, 4], phase: 0.1, scale: 0.5, offset: 0 },
  { name: 'gamma1', shape: [4], phase: 0.2, scale: 0.3, offset: 1 },
  { name: 'beta1', shape: [4], phase: 0.3, scale: 0.3, offset: 0 },
  { name: 'conv2', shape: [3, 3, 4, 8], phase: 0.4, scale: 0.5, offset: 0 },
  { name: 'gamma2', shape: [8], phase: 0.5, scale: 0.3, offset: 1 },
  { name: 'beta2', shape: [8], phase: 0.6, scale: 0.3, offset: 0 },
  { name: 'conv3', shape: [1, 1, 8, 6], phase: 0.7, scale: 0.5, offset: 0 },
  { name: 'weight', shape: [6, 5], phase: 0.8, scale: 0.5, offset: 0 },
  { name: 'bias', shape: [5], phase: 0.9, scale: 0.5, offset: 0 },
];

/** Runs the step on the current backend. Never throws: a kernel that fails is a check that fails. */
export async function checkRuntime(): Promise<RuntimeCheck> {
  const start = performance.now();
  const backend = tf.getBackend();
  const finish = (ok: boolean, maxError: number, message: string): RuntimeCheck => ({
    ok,
    maxError,
    milliseconds: performance.now() - start,
    message,
  });
  try {
    const worst = await worstDifference();
    const found = `largest relative error ${worst.error.toExponential(1)}, in ${worst.name}`;
    if (worst.error < tolerance)
      return finish(true, worst.error, `A training step on ${backend} gives the reference gradients (${found}).`);
    return finish(
      false,
      worst.error,
      `A training step on ${backend} gives wrong gradients (${found}); choose another runtime.`,
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return finish(false, Infinity, `A training step on ${backend} fails (${reason}); choose another runtime.`);
  }
}

async function worstDifference(): Promise<{ name: string; error: number }> {
  const tensors = tf.tidy(() => {
    const parameters = specs.map(({ shape, phase, scale, offset }) => wave(shape, phase, scale, offset));
    const { value, grads } = tf.valueAndGrads((...args: tf.Tensor[]) => tinyNet(args))(parameters);
    return [value, ...grads];
  });
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose(tensors);
  const worst = { name: 'loss', error: relativeDifference(values[0]!, [referenceLoss]) };
  specs.forEach(({ name }, index) => {
    const error = relativeDifference(values[index + 1]!, referenceGradients[name]!);
    if (!(error <= worst.error)) Object.assign(worst, { name: `the gradient of ${name}`, error });
  });
  return worst;
}

function tinyNet([conv1, gamma1, beta1, conv2, gamma2, beta2, conv3, weight, bias]: tf.Tensor[]): tf.Scalar {
  const images = wave([4, 9, 9, 3], 1.0, 1.0, 0) as tf.Tensor4D;
  let h = conv2d(images, conv1 as tf.Tensor4D, { padding: 1 }); // [4, 9, 9, 4]
  h = relu(batchNormTraining({ x: h, gamma: gamma1 as tf.Tensor1D, beta: beta1 as tf.Tensor1D }).y);
  h = maxPool2d(h, 3, 2, 1); // [4, 5, 5, 4]
  h = conv2d(h, conv2 as tf.Tensor4D, { padding: 1, stride: 2 }); // [4, 3, 3, 8]
  h = batchNormTraining({ x: h, gamma: gamma2 as tf.Tensor1D, beta: beta2 as tf.Tensor1D, relu: true }).y;
  h = conv2d(h, conv3 as tf.Tensor4D); // [4, 3, 3, 6]
  const logits = linear(globalAveragePool(h), weight as tf.Tensor2D, bias as tf.Tensor1D); // [4, 5]
  return softmaxCrossEntropy(logits, tf.tensor1d([0, 3, 1, 4], 'int32'));
}

function wave(shape: number[], phase: number, scale: number, offset: number): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, (_, i) => Math.fround(scale * Math.sin(i * 1.7 + phase)) + offset);
  return tf.tensor(values, shape, 'float32');
}

function relativeDifference(values: ArrayLike<number>, reference: readonly number[]): number {
  let [difference, scale] = [0, 0];
  reference.forEach((expected, i) => {
    const gap = Math.abs(values[i]! - expected);
    difference = Math.max(difference, Number.isNaN(gap) ? Infinity : gap);
    scale = Math.max(scale, Math.abs(expected));
  });
  return difference / scale;
}
