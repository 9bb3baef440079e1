/**
 * Scores of how well classes part in the features. H-score: Bao et al. 2019 (ICIP). GBC: Pándy et al. 2022, arXiv
 * 2111.12780. TransRate: Huang et al. 2022, arXiv 2106.09362. Larger is better in all.
 */
import { groupByClass } from '../geometry/classSpread';
import type { MainDirections } from '../mainDirections';
import { singularValues, type Matrix } from '../rank';

/** H = tr(cov(f)⁺ cov(E[f | y])), in 0..classes - 1; directions: of the centred features, with all their variance. */
export function hScore({ basis }: MainDirections, labels: ArrayLike<number>): number {
  // In whitened coordinates √n u_i the covariance is the identity, and H the weighted squared length of class means.
  let sum = 0;
  for (const group of groupByClass(labels, basis.rows)) {
    for (let k = 0; k < basis.columns; k++) {
      let total = 0;
      for (const row of group) total += basis.get(row, k);
      sum += total ** 2 / group.length;
    }
  }
  return sum;
}

/** Kept directions of GBC, as in its paper. */
const GBC_DIMENSIONS = 64;

/**
 * GBC = -Σ over ordered pairs of classes of the Bhattacharyya coefficient of spherical Gaussians, on the first 64 principal
 * components; 0 when no classes overlap. directions: of the centred features.
 */
export function gaussianBhattacharyya({ basis, strengths }: MainDirections, labels: ArrayLike<number>): number {
  const dimension = Math.min(GBC_DIMENSIONS, strengths.length);
  const clouds = groupByClass(labels, basis.rows).map((group) => {
    const mean = new Float64Array(dimension);
    let square = 0;
    for (const row of group) {
      for (let k = 0; k < dimension; k++) {
        const value = basis.get(row, k) * strengths[k]!;
        mean[k] = mean[k]! + value / group.length;
        square += value ** 2 / group.length;
      }
    }
    const spread = mean.reduce((sum, value) => sum - value ** 2, square);
    // A class of one image is a point; the floor keeps its logarithm.
    return { mean, variance: Math.max(spread / dimension, 1e-12) };
  });
  let sum = 0;
  clouds.forEach((a, i) => {
    for (const b of clouds.slice(i + 1)) {
      const both = (a.variance + b.variance) / 2;
      let squared = 0;
      for (let k = 0; k < dimension; k++) squared += (a.mean[k]! - b.mean[k]!) ** 2;
      const distance = squared / (8 * both) + (dimension / 2) * Math.log(both / Math.sqrt(a.variance * b.variance));
      sum -= 2 * Math.exp(-distance);
    }
  });
  return sum;
}

const DISTORTION = 1e-4;

/** TransRate = R(Z) - R(Z | Y), R(Z) = ½ log det(I + ZᵀZ / (n ε)), ε = 1e-4; x: [n, d] centred features. In nats. */
export function transRate(x: Matrix, labels: ArrayLike<number>): number {
  let parts = 0;
  for (const group of groupByClass(labels, x.rows)) {
    const data = new Float64Array(group.length * x.columns);
    group.forEach((row, i) => data.set(x.data.subarray(row * x.columns, (row + 1) * x.columns), i * x.columns));
    parts += (group.length / x.rows) * codingRate({ data, rows: group.length, columns: x.columns });
  }
  return codingRate(x) - parts;
}

function codingRate(x: Matrix): number {
  let sum = 0;
  for (const value of singularValues(x)) sum += Math.log1p(value ** 2 / (x.rows * DISTORTION));
  return sum / 2;
}
