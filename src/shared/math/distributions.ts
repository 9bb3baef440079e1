/**
 * Student's t and the normal distribution, accurate to about 12 digits: intervals and p-values rest on them, and
 * simple-statistics has no t quantiles. The incomplete beta function is the continued fraction of Abramowitz & Stegun
 * 26.5.8 by Lentz's method; its constant needs only B(a, 1/2), so no general log-gamma is used.
 */

/** P(|T| > |t|) for Student's t with `degrees` > 0 degrees of freedom: I_x(ν/2, 1/2) with x = ν / (ν + t²). In 0..1. */
export function studentTwoSidedTail(t: number, degrees: number): number {
  if (!Number.isFinite(t)) return Number.isNaN(t) ? Number.NaN : 0;
  const a = degrees / 2;
  const x = degrees / (degrees + t * t);
  const y = (t * t) / (degrees + t * t); // 1 - x without cancellation
  if (y === 0) return 1;
  // log x from whichever of x and y is exact.
  const logX = x < 0.5 ? Math.log(x) : Math.log1p(-y);
  const front = Math.exp(a * logX + 0.5 * Math.log(y)) / betaWithHalf(a);
  // Either form of the continued fraction converges fast on its own side.
  return x < (a + 1) / (a + 2.5) ? (front * betaFraction(a, 0.5, x)) / a : 1 - (front * betaFraction(0.5, a, y)) / 0.5;
}

/** t with P(T ≤ t) = probability; probability in (0, 1), `degrees` > 0. */
export function studentQuantile(probability: number, degrees: number): number {
  if (probability < 0.5) return -studentQuantile(1 - probability, degrees);
  const tail = 2 * (1 - probability);
  return solveDecreasing((t) => studentTwoSidedTail(t, degrees), tail);
}

/** P(|Z| > |z|) for a standard normal. In 0..1. */
export function normalTwoSidedTail(z: number): number {
  const x = Math.abs(z);
  if (x > 3) return normalFarTail(x);
  // 1 - 2φ(x)·Σ x^(2n+1) / (1·3·…·(2n+1)), Abramowitz & Stegun 26.2.11.
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * sum && n < 500; n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return 1 - Math.sqrt(2 / Math.PI) * Math.exp((-x * x) / 2) * sum;
}

/** z with P(Z ≤ z) = probability; probability in (0, 1). */
export function normalQuantile(probability: number): number {
  if (probability < 0.5) return -normalQuantile(1 - probability);
  return solveDecreasing(normalTwoSidedTail, 2 * (1 - probability));
}

/** B(a, 1/2) = √π Γ(a) / Γ(a + 1/2), by the recurrence up to a ≥ 30 and the asymptotic series there. */
function betaWithHalf(a: number): number {
  let ratio = 1; // Γ(a + 1/2) / Γ(a) relative to its value at the shifted a
  let shifted = a;
  for (; shifted < 30; shifted++) ratio *= shifted / (shifted + 0.5);
  const r = 1 / shifted;
  const series =
    1 + r * (-1 / 8 + r * (1 / 128 + r * (5 / 1024 + r * (-21 / 32768 + r * (-399 / 262144 + r * (869 / 4194304))))));
  return Math.sqrt(Math.PI) / (ratio * Math.sqrt(shifted) * series);
}

/** The continued fraction of the incomplete beta function, by the modified Lentz method. */
function betaFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  const guard = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return result;
}

/** 2 φ(x) / (x + 1/(x + 2/(x + 3/…))), for large x (Abramowitz & Stegun 26.2.14). */
function normalFarTail(x: number): number {
  let fraction = x;
  for (let n = 200; n >= 1; n--) fraction = x + n / fraction;
  return (Math.sqrt(2 / Math.PI) * Math.exp((-x * x) / 2)) / fraction;
}

/** The t ≥ 0 at which a decreasing function of t takes a value in (0, 1], by doubling and bisection to full precision. */
function solveDecreasing(evaluate: (t: number) => number, target: number): number {
  if (target >= 1) return 0;
  let low = 0;
  let high = 1;
  while (evaluate(high) > target && high < 1e300) {
    low = high;
    high *= 2;
  }
  for (let step = 0; step < 200 && high - low > 1e-15 * high; step++) {
    const middle = (low + high) / 2;
    if (evaluate(middle) > target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
