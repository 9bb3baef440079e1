/** Starting content of the key queue and the memory bank: directions drawn uniformly on the unit sphere. */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../shared/random';

/** [count, dimension], rows of norm 1: Gaussian noise, L2-normalised. */
export function drawUnitVectors(random: Random, count: number, dimension: number): tf.Tensor2D {
  const data = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    const values = Float64Array.from({ length: dimension }, () => random.normal());
    const norm = Math.hypot(...values) || 1;
    for (let i = 0; i < dimension; i++) data[row * dimension + i] = values[i]! / norm;
  }
  return tf.tensor2d(data, [count, dimension]);
}
