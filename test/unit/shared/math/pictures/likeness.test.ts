import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorsByPlace, featureErrors } from '../../../../../src/shared/math/pictures/featureErrors';
import { largestPsnr, peakSignalToNoise } from '../../../../../src/shared/math/pictures/peakSignalToNoise';
import { structuralSimilarity } from '../../../../../src/shared/math/pictures/structuralSimilarity';
import { goldenPicture } from '../../../worker/analysis/inversion/goldenPictures';

interface Likeness {
  readonly size: number;
  readonly names: readonly [string, string];
  readonly ssim: number;
  readonly psnr: number;
}
const golden = JSON.parse(readFileSync(new URL('../../../../golden/data/inversion.json', import.meta.url), 'utf8')) as {
  readonly likeness: readonly Likeness[];
};

describe('likeness of pictures', () => {
  it.each(golden.likeness)('is scikit-image’s at $size px', ({ size, names, ssim, psnr }) => {
    const [a, b] = names.map((name) => goldenPicture(name, size)) as [Float32Array, Float32Array];
    const shape = { height: size, width: size, channels: 3, range: 1 };
    expect(structuralSimilarity(a, b, shape)).toBeCloseTo(ssim, 9);
    expect(structuralSimilarity(b, a, shape)).toBeCloseTo(ssim, 9);
    expect(peakSignalToNoise(a, b, 1)).toBeCloseTo(psnr, 9);
  });

  it('is 1 and the most that PSNR says for equal pictures, and grows with the range', () => {
    const a = goldenPicture('a', 16);
    const shape = { height: 16, width: 16, channels: 3 };
    expect(structuralSimilarity(a, a, { ...shape, range: 1 })).toBeCloseTo(1, 12);
    expect(peakSignalToNoise(a, a, 1)).toBe(largestPsnr);
    const scaled = (values: Float32Array) => Float64Array.from(values, (value) => 255 * value);
    const b = goldenPicture('b', 16);
    expect(structuralSimilarity(scaled(a), scaled(b), { ...shape, range: 255 })).toBeCloseTo(
      structuralSimilarity(a, b, { ...shape, range: 1 }),
      9,
    );
    expect(() => structuralSimilarity(a, b, { ...shape, height: 10, range: 1 })).toThrow(/no structural similarity/);
  });
});

describe('errors of features', () => {
  it('are those of closed cases', () => {
    expect(featureErrors([3, 4], [3, 4])).toEqual({ cosine: 1, relative: 0 });
    expect(featureErrors([-6, -8], [3, 4])).toEqual({ cosine: -1, relative: 9 });
    expect(featureErrors([4, -3], [3, 4])).toEqual({ cosine: 0, relative: 2 });
    expect(featureErrors([0, 0], [3, 4])).toEqual({ cosine: 0, relative: 1 });
  });

  it('average over places to the relative error of the whole', () => {
    const found = [1, 2, 0, 4, 5, 6];
    const wanted = [1, 1, 2, 4, 3, 6];
    const errors = errorsByPlace(found, wanted, 2);
    // |wanted|² is 67 over 3 places.
    expect([...errors]).toEqual([1, 4, 4].map((value) => expect.closeTo((3 * value) / 67, 12) as number));
    const mean = errors.reduce((sum, value) => sum + value, 0) / 3;
    expect(mean).toBeCloseTo(featureErrors(found, wanted).relative, 12);
  });
});
