/** Cityscapes, VOC and plain label map folders written by the test: what is read, left out and refused. */
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CityscapesData, LabelPngsData, VocSegmentationData } from '../../../../src/shared/experiment/schema';
import { openCityscapes } from '../../../../src/worker/data/cityscapes';
import { labelledAsPictures } from '../../../../src/worker/data/labelledImages';
import { openLabelPngs } from '../../../../src/worker/data/labelPngs';
import { openSceneLabels } from '../../../../src/worker/data/sceneLabels';
import { openEmojiScenes } from '../../../../src/worker/data/emojiScenes';
import { openVocLabels } from '../../../../src/worker/data/vocLabels';
import { fillEmojiScenes } from '../../../../src/shared/experiment/resolveSceneData';
import { makeTree, plainPng } from './tempFolder';

const [WIDTH, HEIGHT] = [4, 2];
const picture = await sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: '#804020' } })
  .png()
  .toBuffer();

function map(labels: readonly number[]): Promise<Buffer> {
  const raw = { raw: { width: WIDTH, height: HEIGHT, channels: 1 as const } };
  return sharp(Uint8Array.from(labels), raw).toColourspace('b-w').png().toBuffer();
}

const cityscapes = (written: Partial<CityscapesData> = {}): CityscapesData => ({
  ...{ kind: 'cityscapes', root: '.', labels: 'labelIds', train: 'train', test: 'val' },
  ...written,
});

describe('Cityscapes folders', () => {
  const frame = 'aachen/aachen_000000_000019';
  let root: string;
  beforeAll(async () => {
    root = await makeTree({
      [`leftImg8bit/train/${frame}_leftImg8bit.png`]: picture,
      [`gtFine/train/${frame}_gtFine_labelIds.png`]: await map([7, 8, 33, 0, 6, 255, 31, 18]),
      [`gtFine/train/${frame}_gtFine_labelTrainIds.png`]: await map([0, 1, 18, 255, 255, 255, 16, 255]),
      [`gtFine/train/${frame}_gtFine_color.png`]: picture,
      ['leftImg8bit/train/bonn/bonn_000001_000019_leftImg8bit.png']: picture,
      ['leftImg8bit/val/ulm/ulm_000000_000019_leftImg8bit.png']: picture,
      ['gtFine/val/ulm/ulm_000000_000019_gtFine_labelIds.png']: await map([7, 7, 7, 7, 34, 7, 7, 7]),
    });
  });

  it('give the 19 judged classes, whichever label maps are read', async () => {
    const source = await openCityscapes(cityscapes(), root);
    expect(source.splits).toEqual(['train', 'val']);
    const images = await source.openLabelled('train');
    expect(images.classes).toHaveLength(19);
    expect(images.names).toEqual([frame]);
    expect(images.pictures).toEqual([`leftImg8bit/train/${frame}_leftImg8bit.png`]);
    expect(images.problems).toEqual([
      { file: 'bonn/bonn_000001_000019', message: expect.stringContaining('labelIds.png does not exist') },
    ]);
    const { labels } = await images.readLabels(0);
    expect([...labels]).toEqual([0, 1, 18, 255, 255, 255, 16, 255]);
    const other = await (await openCityscapes(cityscapes({ labels: 'labelTrainIds' }), root)).openLabelled('train');
    expect((await other.readLabels(0)).labels).toEqual(labels);
  });

  it('name a value that there is not, and a folder that is another', async () => {
    const images = await (await openCityscapes(cityscapes(), root)).openLabelled('val');
    await expect(images.readLabels(0)).rejects.toThrow('has the value 34 at column 0, row 1');
    await expect(openCityscapes(cityscapes({ root: 'gtFine' }), root)).rejects.toThrow('it has no leftImg8bit');
  });

  it('serve methods without labels as pictures', async () => {
    const images = await labelledAsPictures(await openCityscapes(cityscapes(), root)).open('train');
    expect([images.length, images.classes, [...images.labels]]).toEqual([1, ['picture'], [0]]);
  });
});

describe('VOC segmentation folders', () => {
  const voc = (written: Partial<VocSegmentationData> = {}): VocSegmentationData => ({
    ...{ kind: 'voc-segmentation', root: '.', train: 'train', test: 'val' },
    ...written,
  });

  it('keep palette indices, whose colours mean nothing', async () => {
    // Made by hand: 4 × 2 pixels, eight bits, a palette in which 15 is VOC's light green, filter 0.
    const palette = await sharp(Uint8Array.from([0, 15, 20, 255, 1, 1, 0, 0]), {
      raw: { width: 4, height: 2, channels: 1 },
    })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const indexed = withPalette(palette);
    const decoded = await sharp(indexed).raw().toBuffer({ resolveWithObject: true });
    expect(decoded.info.channels).toBe(3); // what any other decoder makes of it
    const root = await makeTree({
      'JPEGImages/a.jpg': picture,
      'SegmentationClass/a.png': indexed,
      'ImageSets/Segmentation/train.txt': 'a\n',
      'ImageSets/Segmentation/val.txt': 'a\nb\n',
    });
    const images = await (await openVocLabels(voc(), root)).openLabelled('val');
    expect(images.classes.slice(0, 3)).toEqual(['background', 'aeroplane', 'bicycle']);
    expect(images.colours![15]).toEqual([192, 128, 128]);
    expect([...(await images.readLabels(0)).labels]).toEqual([0, 15, 20, 255, 1, 1, 0, 0]);
    expect(images.problems).toHaveLength(1);
  });

  it('take the lists of Main where there are no others, and classes as named', async () => {
    const root = await makeTree({
      'JPEGImages/a.jpg': picture,
      'SegmentationClass/a.png': await map([0, 1, 2, 0, 0, 0, 0, 3]),
      'ImageSets/Main/trainval.txt': 'a  1\n',
    });
    const images = await (await openVocLabels(voc({ classes: ['cat', 'dog'] }), root)).openLabelled('trainval');
    expect(images.classes).toEqual(['background', 'cat', 'dog']);
    await expect(images.readLabels(0)).rejects.toThrow('has the value 3');
  });
});

describe('folders of label PNGs', () => {
  const pngs = (written: Partial<LabelPngsData> = {}): LabelPngsData => ({
    ...{ kind: 'label-pngs', root: '.', images: 'images/{split}', labels: 'labels/{split}' },
    ...{ imageSuffix: '', labelSuffix: '', classes: ['a', 'b'], ignore: [255], train: 'train', test: 'val' },
    ...written,
  });

  it('match names, whatever the ending, and values with classes', async () => {
    const root = await makeTree({
      'images/train/x/one.jpg': picture,
      'images/train/two.png': picture,
      'images/train/notes.txt': 'not a picture',
      'labels/train/x/one.png': await map([1, 2, 2, 255, 0, 0, 1, 2]),
      'labels/train/two.png': await map([3, 1, 1, 1, 1, 1, 1, 1]),
    });
    const source = await openLabelPngs(pngs({ values: [1, 2], ignore: [255, 0] }), root);
    const images = await source.openLabelled('train');
    expect(images.names).toEqual(['two', 'x/one']);
    expect([...(await images.readLabels(1)).labels]).toEqual([0, 1, 1, 255, 255, 255, 0, 1]);
    await expect(images.readLabels(0)).rejects.toThrow('has the value 3');
    await expect(source.openLabelled('val')).rejects.toThrow('has no split "val"; it has train');
    const other = await openLabelPngs(pngs({ values: [2, 1], ignore: [255, 0] }), root);
    expect(other.fingerprint).not.toBe(source.fingerprint);
  });

  it('read the Cityscapes layout with other classes', async () => {
    const root = await makeTree({
      'leftImg8bit/val/scenes/s_000001_leftImg8bit.png': picture,
      'gtFine/val/scenes/s_000001_gtFine_labelIds.png': await map([0, 0, 0, 0, 1, 1, 1, 1]),
    });
    const settings = pngs({
      ...{ images: 'leftImg8bit/{split}', labels: 'gtFine/{split}' },
      ...{ imageSuffix: '_leftImg8bit', labelSuffix: '_gtFine_labelIds' },
    });
    const images = await (await openLabelPngs(settings, root)).openLabelled('val');
    expect(images.names).toEqual(['scenes/s_000001']);
    expect([...(await images.readLabels(0)).labels]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it('say what is missing', async () => {
    const root = await makeTree({ 'images/train/a.png': picture, 'labels/train/b.png': await plainPng([1, 1, 1]) });
    const source = await openLabelPngs(pngs(), root);
    await expect(source.openLabelled('train')).rejects.toThrow('no picture with a label map in train');
    await expect(openLabelPngs(pngs({ images: 'photos' }), root)).rejects.toThrow('no pictures were found at');
  });
});

describe('composed scenes', () => {
  it('label every pixel by the object that is seen there', async () => {
    const settings = fillEmojiScenes({ size: 48, trainImages: 3, testImages: 2 });
    const images = await (await openSceneLabels(settings)).openLabelled('test');
    const scenes = await (await openEmojiScenes(settings)).openScenes('test');
    expect(images.classes).toEqual(['background', ...scenes.classes]);
    for (let i = 0; i < 2; i++) {
      const { labels } = await images.readLabels(i);
      const rows = [...scenes.truth.image.keys()].filter((row) => scenes.truth.image[row] === i);
      for (const k of new Set(rows.map((row) => scenes.truth.category[row]!))) {
        const areas = rows.filter((row) => scenes.truth.category[row] === k).map((row) => scenes.truth.areas[row]!);
        expect(labels.filter((label) => label === k + 1).length).toBe(areas.reduce((a, b) => a + b, 0));
      }
    }
  });
});

/** The same PNG with colour type 3 and a palette of 256 colours. */
function withPalette(png: Buffer): Buffer {
  const chunk = (name: string, body: Buffer): Buffer => {
    const content = Buffer.concat([Buffer.from(name), body]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc32(content));
    return Buffer.concat([length, content, sum]);
  };
  const header = Buffer.from(png.subarray(16, 29));
  header[9] = 3;
  const palette = Buffer.from(Uint8Array.from({ length: 768 }, (_, i) => (i * 37) % 256));
  const start = png.indexOf('IDAT');
  const pixels = png.subarray(start + 4, start + 4 + png.readUInt32BE(start - 4));
  const parts = [chunk('IHDR', header), chunk('PLTE', palette), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([png.subarray(0, 8), ...parts]);
}

function crc32(bytes: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
