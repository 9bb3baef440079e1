/**
 * What images a network was trained on, worked out from its first convolution and the batch norm after it. The mean of an
 * output channel is linear in the input's: μ_c = Σ_k m_k Σ_xy w_ckxy (but for the padding at the border), so the input's
 * means m_k are the least-squares solution over all output channels. The scale follows from the variances, more roughly:
 * σ_c² ≈ s² wᵀRw, with R the correlations of natural images (0.95 per pixel of distance, 0.9 between colours).
 */

export interface FirstLayer {
  /** [out, 3, k, k], row-major. */
  readonly filters: Float32Array;
  readonly kernel: number;
  /** [out]: running mean and variance of the convolution's output. */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

export interface InputStatistics {
  /** Of the network's first, second and third input channel. */
  readonly mean: readonly [number, number, number];
  /** Standard deviation over images and places, all channels together. */
  readonly deviation: number;
  /** Share of the variance of the output means that the input's means explain, 0 to 1; low when they are all near 0. */
  readonly explained: number;
}

const perPixel = 0.95;
const betweenColours = 0.9;
const channels = 3;

/** Undefined when the filters do not tell the three channels apart, or nothing has been measured. */
export function estimateInput({ filters, kernel, mean, variance }: FirstLayer): InputStatistics | undefined {
  const area = kernel * kernel;
  const sums = Array.from(mean, (_, c) =>
    Array.from({ length: channels }, (_, k) => sumOf(filters, (c * channels + k) * area, area)),
  );
  const solved = leastSquares(sums, mean);
  if (!solved) return undefined;
  const total = mean.reduce((sum, value) => sum + value * value, 0);
  const left = mean.reduce((sum, value, c) => sum + (value - dot(sums[c]!, solved)) ** 2, 0);
  const ratios = Array.from(variance, (value, c) => value / varianceOf(filters, c, kernel)).filter(
    (ratio) => ratio > 0 && ratio < Infinity,
  );
  ratios.sort((a, b) => a - b);
  const middle = ratios[ratios.length >> 1];
  if (middle === undefined) return undefined;
  return {
    mean: solved as [number, number, number],
    deviation: Math.sqrt(middle),
    explained: total === 0 ? 0 : Math.max(0, 1 - left / total),
  };
}

/** wᵀRw of one filter. */
function varianceOf(filters: Float32Array, output: number, kernel: number): number {
  const size = channels * kernel * kernel;
  const from = output * size;
  let sum = 0;
  for (let a = 0; a < size; a++)
    for (let b = 0; b < size; b++) sum += filters[from + a]! * filters[from + b]! * correlation(a, b, kernel);
  return sum;
}

function correlation(a: number, b: number, kernel: number): number {
  const area = kernel * kernel;
  const [placeA, placeB] = [a % area, b % area];
  const down = Math.abs(Math.floor(placeA / kernel) - Math.floor(placeB / kernel));
  const across = Math.abs((placeA % kernel) - (placeB % kernel));
  const colours = Math.floor(a / area) === Math.floor(b / area) ? 1 : betweenColours;
  return colours * Math.exp(Math.log(perPixel) * Math.hypot(down, across));
}

/** The x that makes A x nearest to y; A: [n, 3]. Undefined when A does not decide it. */
function leastSquares(rows: readonly (readonly number[])[], y: ArrayLike<number>): number[] | undefined {
  const product = Array.from({ length: channels }, (_, i) =>
    Array.from({ length: channels }, (_, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
  ) as [number[], number[], number[]];
  const right = Array.from({ length: channels }, (_, i) => rows.reduce((sum, row, c) => sum + row[i]! * y[c]!, 0));
  const whole = determinant(product);
  const scale = product[0][0]! * product[1][1]! * product[2][2]!;
  if (!(Math.abs(whole) > 1e-9 * scale)) return undefined;
  // Cramer's rule.
  return right.map((_, column) => {
    const replaced = product.map((row, i) => row.map((value, j) => (j === column ? right[i]! : value)));
    return determinant(replaced) / whole;
  });
}

function determinant(m: readonly (readonly number[])[]): number {
  const [[a, b, c], [d, e, f], [g, h, i]] = m as [number[], number[], number[]] as [
    [number, number, number],
    [number, number, number],
    [number, number, number],
  ];
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

function sumOf(values: Float32Array, from: number, count: number): number {
  let sum = 0;
  for (let at = from; at < from + count; at++) sum += values[at]!;
  return sum;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k]!, 0);
}
