/**
 * Effective rank of a set of embeddings, and the eigenvalues it needs.
 * RankMe: Garrido et al. 2023, arXiv 2210.02885, equation 1 (the entropy rank of Roy & Vetterli 2007 with a small constant).
 * Eigenvalues only, by Householder tridiagonalisation and implicit QL: several times faster than a general solver
 * that also makes vectors, so that a monitor can afford it. Left out: eigenvectors.
 */

/** Rows × columns numbers, row after row. */
export interface Matrix {
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/**
 * exp of the entropy of the normalised singular values: RankMe = exp(-Σ p_k log p_k),  p_k = sigma_k / Σ sigma + epsilon.
 * Z: [N, D], not centred. In 1..min(N, D): 1 when all embeddings are parallel, 0 when all
 * are zero, NaN when one is not finite. Singular values come from the smaller Gram
 * matrix, so those below about 1e-8 of the largest are noise; they do not move the entropy.
 */
export function rankMe(embeddings: Matrix, epsilon = 1e-7): number {
  if (!embeddings.data.every(Number.isFinite)) return NaN;
  const values = singularValues(embeddings);
  const total = values.reduce((sum, value) => sum + value, 0);
  if (!(total > 0)) return 0;
  let entropy = 0;
  for (const value of values) {
    const share = value / total + epsilon;
    entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

/** Singular values in descending order, from the eigenvalues of the smaller of Z Zᵀ and Zᵀ Z. */
export function singularValues(matrix: Matrix): Float64Array {
  const values = symmetricEigenvalues(...smallerGram(matrix));
  return values.map((value) => Math.sqrt(Math.max(0, value))).reverse();
}

/** The smaller of Z Zᵀ and Zᵀ Z, and its side. */
function smallerGram({ data, rows, columns }: Matrix): [Float64Array, number] {
  const side = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  // Vectors lie one after the other, whichever way round they are.
  const vectors = new Float64Array(side * length);
  for (let i = 0; i < side; i++) {
    for (let k = 0; k < length; k++)
      vectors[i * length + k] = rows <= columns ? data[i * columns + k]! : data[k * columns + i]!;
  }
  const gram = new Float64Array(side * side);
  for (let i = 0; i < side; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += vectors[i * length + k]! * vectors[j * length + k]!;
      gram[i * side + j] = gram[j * side + i] = sum;
    }
  }
  return [gram, side];
}

/** Eigenvalues of a symmetric matrix [n, n] in ascending order. Golub & Van Loan, Matrix Computations, section 8.3. */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  const { diagonal, offDiagonal } = tridiagonalise(Float64Array.from(matrix), n);
  const negligible = Number.EPSILON * largestRowSum(diagonal, offDiagonal);
  for (let low = 0; low < n; low++) isolateEigenvalue(diagonal, offDiagonal, { low, negligible });
  return diagonal.sort();
}

/** Householder reflections from the left and right until only three diagonals are left. Overwrites `a`. */
function tridiagonalise(a: Float64Array, n: number): { diagonal: Float64Array; offDiagonal: Float64Array } {
  const offDiagonal = new Float64Array(n);
  const v = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    let squares = 0;
    for (let i = k + 1; i < n; i++) squares += a[i * n + k]! ** 2;
    const norm = Math.sqrt(squares);
    const head = a[(k + 1) * n + k]!;
    const alpha = head > 0 ? -norm : norm;
    offDiagonal[k] = alpha;
    const tau = norm * (norm + Math.abs(head)); // |v|² / 2 for v = x - alpha e1
    if (!(tau > 0)) continue;
    for (let i = k + 1; i < n; i++) v[i] = a[i * n + k]!;
    v[k + 1] = head - alpha;
    reflect(a, { n, start: k + 1, v, w, tau });
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), offDiagonal };
}

interface Reflection {
  readonly n: number;
  readonly start: number;
  readonly v: Float64Array;
  readonly w: Float64Array;
  readonly tau: number;
}

/** A ← H A H on rows and columns from `start`, H = I - v vᵀ / tau, as the rank-two update A - v wᵀ - w vᵀ. */
function reflect(a: Float64Array, { n, start, v, w, tau }: Reflection): void {
  let overlap = 0;
  for (let i = start; i < n; i++) {
    let sum = 0;
    for (let j = start; j < n; j++) sum += a[i * n + j]! * v[j]!;
    w[i] = sum / tau;
    overlap += w[i]! * v[i]!;
  }
  const half = overlap / (2 * tau);
  for (let i = start; i < n; i++) w[i] = w[i]! - half * v[i]!;
  for (let i = start; i < n; i++) {
    const [vi, wi] = [v[i]!, w[i]!];
    for (let j = start; j < n; j++) a[i * n + j] = a[i * n + j]! - vi * w[j]! - wi * v[j]!;
  }
}

const MAX_SWEEPS = 60;

/** The infinity norm, at least the magnitude of every eigenvalue: max_i |d_i| + |e_(i-1)| + |e_i|. */
function largestRowSum(d: Float64Array, e: Float64Array): number {
  return d.reduce(
    (largest, value, i) => Math.max(largest, Math.abs(value) + Math.abs(e[i - 1] ?? 0) + Math.abs(e[i]!)),
    0,
  );
}

interface Block {
  readonly low: number;
  /**
   * Couplings up to this size count as zero. Measured by the whole matrix, not by the neighbours: of a matrix of lower
   * rank (collapsed embeddings) both are rounding errors, which a coupling of their size need never fall below. The
   * eigenvalues move by as much at most, which is what tridiagonalising has cost already.
   */
  readonly negligible: number;
}

/** Implicit QL sweeps with Wilkinson's shift until d[low] stands alone. e[i] couples d[i] and d[i + 1]. */
function isolateEigenvalue(d: Float64Array, e: Float64Array, { low, negligible }: Block): void {
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    const high = blockEnd(e, { low, negligible });
    if (high === low) return;
    sweepUp(d, e, low, high);
  }
  throw new Error('internal: the eigenvalue iteration does not converge (are there NaNs in the embeddings?)');
}

/** Last index of the block that starts at `low` and has no negligible coupling inside; the last e is no coupling. */
function blockEnd(e: Float64Array, { low, negligible }: Block): number {
  let high = low;
  while (high < e.length - 1 && !(Math.abs(e[high]!) <= negligible)) high++;
  return high;
}

/** One sweep of plane rotations from `high` to `low` that moves the coupling towards zero at `low`. */
function sweepUp(d: Float64Array, e: Float64Array, low: number, high: number): void {
  const ratio = (d[low + 1]! - d[low]!) / (2 * e[low]!);
  const root = Math.hypot(ratio, 1);
  let g = d[high]! - d[low]! + e[low]! / (ratio + (ratio >= 0 ? root : -root));
  let [sine, cosine, carried] = [1, 1, 0];
  for (let i = high - 1; i >= low; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    const radius = Math.hypot(f, g);
    e[i + 1] = radius;
    if (radius === 0) {
      d[i + 1] = d[i + 1]! - carried;
      e[high] = 0;
      return;
    }
    sine = f / radius;
    cosine = g / radius;
    g = d[i + 1]! - carried;
    const r = (d[i]! - g) * sine + 2 * cosine * b;
    carried = sine * r;
    d[i + 1] = g + carried;
    g = cosine * r - b;
  }
  d[low] = d[low]! - carried;
  e[low] = g;
  e[high] = 0;
}
