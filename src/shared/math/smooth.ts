/**
 * Exponential smoothing of noisy curves, without the pull towards the first value that a plain moving average has.
 */

/**
 * s_t = w · s_(t-1) + (1 - w) · y_t with s_0 = 0, and out_t = s_t / (1 - w^t): the bias correction of Adam (Kingma & Ba
 * 2014, arXiv 1412.6980, section 3), so that out_1 = y_1 and constants stay. y: [N]; w in [0, 1). A value that is not finite
 * gives NaN there (a gap stays a gap) and the average goes on after it.
 */
export function smoothExponentially(y: Float64Array, weight: number): Float64Array {
  if (!(weight >= 0 && weight < 1)) throw new Error(`internal: a smoothing weight of ${weight} is not in [0, 1)`);
  const out = new Float64Array(y.length);
  let sum = 0;
  /** w^t */
  let left = 1;
  for (let i = 0; i < y.length; i++) {
    const value = y[i]!;
    if (!Number.isFinite(value)) {
      out[i] = NaN;
      continue;
    }
    sum = weight * sum + (1 - weight) * value;
    left *= weight;
    out[i] = sum / (1 - left);
  }
  return out;
}
