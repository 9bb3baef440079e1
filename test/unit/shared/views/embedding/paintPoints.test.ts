/** Points in pixels, thumbnails with room, and what zooming keeps in place. */
import { describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../../src/shared/random';
import { mapScale, moveBy, toMap, zoomAt } from '../../../../../src/shared/views/embedding/mapScale';
import { forEachMixed, paintPoints, type PointPaint } from '../../../../../src/shared/views/embedding/paintPoints';
import { PointGrid } from '../../../../../src/shared/views/embedding/pointGrid';
import { hasRoom, placeThumbnails } from '../../../../../src/shared/views/embedding/thumbnailPlaces';

const size = { width: 200, height: 100 };

function paint(changes: Partial<PointPaint> = {}): { data: Uint32Array; count: number } {
  const data = new Uint32Array(size.width * size.height);
  const groups = {
    groups: [
      { name: 'a', colour: [255, 0, 0], shape: 0 },
      { name: 'b', colour: [0, 0, 255], shape: 4 },
    ] as const,
    of: Int32Array.of(0, 1, 0),
  };
  const count = paintPoints(
    { data, ...size },
    {
      ...{ at: Float32Array.of(0.25, 0.5, 0.75, 0.5, Number.NaN, 0), groups, weights: Uint8Array.of(2, 2, 2) },
      ...{ scale: { scale: 200, x: 0, y: -50 }, radius: 6, grey: [90, 90, 90], hasShapes: false, ...changes },
    },
  );
  return { data, count };
}

const at = (data: Uint32Array, x: number, y: number): number => data[y * size.width + x]!;

describe('painted points', () => {
  it('have their colour in the middle, their area, and leave the rest alone', () => {
    const { data, count } = paint();
    expect(count).toBe(2);
    expect(at(data, 50, 50)).toBe(0xff0000ff);
    expect(at(data, 150, 50)).toBe(0xffff0000);
    expect(at(data, 100, 50)).toBe(0);
    // Coverage of all pixels of two circles.
    const covered = data.reduce((sum, value) => sum + (value >>> 24) / 255, 0);
    expect(covered / (2 * Math.PI * 36)).toBeCloseTo(1, 1);
  });

  it('differ in shape where contrast is high', () => {
    const { data } = paint({ hasShapes: true });
    expect(at(data, 150, 50)).toBe(0xffff0000);
    // A cross is open above its middle, a circle is not.
    expect(at(data, 150, 45)).toBe(0);
    expect(at(data, 50, 45)).not.toBe(0);
  });

  it('are grey or absent by weight, and in colour above grey ones', () => {
    const { data, count } = paint({ weights: Uint8Array.of(1, 0, 0) });
    expect(count).toBe(1);
    expect(at(data, 50, 50)).toBe(0xff5a5a5a);
    const both = paint({ at: Float32Array.of(0.25, 0.5, 0.25, 0.5, 0, 0), weights: Uint8Array.of(2, 1, 0) });
    expect(at(both.data, 50, 50)).toBe(0xff0000ff);
  });

  it('are cut off at the edge', () => {
    const { data, count } = paint({ scale: { scale: 200, x: -52, y: -50 } });
    expect(count).toBe(2);
    expect(at(data, 0, 50)).not.toBe(0);
    expect(at(data, 199, 49)).toBe(0);
    expect(paint({ scale: { scale: 200, x: -900, y: 0 } }).count).toBe(0);
  });

  it('come in a mixed order that has each once', () => {
    for (const count of [0, 1, 2, 3, 10, 97, 1000]) {
      const seen: number[] = [];
      forEachMixed(count, (i) => seen.push(i));
      expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    }
  });
});

describe('the scale of a map', () => {
  const bounds = { left: -2, top: -1, right: 4, bottom: 1 };
  const look = { zoom: 1, x: 0, y: 0 };

  it('shows all, and keeps what is under the pointer while zooming', () => {
    const scale = mapScale(bounds, size, look);
    const [left, top] = toMap(scale, 0, 0);
    const [right, bottom] = toMap(scale, size.width, size.height);
    expect(left).toBeLessThan(-2);
    expect(right).toBeGreaterThan(4);
    expect(top).toBeLessThan(-1);
    expect(bottom).toBeGreaterThan(1);
    const before = toMap(scale, 30, 80);
    const closer = zoomAt(look, scale, size, { factor: 7, px: 30, py: 80 });
    const after = toMap(mapScale(bounds, size, closer), 30, 80);
    expect(after[0]).toBeCloseTo(before[0], 9);
    expect(after[1]).toBeCloseTo(before[1], 9);
  });

  it('moves with the pointer', () => {
    const scale = mapScale(bounds, size, look);
    const moved = mapScale(bounds, size, moveBy(look, scale, 25, -10));
    expect(moved.x - scale.x).toBeCloseTo(25, 9);
    expect(moved.y - scale.y).toBeCloseTo(-10, 9);
  });
});

describe('thumbnails', () => {
  const random = deriveRandom(5, 'thumbnail-places-test');
  const points = Float32Array.from({ length: 4000 }, () => random.normal());
  const grid = new PointGrid(points);
  const weights = new Uint8Array(2000).fill(2);
  weights.fill(0, 0, 500);
  weights.fill(1, 500, 700);
  const wish = { at: points, grid, weights, size, side: 20 };
  const scale = mapScale(grid.bounds, size, { zoom: 2, x: 0, y: 0 });

  it('are few enough to be told apart, and only of images in full colour', () => {
    const images = placeThumbnails({ ...wish, scale });
    expect(images.length).toBeGreaterThan(10);
    expect(images.length).toBeLessThanOrEqual(((size.width + 60) * (size.height + 60)) / (20 * 20));
    expect(images.every((image) => weights[image] === 2)).toBe(true);
  });

  it('stay the same while the map is moved', () => {
    const here = new Set(placeThumbnails({ ...wish, scale }));
    const moved = { ...scale, x: scale.x + 13, y: scale.y - 7 };
    const inSight = (image: number, { scale: s, x, y }: typeof scale): boolean => {
      const [px, py] = [points[2 * image]! * s + x, points[2 * image + 1]! * s + y];
      return px > 40 && py > 40 && px < size.width - 40 && py < size.height - 40;
    };
    const now = placeThumbnails({ ...wish, scale: moved }).filter((image) => inSight(image, moved));
    expect(now.length).toBeGreaterThan(3);
    expect(now.filter((image) => !here.has(image))).toEqual([]);
  });

  it('have room once few enough are in sight', () => {
    expect(hasRoom({ ...wish, scale })).toBe(false);
    expect(hasRoom({ ...wish, scale: mapScale(grid.bounds, size, { zoom: 60, x: 0, y: 0 }) })).toBe(true);
    expect(hasRoom({ ...wish, weights: weights.map((_, i) => (i < 30 ? 2 : 1)), scale })).toBe(true);
  });
});
