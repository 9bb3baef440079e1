/**
 * Intrinsic dimension of a cloud of features by maximum likelihood over the k nearest neighbours of each image: Levina &
 * Bickel 2004 (NIPS 17, equation 8), averaged over images as inverses (MacKay & Ghahramani 2005).
 */

/** squaredDistances: [n, n]; k ≥ 2 and below n. Images with a twin at distance 0 are left out; NaN when none is left. */
export function intrinsicDimension(squaredDistances: Float64Array, n: number, k: number): number {
  let [sum, count] = [0, 0];
  const row = new Float64Array(n - 1);
  for (let i = 0; i < n; i++) {
    for (let j = 0, place = 0; j < n; j++) if (j !== i) row[place++] = squaredDistances[i * n + j]!;
    row.sort();
    if (!(row[0]! > 0)) continue;
    // Σ_j log(T_k / T_j) / (k - 1), with T² at hand
    let logs = 0;
    for (let j = 0; j < k - 1; j++) logs += 0.5 * Math.log(row[k - 1]! / row[j]!);
    sum += logs / (k - 1);
    count++;
  }
  return count > 0 && sum > 0 ? count / sum : NaN;
}
