/** Every transform against torchvision on PIL images with the same parameters (goldens: test/golden/make/augment.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import { applyColorJitter } from '../../../../src/worker/augment/colorJitter';
import type { RecordedTransform } from '../../../../src/worker/augment/policy';
import { applyTransforms } from '../../../../src/worker/augment/policy';
import { drawResizeCenterCrop } from '../../../../src/worker/augment/resize';
import type { RgbImage } from '../../../../src/worker/data/dataset';
import { normalized } from './normalized';

interface PackedImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: string;
}

type GoldenTransform =
  | Exclude<RecordedTransform, { kind: 'resizeCenterCrop' }>
  | { readonly kind: 'resizeCenterCrop'; readonly resize: number; readonly size: number };

interface Golden {
  readonly images: readonly PackedImage[];
  readonly cases: readonly {
    readonly image: number;
    readonly transform: GoldenTransform;
    readonly expected: PackedImage;
  }[];
  readonly hueSums: Readonly<Record<string, number>>;
  readonly normalized: string;
}

const golden = JSON.parse(readFileSync('test/golden/data/augment.json', 'utf8')) as Golden;

function unpack(image: PackedImage): RgbImage {
  const { width, height } = image;
  return { width, height, pixels: Uint8Array.from(Buffer.from(image.pixels, 'base64')) };
}

function recordedOf(transform: GoldenTransform, image: RgbImage): RecordedTransform {
  return transform.kind === 'resizeCenterCrop' ? drawResizeCenterCrop(transform, image) : transform;
}

describe('transforms equal torchvision on PIL images', () => {
  for (const { image, transform, expected } of golden.cases) {
    it(`image ${image}: ${JSON.stringify(transform)}`, () => {
      const input = unpack(golden.images[image]!);
      const result = applyTransforms(input, [recordedOf(transform, input)]);
      expect([result.width, result.height]).toEqual([expected.width, expected.height]);
      expect(Buffer.from(result.pixels).equals(Buffer.from(expected.pixels, 'base64'))).toBe(true);
    });
  }

  it('hue over a grid of 83,000 colours', () => {
    const steps = Array.from({ length: 18 }, (_, i) => i * 15);
    const colours = steps.flatMap((r) => steps.flatMap((g) => Array.from({ length: 256 }, (_, b) => [r, g, b]).flat()));
    const grid: RgbImage = { width: 256, height: 324, pixels: Uint8Array.from(colours) };
    for (const [turns, expected] of Object.entries(golden.hueSums)) {
      const adjustments = [{ adjust: 'hue', amount: Number(turns) }] as const;
      const { pixels } = applyColorJitter(grid, { kind: 'colorJitter', adjustments });
      expect(pixels.reduce((sum, value, i) => sum + value * (1 + (i % 251)), 0)).toBe(expected);
    }
  });

  it('normalisation equals ToTensor and Normalize bit for bit', () => {
    const bytes = Uint8Array.from(Buffer.from(golden.normalized, 'base64'));
    const expected = new Float32Array(bytes.buffer);
    const result = normalized(unpack(golden.images[2]!));
    expect(result.subarray(0, expected.length)).toEqual(expected);
  });
});

describe('Gaussian blur', () => {
  it('spreads a point by sigma, keeping its sum', () => {
    const width = 41;
    const pixels = new Uint8Array(width * width * 3);
    // A bright square, so that rounding of faint tails does not decide the result.
    for (let y = 15; y < 26; y++) pixels.fill(255, (y * width + 15) * 3, (y * width + 26) * 3);
    const sigma = 2;
    const blurred = applyTransforms({ width, height: width, pixels }, [{ kind: 'gaussianBlur', sigma }]);
    const row = Array.from({ length: width }, (_, x) => blurred.pixels[(20 * width + x) * 3]!);
    const step = (t: number) => 1 / (1 + Math.exp(-1.702 * t)); // Normal distribution function within 0.01.
    for (let x = 0; x < width; x++) {
      const expected = 255 * (step((x - 14.5) / sigma) - step((x - 25.5) / sigma));
      expect(Math.abs(row[x]! - expected)).toBeLessThan(8);
    }
  });
});

describe('applying', () => {
  it('never writes to its input', () => {
    const random = deriveRandom(1, 'test');
    const image = { width: 9, height: 7, pixels: Uint8Array.from({ length: 189 }, () => random.integer(256)) };
    const before = Uint8Array.from(image.pixels);
    const adjustments = [{ adjust: 'hue', amount: 0.2 }] as const;
    const all: RecordedTransform[] = [
      { kind: 'colorJitter', adjustments },
      { kind: 'grayscale' },
      { kind: 'gaussianBlur', sigma: 1 },
      { kind: 'horizontalFlip' },
    ];
    for (const transform of all) applyTransforms(image, [transform]);
    expect(image.pixels).toEqual(before);
  });
});
