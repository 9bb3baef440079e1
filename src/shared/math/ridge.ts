/**
 * Linear least squares with a penalty (Hoerl & Kennard 1970), from sums over batches, so that memory holds d² numbers and no
 * images: minimise over W  (1/n) Σ |ŷ − y|² + l2 |W|² with features scaled to mean 0 and deviation 1; scikit-learn's
 * Ridge(alpha = l2 · n) after a StandardScaler.
 */
import { factorise, solveFactorised } from './cholesky';

/** Products of one batch; x is [n, d] and y [n, t], both less any fixed offset. */
export interface RidgeBatch {
  readonly rows: number;
  /** [d] and [t] Σ x, Σ y. */
  readonly sumX: ArrayLike<number>;
  readonly sumY: ArrayLike<number>;
  /** [d, d] Xᵀ X and [d, t] Xᵀ Y. */
  readonly xx: ArrayLike<number>;
  readonly xy: ArrayLike<number>;
}

export interface RidgeReadout {
  /** [d, t] for features as they came, less the offset. */
  readonly weights: Float64Array;
  /** [t] */
  readonly bias: Float64Array;
  /** [t] mean of the targets that were learnt from. */
  readonly mean: Float64Array;
}

/** With an offset near the mean, a variance below this share of the second moment is rounding of float32 products. */
const CONSTANT = 1e-4;

export class RidgeSums {
  private seen = 0;
  private readonly sumX: Float64Array;
  private readonly sumY: Float64Array;
  private readonly xx: Float64Array;
  private readonly xy: Float64Array;

  constructor(
    private readonly dimension: number,
    private readonly targets: number,
  ) {
    this.sumX = new Float64Array(dimension);
    this.sumY = new Float64Array(targets);
    this.xx = new Float64Array(dimension * dimension);
    this.xy = new Float64Array(dimension * targets);
  }

  /** How many rows the sums are of. */
  get rows(): number {
    return this.seen;
  }

  add(batch: RidgeBatch): void {
    this.seen += batch.rows;
    addTo(this.sumX, batch.sumX);
    addTo(this.sumY, batch.sumY);
    addTo(this.xx, batch.xx);
    addTo(this.xy, batch.xy);
  }

  /** The sums are spent. Features that never vary get no weight. l2 > 0. */
  solve(l2: number): RidgeReadout {
    const { dimension: d, targets: t, rows, xx, xy } = this;
    const meanX = this.sumX.map((sum) => sum / rows);
    const meanY = this.sumY.map((sum) => sum / rows);
    const scale = new Float64Array(d);
    for (let i = 0; i < d; i++) {
      const variance = xx[i * d + i]! / rows - meanX[i]! ** 2;
      scale[i] = variance > CONSTANT * (xx[i * d + i]! / rows) && variance > 1e-30 ? 1 / Math.sqrt(variance) : 0;
    }
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++)
        xx[i * d + j] = (xx[i * d + j]! / rows - meanX[i]! * meanX[j]!) * scale[i]! * scale[j]! + (i === j ? l2 : 0);
    }
    if (!factorise(xx, d)) throw new Error('internal: the features have no positive definite covariance');
    const weights = new Float64Array(d * t);
    const bias = meanY.slice();
    for (let k = 0; k < t; k++) {
      const column = Float64Array.from(
        { length: d },
        (_, i) => (xy[i * t + k]! / rows - meanX[i]! * meanY[k]!) * scale[i]!,
      );
      solveFactorised(xx, d, column);
      for (let i = 0; i < d; i++) {
        weights[i * t + k] = column[i]! * scale[i]!;
        bias[k] = bias[k]! - weights[i * t + k]! * meanX[i]!;
      }
    }
    return { weights, bias, mean: meanY };
  }
}

/** Squared errors of predictions over batches, and of always saying the mean. */
export class ExplainedVariance {
  private readonly errors: Float64Array;
  private readonly spread: Float64Array;
  private count = 0;

  /** mean: [t] what is said without looking. */
  constructor(private readonly mean: Float64Array) {
    this.errors = new Float64Array(mean.length);
    this.spread = new Float64Array(mean.length);
  }

  /** predicted, truth: [n, t]. */
  add(predicted: ArrayLike<number>, truth: ArrayLike<number>): void {
    const t = this.mean.length;
    this.count += truth.length / t;
    for (let i = 0; i < truth.length; i++) {
      const k = i % t;
      this.errors[k] = this.errors[k]! + (predicted[i]! - truth[i]!) ** 2;
      this.spread[k] = this.spread[k]! + (this.mean[k]! - truth[i]!) ** 2;
    }
  }

  /**
   * R² of the targets together: 1 − Σ errors / Σ spread; at most 1, below 0 where the mean is the better guess. Undefined where
   * the targets do not vary.
   */
  of(targets: readonly number[]): number | undefined {
    const sum = (values: Float64Array): number => targets.reduce((total, k) => total + values[k]!, 0);
    const spread = sum(this.spread);
    return spread > 1e-12 * this.count ? 1 - sum(this.errors) / spread : undefined;
  }
}

function addTo(sums: Float64Array, values: ArrayLike<number>): void {
  for (let k = 0; k < sums.length; k++) sums[k] = sums[k]! + values[k]!;
}
