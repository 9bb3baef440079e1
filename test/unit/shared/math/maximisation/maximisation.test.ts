/** Waves against the written-out inverse Fourier transform, moves of images against their transpose and closed cases. */
import { describe, expect, it } from 'vitest';
import { colourMatrix, fourierBasis } from '../../../../../src/shared/math/maximisation/fourier';
import { drawMove, moveBack, moveImage } from '../../../../../src/shared/math/maximisation/moveImage';
import { deriveRandom } from '../../../../../src/shared/random';

const still = { angle: 0, scale: 1, across: 0, down: 0 };

describe('a moved image', () => {
  const random = deriveRandom(4, 'moves');
  const size = 7;
  const values = Array.from({ length: size * size * 3 }, () => random.normal());

  it('is itself where nothing moves, and shifted by whole pixels where that is asked', () => {
    moveImage(values, size, still).forEach((value, i) => expect(value).toBeCloseTo(values[i]!, 6));
    const right = moveImage(values, size, { ...still, across: 2 });
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) {
        const from = Math.min(size - 1, column + 2);
        expect(right[(row * size + column) * 3]).toBeCloseTo(values[(row * size + from) * 3]!, 6);
      }
  });

  it('is turned by a quarter about its middle', () => {
    const turned = moveImage(values, size, { ...still, angle: Math.PI / 2 });
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++)
        expect(turned[(row * size + column) * 3]).toBeCloseTo(values[(column * size + (size - 1 - row)) * 3]!, 4);
  });

  it('has gradients that come back by the transposed move', () => {
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
    for (let i = 0; i < 5; i++) {
      const move = drawMove({ jitter: 2, rotate: 40, zoom: 0.3 }, random);
      const slope = values.map(() => random.normal());
      expect(dot(moveImage(values, size, move), slope)).toBeCloseTo(dot(values, moveBack(slope, size, move)), 4);
    }
  });
});

it.each([6, 7])('waves of side %i are the inverse real Fourier transform, scaled by one over the frequency', (size) => {
  const { half, cosDown, sinDown, cosAcross, sinAcross, scale } = fourierBasis(size);
  const random = deriveRandom(6, 'waves', size);
  const draw = () => Array.from({ length: size * half }, () => random.normal());
  const [real, imaginary] = [draw(), draw()];
  // Columns that are their own mirror must be their own conjugates; what else they hold, the real transform passes over.
  for (const k of size % 2 === 0 ? [0, half - 1] : [0])
    for (let l = 0; l < size; l++) {
      const mirror = (size - l) % size;
      real[mirror * half + k] = real[l * half + k]!;
      imaginary[mirror * half + k] = mirror === l ? 0 : -imaginary[l * half + k]!;
    }
  for (const [y, x] of [
    [0, 0],
    [2, 5],
    [size - 1, 3],
  ] as const) {
    // By the products.
    let ours = 0;
    for (let k = 0; k < half; k++) {
      let [re, im] = [0, 0];
      for (let l = 0; l < size; l++) {
        const [c, s, by] = [cosDown[y * size + l]!, sinDown[y * size + l]!, scale[l * half + k]!];
        re += (c * real[l * half + k]! - s * imaginary[l * half + k]!) * by;
        im += (s * real[l * half + k]! + c * imaginary[l * half + k]!) * by;
      }
      ours += re * cosAcross[k * size + x]! - im * sinAcross[k * size + x]!;
    }
    // Written out over all frequencies: the other half is the conjugate, the number of places divides, and lucid's factors.
    let known = 0;
    for (let l = 0; l < size; l++)
      for (let k = 0; k < size; k++) {
        const isOwn = k < half;
        const [row, column] = isOwn ? [l, k] : [(size - l) % size, size - k];
        const [fy, fx] = [Math.min(row, size - row) / size, column / size];
        const factor = size / Math.max(Math.sqrt(fy * fy + fx * fx), 1 / size) / (size * size) / 4;
        const turn = (2 * Math.PI * (l * y + k * x)) / size;
        const im = (isOwn ? 1 : -1) * imaginary[row * half + column]!;
        known += factor * (real[row * half + column]! * Math.cos(turn) - im * Math.sin(turn));
      }
    expect(ours).toBeCloseTo(known, 5);
  }
});

it('colours are mixed by columns no longer than one', () => {
  const lengths = [0, 1, 2].map((column) => Math.hypot(...colourMatrix.map((row) => row[column]!)));
  expect(Math.max(...lengths)).toBeCloseTo(1, 12);
  // All three colours rise together with the first.
  expect(colourMatrix.every(([first]) => first > 0.5)).toBe(true);
});
