/**
 * Products and distances of all pairs of rows, in float64. Four rows at a time: each sum keeps its own order, and none waits
 * for its last addition, which takes longer than all else.
 */

/** a · bᵀ. a: [n, dimension], b: [m, dimension]. Returns [n, m]. */
export function productRows(a: Float32Array, b: Float32Array, dimension: number): Float64Array {
  const [n, m] = [a.length / dimension, b.length / dimension];
  const product = new Float64Array(n * m);
  const fours = n - (n % 4);
  for (let j = 0; j < m; j++) {
    const other = j * dimension;
    for (let i = 0; i < fours; i += 4) {
      const row = i * dimension;
      const [second, third, fourth] = [row + dimension, row + 2 * dimension, row + 3 * dimension];
      let [p, q, r, s] = [0, 0, 0, 0];
      for (let d = 0; d < dimension; d++) {
        const value = b[other + d]!;
        p += a[row + d]! * value;
        q += a[second + d]! * value;
        r += a[third + d]! * value;
        s += a[fourth + d]! * value;
      }
      product[i * m + j] = p;
      product[(i + 1) * m + j] = q;
      product[(i + 2) * m + j] = r;
      product[(i + 3) * m + j] = s;
    }
    for (let i = fours; i < n; i++) {
      let sum = 0;
      for (let d = 0; d < dimension; d++) sum += a[i * dimension + d]! * b[other + d]!;
      product[i * m + j] = sum;
    }
  }
  return product;
}

/** ‖a_i − b_j‖². a: [n, dimension], b: [m, dimension]. Returns [n, m]. */
export function squaredDistances(a: Float32Array, b: Float32Array, dimension: number): Float64Array {
  const [n, m] = [a.length / dimension, b.length / dimension];
  const distances = new Float64Array(n * m);
  const fours = n - (n % 4);
  for (let j = 0; j < m; j++) {
    const other = j * dimension;
    for (let i = 0; i < fours; i += 4) {
      const row = i * dimension;
      const [second, third, fourth] = [row + dimension, row + 2 * dimension, row + 3 * dimension];
      let [p, q, r, s] = [0, 0, 0, 0];
      for (let d = 0; d < dimension; d++) {
        const value = b[other + d]!;
        p += (a[row + d]! - value) * (a[row + d]! - value);
        q += (a[second + d]! - value) * (a[second + d]! - value);
        r += (a[third + d]! - value) * (a[third + d]! - value);
        s += (a[fourth + d]! - value) * (a[fourth + d]! - value);
      }
      distances[i * m + j] = p;
      distances[(i + 1) * m + j] = q;
      distances[(i + 2) * m + j] = r;
      distances[(i + 3) * m + j] = s;
    }
    for (let i = fours; i < n; i++) {
      let sum = 0;
      for (let d = 0; d < dimension; d++)
        sum += (a[i * dimension + d]! - b[other + d]!) * (a[i * dimension + d]! - b[other + d]!);
      distances[i * m + j] = sum;
    }
  }
  return distances;
}
