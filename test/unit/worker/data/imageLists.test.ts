/** Images in one folder with a CSV list for each split: what is read, what is refused, what decides the fingerprint. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLabelTable } from '../../../../src/shared/formats/labelTable';
import { imageListsFields } from '../../../../src/shared/experiment/dataFields';
import { fillDefaults } from '../../../../src/shared/experiment/fields';
import type { ImageListsData } from '../../../../src/shared/experiment/schema';
import type { Dataset } from '../../../../src/worker/data/dataset';
import { openImageLists } from '../../../../src/worker/data/imageLists';
import { readImage } from '../../../../src/worker/data/imageStore';
import { makeTree, plainPng } from './tempFolder';

const open = (root: string, more: Partial<ImageListsData> = {}) =>
  openImageLists(fillDefaults(imageListsFields, { kind: 'image-lists', root: '.', ...more }), root);
const labelled = ({ names, labels, classes }: Dataset) => names.map((name, i) => `${name}=${classes[labels[i]!]}`);

/** mini-ImageNet's layout: three lists without a class in common. Each picture's red says which it is. */
async function makeSet(lists: Readonly<Record<string, string>> = {}): Promise<string> {
  const pictures = ['a', 'b', 'c', 'd', 'e', 'f'].map(
    async (name, i) => [`images/${name}.png`, await plainPng([40 * i, 0, 0])] as const,
  );
  return makeTree({
    ...Object.fromEntries(await Promise.all(pictures)),
    'train.csv': 'filename,label\na.png,n02\nb.png,n01\nc.png,n02\n',
    'val.csv': 'filename,label\r\nd.png,n03\r\n',
    'test.csv': 'filename,label\ne.png,n05\nf.png,n04\n\n',
    ...lists,
  });
}

describe('lists of images', () => {
  it('are splits; one without a class in common has its own', async () => {
    const source = await open(await makeSet());
    expect(source.splits).toEqual(['test', 'train', 'val']);
    const train = await source.open('train');
    expect(train.classes).toEqual(['n01', 'n02']);
    expect(labelled(train)).toEqual(['a.png=n02', 'b.png=n01', 'c.png=n02']);
    const test = await source.open('test');
    expect(labelled(test)).toEqual(['e.png=n05', 'f.png=n04']);
    expect((await readImage(test.store, 0)).pixels[0]).toBe(160);
    expect((await source.open('val')).classes).toEqual(['n03']);
  });

  it('may share all classes, not some of them', async () => {
    const same = await open(await makeSet({ 'test.csv': 'filename,label\ne.png,n02\n' }));
    expect(labelled(await same.open('test'))).toEqual(['e.png=n02']);
    expect((await same.open('test')).classes).toEqual(['n01', 'n02']);
    const mixed = await open(await makeSet({ 'test.csv': 'filename,label\ne.png,n02\nf.png,n09\n' }));
    await expect(mixed.open('test')).rejects.toThrow('has 1 class that train lacks (the first: n09)');
  });

  it('take other names, folders and columns', async () => {
    const root = await makeSet({
      'lists/base-list.csv': '\uFEFFid,class,image\n7,"dog, large",images/a.png\n8,cat,./images\\b.png\n',
    });
    const source = await open(root, { images: '.', lists: 'lists/{split}-list.csv', train: 'base' });
    expect(source.splits).toEqual(['base']);
    expect(labelled(await source.open('base'))).toEqual(['images/a.png=dog, large', 'images/b.png=cat']);
  });

  it('name what is left out', async () => {
    const root = await makeSet({
      'train.csv': 'filename,label\na.png,n1\ngone.png,n1\nbad.png,n2\na.png,n1\nb.png,n2\n',
      'images/bad.png': 'not a picture',
    });
    const train = await (await open(root)).open('train');
    expect(labelled(train)).toEqual(['a.png=n1', 'b.png=n2']);
    expect(train.problems.map(({ file }) => file)).toEqual(['train.csv', 'gone.png', 'bad.png']);
    expect(train.problems[0]!.message).toBe('1 line repeats an image');
  });

  it.each([
    ['filename,label\na.png,n1\na.png,n2\n', /line 3 of .*train\.csv labels a\.png as n2, an earlier one as n1/],
    ['filename,label\n../train.csv,n1\n', /line 2 of .*train\.csv leads out of the image folder/],
    ['filename,label\nx/../../secret.png,n1\n', /leads out of the image folder/],
    ['filename,label\n/etc/a.png,n1\n', /leads out of the image folder/],
    ['filename,label\na.png\n', /line 2 of .*train\.csv gives a\.png no label/],
    ['filename,label\n,n1\n', /line 2 of .*train\.csv names no image/],
    ['filename,label\n', /train\.csv lists no images/],
    ['', /train\.csv lists no images/],
    ['filename,label\ngone.png,n1\n', /none of the 1 images in .*images can be decoded/],
  ])('refuse %j', async (list, message) => {
    const root = await makeSet({ 'train.csv': list });
    await expect(open(root).then((source) => source.open('train'))).rejects.toThrow(message);
  });

  it('refuse a root without lists and a split without one', async () => {
    await expect(open(await makeTree({ 'images/a.txt': '' }))).rejects.toThrow(
      /no lists were found at .*\{split\}\.csv/,
    );
    const source = await open(await makeSet());
    await expect(source.open('novel')).rejects.toThrow(
      'has no list of a split "novel"; it has those of test, train, val',
    );
  });

  it('decide the fingerprint together with the pictures; other broken lists do not matter', async () => {
    const root = await makeSet({ 'notes.csv': 'a.png\n' });
    const { fingerprint } = await open(root);
    expect((await open(root)).fingerprint).toBe(fingerprint);
    await writeFile(path.join(root, 'images/f.png'), await plainPng([1, 2, 3]));
    const repainted = (await open(root)).fingerprint;
    expect(repainted).not.toBe(fingerprint);
    await writeFile(path.join(root, 'val.csv'), 'filename,label\nd.png,n30\n');
    expect((await open(root)).fingerprint).not.toBe(repainted);
    await rm(path.join(root, 'val.csv'));
    expect((await open(root)).splits).toEqual(['notes', 'test', 'train']);
  });
});

describe('label tables', () => {
  it('are read by their header, or by the first two columns without one', () => {
    const rows = (text: string) => parseLabelTable(text, 'list.csv').map(({ name, label }) => [name, label]);
    expect(rows('Label,Filename\n3,"a ""b"".png"\n')).toEqual([['a "b".png', '3']]);
    expect(rows('a.png,cat\nb.png,dog,more\n')).toEqual([
      ['a.png', 'cat'],
      ['b.png', 'dog'],
    ]);
  });
});
