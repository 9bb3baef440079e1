/**
 * A square image as a sum of waves (Olah et al. 2017, "Feature Visualization", distill.pub, section on preconditioning; lucid's
 * `fft_image`): the parameters are amplitudes of frequencies, each scaled by one over its frequency, so that a step of the
 * optimiser changes coarse and fine structure of the picture alike. The inverse real transform as two matrix products.
 */

export interface FourierBasis {
  readonly size: number;
  /** Frequencies across: ⌊size / 2⌋ + 1. */
  readonly half: number;
  /** [size, size] (down) of cos and sin of 2π·k·y / size, row y, column k. */
  readonly cosDown: Float32Array;
  readonly sinDown: Float32Array;
  /** [half, size] (across) likewise, row k, column x; frequencies that stand for their mirror, too, count twice. */
  readonly cosAcross: Float32Array;
  readonly sinAcross: Float32Array;
  /** [size, half]: 1 / max(frequency, 1 / size), frequency in cycles a pixel, over size · 4. */
  readonly scale: Float32Array;
}

export function fourierBasis(size: number): FourierBasis {
  const half = Math.floor(size / 2) + 1;
  const wave = (rows: number, columns: number, value: (row: number, column: number) => number) =>
    Float32Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns));
  const turn = (a: number, b: number) => (2 * Math.PI * ((a * b) % size)) / size;
  const times = (k: number) => (k === 0 || 2 * k === size ? 1 : 2);
  const frequency = (k: number) => Math.min(k, size - k) / size;
  return {
    ...{ size, half },
    cosDown: wave(size, size, (y, k) => Math.cos(turn(y, k))),
    sinDown: wave(size, size, (y, k) => Math.sin(turn(y, k))),
    cosAcross: wave(half, size, (k, x) => times(k) * Math.cos(turn(k, x))),
    sinAcross: wave(half, size, (k, x) => times(k) * Math.sin(turn(k, x))),
    // lucid: √(width · height) from the scale, 1 / (width · height) from the transform, a quarter.
    scale: wave(size, half, (y, k) => 1 / (Math.max(Math.hypot(frequency(y), k / size), 1 / size) * size * 4)),
  };
}

/**
 * Colours that vary independently → red, green, blue [3, 3]: the square root of the colours' covariance over natural images, with
 * its longest column at 1 (the figures are lucid's, measured on ImageNet). rgb_i = Σ_j matrix[i][j] · independent_j.
 */
export const colourMatrix: readonly (readonly [number, number, number])[] = normaliseColumns([
  [0.26, 0.09, 0.02],
  [0.27, 0, -0.05],
  [0.27, -0.09, 0.03],
]);

type ColourRow = readonly [number, number, number];

function normaliseColumns(rows: readonly ColourRow[]): ColourRow[] {
  const lengths = [0, 1, 2].map((column) => Math.hypot(...rows.map((row) => row[column]!)));
  const longest = Math.max(...lengths);
  return rows.map(([a, b, c]) => [a / longest, b / longest, c / longest]);
}
