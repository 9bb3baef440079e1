/**
 * The unbiased Hilbert-Schmidt independence criterion of Song et al. 2012 (JMLR 13, equation 5), and centred kernel alignment
 * from it: Kornblith et al. 2019, arXiv 1905.00414; over minibatches: Nguyen et al. 2021, arXiv 2010.15327, equation 3.
 * HSIC1(K, L) = 1 / (n (n - 3)) Σ_ij K̃_ij L̃_ij with U-centred K̃, L̃ (Székely & Rizzo 2014): row and column sums of zero
 * without the diagonal. U-centring forgets what is added to whole rows or columns, so features may be centred before.
 */

/** U-centres a symmetric matrix [n, n] in place, n ≥ 4; its diagonal becomes 0. */
function centreUnbiased(gram: Float64Array, n: number): void {
  const sums = new Float64Array(n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    gram[i * n + i] = 0;
    let sum = 0;
    for (let j = 0; j < n; j++) sum += gram[i * n + j]!;
    sums[i] = sum;
    total += sum;
  }
  const constant = total / ((n - 1) * (n - 2));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      gram[i * n + j] = i === j ? 0 : gram[i * n + j]! - (sums[i]! + sums[j]!) / (n - 2) + constant;
    }
  }
}

/** HSIC1 of two U-centred matrices [n, n]; may be negative, about 0 for independent features. */
function unbiasedHsic(a: Float64Array, b: Float64Array, n: number): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum / (n * (n - 3));
}

/** Turns squared distances between images [n, n] into a Gaussian kernel whose width is `bandwidth` times their median distance. */
export function gaussianKernel(squaredDistances: Float64Array, n: number, bandwidth: number): Float64Array {
  const off = new Float64Array((n * (n - 1)) / 2);
  for (let i = 1, k = 0; i < n; i++) for (let j = 0; j < i; j++) off[k++] = squaredDistances[i * n + j]!;
  const scale = 2 * bandwidth ** 2 * middle(off.sort());
  // All images alike: a constant kernel, which centring turns into zeros.
  return squaredDistances.map((value) => (scale > 0 ? Math.exp(-value / scale) : 1));
}

/** Squared distances [n, n] from inner products [n, n]. */
export function squaredDistances(gram: Float64Array, n: number): Float64Array {
  return gram.map((value, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    return Math.max(0, gram[i * n + i]! + gram[j * n + j]! - 2 * value);
  });
}

function middle(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/**
 * CKA between the layers of two models, batch by batch: Σ HSIC1(K, L) / √(Σ HSIC1(K, K) Σ HSIC1(L, L)), in -1..1 up to
 * noise; 1 for features equal up to rotation and scale.
 */
export class KernelAlignment {
  private readonly cross: Float64Array;
  private readonly ownRows: Float64Array;
  private readonly ownColumns: Float64Array;

  constructor(
    private readonly rows: number,
    private readonly columns: number,
  ) {
    this.cross = new Float64Array(rows * columns);
    this.ownRows = new Float64Array(rows);
    this.ownColumns = new Float64Array(columns);
  }

  /** Adds one batch: kernels [n, n] of every layer of both models, not centred yet; they are changed. */
  add(rows: readonly Float64Array[], columns: readonly Float64Array[], n: number): void {
    for (const gram of new Set([...rows, ...columns])) centreUnbiased(gram, n);
    rows.forEach((a, i) => {
      this.ownRows[i] = this.ownRows[i]! + unbiasedHsic(a, a, n);
      columns.forEach((b, j) => {
        const place = i * this.columns + j;
        this.cross[place] = this.cross[place]! + unbiasedHsic(a, b, n);
      });
    });
    columns.forEach((b, j) => (this.ownColumns[j] = this.ownColumns[j]! + unbiasedHsic(b, b, n)));
  }

  /** [rows][columns] */
  values(): number[][] {
    return Array.from({ length: this.rows }, (_, i) =>
      Array.from(
        { length: this.columns },
        (_, j) => this.cross[i * this.columns + j]! / Math.sqrt(this.ownRows[i]! * this.ownColumns[j]!),
      ),
    );
  }
}
