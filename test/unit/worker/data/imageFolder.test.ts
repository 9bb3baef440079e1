import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/shared/errors';
import type { Dataset } from '../../../../src/worker/data/dataset';
import { openImageFolder } from '../../../../src/worker/data/imageFolder';
import { readImage } from '../../../../src/worker/data/imageStore';
import type { ImageFolderData } from '../../../../src/worker/data/settings';
import { fromRaw, makeFolder, makeTree, plainPng } from './tempFolder';

const settings = (more: Partial<ImageFolderData> = {}): ImageFolderData => ({
  kind: 'image-folder',
  root: '.',
  train: 'train',
  test: 'val',
  ...more,
});

const openSplit = async (root: string, split: string, more: Partial<ImageFolderData> = {}): Promise<Dataset> =>
  (await openImageFolder(settings(more), root)).open(split);

const labelledNames = ({ names, labels, classes }: Dataset) => names.map((name, i) => `${name}=${classes[labels[i]!]}`);

/** Each picture's colour says which it is. */
async function pictures(names: readonly string[]): Promise<Record<string, Buffer>> {
  const entries = names.map(async (name, i) => [name, await plainPng([i, 0, 0])] as const);
  return Object.fromEntries(await Promise.all(entries));
}

const animals = () =>
  pictures([
    'train/dog/2.png',
    'train/dog/1.png',
    'train/cat/b.png',
    'train/cat/a.jpg',
    'train/ant/deep/er/x.png',
    'val/cat/1.png',
    'val/dog/1.png',
  ]);

describe('openImageFolder', () => {
  it('reads splits, sorted classes and files', async () => {
    const root = await makeTree(await animals());
    const source = await openImageFolder(settings(), root);
    expect(source.splits).toEqual(['train', 'val']);
    const train = await source.open('train');
    expect(train.classes).toEqual(['ant', 'cat', 'dog']);
    expect(labelledNames(train)).toEqual([
      'train/ant/deep/er/x.png=ant',
      'train/cat/a.jpg=cat',
      'train/cat/b.png=cat',
      'train/dog/1.png=dog',
      'train/dog/2.png=dog',
    ]);
    const reds = await Promise.all(train.names.map(async (_, i) => (await readImage(train.store, i)).pixels[0]));
    expect(reds).toEqual([4, 3, 2, 1, 0]);
    expect(train.problems).toEqual([]);
  });

  it('gives a class the same number in every split, though a split lacks some', async () => {
    const root = await makeTree(await animals());
    const val = await openSplit(root, 'val');
    expect(val.classes).toEqual(['ant', 'cat', 'dog']);
    expect([...val.labels]).toEqual([1, 2]);
  });

  it('keeps class numbers when every image of a class is corrupt', async () => {
    const root = await makeTree({ ...(await animals()), 'train/ant/deep/er/x.png': 'no picture' });
    const train = await openSplit(root, 'train');
    expect(train.classes).toEqual(['ant', 'cat', 'dog']);
    expect([...train.labels]).toEqual([1, 1, 2, 2]);
  });

  it('gives novel classes their own numbers, and refuses a mixture of known and unknown ones', async () => {
    const novel = await makeTree(await pictures(['train/cat/1.png', 'val/bee/1.png', 'val/eel/1.png']));
    expect((await openSplit(novel, 'val')).classes).toEqual(['bee', 'eel']);
    const mixed = await makeTree(await pictures(['train/cat/1.png', 'val/bee/1.png', 'val/cat/1.png']));
    await expect(openSplit(mixed, 'val')).rejects.toThrow('1 class that train lacks (the first: bee)');
  });

  it('leaves out corrupt images and says which', async () => {
    const noise = Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
    const png = await fromRaw(noise, 32, 32, 3).png().toBuffer();
    const root = await makeTree({
      ...(await animals()),
      'train/cat/half.png': png.subarray(0, png.length >> 1),
      'train/dog/empty.jpg': '',
    });
    const train = await openSplit(root, 'train');
    expect(train.length).toBe(5);
    expect(train.labels).toHaveLength(5);
    expect(train.store).toMatchObject({ kind: 'files', paths: { length: 5 } });
    expect(train.problems.map(({ file }) => file)).toEqual(['cat/half.png', 'dog/empty.jpg']);
    for (const { message } of train.problems) expect(message).toContain('cannot be decoded');
  });

  it('passes over hidden files, and counts files that are not images', async () => {
    const files = {
      'train/cat/.DS_Store': 'x',
      'train/.git/x.png': 'x',
      'train/cat/notes.txt': 'x',
      'train/cat/Thumbs.db': 'x',
    };
    const train = await openSplit(await makeTree({ ...(await animals()), ...files }), 'train');
    expect(train.classes).toEqual(['ant', 'cat', 'dog']);
    expect(train.length).toBe(5);
    expect(train.problems).toEqual([{ file: 'train', message: '2 files that are not images' }]);
  });

  it('follows links to splits, classes and images, survives loops and broken links', async () => {
    const store = await makeTree(await animals());
    const root = await makeFolder();
    await symlink(path.join(store, 'val'), path.join(root, 'val'));
    await mkdir(path.join(root, 'train'));
    for (const name of ['cat', 'dog']) await symlink(path.join(store, 'train', name), path.join(root, 'train', name));
    await symlink(path.join(root, 'train'), path.join(store, 'train/cat/loop'));
    await symlink('/nowhere/x.png', path.join(store, 'train/dog/3.png'));
    const train = await openSplit(root, 'train');
    expect(labelledNames(train).map((name) => path.basename(name))).toEqual([
      'a.jpg=cat',
      'b.png=cat',
      '1.png=dog',
      '2.png=dog',
    ]);
    expect(train.problems.map(({ file }) => file)).toEqual(['train', 'dog/3.png']);
    expect((await openSplit(root, 'val')).length).toBe(2);
  });

  it.skipIf(process.platform === 'win32')('does not wait for pipes or read devices (not on Windows)', async () => {
    const root = await makeTree(await animals());
    execFileSync('mkfifo', [path.join(root, 'train/cat/pipe.png')]);
    await symlink('/dev/zero', path.join(root, 'train/cat/zero.png'));
    const train = await openSplit(root, 'train');
    expect(train.length).toBe(5);
    expect(train.problems).toEqual([]);
  });

  it('reads names in any script', async () => {
    const train = await openSplit(await makeTree(await pictures(['train/猫/ね こ.png', 'train/žába/ü.png'])), 'train');
    expect(labelledNames(train)).toEqual(['train/žába/ü.png=žába', 'train/猫/ね こ.png=猫']);
    expect((await readImage(train.store, 1)).pixels[0]).toBe(0);
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'refuses a folder that may not be read, by its path; a file that may not be read is left out (not as root)',
    async () => {
      const root = await makeTree(await animals());
      await chmod(path.join(root, 'train/cat/a.jpg'), 0);
      expect((await openSplit(root, 'train')).problems).toEqual([
        { file: 'cat/a.jpg', message: expect.stringContaining('a.jpg') },
      ]);
      await chmod(path.join(root, 'train/dog'), 0);
      await expect(openSplit(root, 'train')).rejects.toThrow(path.join(root, 'train/dog'));
      await chmod(path.join(root, 'train/dog'), 0o700);
    },
  );

  it.each<[string, Record<string, string>, Partial<ImageFolderData>, string, string]>([
    ['a missing root', {}, { root: 'nowhere' }, 'train', 'nowhere does not exist'],
    ['a root that is a file', { 'a.txt': 'x' }, { root: 'a.txt' }, 'train', 'a.txt is a file'],
    ['a missing split', { 'training/cat/1.png': 'x' }, {}, 'train', 'has no folder "train"; it has training'],
    ['an empty root', { '.keep': '' }, {}, 'train', 'no folders at all'],
    ['an empty split', { 'train/.keep': '' }, {}, 'train', 'no images in class folders'],
    ['images without class folders', { 'train/1.png': 'x' }, {}, 'train', 'no images in class folders'],
    [
      'nothing but corrupt images',
      { 'train/cat/1.png': 'x', 'train/dog/1.png': 'y' },
      {},
      'train',
      'none of the 2 images',
    ],
    ['a missing list', { 'train/cat/1.png': 'x' }, { list: 'list.txt' }, 'train', 'list.txt (ENOENT)'],
    [
      'a list of strangers',
      { 'train/cat/1.png': 'x', 'list.txt': 'eel\n' },
      { list: 'list.txt' },
      'train',
      'keeps no image',
    ],
  ])('refuses %s in words', async (_, files, more, split, words) => {
    const root = await makeTree(files);
    if (Object.keys(files).length === 0) await mkdir(root, { recursive: true });
    const error: unknown = await openSplit(root, split, more).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: 'data', message: expect.stringContaining(words) });
    expect((error as Error).message).toContain(root);
  });

  it('refuses an empty class folder by its path', async () => {
    const root = await makeTree(await animals());
    await mkdir(path.join(root, 'train/bee'));
    await expect(openSplit(root, 'train')).rejects.toThrow(path.join(root, 'train', 'bee'));
  });
});

describe('the list', () => {
  const open = async (lines: string, split: string) => {
    const root = await makeTree({ ...(await animals()), 'list.txt': lines });
    return openSplit(root, split, { list: 'list.txt' });
  };

  it('of classes holds for every split', async () => {
    const lines = '# ImageNet-2\ndog\n\nant insect, small\r\n';
    expect((await open(lines, 'train')).classes).toEqual(['ant', 'dog']);
    expect(labelledNames(await open(lines, 'train'))).toEqual([
      'train/ant/deep/er/x.png=ant',
      'train/dog/1.png=dog',
      'train/dog/2.png=dog',
    ]);
    expect(labelledNames(await open(lines, 'val'))).toEqual(['val/dog/1.png=dog']);
    expect([...(await open(lines, 'val')).labels]).toEqual([1]);
  });

  it('of images holds for training, by path from the root, from the split, or by name alone', async () => {
    const lines = 'train/dog/2.png\ncat/a.jpg 0\nb.png\n';
    const train = await open(lines, 'train');
    expect(labelledNames(train)).toEqual(['train/cat/a.jpg=cat', 'train/cat/b.png=cat', 'train/dog/2.png=dog']);
    expect(train.classes).toEqual(['ant', 'cat', 'dog']);
    expect((await open(lines, 'val')).length).toBe(2);
    expect((await open(`${lines}val/dog/1.png\n`, 'val')).names).toEqual(['val/dog/1.png']);
  });

  it('says which lines name nothing; a name that two images share names neither', async () => {
    const root = await makeTree({
      ...(await pictures(['train/cat/1.png', 'train/dog/1.png', 'train/dog/2.png'])),
      'list.txt': 'dog/2.png\n1.png\ncow/7.png',
    });
    const { names, problems } = await openSplit(root, 'train', { list: 'list.txt' });
    expect(names).toEqual(['train/dog/2.png']);
    expect(problems[0]?.message).toContain('2 of 3 lines name nothing');
  });
});

describe('the fingerprint', () => {
  const print = async (root: string, more: Partial<ImageFolderData> = {}) =>
    (await openImageFolder(settings(more), root)).fingerprint;

  it('is of names and contents, not of place or time', async () => {
    const [one, two] = [await makeTree(await animals()), await makeTree(await animals())];
    expect(await print(two)).toBe(await print(one));
  });

  it('moves with a pixel, a name, a missing file, a list', async () => {
    const root = await makeTree({ ...(await animals()), 'list.txt': 'cat' });
    const prints = [await print(root), await print(root, { list: 'list.txt' })];
    await writeFile(path.join(root, 'train/cat/b.png'), await plainPng([77, 0, 0]));
    prints.push(await print(root));
    await rename(path.join(root, 'train/cat/b.png'), path.join(root, 'train/cat/c.png'));
    prints.push(await print(root));
    await rm(path.join(root, 'val/cat/1.png'));
    prints.push(await print(root));
    expect(new Set(prints).size).toBe(5);
  });

  it('moves with every split, since a transfer may name a third one', async () => {
    const root = await makeTree({ ...(await animals()), ...(await pictures(['extra/cat/1.png'])) });
    const before = await print(root);
    await writeFile(path.join(root, 'extra/cat/1.png'), await plainPng([9, 9, 9]));
    expect(await print(root)).not.toBe(before);
  });

  it('moves with the class of an image, not with the time of a file', async () => {
    const root = await makeTree(await animals());
    const before = await print(root);
    await utimes(path.join(root, 'train/cat/b.png'), 1, 1);
    expect(await print(root)).toBe(before);
    await rename(path.join(root, 'train/cat/b.png'), path.join(root, 'train/dog/b.png'));
    expect(await print(root)).not.toBe(before);
  });

  it('exists when there is no test split', async () => {
    const root = await makeTree(await pictures(['train/cat/1.png']));
    expect(await print(root)).toMatch(/^[0-9a-f]{64}$/);
  });
});
