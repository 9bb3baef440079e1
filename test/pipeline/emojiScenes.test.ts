/** emoji-scenes drawn and read back through our own evaluators: perfect results must score 1. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program';
import { fillEmojiScenes } from '../../src/shared/experiment/resolveSceneData';
import { sha256Hex } from '../../src/shared/hash';
import { decodeMask } from '../../src/shared/math/detection/rle';
import { readRuns } from '../../src/shared/math/detection/rleText';
import { openEmojiScenes } from '../../src/worker/data/emojiScenes';
import { readImage } from '../../src/worker/data/imageStore';
import { makeScenes } from '../../src/worker/scenes/makeScenes';
import { createFakeSurroundings } from '../unit/cli/fakeSurroundings';

const IMAGES = 15;
const SIZE = 96;
let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scenes-'));
  const request = { images: IMAGES, size: SIZE, seed: 3 };
  await makeScenes({ ...request, out: join(folder, 'a') }, new AbortController().signal);
  await makeScenes({ ...request, out: join(folder, 'b') }, new AbortController().signal);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface CocoFile {
  readonly images: { id: number; file_name: string; width: number; height: number }[];
  readonly annotations: {
    image_id: number;
    category_id: number;
    bbox: [number, number, number, number];
    area: number;
    segmentation: { size: number[]; counts: string };
    keypoints: number[];
  }[];
  readonly categories: { id: number; name: string }[];
}

const readCoco = (split: string): CocoFile =>
  JSON.parse(readFileSync(join(folder, `a/COCO/annotations/instances_${split}.json`), 'utf8')) as CocoFile;

async function run(
  args: string,
): Promise<{ numbers: Record<string, number>; ap: number; meanIou: number; problems: unknown[] }> {
  const fake = createFakeSurroundings({ cwd: folder });
  expect(await runCli(args.split(' '), fake.around), fake.stderr()).toBe(0);
  return JSON.parse(fake.stdout()) as Awaited<ReturnType<typeof run>>;
}

function bitmapOf({ segmentation }: CocoFile['annotations'][number]): Uint8Array {
  const counts: number[] = [];
  readRuns(new TextEncoder().encode(segmentation.counts), (run) => counts.push(run));
  return decodeMask({ height: SIZE, width: SIZE, counts: Uint32Array.from(counts) })!;
}

describe('emoji-scenes', () => {
  it.each(['bbox', 'segm', 'keypoints'])('perfect COCO results score 1: %s', async (iouType) => {
    const { annotations } = readCoco('train');
    expect(annotations.length).toBeGreaterThan(20);
    const results = annotations.map(({ image_id, category_id, bbox, segmentation, keypoints }, i) => {
      const shape = { bbox: { bbox }, segm: { segmentation }, keypoints: { keypoints } }[iouType];
      return { image_id, category_id, score: (i % 7) / 7, ...shape };
    });
    writeFileSync(join(folder, 'dt.json'), JSON.stringify(results));
    const sigmas = iouType === 'keypoints' ? ' --sigmas 0.05,0.05,0.05,0.05,0.05' : '';
    const answer = await run(
      `eval coco --gt a/COCO/annotations/instances_train.json --dt dt.json --iou-type ${iouType}${sigmas} --json`,
    );
    expect(answer.numbers.AP).toBeCloseTo(1, 12);
    expect(answer.problems).toEqual([]);
  });

  it('perfect VOC results score 1, from the boxes of the COCO layout', async () => {
    const { annotations, categories } = readCoco('val');
    const names = new Map(categories.map(({ id, name }) => [id, name]));
    const results = annotations.map(({ image_id, category_id, bbox }) => ({
      image_id,
      category_id: names.get(category_id),
      bbox,
      score: 0.5,
    }));
    writeFileSync(join(folder, 'voc.json'), JSON.stringify(results));
    for (const kind of ['11point', 'area', 'coco']) {
      const { ap, problems } = await run(`eval voc --gt a/VOC --dt voc.json --ap ${kind} --json`);
      expect(ap).toBeCloseTo(1, 12);
      expect(problems).toEqual([]);
    }
  });

  it("Cityscapes' labels are VOC's, and the union of the masks", async () => {
    const labels = join(folder, 'a/Cityscapes/gtFine/val/scenes');
    for (const name of readdirSync(labels)) {
      const stem = name.slice('scenes_'.length, 'scenes_'.length + 6);
      writeFileSync(join(labels, name), readFileSync(join(folder, `a/VOC/SegmentationClass/${stem}.png`)));
    }
    const args = 'eval segmentation --gt a/Cityscapes/gtFine --dt b/Cityscapes/gtFine --classes 10 --json';
    expect((await run(args)).meanIou).toBe(1);
    const { images, annotations } = readCoco('val');
    for (const { id, file_name } of images) {
      const { data } = await sharp(join(folder, `a/VOC/SegmentationClass/${file_name}`))
        .toColourspace('b-w')
        .raw()
        .toBuffer({ resolveWithObject: true });
      const expected = new Uint8Array(SIZE * SIZE);
      for (const annotation of annotations.filter(({ image_id }) => image_id === id)) {
        bitmapOf(annotation).forEach((isSeen, place) => isSeen && (expected[place] = annotation.category_id));
      }
      expect(Uint8Array.from(data)).toEqual(expected);
    }
  });

  it('boxes, areas and landmarks are those of the masks', () => {
    for (const annotation of readCoco('train').annotations) {
      const places = [...bitmapOf(annotation).entries()].filter(([, isSeen]) => isSeen === 1).map(([place]) => place);
      const [xs, ys] = [places.map((place) => place % SIZE), places.map((place) => Math.floor(place / SIZE))];
      const [x, y] = [Math.min(...xs), Math.min(...ys)];
      expect(annotation.bbox).toEqual([x, y, Math.max(...xs) - x + 1, Math.max(...ys) - y + 1]);
      expect(annotation.area).toBe(places.length);
      for (let k = 0; k < 5; k++) {
        const [px, py, visibility] = annotation.keypoints.slice(3 * k, 3 * k + 3) as [number, number, number];
        expect(places.includes(py * SIZE + px)).toBe(visibility === 2);
      }
    }
  });

  it('objects differ from the background that the picture would have without them', async () => {
    const { images, annotations } = readCoco('train');
    const [first] = images;
    const pixels = await sharp(join(folder, `a/COCO/images/${first!.file_name}`))
      .raw()
      .toBuffer();
    const seen = new Uint8Array(SIZE * SIZE);
    for (const annotation of annotations.filter(({ image_id }) => image_id === first!.id)) {
      bitmapOf(annotation).forEach((isSeen, place) => isSeen && (seen[place] = 1));
    }
    // The background is nearly smooth: neighbours differ little there, and much across an outline.
    let [inside, across, pairs, borders] = [0, 0, 0, 0];
    for (let place = 0; place + 1 < SIZE * SIZE; place++) {
      if (place % SIZE === SIZE - 1) continue;
      const step = Math.abs(pixels[3 * place]! - pixels[3 * place + 3]!);
      if (seen[place] !== seen[place + 1]) [across, borders] = [across + step, borders + 1];
      else if (seen[place] === 0) [inside, pairs] = [inside + step, pairs + 1];
    }
    expect(across / borders).toBeGreaterThan(1.5 * (inside / pairs));
  });

  it('are the scenes of the data kind emoji-scenes with its defaults, pixel by pixel and object by object', async () => {
    const settings = fillEmojiScenes({ size: SIZE, sceneSeed: 3, trainImages: 12, testImages: 3 });
    const source = await openEmojiScenes(settings);
    for (const [split, name] of [
      ['train', 'train'],
      ['test', 'val'],
    ] as const) {
      const { truth, store, classes, length } = await source.openScenes(split);
      const { images, annotations, categories } = readCoco(name);
      expect([length, truth.count]).toEqual([images.length, annotations.length]);
      expect(categories.map((category) => category.name)).toEqual(classes);
      expect(annotations.flatMap(({ bbox }) => bbox)).toEqual([...truth.boxes]);
      expect(annotations.map(({ category_id }) => category_id - 1)).toEqual([...truth.category]);
      expect(annotations.flatMap(({ keypoints }) => keypoints)).toEqual([...truth.keypoints!.values]);
      for (const [place, { file_name }] of images.entries()) {
        const pixels = await sharp(join(folder, `a/COCO/images/${file_name}`))
          .raw()
          .toBuffer();
        expect(pixels.equals(Buffer.from((await readImage(store, place)).pixels))).toBe(true);
      }
    }
  });

  it('the same seed gives the same files', () => {
    for (const file of [
      'COCO/annotations/instances_train.json',
      'COCO/images/000001.png',
      'VOC/JPEGImages/000003.jpg',
      'VOC/Annotations/000002.xml',
    ]) {
      const [a, b] = ['a', 'b'].map((name) => sha256Hex(readFileSync(join(folder, name, file)).toString('base64')));
      expect(a).toBe(b);
    }
  });

  it('refuses a folder that has something in it', async () => {
    const request = { out: folder, images: 1, size: 32, seed: 0 };
    await expect(makeScenes(request, new AbortController().signal)).rejects.toThrow(/is not empty/);
  });
});
