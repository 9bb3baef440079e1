/** Products of feature matrices by the runtime's kernels: float32 inside, double precision outside. */
import * as tf from '@tensorflow/tfjs-core';
import type { Matrix } from '../../shared/math/rank';

/** X Xᵀ of `n` rows from `from`: [n, n]. */
export function innerProducts({ data, columns }: Matrix, from: number, n: number): Float64Array {
  const rows = Float32Array.from(data.subarray(from * columns, (from + n) * columns));
  return valuesOf(() => {
    const x = tf.tensor2d(rows, [n, columns]);
    return tf.matMul(x, x, false, true);
  });
}

/** Pearson correlations of `n` rows from `from`: [n, n]; each row over its own features. */
export function rowCorrelations({ data, columns }: Matrix, from: number, n: number): Float64Array {
  const rows = Float32Array.from(data.subarray(from * columns, (from + n) * columns));
  return valuesOf(() => {
    const x = tf.tensor2d(rows, [n, columns]);
    const centred = tf.sub(x, tf.mean(x, 1, true));
    const length = tf.maximum(tf.sqrt(tf.sum(tf.square(centred), 1, true)), 1e-20);
    const unit = tf.div(centred, length) as tf.Tensor2D;
    return tf.matMul(unit, unit, false, true);
  });
}

/** Xᵀ Y: [p, q] from [n, p] and [n, q]. */
export function crossProducts(x: Matrix, y: Matrix): Matrix {
  const data = valuesOf(() => {
    const [a, b] = [x, y].map((m) => tf.tensor2d(Float32Array.from(m.data), [m.rows, m.columns]));
    return tf.matMul(a!, b!, true, false);
  });
  return { data, rows: x.columns, columns: y.columns };
}

function valuesOf(product: () => tf.Tensor2D): Float64Array {
  const result = tf.tidy(product);
  const values = Float64Array.from(result.dataSync());
  result.dispose();
  return values;
}
