/**
 * Scaling features by the mean and standard deviation of the training images. A probe's penalty treats all features
 * alike only when they have one scale. Sums are float64. Left out: scaling by running (batch-norm) statistics as VISSL does.
 */

export interface Standardization {
  /** [dimension] */
  readonly mean: Float64Array;
  /** [dimension] what a centred feature is multiplied with: 1 / sd, or 0 for a constant feature. */
  readonly scale: Float64Array;
}

/** Mean and 1/sd (population, as scikit-learn's StandardScaler) of each column; values: [count, dimension]. */
export function fitStandardization(values: Float32Array, count: number, dimension: number): Standardization {
  const mean = columnMeans(values, count, dimension);
  const scale = new Float64Array(dimension);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < dimension; j++) scale[j] = scale[j]! + (values[i * dimension + j]! - mean[j]!) ** 2;
  }
  for (let j = 0; j < dimension; j++) {
    const sd = Math.sqrt(scale[j]! / count);
    // Below float32 resolution a spread is rounding: the feature is constant and says nothing.
    scale[j] = sd > 1e-6 * Math.abs(mean[j]!) && sd > 1e-30 ? 1 / sd : 0;
  }
  return { mean, scale };
}

/** Centres each column without scaling it. values: [count, dimension]. */
export function fitCentering(values: Float32Array, count: number, dimension: number): Standardization {
  return { mean: columnMeans(values, count, dimension), scale: new Float64Array(dimension).fill(1) };
}

/** (x - mean) · scale for each row; returns a new array of the same shape. */
export function applyStandardization(values: Float32Array, { mean, scale }: Standardization): Float32Array {
  const dimension = mean.length;
  const result = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += dimension) {
    for (let j = 0; j < dimension; j++) result[start + j] = (values[start + j]! - mean[j]!) * scale[j]!;
  }
  return result;
}

function columnMeans(values: Float32Array, count: number, dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < dimension; j++) mean[j] = mean[j]! + values[i * dimension + j]!;
  }
  return mean.map((sum) => sum / count);
}
