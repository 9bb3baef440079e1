import { describe, expect, it } from 'vitest';
import { Cancelled } from '../../../../src/shared/errors';
import { minimize } from '../../../../src/worker/transfer/lbfgs';

/** Rosenbrock's function in pairs; minimum 0 at all ones. */
function rosenbrock(x: Float64Array) {
  const gradient = new Float64Array(x.length);
  let value = 0;
  for (let i = 0; i < x.length; i += 2) {
    const [a, b] = [x[i]!, x[i + 1]!];
    value += 100 * (b - a * a) ** 2 + (1 - a) ** 2;
    gradient[i] = -400 * a * (b - a * a) - 2 * (1 - a);
    gradient[i + 1] = 200 * (b - a * a);
  }
  return { value, gradient };
}

/** Σ λ_i (x_i - 1)² / 2 with condition number 1e6. */
function quadratic(x: Float64Array) {
  const curvature = (i: number) => 10 ** ((6 * i) / (x.length - 1));
  const gradient = x.map((xi, i) => curvature(i) * (xi - 1));
  return { value: gradient.reduce((sum, g, i) => sum + (g * (x[i]! - 1)) / 2, 0), gradient };
}

describe('minimize', () => {
  it('finds the minimum of Rosenbrock', async () => {
    const start = Float64Array.from({ length: 10 }, (_, i) => (i % 2 ? 1 : -1.2));
    const result = await minimize({ objective: rosenbrock, start, maxIterations: 200, gradientTolerance: 1e-8 });
    expect(result.stop).toBe('gradient');
    for (const value of result.point) expect(value).toBeCloseTo(1, 7);
    expect(result.iterations).toBeLessThan(60);
    expect(result.evaluations).toBeLessThan(80);
  });

  it('solves a badly conditioned quadratic in about as many iterations as scipy', async () => {
    const start = new Float64Array(8);
    const settings = { objective: quadratic, start, history: 20, maxIterations: 500, gradientTolerance: 1e-9 };
    const result = await minimize(settings);
    for (const value of result.point) expect(value).toBeCloseTo(1, 8);
    expect(result.iterations).toBeLessThan(100); // scipy's L-BFGS-B with 20 pairs: 75
    expect(start.every((value) => value === 0)).toBe(true);
  });

  it('never accepts a higher value, and says when iterations run out', async () => {
    const values: number[] = [];
    const result = await minimize({
      objective: rosenbrock,
      start: Float64Array.of(-1.2, 1),
      maxIterations: 12,
      onIteration: (_, value) => values.push(value),
    });
    expect(result.stop).toBe('iterations');
    expect(values).toHaveLength(12);
    expect([...values].sort((a, b) => b - a)).toEqual(values);
  });

  it('stops by the predicted decrease near the true gap', async () => {
    const options = { objective: rosenbrock, start: Float64Array.of(-1.2, 1), maxIterations: 200 };
    const result = await minimize({ ...options, decreaseTolerance: 1e-6 });
    expect(result.stop).toBe('decrease');
    expect(result.value).toBeLessThan(1e-5);
  });

  it('ends at rounding level instead of searching for ever', async () => {
    const noisy = (x: Float64Array) => {
      const { value, gradient } = rosenbrock(x);
      return { value: Math.fround(1 + value), gradient: gradient.map(Math.fround) };
    };
    const result = await minimize({
      objective: noisy,
      start: Float64Array.of(-1.2, 1),
      maxIterations: 500,
      noise: 1e-7,
    });
    expect(result.value).toBeLessThan(1 + 1e-5);
    expect(result.evaluations).toBeLessThan(1500);
  });

  it('lets the event loop run and stops when cancelled', async () => {
    const controller = new AbortController();
    // Three turns of the event loop, however long they take; a solver that keeps the loop to itself never sees them.
    setImmediate(() => setImmediate(() => setImmediate(() => controller.abort())));
    // Falls for ever, a little at every step.
    const valley = (x: Float64Array) => ({ value: Math.exp(-x[0]!), gradient: Float64Array.of(-Math.exp(-x[0]!)) });
    const endless = { objective: valley, start: Float64Array.of(0), maxIterations: 1e9, signal: controller.signal };
    await expect(minimize(endless)).rejects.toBeInstanceOf(Cancelled);
  });
});
