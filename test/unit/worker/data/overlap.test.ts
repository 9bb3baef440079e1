import { describe, expect, it } from 'vitest';
import { imageCount } from '../../../../src/worker/data/imageStore';
import type { Dataset, ImageStore } from '../../../../src/worker/data/dataset';
import { countSharedImages } from '../../../../src/worker/data/overlap';
import { fromRaw, makeTree, plainPng } from './tempFolder';

function withStore(store: ImageStore): Dataset {
  const length = imageCount(store);
  const names = Array.from({ length }, (_, i) => String(i));
  return { split: 's', length, classes: ['x'], labels: new Int32Array(length), names, store, problems: [] };
}

/** Packed 2 × 2 images of one grey each. */
function packed(greys: readonly number[]): Dataset {
  const buffer = new SharedArrayBuffer(greys.length * 12);
  greys.forEach((grey, i) => new Uint8Array(buffer).fill(grey, i * 12, i * 12 + 12));
  return withStore({ kind: 'packed', count: greys.length, width: 2, height: 2, buffer });
}

async function files(images: Readonly<Record<string, Uint8Array | string>>): Promise<Dataset> {
  const root = await makeTree(images);
  return withStore({ kind: 'files', paths: Object.keys(images).map((name) => `${root}/${name}`) });
}

const grey = (value: number, size = 2) => plainPng([value, value, value], size);

describe('countSharedImages', () => {
  it('counts members of the second that the first has', async () => {
    expect(await countSharedImages(packed([1, 2, 3]), packed([3, 4, 3, 1]))).toBe(3);
    expect(await countSharedImages(packed([3, 4, 3, 1]), packed([1, 2, 3]))).toBe(2);
    expect(await countSharedImages(packed([1]), packed([2]))).toBe(0);
    const same = packed([5, 5]);
    expect(await countSharedImages(same, same)).toBe(2);
  });

  it('compares pixels, not file names or formats', async () => {
    const webp = await fromRaw(new Uint8Array(12).fill(9), 2, 2, 3).webp({ lossless: true }).toBuffer();
    const a = await files({ 'a.png': await grey(7), 'b.png': await grey(8), 'c.webp': webp });
    const b = await files({ 'x.png': await grey(8), 'y.png': await grey(9), 'z.png': await grey(8, 3) });
    expect(await countSharedImages(a, b)).toBe(2);
    expect(await countSharedImages(a, packed([7, 9, 10]))).toBe(2);
    expect(await countSharedImages(packed([7, 9, 10]), a)).toBe(2);
  });

  it('finds a picture that EXIF turns', async () => {
    const row = Uint8Array.from([10, 10, 10, 20, 20, 20, 30, 30, 30]);
    const turned = await fromRaw(row, 3, 1, 3).withMetadata({ orientation: 6 }).png().toBuffer();
    const upright = await fromRaw(row, 1, 3, 3).png().toBuffer();
    expect(await countSharedImages(await files({ 'a.png': turned }), await files({ 'b.png': upright }))).toBe(1);
  });

  it('counts unreadable files as not shared', async () => {
    const a = await files({ 'a.png': 'broken', 'b.png': await grey(1) });
    const b = await files({ 'a.png': 'broken', 'b.png': await grey(1) });
    expect(await countSharedImages(a, b)).toBe(1);
  });

  it('compares bytes of large sets, and knows equal paths without reading', async () => {
    const a = await files({ 'a.png': await grey(1), 'b.png': await grey(2) });
    const b = await files({ 'c.png': await grey(2), 'd.png': await grey(3) });
    const missing = Array.from({ length: 10_001 }, (_, i) => `/nowhere/${i}.png`);
    const withMissing = (dataset: Dataset) =>
      withStore({ kind: 'files', paths: [...(dataset.store as { paths: readonly string[] }).paths, ...missing] });
    expect(await countSharedImages(withMissing(a), b)).toBe(1);
    expect(await countSharedImages(withMissing(a), withMissing(b))).toBe(10_002);
  });
});
