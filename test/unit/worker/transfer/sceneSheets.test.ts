/** Sheets of composed pictures: each lies where the layout says, and files have none. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { placeOnSheet, sheetLayout } from '../../../../src/shared/results/sceneSheets';
import type { ImageStore } from '../../../../src/worker/data/dataset';
import { encodeSheets } from '../../../../src/worker/transfer/sceneSheets';

const SIZE = 600; // six in a row: a sheet is full after 36

/** Picture i is of one grey, 5 · i. */
function createStore(count: number): ImageStore {
  const buffer = new SharedArrayBuffer(count * SIZE * SIZE * 3);
  const bytes = new Uint8Array(buffer);
  for (let i = 0; i < count; i++) bytes.fill(5 * i, i * SIZE * SIZE * 3, (i + 1) * SIZE * SIZE * 3);
  return { kind: 'packed', count, width: SIZE, height: SIZE, buffer };
}

describe('sheets of composed pictures', () => {
  it('hold the chosen pictures where the layout says', async () => {
    const images = Int32Array.from({ length: 38 }, (_, i) => i + 1);
    const sheets: Uint8Array[] = [];
    for await (const sheet of encodeSheets(createStore(40), images)) sheets.push(sheet);
    const layout = sheetLayout(images.length, SIZE);
    expect(layout).toEqual({ columns: 6, rows: 6, sheets: 2 });
    expect(sheets).toHaveLength(2);
    const decoded = await Promise.all(
      sheets.map((sheet) => sharp(sheet).removeAlpha().raw().toBuffer({ resolveWithObject: true })),
    );
    expect(decoded.map(({ info: { width, height } }) => [width, height])).toEqual([
      [3600, 3600],
      [1200, 600],
    ]);
    for (const i of [0, 5, 6, 35, 36, 37]) {
      const { sheet, x, y } = placeOnSheet(i, layout, SIZE);
      const { data, info } = decoded[sheet]!;
      const middle = ((y + SIZE / 2) * info.width + x + SIZE / 2) * info.channels;
      expect(Math.abs(data[middle]! - 5 * (i + 1))).toBeLessThanOrEqual(2);
    }
  });

  it('are not made of files', async () => {
    const sheets = [];
    for await (const sheet of encodeSheets({ kind: 'files', paths: ['a.jpg'] }, Int32Array.of(0))) sheets.push(sheet);
    expect(sheets).toEqual([]);
  });
});
