import { expect, it } from 'vitest';
import { smoothExponentially } from '../../../../src/shared/math/smooth';
import { deriveRandom } from '../../../../src/shared/random';

/** The weighted mean that the recursion stands for: weights w^(t - i) of all values so far. */
function weightedMean(y: Float64Array, weight: number, t: number): number {
  let [sum, total, share] = [0, 0, 1];
  for (let i = t; i >= 0; i--) {
    if (Number.isNaN(y[i]!)) continue;
    sum += share * y[i]!;
    total += share;
    share *= weight;
  }
  return sum / total;
}

it('is the mean with geometric weights, from the first value on', () => {
  const random = deriveRandom(0, 'smooth');
  const y = Float64Array.from({ length: 60 }, () => random.uniform());
  y[7] = NaN;
  for (const weight of [0, 0.3, 0.9, 0.99]) {
    const smooth = smoothExponentially(y, weight);
    expect(smooth[7]).toBeNaN();
    for (let t = 0; t < y.length; t++) if (t !== 7) expect(smooth[t]).toBeCloseTo(weightedMean(y, weight, t), 12);
  }
});

it('leaves constants and, without smoothing, everything as it is', () => {
  const constant = new Float64Array(40).fill(6.5);
  for (const value of smoothExponentially(constant, 0.97)) expect(value).toBeCloseTo(6.5, 12);
  const y = Float64Array.from([3, -1, 4]);
  expect(smoothExponentially(y, 0)).toEqual(y);
  expect(() => smoothExponentially(y, 1)).toThrow('internal');
});
