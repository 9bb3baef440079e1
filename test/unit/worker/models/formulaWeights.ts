/** Weights and images computed from their names, as test/golden/make/resnet.py computes them; see `formula` there. */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, WeightStore } from '../../../../src/worker/models/weightStore';

/** count values in [-1, 1): murmur3's finaliser of FNV-1a(name) + index · 0x9e3779b9. */
export function uniformByName(name: string, count: number): Float64Array {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) state = Math.imul(state ^ byte, 0x01000193);
  const values = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    let h = (state + Math.imul(index, 0x9e3779b9)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    values[index] = ((h ^ (h >>> 16)) >>> 0) / 2147483648 - 1;
  }
  return values;
}

/** One weight in PyTorch layout. */
export function formulaTensor(name: string, shape: readonly number[]): HostTensor {
  const count = shape.reduce((product, side) => product * side, 1);
  if (name.endsWith('num_batches_tracked')) return { shape, data: Float32Array.of(7) };
  const [offset, scale] = range(name, shape);
  const data = new Float32Array(uniformByName(name, count).map((v) => offset + scale * v));
  return { shape, data };
}

/** Middle and half-width of a weight's values. */
function range(name: string, shape: readonly number[]): [number, number] {
  if (name.endsWith('running_mean')) return [0, 0.1];
  if (name.endsWith('running_var')) return [1, 0.5];
  if (name.endsWith('.bias')) return [0, 0.1];
  if (shape.length === 4) return [0, Math.sqrt(3 / (shape[1]! * shape[2]! * shape[3]!))];
  if (shape.length === 3) return [0, 0.5];
  if (shape.length === 2) return [0, 1 / Math.sqrt(shape[1]!)];
  return [0.75, 0.25];
}

/** Sets every weight of a store. */
export function fillWithFormula(weights: WeightStore): void {
  for (const [name, shape] of weights.shapes()) weights.importTensors(new Map([[name, formulaTensor(name, shape)]]));
}

/** [count, side, side, 3], from values that run over [count, 3, side, side]. */
export function formulaImages(count: number, side: number, name = 'images'): tf.Tensor4D {
  const values = new Float32Array(uniformByName(name, count * 3 * side * side).map((v) => 1.5 * v));
  return tf.tidy(() => tf.transpose(tf.tensor4d(values, [count, 3, side, side]), [0, 2, 3, 1]));
}

/** A generator for networks whose weights are replaced at once: drawing real ones for ResNet-101 takes seconds. */
export const cheapRandom = {
  nextUint32: () => 1,
  uniform: () => 0.5,
  uniformIn: (low: number) => low,
  integer: () => 0,
  normal: () => 1,
  permutation: (count: number) => Uint32Array.from({ length: count }, (_, index) => index),
};
