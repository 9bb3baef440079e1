/**
 * Canonical correlations between two layers. SVCCA (Raghu et al. 2017, arXiv 1706.05806): keep the directions that hold
 * most of each layer's variance, then average the correlations. PWCCA (Morcos et al. 2018, arXiv 1806.05759): weigh
 * each by how much of the first layer it explains, so PWCCA(X, Y) and PWCCA(Y, X) differ.
 */
import { SingularValueDecomposition } from 'ml-matrix';
import type { MainDirections } from '../mainDirections';

/** Canonical correlations of two layers' main directions, descending, in 0..1. */
function canonicalCorrelations(a: MainDirections, b: MainDirections) {
  return new SingularValueDecomposition(a.basis.transpose().mmul(b.basis), { autoTranspose: true });
}

/** Mean canonical correlation over the smaller number of directions, in 0..1. */
export function svcca(a: MainDirections, b: MainDirections): number {
  const { diagonal } = canonicalCorrelations(a, b);
  return mean(diagonal.map((value) => Math.min(1, value)));
}

/** Mean canonical correlation weighted by Σ_j |⟨h_i, x_j⟩|, h_i the canonical variates of `a`, x_j its features. */
export function pwcca(a: MainDirections, b: MainDirections): number {
  const { diagonal, leftSingularVectors } = canonicalCorrelations(a, b);
  // h_i = basis u_i, so ⟨h_i, x_j⟩ = u_iᵀ basisᵀ x_j
  const explained = leftSingularVectors.transpose().mmul(a.loadings).abs();
  const weights = explained.sum('row');
  let [sum, total] = [0, 0];
  diagonal.forEach((value, i) => {
    sum += weights[i]! * Math.min(1, value);
    total += weights[i]!;
  });
  return sum / total;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
