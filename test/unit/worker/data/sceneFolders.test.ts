/** VOC and COCO folders written by the test: what is read, what is left out and named, what is refused. */
import { describe, expect, it } from 'vitest';
import { fillDefaults } from '../../../../src/shared/experiment/fields';
import { cocoFields, vocFields } from '../../../../src/shared/experiment/dataFields';
import type { CocoData, VocData } from '../../../../src/shared/experiment/schema';
import { openCoco } from '../../../../src/worker/data/coco';
import { asPictures } from '../../../../src/worker/data/scenes';
import { openVoc } from '../../../../src/worker/data/voc';
import { makeTree, plainPng } from './tempFolder';

const png = await plainPng([200, 10, 10], 20);

function xml(objects: readonly string[], size = '<size><width>20</width><height>20</height><depth>3</depth></size>') {
  return `<annotation>${size}${objects.join('')}</annotation>`;
}

function object(name: string, [x1, y1, x2, y2]: readonly number[], extra = ''): string {
  const box = `<bndbox><xmin>${x1}</xmin><ymin>${y1}</ymin><xmax>${x2}</xmax><ymax>${y2}</ymax></bndbox>`;
  return `<object><name>${name}</name>${extra}${box}</object>`;
}

const vocFiles = {
  'a/ImageSets/Main/trainval.txt': 'one\ntwo  1\n\nthree\nfour\nfive\n',
  'a/ImageSets/Main/test.txt': 'two\r\n',
  'a/ImageSets/Main/cat_trainval.txt': 'one 1\ntwo -1\n',
  'a/ImageSets/Main/trainval_half.txt': 'three\none\nthree\n',
  'a/Annotations/one.xml': xml([
    object('dog', [2, 3, 10, 12]),
    object('cat', [1, 1, 20, 20], '<difficult>1</difficult><part><name>head</name></part>'),
  ]),
  'a/Annotations/two.xml': xml([]),
  'a/Annotations/three.xml': xml([object('dog', [5, 5, 9, 9], '<truncated>1</truncated>')], ''),
  'a/Annotations/four.xml': xml([object('dog', [5, 5, 9, 9])], ''),
  'a/JPEGImages/one.jpg': png,
  'a/JPEGImages/two.png': png,
  'a/JPEGImages/three.jpg': png,
  'a/JPEGImages/four.jpg': 'no picture',
  'b/ImageSets/Main/trainval.txt': 'one\n',
  'b/Annotations/one.xml': xml([object('cat', [1, 1, 4, 5])]),
  'b/JPEGImages/one.jpg': png,
};
const { classes: _vocClasses, ...vocDefaults } = vocFields;
const voc = (written: Partial<VocData>): VocData =>
  ({ ...fillDefaults(vocDefaults, { kind: 'voc', root: 'a', ...written }), ...written }) as VocData;

describe('VOC folders', () => {
  it('give boxes with their last pixel, difficult objects and images without objects', async () => {
    const source = await openVoc(voc({}), await makeTree(vocFiles));
    expect(source.splits).toEqual(['test', 'trainval', 'trainval_half']);
    const scenes = await source.openScenes('trainval');
    expect(scenes.names).toEqual(['one', 'two', 'three']);
    expect([...scenes.offsets]).toEqual([0, 2, 2, 3]);
    const { truth } = scenes;
    expect([...truth.boxes]).toEqual([1, 2, 9, 10, 0, 0, 20, 20, 4, 4, 5, 5]);
    expect([...truth.isIgnored]).toEqual([0, 1, 0]);
    expect([...truth.isCrowd]).toEqual([0, 0, 0]);
    expect([...truth.category].map((place) => scenes.classes[place])).toEqual(['dog', 'cat', 'dog']);
    // Sizes come from pictures where annotations are silent.
    expect([...truth.images.widths]).toEqual([20, 20, 20]);
    // One cannot be decoded, one is missing.
    expect(scenes.problems.map(({ file }) => file)).toEqual(expect.arrayContaining(['four', 'five']));
    expect((await source.openScenes('test')).length).toBe(1);
  });

  it('take lists of their own, each image once, and name what has no annotation', async () => {
    const source = await openVoc(voc({ train: 'trainval_half' }), await makeTree(vocFiles));
    expect((await source.openScenes('trainval_half')).names).toEqual(['three', 'one']);
    const { problems } = await source.openScenes('trainval');
    expect(problems.filter(({ file }) => file.endsWith('.xml')).map(({ file }) => file)).toEqual(['five.xml']);
  });

  it('join training lists of several folders whose stems are the same', async () => {
    const source = await openVoc(voc({ also: ['b'] }), await makeTree(vocFiles));
    const train = await source.openScenes('trainval');
    expect(train.names).toEqual(['a/one', 'a/two', 'a/three', 'b/one']);
    expect([...train.truth.boxes.slice(-4)]).toEqual([0, 0, 4, 5]);
    expect((await source.openScenes('test')).names).toEqual(['two']);
  });

  it('keep classes in the order asked for', async () => {
    const root = await makeTree(vocFiles);
    const scenes = await (await openVoc(voc({ classes: ['dog'] }), root)).openScenes('trainval');
    expect(scenes.classes).toEqual(['dog']);
    expect([...scenes.truth.category]).toEqual([0, 0]);
    expect(scenes.length).toBe(3);
    const wrong = await openVoc(voc({ classes: ['dgo'] }), root);
    await expect(wrong.openScenes('trainval')).rejects.toThrow('there is no class "dgo"; did you mean "dog"?');
  });

  it('have a fingerprint of lists and annotations', async () => {
    const of = async (files: Readonly<Record<string, string | Uint8Array>>, settings: Partial<VocData> = {}) =>
      (await openVoc(voc(settings), await makeTree(files))).fingerprint;
    const same = await of(vocFiles);
    expect(await of(vocFiles)).toBe(same);
    expect(await of({ ...vocFiles, 'a/Annotations/two.xml': xml([object('dog', [1, 1, 3, 3])]) })).not.toBe(same);
    expect(await of({ ...vocFiles, 'a/ImageSets/Main/test.txt': 'one\n' })).not.toBe(same);
    expect(await of(vocFiles, { classes: ['dog'] })).not.toBe(same);
  });

  it('that are none, and lists that are not there, are refused with what to do', async () => {
    const root = await makeTree(vocFiles);
    await expect(openVoc(voc({ root: 'a/Annotations' }), root)).rejects.toThrow(
      /is not a VOC folder: it has no JPEGImages/,
    );
    const source = await openVoc(voc({}), root);
    await expect(source.openScenes('val')).rejects.toThrow(/has no list "val"; it has test, trainval, trainval_half/);
    const none = await makeTree({ ...vocFiles, 'a/ImageSets/Main/test.txt': 'five\n' });
    await expect((await openVoc(voc({}), none)).openScenes('test')).rejects.toThrow(
      /none of the 1 images of test can be used/,
    );
  });

  it('serve as mere pictures', async () => {
    const pictures = await asPictures(await openVoc(voc({}), await makeTree(vocFiles))).open('trainval');
    expect(pictures).toMatchObject({ length: 3, classes: ['picture'], names: ['one', 'two', 'three'] });
    expect([...pictures.labels]).toEqual([0, 0, 0]);
  });
});

const instances = {
  images: [
    { id: 7, file_name: 'x.png', width: 20, height: 20 },
    { id: 3, file_name: 'y.png', width: 20, height: 20 },
    { id: 5, file_name: 'gone.png', width: 20, height: 20 },
  ],
  categories: [
    { id: 18, name: 'dog', supercategory: 'animal' },
    { id: 1, name: 'person', supercategory: 'person' },
  ],
  annotations: [
    ...[{ id: 11, image_id: 3, category_id: 18, bbox: [2, 2, 5, 6], area: 30, iscrowd: 0 }],
    ...[{ id: 12, image_id: 7, category_id: 1, bbox: [0, 0, 10, 10], area: 100, iscrowd: 0 }],
    ...[{ id: 13, image_id: 5, category_id: 1, bbox: [0, 0, 4, 4], area: 16, iscrowd: 0 }],
    ...[{ id: 14, image_id: 3, category_id: 1, bbox: [0, 0, 20, 20], area: 400, iscrowd: 1 }],
  ].map((annotation, i) => ({ ...annotation, segmentation: i === 0 ? [[2, 2, 7, 2, 7, 8, 2, 8]] : [] })),
};
const cocoFiles = {
  'annotations/instances_train2017.json': JSON.stringify(instances),
  'annotations/instances_val2017.json': JSON.stringify({ ...instances, annotations: [] }),
  'train2017/x.png': png,
  'train2017/y.png': png,
  'val2017/x.png': png,
};
const { classes: _cocoClasses, ...cocoDefaults } = cocoFields;
const coco = (written: Partial<CocoData> = {}): CocoData =>
  ({ ...fillDefaults(cocoDefaults, { kind: 'coco', root: '.', ...written }), ...written }) as CocoData;

describe('COCO folders', () => {
  it('give objects sorted by image, with crowds, and name what is missing', async () => {
    const source = await openCoco(coco(), await makeTree(cocoFiles));
    expect(source.splits).toEqual(['train2017', 'val2017']);
    const scenes = await source.openScenes('train2017');
    expect(scenes.names).toEqual(['x.png', 'y.png']);
    expect([...scenes.truth.ids]).toEqual([12, 11, 14]);
    expect([...scenes.offsets]).toEqual([0, 1, 3]);
    expect([...scenes.truth.isCrowd]).toEqual([0, 0, 1]);
    expect([...scenes.truth.category].map((place) => scenes.classes[place])).toEqual(['person', 'dog', 'person']);
    const { offsets } = scenes.truth.masks!;
    expect(offsets).toHaveLength(4);
    expect(scenes.problems.map(({ file }) => file)).toContain('gone.png');
  });

  it('keep classes in the order asked for, and images without objects', async () => {
    const root = await makeTree(cocoFiles);
    const dogs = await (await openCoco(coco({ classes: ['dog'] }), root)).openScenes('train2017');
    expect([...dogs.truth.ids]).toEqual([11]);
    expect(dogs.length).toBe(2);
    const empty = await (await openCoco(coco(), root)).openScenes('val2017');
    expect([empty.length, empty.truth.count, [...empty.offsets].join()]).toEqual([1, 0, '0,0']);
  });

  it('of another layout are found by their pattern', async () => {
    const root = await makeTree({ 'labels.json': JSON.stringify(instances), 'pictures/x.png': png });
    const settings = coco({
      annotations: 'labels.json',
      images: 'pictures',
      train: 'labels.json',
      test: 'labels.json',
    });
    const source = await openCoco(settings, root);
    expect((await source.openScenes('labels.json')).names).toEqual(['x.png']);
  });

  it('have a fingerprint of their annotations', async () => {
    const of = async (files: Readonly<Record<string, string | Uint8Array>>) =>
      (await openCoco(coco(), await makeTree(files))).fingerprint;
    const changed = { ...instances, annotations: instances.annotations.slice(1) };
    expect(await of(cocoFiles)).toBe(await of(cocoFiles));
    expect(await of({ ...cocoFiles, 'annotations/instances_val2017.json': JSON.stringify(changed) })).not.toBe(
      await of(cocoFiles),
    );
  });

  it('without annotations or pictures are refused with what to do', async () => {
    await expect(openCoco(coco(), await makeTree({ 'x.png': png }))).rejects.toThrow(/check "root" and "annotations"/);
    const source = await openCoco(coco({ images: 'pictures' }), await makeTree(cocoFiles));
    await expect(source.openScenes('train2017')).rejects.toThrow(/does not exist; check "images"/);
    await expect(source.openScenes('test2017')).rejects.toThrow(/it has those of train2017, val2017/);
    const broken = await makeTree({ ...cocoFiles, 'annotations/instances_train2017.json': '{"images": [' });
    await expect((await openCoco(coco(), broken)).openScenes('train2017')).rejects.toThrow(/cannot be used/);
  });
});
