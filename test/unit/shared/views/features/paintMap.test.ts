import { describe, expect, it } from 'vitest';
import { findMatches } from '../../../../../src/shared/math/denseMatches';
import { deriveRandom } from '../../../../../src/shared/random';
import { paintMap } from '../../../../../src/shared/views/features/paintMap';

const palette = Uint32Array.from({ length: 256 }, (_, i) => i);

describe('a map as pixels', () => {
  const paint = (values: number[], colours: 'heat' | 'signed' | 'rgb', slice: object = {}): number[][] => {
    const at = { height: 1, width: 2, image: 0, channels: 1, channel: 0, ...slice };
    const pixels = new Uint32Array(at.height * at.width);
    paintMap(values, at, { colours, peak: 2, palette }, pixels);
    return Array.from(pixels, (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255, pixel >>> 24]);
  };

  it('takes the channel of the image, by the strongest colour', () => {
    const tensor = [9, 9, 9, 9, /* image 1 */ 9, 1, 9, 5];
    expect(paint(tensor, 'heat', { image: 1, channels: 2, channel: 1 }).map(([first]) => first)).toEqual([128, 255]);
    expect(paint([-1, Number.NaN], 'heat').map(([first]) => first)).toEqual([0, 0]);
  });

  it('shows for and against in two colours, as strong as they are', () => {
    const [up, down] = paint([2, -1], 'signed');
    expect(up![0]).toBeGreaterThan(up![2]!);
    expect(down![2]).toBeGreaterThan(down![0]!);
    expect([up![3], down![3]]).toEqual([255, 128]);
  });

  it('takes three channels for red, green and blue', () => {
    expect(paint([1, 2, 3, 250, 251, 252], 'rgb', { channels: 3 })).toEqual([
      [1, 2, 3, 255],
      [250, 251, 252, 255],
    ]);
  });
});

describe('places found again', () => {
  it('have the largest inner product in each image', () => {
    const [images, height, width, dimensions] = [3, 4, 5, 6];
    const random = deriveRandom(1, 'matches');
    const data = Float32Array.from(
      { length: images * height * width * dimensions },
      () => random.nextUint32() / 2 ** 32 - 0.5,
    );
    const features = { data, images, height, width, dimensions };
    const at = { image: 1, row: 2, column: 3 };
    const vector = (image: number, row: number, column: number): number[] => {
      const from = (image * height * width + row * width + column) * dimensions;
      return [...data.slice(from, from + dimensions)];
    };
    const asked = vector(1, 2, 3);
    for (const match of findMatches(features, at)) {
      const all = Array.from({ length: height * width }, (_, i) => {
        const [row, column] = [Math.floor(i / width), i % width];
        const other = vector(match.image, row, column);
        return { row, column, cosine: asked.reduce((sum, value, k) => sum + value * other[k]!, 0) };
      });
      const best = all.sort((a, b) => b.cosine - a.cosine)[0]!;
      const expected = match.image === at.image ? { ...at, cosine: asked.reduce((sum, v) => sum + v * v, 0) } : best;
      expect(match).toMatchObject({ row: expected.row, column: expected.column });
      expect(match.cosine).toBeCloseTo(expected.cosine, 6);
    }
  });
});
