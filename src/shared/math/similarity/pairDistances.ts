/**
 * Distances between images for representational similarity analysis, which correlates those of two models by rank:
 * Kriegeskorte et al. 2008, doi 10.3389/neuro.06.004.2008. A distance is 1 minus the correlation of two images' features.
 */

/** Distances of all pairs i > j of rows, [n (n - 1) / 2], from rows that are centred and of length 1, by their products [n, n]. */
export function pairDistances(products: Float64Array, n: number): Float64Array {
  const distances = new Float64Array((n * (n - 1)) / 2);
  for (let i = 1, k = 0; i < n; i++) for (let j = 0; j < i; j++) distances[k++] = 1 - products[i * n + j]!;
  return distances;
}
