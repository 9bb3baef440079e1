/** Segmentation transfers through the real pipeline: what they leave, that stopping changes no bit, what settings change. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { inflateSync } from 'node:zlib';
import { openLabelPng, unpackRuns } from '../../src/shared/formats/labelPng';
import { paintRuns } from '../../src/shared/formats/labelRuns';
import {
  parseSegmentationIndex,
  planSheets,
  sumConfusion,
  type SegmentationIndex,
} from '../../src/shared/results/segmentations';
import { decodeSafetensors } from '../../src/shared/weights/safetensors';
import { runPipeline } from '../../src/worker/pipeline';
import * as run from './tinyRun';
import { useTransferRuns } from './transferRuns';

const base =
  'task: semantic-segmentation, batch: 4, steps: 6, checkpointEvery: 2, logEvery: 2, learningRate: 0.02, schedule: poly';
const small = 'headChannels: 8, atrousRates: [1, 2, 3]';
const transfers = {
  deep: `id: deep, ${base}, data: scenes, ${small}, evaluateEvery: 4, photometric: true`,
  plain: `id: plain, ${base}, data: scenes, model: fcn, auxiliaryHead: false, cropSize: [24, 40], inference: slide, window: [16, 24]`,
  files: `id: files, ${base}, data: files, model: fcn, outputStride: 16, freeze: layer2, shortestSide: 24, testImages: 2`,
};

const { textOf, start, expectSameBitsAfterStops, nameOf, fileOf, resultOf, out, folder } = useTransferRuns(
  runPipeline,
  {
    data: [
      'scenes: { kind: emoji-scenes, size: 32, trainImages: 12, testImages: 10, objects: [1, 3], scale: [0.3, 0.6] }',
      'files: { kind: label-pngs, root: maps, classes: [ground, sky, thing], ignore: [255, 9] }',
    ],
    transfers,
  },
);
const everything = textOf('deep', 'plain', 'files');
const stageNames = ['deep', 'plain', 'files'].map((id) => `random/seed-0/${id}`);

/** Pictures of several sizes: a ground, a sky, a thing, and a strip that does not count. */
async function writeMaps(): Promise<void> {
  for (const [split, count] of [['train', 6] as const, ['val', 4] as const]) {
    for (const part of ['images', 'labels']) mkdirSync(join(folder(), 'maps', part, split), { recursive: true });
    for (let i = 0; i < count; i++) {
      const [width, height] = [40 + 8 * i, 30 + 2 * i];
      const labels = Uint8Array.from({ length: width * height }, (_, place) => {
        const [x, y] = [place % width, Math.floor(place / width)];
        if (y < 2) return i % 2 === 0 ? 255 : 9;
        return x > 10 && x < 20 && y > 8 && y < 22 ? 2 : y < height / 2 ? 1 : 0;
      });
      const pixels = Uint8Array.from(
        { length: 3 * width * height },
        (_, at) => 80 * labels[Math.floor(at / 3)]! + (at % 7),
      );
      const raw = { width, height };
      const file = (part: string, ending: string) => join(folder(), 'maps', part, split, `${i}.${ending}`);
      await sharp(pixels, { raw: { ...raw, channels: 3 } })
        .png()
        .toFile(file('images', 'png'));
      await sharp(labels, { raw: { ...raw, channels: 1 } })
        .toColourspace('b-w')
        .png()
        .toFile(file('labels', 'png'));
    }
  }
}

beforeAll(writeMaps);

const recordOf = (transfer: string) => run.readRecords(out(), 'tiny-1').get(nameOf(transfer))!;

function indexOf(transfer: string): SegmentationIndex {
  const found = parseSegmentationIndex(readFileSync(fileOf(nameOf(transfer), 'segmentation.json'), 'utf8'));
  if ('problem' in found) throw new Error(found.problem);
  return found.index;
}

/** A label map as a panel cuts it out of its sheet. */
function labelsOf(transfer: string, part: 'truth' | 'predicted', image: SegmentationIndex['images'][number]) {
  const png = openLabelPng(readFileSync(fileOf(nameOf(transfer), `${part}-${image.place.sheet}.png`)));
  if ('problem' in png) throw new Error(png.problem);
  const sheet = unpackRuns(png, inflateSync(png.packed))!;
  const labels = paintRuns(sheet, new Uint8Array(sheet.width * sheet.height));
  const { width, height, place } = image;
  return Uint8Array.from(
    { length: width * height },
    (_, i) => labels[(place.y + Math.floor(i / width)) * sheet.width + place.x + (i % width)]!,
  );
}

describe('finished segmentation transfers', () => {
  let first: run.TinyRun;
  beforeAll(async () => {
    first = await start(everything);
  }, 240_000);

  it('do every stage and leave nothing of the work', () => {
    expect(first.messages).toEqual([]);
    expect(first.outcome).toMatchObject({ state: 'done', counts: { done: 4, failed: 0, skipped: 0 } });
    expect(run.leftovers(out())).toEqual([]);
    const common = ['metrics.jsonl', 'model.safetensors', 'predicted-0.png', 'segmentation.json', 'truth-0.png'];
    expect(Object.keys(recordOf('deep').files).sort()).toEqual(['images-0.webp', ...common]);
    expect(Object.keys(recordOf('files').files).sort()).toEqual(common);
    expect(resultOf('deep')).toMatchObject({ trainImages: 12, testImages: 10, classes: 10, layers: [] });
    expect(resultOf('files')).toMatchObject({ trainImages: 6, testImages: 2, classes: 3 });
  });

  it.each(Object.keys(transfers))('%s: files from which every score follows', (transfer) => {
    const { classes, images } = indexOf(transfer);
    const count = classes.length;
    const confusion = new Float64Array(count * count);
    for (const image of images) {
      const [truth, predicted] = [labelsOf(transfer, 'truth', image), labelsOf(transfer, 'predicted', image)];
      expect(Math.max(...predicted)).toBeLessThan(count);
      truth.forEach((label, i) => label !== 255 && confusion[label * count + predicted[i]!]!++);
    }
    expect(sumConfusion({ classes, images })).toEqual(confusion);
    const sum = (from: number, step: number) =>
      Array.from({ length: count }, (_, i) => confusion[from + i * step]!).reduce((a, b) => a + b, 0);
    const iou = classes.map((_, k) => {
      const right = confusion[k * count + k]!;
      return right / (sum(k * count, 1) + sum(k, count) - right);
    });
    const known = iou.filter((value) => !Number.isNaN(value));
    const meanIou = known.reduce((a, b) => a + b, 0) / known.length;
    const { headline, metrics, perClass } = resultOf(transfer);
    expect(headline).toEqual({ metric: 'meanIou', layer: '', value: metrics!.meanIou });
    expect(metrics!.meanIou).toBeCloseTo(meanIou, 12);
    expect(metrics!.meanIouLow).toBeLessThanOrEqual(meanIou);
    expect(metrics!.meanIouHigh).toBeGreaterThanOrEqual(meanIou);
    expect(metrics!.boundaryIou).toBeGreaterThanOrEqual(0);
    expect(Object.keys(perClass!)).toEqual(classes.filter((_, k) => !Number.isNaN(iou[k]!)));
  });

  it('void pixels count nowhere', () => {
    const { images } = indexOf('files');
    for (const { width, height, confusion } of images) {
      const judged = confusion.filter((_, i) => i % 3 === 2).reduce((a, b) => a + b, 0);
      expect(judged).toBe(width * (height - 2));
    }
  });

  it('the pictures of scenes lie where their label maps do, those of files are named', async () => {
    const { images, pictures } = indexOf('deep');
    expect(pictures).toBe('sheets');
    const sheet = await sharp(readFileSync(fileOf(nameOf('deep'), 'images-0.webp'))).metadata();
    expect([sheet.width, sheet.height]).toEqual([
      planSheets(images).sheets[0]!.width,
      planSheets(images).sheets[0]!.height,
    ]);
    expect(indexOf('files').images.map(({ picture }) => picture)).toEqual(
      indexOf('files').images.map(({ name }) => `images/val/${name}.png`),
    );
  });

  it("call weights as torchvision does, and leave frozen stages' alone", () => {
    const { tensors } = decodeSafetensors(readFileSync(fileOf(nameOf('deep'), 'model.safetensors')));
    for (const name of [
      'backbone.layer4.1.conv2.weight',
      'classifier.0.project.1.running_var',
      'aux_classifier.4.bias',
    ])
      expect(tensors.has(name), name).toBe(true);
    const before = decodeSafetensors(readFileSync(fileOf('random/seed-0', 'checkpoint.safetensors'))).tensors;
    const after = decodeSafetensors(readFileSync(fileOf(nameOf('files'), 'model.safetensors'))).tensors;
    const isSame = (name: string) =>
      Buffer.from(before.get(name)!.data.buffer).equals(Buffer.from(after.get(`backbone.${name}`)!.data.buffer));
    expect(isSame('layer2.1.conv2.weight')).toBe(true);
    expect(isSame('layer3.0.conv1.weight')).toBe(false);
  });

  it('log each part of the loss, and the scores when asked', () => {
    const rows = readFileSync(fileOf(nameOf('deep'), 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: number; metrics: Record<string, number> });
    expect(rows.map(({ step }) => step)).toEqual([2, 4, 6]);
    for (const { metrics } of rows)
      expect(Math.abs(metrics.loss! - metrics.classification! - metrics.auxiliary!)).toBeLessThan(1e-5);
    expect(rows.map(({ metrics }) => 'meanIou' in metrics)).toEqual([false, true, false]);
  });

  it('are reused by an identical launch, and leak no tensor', async () => {
    const before = tf.memory().numTensors;
    const again = await start(everything);
    expect(again.outcome).toMatchObject({ state: 'done', counts: { done: 0, reused: 4 } });
    rmSync(out(), { recursive: true, force: true });
    await start(textOf('deep'));
    expect(tf.memory().numTensors).toBe(before);
  }, 120_000);
});

it('go on to the same bits after a stop in training and before testing', async () => {
  await expectSameBitsAfterStops(textOf('deep', 'plain'), [
    [stageNames[0]!, 2],
    [stageNames[1]!, 6],
  ]);
}, 240_000);
