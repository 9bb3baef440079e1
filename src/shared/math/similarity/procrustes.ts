/**
 * Orthogonal Procrustes similarity: how well a rotation turns one layer's features into the other's. With both centred and
 * scaled to Frobenius norm 1 the squared distance after the best rotation is 2 - 2 ‖XᵀY‖_* (Ding et al. 2021, arXiv
 * 2108.01661, equation 4; Schönemann 1966); the similarity is ‖XᵀY‖_*, in 0..1, 1 for features equal up to rotation and scale.
 */
import { singularValues, type Matrix } from '../rank';

/** product: [p, q] = XᵀY of centred features; normX, normY: their Frobenius norms. */
export function procrustesSimilarity(product: Matrix, normX: number, normY: number): number {
  const nuclear = singularValues(product).reduce((sum, value) => sum + value, 0);
  return Math.min(1, nuclear / (normX * normY));
}
