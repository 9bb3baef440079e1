/**
 * The largest eigenvectors of a symmetric positive matrix by subspace iteration with a few more vectors than wanted (Halko et
 * al. 2011, arXiv 0909.4061, algorithm 4.4), the products being the caller's. Signs are fixed, so that equal data gives equal
 * pictures: the entry of largest magnitude is positive.
 */
import { EigenvalueDecomposition, Matrix as MlMatrix, QrDecomposition } from 'ml-matrix';
import { deriveRandom } from '../../random';

export interface TopDirections {
  /** [side, count], column after column orthonormal. */
  readonly vectors: Float64Array;
  /** Descending, at least 0. */
  readonly values: Float64Array;
  readonly count: number;
}

export interface SymmetricProduct {
  readonly side: number;
  /** A · block; block: [side, columns]. */
  multiply(block: Float64Array, columns: number): Float64Array;
}

const EXTRA = 8;
const ROUNDS = 12;

/** `count` is cut to the side of the matrix. */
export function topDirections({ side, multiply }: SymmetricProduct, count: number): TopDirections {
  const width = Math.min(side, count + EXTRA);
  const random = deriveRandom(0, 'directions', side);
  let block = orthonormalise(
    Float64Array.from({ length: side * width }, () => random.normal()),
    side,
    width,
  );
  // With as many vectors as the side there is nothing to converge to.
  const rounds = width === side ? 1 : ROUNDS;
  for (let round = 1; round < rounds; round++) block = orthonormalise(multiply(block, width), side, width);
  return rayleighRitz(block, multiply(block, width), { side, width, count: Math.min(side, count) });
}

/** Eigenvectors within the space of the block: those of blockᵀ A block. */
function rayleighRitz(
  block: Float64Array,
  product: Float64Array,
  { side, width, count }: { readonly side: number; readonly width: number; readonly count: number },
): TopDirections {
  const inner = new MlMatrix(width, width);
  for (let i = 0; i < width; i++)
    for (let j = 0; j < width; j++) {
      let sum = 0;
      for (let r = 0; r < side; r++)
        sum += block[r * width + i]! * product[r * width + j]! + block[r * width + j]! * product[r * width + i]!;
      inner.set(i, j, sum / 2);
    }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(inner, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  const vectors = new Float64Array(side * count);
  for (let k = 0; k < count; k++) {
    let [largest, sign] = [0, 1];
    for (let r = 0; r < side; r++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += block[r * width + i]! * eigenvectorMatrix.get(i, order[k]!);
      vectors[r * count + k] = sum;
      if (Math.abs(sum) > largest) [largest, sign] = [Math.abs(sum), Math.sign(sum)];
    }
    for (let r = 0; r < side; r++) vectors[r * count + k]! *= sign;
  }
  return { vectors, values: Float64Array.from(order.slice(0, count), (i) => Math.max(0, realEigenvalues[i]!)), count };
}

/** Columns that span the same space; Householder reflections stay orthonormal where columns depend on each other. */
function orthonormalise(block: Float64Array, side: number, width: number): Float64Array {
  const rows = Array.from({ length: side }, (_, r) => block.subarray(r * width, (r + 1) * width));
  return Float64Array.from(new QrDecomposition(new MlMatrix(rows)).orthogonalMatrix.to1DArray());
}
