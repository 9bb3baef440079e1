/** Helpers for tests that run the same maths on two tfjs backends. */
import * as tf from '@tensorflow/tfjs-core';
import { deriveRandom } from '../../../../src/shared/random';

/** Standard normal numbers of a shape. */
export function normals(shape: readonly number[], seed: number): Float32Array {
  const random = deriveRandom(seed, 'test');
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
}

/** Runs `compute` on a backend and returns each resulting tensor's numbers. */
export async function runOn(backend: string, compute: () => tf.Tensor[]): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const outputs = tf.tidy(compute);
  const values = outputs.map((tensor) => Float32Array.from(tensor.dataSync()));
  tf.dispose(outputs);
  return values;
}

/** max |a − b| / max(1, max |b|). */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let [difference, scale] = [0, 1];
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Number.isFinite(a[i]!) ? Math.abs(a[i]! - b[i]!) : Infinity);
    scale = Math.max(scale, Math.abs(b[i]!));
  }
  return difference / scale;
}
