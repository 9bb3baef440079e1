/** The plane of most variance: principal components, with products on the runtime. */
import { topDirections } from '../../../shared/math/embedding/topDirections';
import type { Matrix } from '../../../shared/math/rank';
import { deriveRandom } from '../../../shared/random';
import { crossProducts, innerProducts } from '../products';

export interface MainPlane {
  /** [rows, 2]; signs such that the largest part of each direction is positive, as scikit-learn's. */
  readonly points: Float64Array;
  /** Share of the variance that each axis holds, 0..1. */
  readonly shares: readonly [number, number];
}

/** centred: [rows, columns], of mean 0. By the smaller of XᵀX and XXᵀ. */
export function mainPlane(centred: Matrix): MainPlane {
  const { data, rows, columns } = centred;
  const isWide = columns > rows;
  const gram = isWide ? innerProducts(centred, 0, rows) : crossProducts(centred, centred).data;
  const size = isWide ? rows : columns;
  const symmetric = evenOut(gram, size);
  const random = deriveRandom(0, 'main-plane');
  const { values, vectors } = topDirections(symmetric, { size, count: 2, random });
  let total = 0;
  for (let i = 0; i < size; i++) total += symmetric[i * size + i]!;
  const points = new Float64Array(2 * rows);
  for (const [axis, vector] of vectors.entries()) {
    if (!(values[axis]! > 0)) continue;
    const direction = isWide ? directionOf(centred, vector, Math.sqrt(values[axis]!)) : vector;
    const sign = signOf(direction);
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += data[i * columns + k]! * direction[k]!;
      points[2 * i + axis] = sign * sum;
    }
  }
  const share = (axis: number) => Math.max(0, values[axis] ?? 0) / total;
  return { points, shares: [share(0), share(1)] };
}

/** Products in single precision need not be symmetric to the last bit. */
function evenOut(gram: Float32Array | Float64Array, size: number): Float64Array {
  const even = Float64Array.from(gram);
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) even[i * size + j] = even[j * size + i]!;
  return even;
}

/** Xᵀu / σ. */
function directionOf({ data, rows, columns }: Matrix, u: Float64Array, sigma: number): Float64Array {
  const direction = new Float64Array(columns);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < columns; k++) direction[k] = direction[k]! + (data[i * columns + k]! * u[i]!) / sigma;
  return direction;
}

function signOf(direction: Float64Array): number {
  const largest = direction.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return largest < 0 ? -1 : 1;
}
