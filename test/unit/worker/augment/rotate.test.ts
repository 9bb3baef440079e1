/** Quarter turns against NumPy's rot90 of a picture of two by three. */
import { describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import { probeNames, probeOperations } from '../../../../src/shared/experiment/augmentation';
import { drawTransforms } from '../../../../src/worker/augment/policy';
import { applyRotation } from '../../../../src/worker/augment/rotate';

/** [[0, 1, 2], [3, 4, 5]], the number in every channel. */
const image = { width: 3, height: 2, pixels: Uint8Array.from({ length: 18 }, (_, i) => Math.floor(i / 3)) };
const turned = (quarters: 1 | 2 | 3) => {
  const { width, height, pixels } = applyRotation(image, { kind: 'rotate', quarters });
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => pixels[(y * width + x) * 3]));
};

describe('rotation', () => {
  it('turns against the clock, as numpy.rot90', () => {
    expect(turned(1)).toEqual([
      [2, 5],
      [1, 4],
      [0, 3],
    ]);
    expect(turned(2)).toEqual([
      [5, 4, 3],
      [2, 1, 0],
    ]);
    expect(turned(3)).toEqual([
      [3, 0],
      [4, 1],
      [5, 2],
    ]);
  });

  it('takes each turn as often, and every probe is always applied', () => {
    const random = deriveRandom(2, 'turns');
    const counts = [0, 0, 0];
    for (let i = 0; i < 3000; i++) {
      const [turn] = drawTransforms([{ kind: 'rotate', probability: 1 }], image, random);
      if (turn?.kind === 'rotate') counts[turn.quarters - 1]!++;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
    const square = { width: 32, height: 32 };
    for (const name of probeNames) {
      const ops = probeOperations(name, { size: 32 });
      for (let i = 0; i < 20; i++) expect(drawTransforms(ops, square, random)).toHaveLength(ops.length);
    }
  });
});
