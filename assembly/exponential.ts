/** Exponential and Gaussian distribution, four numbers at a time, to a few units in the last place of float32. */

// @ts-ignore: decorator
@inline
const LOG2_E: f32 = 1.4426950408889634;
// @ts-ignore: decorator
@inline
const LN2_HIGH: f32 = 0.693359375;
// @ts-ignore: decorator
@inline
const LN2_LOW: f32 = -2.12194440e-4;

// @ts-ignore: decorator
@inline
function step(sum: v128, r: v128, coefficient: f32): v128 {
  return f32x4.add(f32x4.mul(sum, r), f32x4.splat(coefficient));
}

/**
 * e^x for x in [−87, 88], beyond which x is taken for the border: 2^n · e^r with n = round(x / ln 2), |r| ≤ ln 2 / 2, and
 * e^r by its series to r⁷ / 7!, which is off by less than 6e-9.
 */
// @ts-ignore: decorator
@inline
export function exponential(x: v128): v128 {
  const within = f32x4.min(f32x4.max(x, f32x4.splat(-87)), f32x4.splat(88));
  const n = f32x4.nearest(f32x4.mul(within, f32x4.splat(LOG2_E)));
  // In two steps, so that little of r is lost.
  const rough = f32x4.sub(within, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  const r = f32x4.sub(rough, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let sum = f32x4.splat(1.0 / 5040);
  sum = step(sum, r, 1.0 / 720);
  sum = step(sum, r, 1.0 / 120);
  sum = step(sum, r, 1.0 / 24);
  sum = step(sum, r, 1.0 / 6);
  sum = step(sum, r, 0.5);
  sum = step(sum, r, 1);
  sum = step(sum, r, 1);
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(sum, power);
}

/**
 * Φ(x), given e^(−x²/2): erfc(z) = e^(−z²) · t · P(t), z = |x| / √2, t = 1 / (1 + 0.35 z). P is the Chebyshev
 * interpolation of degree 9 on t in [0, 1], off by less than 8e-8 of the value.
 */
// @ts-ignore: decorator
@inline
export function normalDistribution(x: v128, bell: v128): v128 {
  const z = f32x4.mul(f32x4.abs(x), f32x4.splat(0.70710678118654752));
  const t = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.splat(0.35), z)));
  let sum = f32x4.splat(0.04126039);
  sum = step(sum, t, -0.17592254);
  sum = step(sum, t, 0.22499985);
  sum = step(sum, t, -0.09063695);
  sum = step(sum, t, 0.14339603);
  sum = step(sum, t, 0.11369209);
  sum = step(sum, t, 0.16303304);
  sum = step(sum, t, 0.18524188);
  sum = step(sum, t, 0.19746989);
  sum = step(sum, t, 0.19746634);
  const tail = f32x4.mul(f32x4.mul(f32x4.mul(sum, t), bell), f32x4.splat(0.5));
  return v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), f32x4.lt(x, f32x4.splat(0)));
}
