/** The drawing rules: ranges, distributions and probabilities of what is drawn, with a fixed seed. */
import { describe, expect, it } from 'vitest';
import { augmentationNames, augmentationPolicy } from '../../../../src/shared/experiment/augmentation';
import type { ColorJitterOp, RandomResizedCropOp } from '../../../../src/shared/experiment/augmentation';
import { deriveRandom } from '../../../../src/shared/random';
import { drawColorJitter } from '../../../../src/worker/augment/colorJitter';
import { drawGaussianBlur } from '../../../../src/worker/augment/gaussianBlur';
import { applyTransforms, drawTransforms } from '../../../../src/worker/augment/policy';
import { drawResizedCrop } from '../../../../src/worker/augment/resizedCrop';
import { drawResizeCenterCrop, roundHalfEven } from '../../../../src/worker/augment/resize';

const draws = 4000;

/** Largest distance between the empirical distribution and a distribution function (Kolmogorov-Smirnov). */
function distance(samples: number[], cumulative: (x: number) => number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((x, i) => Math.abs((i + 0.5) / sorted.length - cumulative(x))));
}

/** The 0.1 % critical value for `n` samples. */
const critical = (n: number) => 1.95 / Math.sqrt(n);

describe('random resized crop', () => {
  const op: RandomResizedCropOp = { kind: 'randomResizedCrop', size: 32, scale: [0.2, 0.5], ratio: [3 / 4, 4 / 3] };
  const image = { width: 4000, height: 4000 };
  const random = deriveRandom(3, 'test');
  const boxes = Array.from({ length: draws }, () => drawResizedCrop(op, random, image));

  it('area is uniform in the scale range', () => {
    const areas = boxes.map((box) => (box.width * box.height) / (image.width * image.height));
    expect(distance(areas, (x) => (x - 0.2) / 0.3)).toBeLessThan(critical(draws));
  });

  it('the logarithm of the aspect ratio is uniform', () => {
    const logs = boxes.map((box) => Math.log(box.width / box.height));
    expect(distance(logs, (x) => (x + Math.log(4 / 3)) / (2 * Math.log(4 / 3)))).toBeLessThan(critical(draws));
  });

  it('the place is uniform among those that fit', () => {
    const lefts = boxes.map((box) => (box.left + 0.5) / (image.width - box.width + 1));
    const tops = boxes.map((box) => (box.top + 0.5) / (image.height - box.height + 1));
    expect(distance(lefts, (x) => x)).toBeLessThan(critical(draws));
    expect(distance(tops, (x) => x)).toBeLessThan(critical(draws));
  });

  it('stays inside small images of any shape', () => {
    for (const size of [
      { width: 37, height: 53 },
      { width: 1, height: 1 },
      { width: 2, height: 90 },
      { width: 500, height: 1 },
    ]) {
      for (let i = 0; i < 200; i++) {
        const box = drawResizedCrop({ ...op, scale: [0.08, 1] }, random, size);
        expect(box.width > 0 && box.height > 0 && box.left >= 0 && box.top >= 0).toBe(true);
        expect(box.left + box.width <= size.width && box.top + box.height <= size.height).toBe(true);
      }
    }
  });

  it('falls back to the largest central box within the ratios', () => {
    // A box of the whole area never fits a strip, so every draw ends in the fallback.
    const whole = { ...op, scale: [1, 1] } as const;
    const wide = drawResizedCrop(whole, random, { width: 100, height: 30 });
    expect(wide).toMatchObject({ width: 40, height: 30, left: 30, top: 0 });
    const tall = drawResizedCrop(whole, random, { width: 30, height: 100 });
    expect(tall).toMatchObject({ width: 30, height: 40, left: 0, top: 30 });
  });
});

describe('resize and centre crop', () => {
  it('follows torchvision: long side truncated, offsets rounded half to even', () => {
    const op = { kind: 'resizeCenterCrop', resize: 256, size: 224 } as const;
    // 256 x 500 / 375 = 341.33; (341 - 224) / 2 = 58.5 -> 58.
    expect(drawResizeCenterCrop(op, { width: 500, height: 375 })).toMatchObject({
      resized: { width: 341, height: 256 },
      top: 16,
      left: 58,
    });
  });

  it('rounds half to even', () => {
    expect([0.5, 1.5, 2.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, 2, 3]);
  });
});

describe('colour jitter', () => {
  const op: ColorJitterOp = {
    kind: 'colorJitter',
    probability: 0.8,
    brightness: 0.4,
    contrast: 0.4,
    saturation: 1.5,
    hue: 0.1,
  };
  const random = deriveRandom(4, 'test');
  const all = Array.from({ length: draws }, () => drawColorJitter(op, random));
  const applied = all.filter((drawn) => drawn !== undefined);

  it('is applied with its probability', () => {
    expect(Math.abs(applied.length / draws - 0.8)).toBeLessThan(3.3 * Math.sqrt((0.8 * 0.2) / draws));
  });

  it('factors are uniform in [max(0, 1 - x), 1 + x], hue in [-hue, hue]', () => {
    const ranges = { brightness: [0.6, 1.4], contrast: [0.6, 1.4], saturation: [0, 2.5], hue: [-0.1, 0.1] } as const;
    for (const [adjust, [low, high]] of Object.entries(ranges)) {
      const amounts = applied.map((drawn) => drawn.adjustments.find((a) => a.adjust === adjust)!.amount);
      expect(distance(amounts, (x) => (x - low) / (high - low))).toBeLessThan(critical(amounts.length));
    }
  });

  it('all 24 orders are equally likely', () => {
    const counts = new Map<string, number>();
    for (const { adjustments } of applied) {
      const order = adjustments.map((a) => a.adjust[0]).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const expected = applied.length / 24;
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(counts.size).toBe(24);
    expect(chiSquare).toBeLessThan(49.7); // 0.1 % point, 23 degrees of freedom.
  });

  it('leaves out an adjustment of strength zero', () => {
    const drawn = drawColorJitter({ ...op, probability: 1, hue: 0, contrast: 0 }, random)!;
    expect(drawn.adjustments.map((a) => a.adjust).toSorted()).toEqual(['brightness', 'saturation']);
  });
});

describe('Gaussian blur', () => {
  it('sigma is uniform, and drawn with its probability', () => {
    const random = deriveRandom(5, 'test');
    const op = { kind: 'gaussianBlur', probability: 0.5, sigma: [0.1, 2] } as const;
    const drawn = Array.from({ length: draws }, () => drawGaussianBlur(op, random)).filter((d) => d !== undefined);
    expect(Math.abs(drawn.length / draws - 0.5)).toBeLessThan(3.3 * Math.sqrt(0.25 / draws));
    const sigmas = drawn.map((d) => d.sigma);
    expect(distance(sigmas, (x) => (x - 0.1) / 1.9)).toBeLessThan(critical(sigmas.length));
  });
});

describe('policies', () => {
  const random = deriveRandom(6, 'test');
  const image = { width: 41, height: 30, pixels: Uint8Array.from({ length: 41 * 30 * 3 }, () => random.integer(256)) };

  it('the ladder adds one operation a row, in the order of MoCo v2', () => {
    const kinds = (name: (typeof augmentationNames)[number]) =>
      augmentationPolicy(name, { size: 32 }).map((op) => op.kind);
    expect(kinds('f')).toEqual(['resizeCenterCrop', 'horizontalFlip']);
    expect(kinds('fr')).toEqual(['randomResizedCrop', 'horizontalFlip']);
    expect(kinds('frc')).toEqual(['randomResizedCrop', 'colorJitter', 'horizontalFlip']);
    expect(kinds('frcg')).toEqual(['randomResizedCrop', 'colorJitter', 'grayscale', 'horizontalFlip']);
    expect(kinds('frcgb')).toEqual(['randomResizedCrop', 'colorJitter', 'grayscale', 'gaussianBlur', 'horizontalFlip']);
    expect(augmentationPolicy('moco-v2', { size: 32 })).toEqual(augmentationPolicy('frcgb', { size: 32 }));
    expect(kinds('moco-v1')).toEqual(['randomResizedCrop', 'grayscale', 'colorJitter', 'horizontalFlip']);
  });

  it('the centre crop is 256 to 224 at ImageNet size, and keeps small images whole', () => {
    expect(augmentationPolicy('none', { size: 224 })[0]).toMatchObject({ resize: 256, size: 224 });
    expect(augmentationPolicy('none', { size: 64 })[0]).toMatchObject({ resize: 64, size: 64 });
    expect(augmentationPolicy('none', { size: 64, resizeRatio: 1.25 })[0]).toMatchObject({ resize: 80, size: 64 });
  });

  it.each(augmentationNames)('%s: gives the size asked for, and replays from JSON to the same pixels', (name) => {
    const ops = augmentationPolicy(name, { size: 24 });
    for (let view = 0; view < 20; view++) {
      const recorded = drawTransforms(ops, image, deriveRandom(1, 'augment', 0, 5, view));
      const result = applyTransforms(image, recorded);
      expect([result.width, result.height, result.pixels.length]).toEqual([24, 24, 24 * 24 * 3]);
      const again = drawTransforms(ops, image, deriveRandom(1, 'augment', 0, 5, view));
      expect(again).toEqual(recorded);
      const replayed = applyTransforms(image, JSON.parse(JSON.stringify(recorded)) as typeof recorded);
      expect(replayed.pixels).toEqual(result.pixels);
    }
  });
});
