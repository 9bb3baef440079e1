import { describe, expect, it } from 'vitest';
import { findMove, movePoints } from '../../../../../src/shared/math/similarity/alignMap';
import { deriveRandom } from '../../../../../src/shared/random';

const random = deriveRandom(3, 'test map');
const reference = Float32Array.from({ length: 40 }, () => random.uniformIn(-2, 2));

interface Move {
  readonly angle: number;
  readonly mirrored?: boolean;
}

/** Each point mirrored on the x axis if asked, then turned by `angle`, then moved. */
function move(points: Float32Array, { angle, mirrored = false }: Move): Float32Array {
  const moved = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i]!, mirrored ? -points[i + 1]! : points[i + 1]!];
    moved[i] = x * Math.cos(angle) - y * Math.sin(angle) + 5;
    moved[i + 1] = x * Math.sin(angle) + y * Math.cos(angle) - 3;
  }
  return moved;
}

/** The map moved onto the reference. */
function align(map: Float32Array, onto: Float32Array): Float32Array {
  return movePoints(map, findMove(map, onto));
}

function centred(points: Float32Array): Float32Array {
  const means = [0, 1].map(
    (axis) => points.filter((_, i) => i % 2 === axis).reduce((a, b) => a + b, 0) * (2 / points.length),
  );
  return points.map((value, i) => value - means[i % 2]!);
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
}

describe('aligning a map', () => {
  it.each([
    { angle: 0 },
    { angle: 1 },
    { angle: Math.PI },
    { angle: -2, mirrored: true },
    { angle: 0, mirrored: true },
  ])('undoes a rotation, a reflection and a shift: %o', (how) => {
    align(move(reference, how), reference).forEach((value, i) => expect(value).toBeCloseTo(reference[i]!, 5));
  });

  it('keeps the size of the map', () => {
    const doubled = move(reference, { angle: 0.7 }).map((value) => value * 2);
    const aligned = centred(align(doubled, reference));
    const expected = centred(reference).map((value) => value * 2);
    aligned.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
  });

  it('leaves less between noisy maps than any other angle does', () => {
    const noisy = move(reference, { angle: 2.5, mirrored: true }).map((value) => value + 0.5 * random.normal());
    const left = squaredDistance(align(noisy, reference), reference);
    const target = centred(reference);
    for (let degree = 0; degree < 360; degree++) {
      for (const mirrored of [false, true]) {
        const turned = centred(move(centred(noisy), { angle: (degree * Math.PI) / 180, mirrored }));
        expect(squaredDistance(turned, target)).toBeGreaterThanOrEqual(left - 1e-4);
      }
    }
  });

  it('moves a map without extent to the centre of the other', () => {
    const aligned = align(new Float32Array(40).fill(7), reference);
    expect(new Set(aligned.filter((_, i) => i % 2 === 0)).size).toBe(1);
    expect(aligned.every(Number.isFinite)).toBe(true);
  });

  it('refuses maps of other sizes', () => {
    expect(() => align(new Float32Array(4), new Float32Array(6))).toThrow('cannot be aligned');
  });
});
