/**
 * Position embeddings for grids other than the one they were made for: separable bicubic interpolation, as the references do it.
 *   bicubic    torch's interpolate to a size, without aligned corners (DeiT, MAE)
 *   dino       as that, with coordinates scaled by (new + 0.1) / old (DINO's guard against rounding)
 *   antialias  torch's interpolate with antialias, whose kernel widens when the grid shrinks (timm)
 * Each is one matrix per axis, so that the gradient is a product, too. Keys 1981, doi 10.1109/TASSP.1981.1163711: a = −0.75
 * without and −0.5 with smoothing, as torch has it.
 */
import * as tf from '@tensorflow/tfjs-core';

export type Interpolation = 'bicubic' | 'dino' | 'antialias';

/** positions: [grid², C] row by row; returns [height · width, C]. */
export function interpolatePositions(
  positions: tf.Tensor2D,
  { grid, height, width, method }: { grid: number; height: number; width: number; method: Interpolation },
): tf.Tensor2D {
  if (height === grid && width === grid) return positions;
  const channels = positions.shape[1];
  const down = tf.tensor2d(interpolationMatrix(grid, height, method), [height, grid]);
  const across = tf.tensor3d(interpolationMatrix(grid, width, method), [1, width, grid]);
  const rows = tf.matMul(down, tf.reshape(positions, [grid, grid * channels])); // [height, grid · C]
  const columns = tf.matMul(across, tf.reshape(rows, [height, grid, channels])); // [height, width, C]
  return tf.reshape(columns, [height * width, channels]);
}

/** What each of `from` values contributes to each of `to`, [to, from]. */
export function interpolationMatrix(from: number, to: number, method: Interpolation): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const weights = method === 'antialias' ? smoothWeights(i, from, to) : cubicWeights(i, from, to, method);
    for (const [place, weight] of weights) matrix[i * from + place]! += weight;
  }
  return matrix;
}

/** Four neighbours; those outside count for the border. */
function cubicWeights(i: number, from: number, to: number, method: 'bicubic' | 'dino'): [number, number][] {
  const scale = from / (method === 'dino' ? to + 0.1 : to);
  const at = scale * (i + 0.5) - 0.5;
  const first = Math.floor(at) - 1;
  return [0, 1, 2, 3].map((k) => [Math.min(from - 1, Math.max(0, first + k)), cubic(at - (first + k), -0.75)]);
}

/** All neighbours under a kernel that is as wide as the grid shrinks; those outside are left out. */
function smoothWeights(i: number, from: number, to: number): [number, number][] {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const centre = scale * (i + 0.5);
  const first = Math.max(0, Math.trunc(centre - 2 * stretch + 0.5));
  const last = Math.min(from, Math.trunc(centre + 2 * stretch + 0.5));
  const weights = Array.from({ length: last - first }, (_, k): [number, number] => [
    first + k,
    cubic((first + k - centre + 0.5) / stretch, -0.5),
  ]);
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return weights.map(([place, weight]) => [place, weight / total]);
}

/** Keys' kernel. */
function cubic(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}
