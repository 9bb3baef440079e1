/** Where label maps lie on their sheets, and what the index of a segmentation says of its images. */
import { describe, expect, it } from 'vitest';
import {
  imagesOfCell,
  parseSegmentationIndex,
  planSheets,
  sumConfusion,
} from '../../../../src/shared/results/segmentations';
import { deriveRandom } from '../../../../src/shared/random';

describe('sheets', () => {
  it('hold every image once, without overlap, none outside its sheet', () => {
    const random = deriveRandom(0, 'sizes');
    const sizes = Array.from({ length: 200 }, () => ({
      width: 1 + random.integer(900),
      height: 1 + random.integer(900),
    }));
    sizes.push({ width: 3000, height: 50 }, { width: 40, height: 5000 }, { width: 2048, height: 1024 });
    const { places, sheets } = planSheets(sizes);
    const rows = places.map((place, i) => ({ ...place, ...sizes[i]! }));
    for (const { sheet, x, y, width, height } of rows) {
      expect(x + width).toBeLessThanOrEqual(sheets[sheet]!.width);
      expect(y + height).toBeLessThanOrEqual(sheets[sheet]!.height);
    }
    for (const [i, a] of rows.entries())
      for (const b of rows.slice(0, i).filter((other) => other.sheet === a.sheet)) {
        const isApart = a.x >= b.x + b.width || b.x >= a.x + a.width || a.y >= b.y + b.height || b.y >= a.y + a.height;
        expect(isApart).toBe(true);
      }
    for (const [sheet, { width, height }] of sheets.entries()) {
      const own = rows.filter((row) => row.sheet === sheet);
      if (own.length > 1) expect(Math.max(width, height)).toBeLessThanOrEqual(2048);
    }
  });

  it('take two Cityscapes images each', () => {
    const { sheets, places } = planSheets(Array.from({ length: 5 }, () => ({ width: 2048, height: 1024 })));
    expect(sheets).toEqual([
      { width: 2048, height: 2048 },
      { width: 2048, height: 2048 },
      { width: 2048, height: 1024 },
    ]);
    expect(places[3]).toEqual({ sheet: 1, x: 0, y: 1024 });
  });
});

const image = (confusion: number[]) => ({ name: 'a', width: 2, height: 2, place: { sheet: 0, x: 0, y: 0 }, confusion });

describe('the index', () => {
  const images = [image([0, 0, 3, 1, 0, 1]), image([1, 0, 2]), image([1, 1, 4])];

  it('adds the images up', () => {
    expect([...sumConfusion({ classes: ['a', 'b'], images })]).toEqual([3, 0, 3, 4]);
  });

  it('finds the images of a cell, most pixels first', () => {
    expect(imagesOfCell(images, 1, 0)).toEqual([
      { image: 1, pixels: 2 },
      { image: 0, pixels: 1 },
    ]);
  });

  it('is read back, and says what is wrong with another', () => {
    const index = { version: 1, classes: ['a', 'b'], pictures: 'sheets', images };
    expect(parseSegmentationIndex(JSON.stringify(index))).toEqual({ index });
    expect(parseSegmentationIndex('{')).toEqual({ problem: expect.stringContaining('is not JSON') });
    expect(parseSegmentationIndex(JSON.stringify({ ...index, version: 9 }))).toEqual({
      problem: expect.stringContaining('version'),
    });
  });
});
