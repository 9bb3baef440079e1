/**
 * Softmax cross-entropy and its residuals for logits that lie class by class: [numClasses, rows]. Sums are float64. Both
 * solvers of the linear probe share it; the products with the features are theirs.
 */

export interface LogitBlock {
  /** [numClasses, rows] without the bias; overwritten. */
  readonly logits: Float32Array;
  /** [numClasses] */
  readonly bias: ArrayLike<number>;
  readonly rows: number;
}

/**
 * Replaces logits z by softmax(z + bias) over classes, and returns the log of each column's normaliser,
 * log Σ_c exp(z_c + bias_c): [rows].
 */
export function softmaxColumns({ logits, bias, rows }: LogitBlock): Float64Array {
  const highest = new Float64Array(rows).fill(-Infinity);
  for (let c = 0; c < bias.length; c++) {
    const [line, shift] = [logits.subarray(c * rows, (c + 1) * rows), bias[c]!];
    for (let i = 0; i < rows; i++) {
      const value = line[i]! + shift;
      if (value > highest[i]!) highest[i] = value;
    }
  }
  const sums = new Float64Array(rows);
  for (let c = 0; c < bias.length; c++) {
    const [line, shift] = [logits.subarray(c * rows, (c + 1) * rows), bias[c]!];
    for (let i = 0; i < rows; i++) {
      const value = Math.exp(line[i]! + shift - highest[i]!);
      line[i] = value;
      sums[i] = sums[i]! + value;
    }
  }
  const inverse = sums.map((sum) => 1 / sum);
  for (let c = 0; c < bias.length; c++) {
    const line = logits.subarray(c * rows, (c + 1) * rows);
    for (let i = 0; i < rows; i++) line[i] = line[i]! * inverse[i]!;
  }
  return sums.map((sum, i) => highest[i]! + Math.log(sum));
}

/**
 * Replaces logits by the gradient of Σ cross-entropy / divisor with respect to them, (softmax - one-hot) / divisor; adds its
 * row sums to `biasGradient` [numClasses]; returns Σ cross-entropy over the rows. labels: [rows].
 */
export function crossEntropyResiduals(
  block: LogitBlock,
  labels: ArrayLike<number>,
  divisor: number,
  biasGradient: Float64Array,
): number {
  const { logits, bias, rows } = block;
  let loss = 0;
  for (let i = 0; i < rows; i++) loss -= logits[labels[i]! * rows + i]! + bias[labels[i]!]!;
  for (const logSum of softmaxColumns(block)) loss += logSum;
  for (let i = 0; i < rows; i++) logits[labels[i]! * rows + i] = logits[labels[i]! * rows + i]! - 1;
  const factor = 1 / divisor;
  for (let c = 0; c < bias.length; c++) {
    const line = logits.subarray(c * rows, (c + 1) * rows);
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      const residual = line[i]! * factor;
      line[i] = residual;
      sum += residual;
    }
    biasGradient[c] = biasGradient[c]! + sum;
  }
  return loss;
}
