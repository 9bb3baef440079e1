/** Files that go bad after their split was opened and found fine: what training and feature extraction meet. */
import { rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { augmentationPolicy } from '../../../../src/shared/experiment/augmentation';
import type { AugmentPool } from '../../../../src/worker/augment/augmentPool';
import { createAugmentPool } from '../../../../src/worker/augment/augmentPool';
import type { Dataset } from '../../../../src/worker/data/dataset';
import { openImageFolder } from '../../../../src/worker/data/imageFolder';
import { makeTree, plainPng } from './tempFolder';

const size = 8;
const names = ['train/cat/0.png', 'train/cat/1.png', 'train/dog/2.png', 'train/dog/3.png'];

/** A data set of four images in one colour each, opened while all are well. */
async function openFour(): Promise<{ dataset: Dataset; path: (index: number) => string }> {
  const files = await Promise.all(names.map(async (name, i) => [name, await plainPng([60 * i, 0, 0], 16)] as const));
  const root = await makeTree(Object.fromEntries(files));
  const source = await openImageFolder({ kind: 'image-folder', root: '.', train: 'train', test: 'val' }, root);
  const dataset = await source.open('train');
  expect(dataset.length).toBe(4);
  return { dataset, path: (index) => `${root}/${names[index]}` };
}

async function withPool<T>({ store }: Dataset, use: (pool: AugmentPool) => Promise<T>): Promise<T> {
  const pool = createAugmentPool({ store, ops: augmentationPolicy('fr', { size }), size, threads: 0 });
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

const spoilings: readonly [string, (path: string) => Promise<void>, string][] = [
  ['deleted', (path) => rm(path), 'the file is gone'],
  ['emptied', (path) => writeFile(path, ''), 'the file is empty'],
  ['overwritten', (path) => writeFile(path, 'not a picture'), 'it is not a'],
  ['cut off', async (path) => writeFile(path, (await plainPng([1, 2, 3], 16)).subarray(0, 60)), 'cannot be decoded'],
];

const views: readonly [string, (pool: AugmentPool, indices: Uint32Array) => ReturnType<AugmentPool['batch']>][] = [
  ['training', (pool, indices) => pool.batch({ seed: 1, step: 0, indices, views: 2 })],
  ['feature extraction', (pool, indices) => pool.evalBatch(indices)],
];

describe.each(views)('%s', (_, read) => {
  it.each(spoilings)('replaces a file that was %s by the next one and says so', async (__, spoil, words) => {
    const { dataset, path } = await openFour();
    await spoil(path(1));
    const indices = Uint32Array.of(0, 1, 3);
    const batch = await withPool(dataset, (pool) => read(pool, indices));
    // The batch says what it holds, so that labels follow the pixels: image 2 is a dog, 1 was a cat.
    expect([...batch.indices]).toEqual([0, 2, 3]);
    expect([...batch.indices].map((index) => dataset.classes[dataset.labels[index]!])).toEqual(['cat', 'dog', 'dog']);
    expect(batch.problems).toEqual([{ index: 1, replacedBy: 2, message: expect.stringContaining(words) }]);
    expect(batch.problems[0]!.message).toContain(path(1));
    const clean = await withPool(dataset, (pool) => pool.evalBatch(Uint32Array.of(2)));
    const pixels = size * size * 3;
    if (batch.views.length === 1) expect(batch.views[0]!.slice(pixels, 2 * pixels)).toEqual(clean.views[0]!.slice());
  });

  it('takes the first image in place of the last one', async () => {
    const { dataset, path } = await openFour();
    await rm(path(3));
    const batch = await withPool(dataset, (pool) => read(pool, Uint32Array.of(3)));
    expect([...batch.indices]).toEqual([0]);
  });

  it('ends with a sentence when nothing can be read any more', async () => {
    const { dataset, path } = await openFour();
    for (const index of names.keys()) await rm(path(index));
    const failing = withPool(dataset, (pool) => read(pool, Uint32Array.of(2)));
    await expect(failing).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(/^4 images in a row could not be read.*the file is gone/),
    });
  });
});
