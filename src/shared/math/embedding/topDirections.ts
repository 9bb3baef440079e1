/** The largest eigenvalues of a symmetric matrix, where a few of many are wanted: block Lanczos (Golub and Underwood 1977). */
import { EigenvalueDecomposition, Matrix as MlMatrix } from 'ml-matrix';
import type { Random } from '../../random';

export interface TopDirections {
  /** Descending. */
  readonly values: readonly number[];
  /** Eigenvectors of length 1, in the same order, each [size]. */
  readonly vectors: readonly Float64Array[];
}

/** Residuals below this share of the largest eigenvalue are done. */
const TOLERANCE = 1e-9;
/** Vectors beyond those wanted in each block, so that equal eigenvalues are all found. */
const SPARE = 2;
const MOST_VECTORS = 400;

/**
 * The `count` largest of a symmetric matrix [size, size]; fewer where its rank is less. The space searched grows by blocks, and is
 * fully orthogonalised, until the residuals vanish; once it is the whole space the result is exact.
 */
export function topDirections(
  matrix: Float64Array,
  { size, count, random }: { readonly size: number; readonly count: number; readonly random: Random },
): TopDirections {
  const basis: Float64Array[] = [];
  const images: Float64Array[] = [];
  const most = Math.min(size, MOST_VECTORS);
  let block = Array.from({ length: count + SPARE }, () => Float64Array.from({ length: size }, () => random.normal()));
  for (;;) {
    const before = basis.length;
    for (const vector of block) if (basis.length < most && orthonormalise(vector, basis)) basis.push(vector);
    for (const vector of basis.slice(before)) images.push(multiply(matrix, vector));
    const found = solveInside(basis, images, count);
    if (basis.length === before || basis.length === most || found.residual <= TOLERANCE * Math.abs(found.values[0]!))
      return { values: found.values, vectors: found.vectors };
    block = images.slice(before).map((image) => image.slice());
  }
}

/** Takes the part along each of the basis away, twice for rounding, and scales to length 1; false where nothing is left. */
function orthonormalise(vector: Float64Array, basis: readonly Float64Array[]): boolean {
  const length = Math.sqrt(dot(vector, vector));
  for (let pass = 0; pass < 2; pass++) for (const other of basis) addScaled(vector, other, -dot(vector, other));
  const left = Math.sqrt(dot(vector, vector));
  if (!(left > 1e-10 * length)) return false;
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / left;
  return true;
}

/** Rayleigh–Ritz: the best eigenvectors inside the space, and the largest of their residuals. */
function solveInside(basis: readonly Float64Array[], images: readonly Float64Array[], count: number) {
  const inside = basis.map((one, i) => images.map((_, j) => (i <= j ? dot(one, images[j]!) : 0)));
  inside.forEach((row, i) => row.forEach((_, j) => (row[j] = i <= j ? row[j]! : inside[j]![i]!)));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new MlMatrix(inside), {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  const kept = order.slice(0, count);
  let residual = 0;
  const vectors = kept.map((k) => {
    const vector = new Float64Array(basis[0]!.length);
    const left = new Float64Array(basis[0]!.length);
    for (const [i, one] of basis.entries()) {
      const share = eigenvectorMatrix.get(i, k);
      addScaled(vector, one, share);
      addScaled(left, images[i]!, share);
    }
    addScaled(left, vector, -realEigenvalues[k]!);
    residual = Math.max(residual, Math.sqrt(dot(left, left)));
    return vector;
  });
  return { values: kept.map((k) => realEigenvalues[k]!), vectors, residual };
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  const product = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += matrix[i * size + j]! * vector[j]!;
    product[i] = sum;
  }
  return product;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] = to[i]! + factor * from[i]!;
}
