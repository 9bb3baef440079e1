/** Readers of landmarks: CelebA with MAFL's lists, folders of .pts, COCO keypoints, composed scenes; squares and mirrors. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { celebaFields } from '../../../../src/shared/experiment/dataFields';
import { fillDefaults } from '../../../../src/shared/experiment/fields';
import { fillEmojiScenes } from '../../../../src/shared/experiment/resolveSceneData';
import type { CelebaData, CocoData, PtsData } from '../../../../src/shared/experiment/schema';
import { ptsText } from '../../../support/ptsText';
import { openCeleba } from '../../../../src/worker/data/celeba';
import type { RgbImage } from '../../../../src/worker/data/dataset';
import { cutSquare, readImage } from '../../../../src/worker/data/imageStore';
import { cutExamples, type LandmarkDataset } from '../../../../src/worker/data/landmarks';
import { openMarked } from '../../../../src/worker/data/openMarked';
import { countSharedIdentities, countSharedImages } from '../../../../src/worker/data/overlap';
import { openPts } from '../../../../src/worker/data/pts';
import {
  countedInCut,
  drawCut,
  pointsInCut,
  readCut,
  storedCut,
  toPicture,
} from '../../../../src/worker/transfer/landmarks/landmarkExamples';
import { deriveRandom } from '../../../../src/shared/random';
import { fromRaw, makeTree, plainPng } from './tempFolder';

const names =
  'lefteye_x lefteye_y righteye_x righteye_y nose_x nose_y leftmouth_x leftmouth_y rightmouth_x rightmouth_y';
const face = '69 109 106 113 77 142 73 152 108 154';

/** Seven aligned "faces"; 1 and 5 show the same person, as do 2 and 6. */
async function makeCeleba(): Promise<string> {
  const images = Array.from({ length: 7 }, (_, i) => `00000${i + 1}.png`);
  const png = (i: number) => plainPng([10 * i, 0, 0], 218);
  const files: Record<string, Uint8Array | string> = {
    'list_landmarks_align_celeba.txt': `7\n${names}\n${images.map((name) => `${name} ${face}`).join('\n')}\n`,
    'identity_CelebA.txt': images.map((name, i) => `${name} ${100 + (i % 4)}`).join('\n'),
    'list_eval_partition.txt': images.map((name, i) => `${name} ${i < 5 ? 0 : 2}`).join('\n'),
    'MAFL/training.txt': `${images[2]}\n${images[3]}\n`,
    'MAFL/testing.txt': `${images[0]}\n`,
  };
  for (const [i, name] of images.entries()) if (i !== 6) files[`img_align_celeba/${name}`] = await png(i);
  return makeTree(files);
}

const celeba = (root: string, more: Partial<CelebaData> = {}): CelebaData => ({
  ...(fillDefaults(celebaFields, { kind: 'celeba', root }) as CelebaData),
  ...more,
});

describe('CelebA and MAFL', () => {
  it('cuts rows 30 to 208, shifts the landmarks with them, and labels people', async () => {
    const root = await makeCeleba();
    const source = await openCeleba(celeba(root), '/');
    expect(source.splits).toEqual(['train', 'test', 'MAFL/testing', 'MAFL/training']);
    const marked = await source.openMarked('MAFL/training');
    const faces = cutExamples(marked, 0.2);
    expect([faces.length, faces.names]).toEqual([2, ['000003.png', '000004.png']]);
    expect(storedCut(faces, 0)).toEqual({ left: 0, top: 30, side: 178, isFlipped: false });
    const points = toPicture(pointsInCut(faces, 0, storedCut(faces, 0)), 178);
    face.split(' ').forEach((value, c) => expect(points[c]).toBeCloseTo(Number(value) - (c % 2 === 1 ? 30 : 0), 4));
    const dataset = await source.open('train');
    expect(dataset.classes).toEqual(['unknown', '100', '101', '102', '103']);
    expect([...dataset.labels]).toEqual([1, 2, 3, 4, 1]);
    expect((await readImage(dataset.store, 1)).width).toBe(178);
  });

  it('keeps the people of a list out of every other split', async () => {
    const root = await makeCeleba();
    const open = async (without: readonly string[]) => openCeleba(celeba(root, { without }), '/');
    const [loose, strict] = [await open([]), await open(['MAFL/testing'])];
    const test = await strict.open('MAFL/testing');
    expect(test.length).toBe(1);
    expect(countSharedIdentities(await loose.open('train'), test)).toBe(1);
    expect(await countSharedImages(await loose.open('train'), test)).toBe(1);
    // 1 is the test image itself, 5 shows the same person.
    const train = await strict.open('train');
    expect(train.names).toEqual(['000002.png', '000003.png', '000004.png']);
    expect(countSharedIdentities(train, test)).toBe(0);
    expect(strict.fingerprint).not.toBe(loose.fingerprint);
    await expect(open(['MAFL/tests']).then((source) => source.open('train'))).rejects.toThrow(/no list "MAFL\/tests"/);
  });

  it('names what is missing', async () => {
    const root = await makeCeleba();
    const source = await openCeleba(celeba(root), '/');
    expect((await source.open('test')).problems).toEqual([
      { file: '000007.png', message: `it is not in ${path.join(root, 'img_align_celeba')}` },
    ]);
    await expect(source.open('val')).rejects.toThrow(/has no split "val"; it has train, test, MAFL\/testing/);
    await expect(openCeleba(celeba(root, { landmarks: 'nope.txt' }), '/')).rejects.toThrow(/nope\.txt does not exist/);
  });
});

describe('.pts folders', () => {
  const square = [10, 10, 20, 10, 20, 20, 10, 20];
  const settings = (root: string, train: string): PtsData => ({ kind: 'pts', root, train, test: 'test' });

  it('joins folders, counts from 0, and boxes the points', async () => {
    const png = await plainPng([1, 2, 3], 40);
    const root = await makeTree({
      ...{ 'afw/a.png': png, 'afw/a.pts': ptsText(square) },
      ...{ 'helen/trainset/b.png': png, 'helen/trainset/b.pts': ptsText(square) },
      ...{ 'test/c.pts': ptsText(square), 'test/d.jpg': png, 'test/d.pts': ptsText(square) },
    });
    const source = await openPts(settings(root, 'afw+helen/trainset'), '/');
    expect(source.splits).toEqual(['afw', 'helen/trainset', 'test', 'afw+helen/trainset']);
    const faces = cutExamples(await source.openMarked('afw+helen/trainset'), 0.1);
    expect(faces.names).toEqual(['afw/a', 'helen/trainset/b']);
    expect([...faces.points.subarray(0, 8)]).toEqual(square);
    expect([...faces.boxes.subarray(0, 4)]).toEqual([10, 10, 10, 10]);
    expect(storedCut(faces, 0)).toEqual({ left: 9, top: 9, side: 12, isFlipped: false });
    const test = await source.open('test');
    expect([test.names, test.problems]).toEqual([
      ['test/d'],
      [{ file: 'test/c', message: 'there is no picture of the same name' }],
    ]);
    await expect(source.openMarked('ibug')).rejects.toThrow(/no \.pts files in "ibug"; there are some in afw/);
  });

  it('refuses a file that is broken, by name', async () => {
    const root = await makeTree({ 'train/a.pts': 'n_points: 2\n{\n1 2\n}\n' });
    await expect((await openPts(settings(root, 'train'), '/')).openMarked('train')).rejects.toThrow(
      /a\.pts is no \.pts file: n_points says 2, but there are 1 points/,
    );
  });
});

it('COCO keypoints are cut out person by person, with their names', async () => {
  const annotation = (id: number, keypoints: number[], more = {}) => ({
    ...{ id, image_id: 1, category_id: 1, bbox: [10, 10, 20, 10], area: 200, iscrowd: 0, keypoints },
    ...more,
  });
  const truth = {
    images: [{ id: 1, file_name: 'a.png', width: 40, height: 40 }],
    annotations: [
      annotation(1, [12, 12, 2, 28, 12, 1]),
      annotation(2, [0, 0, 0, 0, 0, 0]),
      annotation(3, [1, 1, 2, 2, 2, 2], { iscrowd: 1 }),
      annotation(4, [15, 15, 2, 0, 0, 0]),
    ],
    categories: [{ id: 1, name: 'person', keypoints: ['left_eye', 'right_eye'] }],
  };
  const root = await makeTree({
    'val/a.png': await plainPng([9, 9, 9], 40),
    'annotations/person_keypoints_val.json': JSON.stringify(truth),
  });
  const settings: CocoData = {
    ...{ kind: 'coco', root, images: '{split}', train: 'val', test: 'val' },
    annotations: 'annotations/person_keypoints_{split}.json',
  };
  const people = cutExamples(await openMarked(settings, { split: 'val', baseDir: '/' }), 0.1);
  // Nobody without landmarks, no crowd.
  expect(people.names).toEqual(['a.png#1', 'a.png#2']);
  expect(people.scheme).toEqual({ names: ['left_eye', 'right_eye'], flipPairs: [[0, 1]] });
  expect([...people.visibility]).toEqual([2, 1, 2, 0]);
  expect(storedCut(people, 0)).toEqual({ left: 8, top: 3, side: 24, isFlipped: false });
  const counted = (occluded: boolean) => [...countedInCut(people, 0, { isFlipped: false, countsOccluded: occluded })];
  expect([counted(false), counted(true)]).toEqual([
    [1, 1, 0, 0],
    [1, 1, 1, 1],
  ]);
  const instances = { ...settings, annotations: 'annotations/instances_{split}.json' };
  await expect(openMarked(instances, { split: 'val', baseDir: '/' })).rejects.toThrow(/no COCO annotations/);
});

it('composed scenes give each object its own square, around its box', async () => {
  const settings = fillEmojiScenes({ size: 64, testImages: 6 });
  const marked = await openMarked(settings, { split: 'test', baseDir: '/' });
  const objects = cutExamples(marked, 0);
  expect(objects.scheme).toEqual({ names: ['left', 'top', 'right', 'bottom', 'middle'], flipPairs: [[0, 2]] });
  expect(objects.length).toBe(marked.count);
  for (let i = 0; i < objects.length; i++) {
    const [x, y, w, h] = objects.boxes.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    const { left, top, side } = storedCut(objects, i);
    expect(side).toBe(Math.max(w, h));
    expect([left <= x, top <= y, left + side >= x + w, top + side >= y + h]).toEqual([true, true, true, true]);
  }
});

it('squares that reach beyond an image are grey there', () => {
  const image: RgbImage = { width: 2, height: 2, pixels: Uint8Array.from({ length: 12 }, (_, i) => i) };
  const { pixels } = cutSquare(image, { left: -1, top: 1, side: 3 });
  const grey = [124, 116, 104];
  expect([...pixels]).toEqual([
    ...grey,
    ...image.pixels.slice(6),
    ...grey,
    ...grey,
    ...grey,
    ...grey,
    ...grey,
    ...grey,
  ]);
});

describe('what a network sees', () => {
  /** One picture of 40 px, black but for a coloured pixel at each landmark: red left, green right, blue nose. */
  async function drawn(): Promise<LandmarkDataset> {
    const places = [12, 15, 25, 17, 19, 24]; // left eye, right eye, nose
    const samples = new Uint8Array(40 * 40 * 3);
    [0, 1, 2].forEach((k) => (samples[3 * (places[2 * k + 1]! * 40 + places[2 * k]!) + k] = 255));
    const root = await makeTree({ 'a.png': await fromRaw(samples, 40, 40, 3).png().toBuffer() });
    const marked = {
      ...{ split: 'train', names: ['a'], classes: ['face'], problems: [], count: 1 },
      scheme: { names: ['left', 'right', 'nose'], flipPairs: [[0, 1]] as const },
      store: { kind: 'files' as const, paths: [path.join(root, 'a.png')] },
      ...{ image: new Int32Array(1), category: new Int32Array(1), boxes: Float64Array.of(8, 10, 20, 20) },
      ...{ points: Float64Array.from(places), visibility: Uint8Array.of(2, 1, 2) },
    };
    return cutExamples(marked, 0.2);
  }

  /** Where each colour is brightest. */
  const brightest = ({ pixels, width }: RgbImage) =>
    [0, 1, 2].flatMap((c) => {
      const values = Array.from({ length: width * width }, (_, place) => pixels[3 * place + c]!);
      const place = values.indexOf(Math.max(...values));
      return [place % width, Math.floor(place / width)];
    });

  it('has its landmarks where the picture shows them, moved, scaled and mirrored', async () => {
    const dataset = await drawn();
    for (let draw = 0; draw < 24; draw++) {
      const cut = drawCut(storedCut(dataset, 0), { jitter: 0.1, flip: true }, deriveRandom(1, 'test', draw));
      const size = 3 * cut.side; // each pixel becomes nine, of which the middle one stays brightest
      const found = brightest(await readCut(dataset, 0, cut, size));
      const points = toPicture(pointsInCut(dataset, 0, cut), size);
      // In a mirrored picture, what is left now was right: its colour is the right eye's, its name is not.
      const order = cut.isFlipped ? [1, 0, 2] : [0, 1, 2];
      order.forEach((colour, k) => {
        expect(Math.abs(points[2 * k]! - found[2 * colour]!)).toBeLessThan(1);
        expect(Math.abs(points[2 * k + 1]! - found[2 * colour + 1]!)).toBeLessThan(1);
      });
      expect(points[0]).toBeLessThan(points[2]!);
      // The hidden landmark takes its mark along.
      const counted = countedInCut(dataset, 0, { isFlipped: cut.isFlipped, countsOccluded: false });
      expect([...counted]).toEqual(cut.isFlipped ? [0, 0, 1, 1, 1, 1] : [1, 1, 0, 0, 1, 1]);
    }
  });

  it('is mirrored half of the time, and never when that is switched off', async () => {
    const stored = storedCut(await drawn(), 0);
    const flips = (flip: boolean) =>
      Array.from({ length: 200 }, (_, i) => drawCut(stored, { jitter: 0, flip }, deriveRandom(2, 'test', i)));
    const share = flips(true).filter(({ isFlipped }) => isFlipped).length;
    expect(share).toBeGreaterThan(70);
    expect(share).toBeLessThan(130);
    for (const cut of flips(false)) expect(cut).toEqual(stored);
  });
});
