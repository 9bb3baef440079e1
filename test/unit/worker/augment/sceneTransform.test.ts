/** Boxes and masks follow their image: drawn into a picture, moved, and read back from the moved picture. */
import { describe, expect, it } from 'vitest';
import { encodeMask } from '../../../../src/shared/math/detection/rle';
import { deriveRandom } from '../../../../src/shared/random';
import { moveMask } from '../../../../src/worker/augment/sceneMasks';
import {
  applySceneTransform,
  drawSceneTransform,
  moveBoxes,
  moveBoxesBack,
  scaleToShortestSide,
  testSceneTransform,
  type RecordedSceneTransform,
} from '../../../../src/worker/augment/sceneTransform';
import type { RgbImage } from '../../../../src/worker/data/dataset';

type Box = readonly [number, number, number, number];

/** A white rectangle on black. */
function paint(width: number, height: number, [x1, y1, x2, y2]: Box): { image: RgbImage; bits: Uint8Array } {
  const bits = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return x >= x1 && x < x2 && y >= y1 && y < y2 ? 1 : 0;
  });
  const pixels = Uint8Array.from({ length: 3 * bits.length }, (_, i) => 255 * bits[Math.floor(i / 3)]!);
  return { image: { width, height, pixels }, bits };
}

/** Extent of what is at least half white. */
function extentOf(width: number, isOn: (place: number) => boolean, length: number): number[] {
  const on = Array.from({ length }, (_, i) => i).filter(isOn);
  const [xs, ys] = [on.map((place) => place % width), on.map((place) => Math.floor(place / width))];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
}

const from = { width: 60, height: 40 };
const box: Box = [9, 6, 33, 30];
const transforms: RecordedSceneTransform[] = [1, 2, 0.5, 1.35].flatMap((scale) =>
  [false, true].map((isFlipped) => ({
    from,
    to: { width: Math.round(60 * scale), height: Math.round(40 * scale) },
    isFlipped,
  })),
);
/** The first cuts two edges of the box, the second none. */
const crops = [
  { left: 14, top: 2, width: 30, height: 20 },
  { left: 5, top: 3, width: 48, height: 32 },
];
const cropped = crops.flatMap((crop) => transforms.map((one) => ({ ...one, crop })));

describe('boxes and masks', () => {
  it.each([...transforms, ...cropped])(
    'follow to $to.width × $to.height, flipped $isFlipped, of $crop',
    (transform) => {
      const { image, bits } = paint(from.width, from.height, box);
      const moved = moveBoxes(box, transform);
      const result = applySceneTransform(image, transform);
      expect([result.width, result.height]).toEqual([transform.to.width, transform.to.height]);
      const seen = extentOf(result.width, (i) => result.pixels[3 * i]! >= 128, result.width * result.height);
      seen.forEach((edge, i) => expect(Math.abs(edge - moved[i]!)).toBeLessThanOrEqual(0.5 + 1e-6));
      const { counts } = encodeMask(bits, from.height, from.width);
      const column = {
        counts,
        offsets: Uint32Array.of(0, counts.length),
        heights: Uint32Array.of(from.height),
        widths: Uint32Array.of(from.width),
      };
      const mask = moveMask(column, 0, transform);
      const masked = extentOf(mask.width, (i) => mask.bits[i] === 1, mask.bits.length);
      masked.forEach((edge, i) => expect(Math.abs(edge - moved[i]!)).toBeLessThanOrEqual(0.5 + 1e-6));
    },
  );

  it('come back to where they were', () => {
    for (const transform of [...transforms, ...cropped.slice(transforms.length)]) {
      const back = moveBoxesBack(moveBoxes(box, transform), transform);
      back.forEach((edge, i) => expect(Math.abs(edge - box[i]!)).toBeLessThan(1e-4));
    }
  });

  it('are cut at the edge of the image', () => {
    const moved = moveBoxes([-5, -8, 70, 20], { from, to: { width: 120, height: 80 }, isFlipped: true });
    expect([...moved]).toEqual([0, 0, 120, 40]);
  });

  it('of another size than the image are no masks of it', () => {
    const counts = Uint32Array.of(0, 16);
    const column = { counts, offsets: Uint32Array.of(0, 2), heights: Uint32Array.of(4), widths: Uint32Array.of(4) };
    expect(moveMask(column, 0, transforms[0]!).bits.every((bit) => bit === 0)).toBe(true);
  });
});

describe('scenes', () => {
  it('are scaled so that the shorter side fits, unless the longer comes first', () => {
    expect(scaleToShortestSide({ width: 500, height: 375 }, 800, 1333)).toEqual({ width: 1067, height: 800 });
    expect(scaleToShortestSide({ width: 1000, height: 250 }, 800, 1333)).toEqual({ width: 1333, height: 333 });
    expect(testSceneTransform(from, 80, 1333)).toEqual({ from, to: { width: 120, height: 80 }, isFlipped: false });
  });

  it('draw sides, mirroring and colours from their stream; turning one off leaves the others', () => {
    const options = { shortestSide: [20, 40, 60], longestSide: 1000, flip: true, photometric: true, crop: 1 };
    const draw = (seed: number, changes = {}) =>
      drawSceneTransform(from, { ...options, ...changes }, deriveRandom(seed, 'draw'));
    const drawn = Array.from({ length: 200 }, (_, seed) => draw(seed));
    expect(new Set(drawn.map(({ to }) => to.height))).toEqual(new Set([20, 40, 60]));
    const flipped = drawn.filter(({ isFlipped }) => isFlipped).length;
    expect(flipped).toBeGreaterThan(70);
    expect(flipped).toBeLessThan(130);
    expect(draw(5)).toEqual(drawn[5]);
    const still = Array.from({ length: 50 }, (_, seed) => draw(seed, { flip: false }));
    still.forEach(({ to, isFlipped, jitter }, seed) => {
      expect(isFlipped).toBe(false);
      expect([to, jitter]).toEqual([drawn[seed]!.to, drawn[seed]!.jitter]);
    });
    expect(draw(5, { photometric: false }).jitter).toBeUndefined();
    const cut = Array.from({ length: 200 }, (_, seed) => draw(seed, { crop: 0.5 }));
    cut.forEach(({ crop, to, isFlipped, jitter }, seed) => {
      expect([isFlipped, jitter]).toEqual([drawn[seed]!.isFlipped, drawn[seed]!.jitter]);
      const { left, top, width, height } = crop!;
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect([left + width <= 60, top + height <= 40, width >= 30, height >= 20]).toEqual([true, true, true, true]);
      expect(to).toEqual(scaleToShortestSide({ width, height }, drawn[seed]!.to.height, 1000));
    });
    expect(new Set(cut.map(({ crop }) => crop!.width)).size).toBeGreaterThan(20);
  });
});
