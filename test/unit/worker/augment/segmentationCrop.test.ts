/** Training crops: picture and labels stay together through scale, cut and mirror; one class does not fill them. */
import { describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import { IGNORED_LABEL } from '../../../../src/shared/results/segmentations';
import { resizeBox, resizeWindow } from '../../../../src/worker/augment/resample';
import {
  cutLabels,
  cutPicture,
  drawSegmentationCrop,
  type SegmentationCropOptions,
} from '../../../../src/worker/augment/segmentationCrop';

const [WIDTH, HEIGHT] = [53, 37];
const options: SegmentationCropOptions = {
  cropSize: [20, 24],
  scaleRange: [0.5, 2],
  maxClassShare: 0.75,
  flip: true,
  photometric: false,
};

/** Classes 0..3 in blocks of 8 px, with a strip that does not count. */
const labels = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
  const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
  return y < 3 ? IGNORED_LABEL : (Math.floor(x / 8) + Math.floor(y / 8)) % 4;
});
const map = { width: WIDTH, height: HEIGHT, labels };
const noise = deriveRandom(0, 'picture');
const picture = {
  width: WIDTH,
  height: HEIGHT,
  pixels: Uint8Array.from({ length: 3 * labels.length }, () => noise.integer(256)),
};

it('a window of a resized picture equals cutting it out', () => {
  const whole = { top: 0, left: 0, width: WIDTH, height: HEIGHT };
  for (const target of [
    { width: 80, height: 61 },
    { width: 30, height: 19 },
    { width: WIDTH, height: HEIGHT },
  ]) {
    const all = resizeBox(picture, whole, target);
    const window = { top: 5, left: 7, height: 11, width: 13 };
    const cut = resizeWindow(picture, target, window);
    for (let y = 0; y < window.height; y++) {
      const from = ((window.top + y) * target.width + window.left) * 3;
      const row = all.pixels.subarray(from, from + window.width * 3);
      expect(cut.pixels.subarray(y * window.width * 3, (y + 1) * window.width * 3)).toEqual(row);
    }
  }
});

describe('crops', () => {
  it('are at most of the crop size, inside the scaled picture', () => {
    for (let seed = 0; seed < 300; seed++) {
      const { scaled, window } = drawSegmentationCrop(map, options, deriveRandom(seed, 'crop'));
      expect(window.height).toBe(Math.min(20, scaled.height));
      expect(window.width).toBe(Math.min(24, scaled.width));
      expect(window.top + window.height).toBeLessThanOrEqual(scaled.height);
      expect(window.left + window.width).toBeLessThanOrEqual(scaled.width);
      expect(scaled.width / WIDTH).toBeGreaterThan(0.45);
      expect(scaled.width / WIDTH).toBeLessThan(2.05);
    }
  });

  it('cut labels and picture at the same places: at scale 1 every pixel keeps its label, mirrored or not', () => {
    // A picture whose colours are the place it came from.
    const pixels = new Uint8Array(3 * labels.length);
    labels.forEach((_, i) => pixels.set([i % WIDTH, Math.floor(i / WIDTH), 0], 3 * i));
    const seen = { flipped: 0, straight: 0 };
    for (let seed = 0; seed < 40; seed++) {
      const crop = drawSegmentationCrop(map, { ...options, scaleRange: [1, 1] }, deriveRandom(seed, 'crop'));
      const image = cutPicture({ width: WIDTH, height: HEIGHT, pixels }, crop);
      const cut = cutLabels(map, crop);
      expect([cut.width, cut.height]).toEqual([image.width, image.height]);
      cut.labels.forEach((label, i) => {
        expect(label).toBe(labels[image.pixels[3 * i + 1]! * WIDTH + image.pixels[3 * i]!]);
      });
      seen[crop.isFlipped ? 'flipped' : 'straight']++;
    }
    expect(Math.min(seen.flipped, seen.straight)).toBeGreaterThan(8);
  });

  it('come back when mirrored twice', () => {
    const crop = drawSegmentationCrop(map, options, deriveRandom(1, 'crop'));
    const [there, straight] = [true, false].map((isFlipped) => cutLabels(map, { ...crop, isFlipped }));
    const whole = { top: 0, left: 0, width: there!.width, height: there!.height };
    const back = cutLabels(there!, { scaled: there!, window: whole, isFlipped: true });
    expect(back.labels).toEqual(straight!.labels);
    expect(there!.labels).not.toEqual(straight!.labels);
  });

  it('take labels by nearest neighbours: only values that are there', () => {
    const crop = drawSegmentationCrop(map, options, deriveRandom(2, 'crop'));
    const { scaled, window } = crop;
    const cut = cutLabels(map, { ...crop, isFlipped: false });
    for (let y = 0; y < cut.height; y++)
      for (let x = 0; x < cut.width; x++) {
        const column = Math.floor(((window.left + x + 0.5) * WIDTH) / scaled.width);
        const row = Math.floor(((window.top + y + 0.5) * HEIGHT) / scaled.height);
        expect(cut.labels[y * cut.width + x]).toBe(labels[row * WIDTH + column]);
      }
  });

  it('avoid a class that fills them, where there is another place', () => {
    // One class but for a corner: nearly every crop is of that class alone.
    const mostly = Uint8Array.from(labels, (_, i) => (i % WIDTH < 20 && Math.floor(i / WIDTH) < 15 ? 1 : 0));
    const share = (maxClassShare: number) => {
      let mixed = 0;
      for (let seed = 0; seed < 200; seed++) {
        const settings = { ...options, maxClassShare, scaleRange: [1, 1] as const };
        const drawn = drawSegmentationCrop({ ...map, labels: mostly }, settings, deriveRandom(seed, 'crop'));
        const cut = cutLabels({ ...map, labels: mostly }, drawn).labels;
        const ones = cut.filter((label) => label === 1).length;
        if (Math.max(ones, cut.length - ones) < 0.75 * cut.length) mixed++;
      }
      return mixed / 200;
    };
    expect(share(0.75)).toBeGreaterThan(0.7);
    expect(share(1)).toBeLessThan(0.5);
  });

  it('scale the shorter side first where that is asked', () => {
    const settings = { ...options, shortestSide: 74, scaleRange: [1, 1] as const };
    const { scaled } = drawSegmentationCrop(map, settings, deriveRandom(0, 'crop'));
    expect(scaled).toEqual({ height: 74, width: 106 });
  });
});
