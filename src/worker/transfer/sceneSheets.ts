/** Writes pictures that are no files as WebP sheets, since a panel finds them nowhere else on disk. */
import sharp from 'sharp';
import { placeOnSheet, sheetLayout } from '../../shared/results/sceneSheets';
import type { ImageStore } from '../data/dataset';
import { readImage } from '../data/imageStore';

/** Lossy, but a panel shows it at most a few times enlarged. */
const QUALITY = 90;

/** Sheets in order, one after the other; none for pictures that are files. All pictures have one size. */
export async function* encodeSheets(store: ImageStore, images: Int32Array): AsyncGenerator<Uint8Array> {
  if (store.kind !== 'packed' || images.length === 0) return;
  const size = store.width;
  const layout = sheetLayout(images.length, size);
  const perSheet = layout.columns * layout.rows;
  for (let first = 0; first < images.length; first += perSheet) {
    const count = Math.min(perSheet, images.length - first);
    const width = Math.min(count, layout.columns) * size;
    const height = Math.ceil(count / layout.columns) * size;
    const pixels = new Uint8Array(width * height * 3);
    for (let i = 0; i < count; i++) {
      const picture = await readImage(store, images[first + i]!);
      const { x, y } = placeOnSheet(i, layout, size);
      for (let row = 0; row < size; row++) {
        const from = row * size * 3;
        pixels.set(picture.pixels.subarray(from, from + size * 3), ((y + row) * width + x) * 3);
      }
    }
    yield new Uint8Array(
      await sharp(pixels, { raw: { width, height, channels: 3 } })
        .webp({ quality: QUALITY })
        .toBuffer(),
    );
  }
}
