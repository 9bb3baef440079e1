/** The singular value decomposition of features, cut where what is left is small: PCA when they are centred. */
import { EigenvalueDecomposition, Matrix as MlMatrix } from 'ml-matrix';
import type { Matrix } from './rank';

export interface MainDirections {
  /** [images, kept] orthonormal columns: left singular vectors. */
  readonly basis: MlMatrix;
  /** [kept] singular values, descending. */
  readonly strengths: readonly number[];
  /** [kept, dimension] basisᵀ X: how much of each feature a direction explains. */
  readonly loadings: MlMatrix;
}

/**
 * Directions that hold `variance` (0..1] of the squared singular values of x [images, dimension]; by the smaller Gram matrix, so
 * those below about 1e-8 of the largest are dropped as noise.
 */
export function mainDirections({ data, rows, columns }: Matrix, variance: number): MainDirections {
  const x = new MlMatrix(Array.from({ length: rows }, (_, i) => data.slice(i * columns, (i + 1) * columns)));
  const isWide = columns > rows;
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    isWide ? x.mmul(x.transpose()) : x.transpose().mmul(x),
    { assumeSymmetric: true },
  );
  // Ascending order comes out.
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  const total = realEigenvalues.reduce((sum, value) => sum + Math.max(0, value), 0);
  const floor = realEigenvalues[order[0]!]! * Number.EPSILON * Math.max(rows, columns);
  const kept: number[] = [];
  for (let held = 0; kept.length < order.length && (held < variance * total || kept.length === 0);) {
    const next = order[kept.length]!;
    if (!(realEigenvalues[next]! > floor)) break;
    held += realEigenvalues[next]!;
    kept.push(next);
  }
  const strengths = kept.map((k) => Math.sqrt(realEigenvalues[k]!));
  const vectors = eigenvectorMatrix.subMatrixColumn(kept);
  const basis = isWide ? vectors : x.mmul(vectors).divRowVector(strengths);
  return { basis, strengths, loadings: basis.transpose().mmul(x) };
}
