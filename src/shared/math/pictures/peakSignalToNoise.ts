/** Peak signal-to-noise ratio of two pictures, as scikit-image's `peak_signal_noise_ratio`. */

/**
 *   PSNR = 10 · log₁₀( range² / mean((a − b)²) )  in dB
 * a, b: of equal length; range: largest difference that values can have. At most `largestPsnr`, which equal pictures have,
 * so that means stay finite.
 */
export function peakSignalToNoise(a: ArrayLike<number>, b: ArrayLike<number>, range: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  const error = sum / a.length;
  return error === 0 ? largestPsnr : Math.min(largestPsnr, 10 * Math.log10((range * range) / error));
}

/** dB; an error of a millionth of a 16-bit step. */
export const largestPsnr = 200;
