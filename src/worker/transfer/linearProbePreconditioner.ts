/**
 * A change of variables that makes the probe's loss nearly round, so that L-BFGS needs tens of iterations, not thousands.
 * The Hessian of softmax regression is about S ⊗ XᵀHX/N + l2·I, with S and H the mean curvature of each class and image.
 * With M = XᵀHX/N + l2·I = L·Lᵀ (Cholesky), A = L⁻¹ and r = S^(-1/4), the weights are W = diag(r)·V·A and L-BFGS moves V.
 * It changes the path only, never the optimum. r is a compromise: S^(-1/2) would fit the data term and spoil the penalty.
 * The idea of a bound on the Hessian that is fixed over classes: Böhning 1992. For wide features M keeps its diagonal only.
 */
import * as tf from '@tensorflow/tfjs-core';

/** How curved the loss is at a point. */
export interface Curvature {
  /** [count] (1 - Σ_c p_c²) / numClasses: mean diagonal of each image's softmax Hessian. */
  readonly samples: Float64Array;
  /** [numClasses] mean over images of p_c·(1 - p_c). */
  readonly classes: Float64Array;
}

/** Above this dimension a Cholesky factor costs more than it saves. */
export const MAX_FULL_DIMENSION = 1024;

export class Preconditioner {
  private readonly rowScale: Float64Array; // r, [C]
  private readonly biasScale: Float64Array; // [C]
  private readonly lower: Float64Array; // L: [D, D], or its diagonal [D]
  private readonly factor: tf.Tensor; // A: [D, D], or its diagonal [D]
  private readonly factorTransposed: tf.Tensor;

  /** moment: XᵀHX/N + l2·I as [D, D] (overwritten), or its diagonal [D]. The owner disposes what is built. */
  constructor(
    moment: Float64Array,
    private readonly dimension: number,
    classCurvature: Float64Array,
  ) {
    const average = classCurvature.reduce((sum, value) => sum + value, 0) / classCurvature.length;
    const relative = classCurvature.map((value) => Math.min(4, Math.max(0.25, value / average)) || 1);
    this.rowScale = relative.map((value) => 1 / Math.sqrt(Math.sqrt(value)));
    this.biasScale = relative.map((value) => 1 / Math.sqrt(value * Math.max(average, 1e-6)));
    if (moment.length === dimension) {
      this.lower = moment.map((value) => Math.sqrt(value));
      this.factor = tf.tensor1d(Float32Array.from(this.lower, (value) => 1 / value));
      this.factorTransposed = tf.clone(this.factor);
      return;
    }
    this.lower = choleskyFactor(moment, dimension);
    const inverse = invertLower(this.lower, dimension);
    this.factor = tf.tensor2d(inverse, [dimension, dimension]);
    this.factorTransposed = tf.transpose(this.factor as tf.Tensor2D);
  }

  /** W = diag(r)·V·A as a tensor [C, D]; the caller disposes it. point: V [C · D], biases [C]. */
  toWeights(point: Float64Array): tf.Tensor2D {
    const numClasses = this.rowScale.length;
    const scaled = new Float32Array(numClasses * this.dimension);
    this.forEachRow((r, start, end) => {
      for (let i = start; i < end; i++) scaled[i] = r * point[i]!;
    });
    return tf.tidy(() => this.multiply(tf.tensor2d(scaled, [numClasses, this.dimension]), this.factor));
  }

  toBias(point: Float64Array): Float64Array {
    const offset = this.rowScale.length * this.dimension;
    return this.biasScale.map((scale, c) => scale * point[offset + c]!);
  }

  /** Gradient with respect to the point, diag(r)·G·Aᵀ. weightGradient: [C, D]; biasGradient: [C]. */
  async toGradient(weightGradient: tf.Tensor2D, biasGradient: Float64Array): Promise<Float64Array> {
    const product = this.multiply(weightGradient, this.factorTransposed);
    const values = await product.data();
    product.dispose();
    const gradient = new Float64Array(values.length + biasGradient.length);
    this.forEachRow((r, start, end) => {
      for (let i = start; i < end; i++) gradient[i] = r * values[i]!;
    });
    biasGradient.forEach((value, c) => (gradient[values.length + c] = value * this.biasScale[c]!));
    return gradient;
  }

  /** The point of given weights: V = diag(1/r)·W·L. weights: [C · D], bias: [C]. */
  toPoint(weights: ArrayLike<number>, bias: Float64Array): Float64Array {
    const point = new Float64Array(weights.length + bias.length);
    const isDiagonal = this.lower.length === this.dimension;
    this.forEachRow((r, start, end) => {
      if (isDiagonal) for (let i = start; i < end; i++) point[i] = (weights[i]! * this.lower[i - start]!) / r;
      else this.addRowTimesLower(weights, start, 1 / r, point);
    });
    bias.forEach((value, c) => (point[weights.length + c] = value / this.biasScale[c]!));
    return point;
  }

  dispose(): void {
    tf.dispose([this.factor, this.factorTransposed]);
  }

  private multiply(rows: tf.Tensor2D, factor: tf.Tensor): tf.Tensor2D {
    return factor.rank === 1 ? tf.mul(rows, factor) : tf.matMul(rows, factor as tf.Tensor2D);
  }

  private addRowTimesLower(weights: ArrayLike<number>, start: number, factor: number, point: Float64Array): void {
    for (let k = 0; k < this.dimension; k++) {
      const value = weights[start + k]! * factor;
      if (value === 0) continue; // all of them at the first start
      const row = this.lower.subarray(k * this.dimension, k * this.dimension + k + 1);
      for (let j = 0; j <= k; j++) point[start + j] = point[start + j]! + value * row[j]!;
    }
  }

  private forEachRow(visit: (r: number, start: number, end: number) => void): void {
    this.rowScale.forEach((r, c) => visit(r, c * this.dimension, (c + 1) * this.dimension));
  }
}

/** L with L·Lᵀ = matrix, lower triangular [size, size]; in place. Raises the diagonal until every pivot is positive. */
function choleskyFactor(matrix: Float64Array, size: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i]!;
  // The matrix comes from float32 products: a ridge at their rounding level keeps pivots positive.
  for (let ridge = (1e-7 * trace) / size || 1; ; ridge *= 10) {
    const lower = tryCholesky(matrix, size, ridge);
    if (lower) return lower;
    if (!Number.isFinite(ridge)) throw new Error('internal: no Cholesky factor; are the features finite?');
  }
}

function tryCholesky(matrix: Float64Array, size: number, ridge: number): Float64Array | undefined {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const rowI = lower.subarray(i * size, i * size + size);
    for (let j = 0; j <= i; j++) {
      const rowJ = lower.subarray(j * size, j * size + size);
      let sum = matrix[i * size + j]! + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= rowI[k]! * rowJ[k]!;
      if (i !== j) rowI[j] = sum / rowJ[j]!;
      else if (sum > 0) rowI[j] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return lower;
}

/** Inverse of a lower triangular matrix, itself lower triangular, row by row: [size, size] as float32. */
function invertLower(lower: Float64Array, size: number): Float32Array {
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = inverse.subarray(i * size, i * size + size);
    for (let k = 0; k < i; k++) {
      const value = lower[i * size + k]!;
      const rowK = inverse.subarray(k * size, k * size + size);
      for (let j = 0; j <= k; j++) row[j] = row[j]! - value * rowK[j]!;
    }
    const pivot = 1 / lower[i * size + i]!;
    for (let j = 0; j < i; j++) row[j] = row[j]! * pivot;
    row[i] = pivot;
  }
  return Float32Array.from(inverse);
}
