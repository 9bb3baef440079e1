/** Detection transfers through the real pipeline: what they leave, that stopping changes no bit, what settings change. */
import { readFileSync, rmSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseCocoGroundTruth } from '../../src/shared/detection/cocoGroundTruth';
import { parseCocoResults } from '../../src/shared/detection/cocoResults';
import { computeBudget, ERROR_TYPES } from '../../src/shared/math/detection/errorBudget';
import { judgeTide } from '../../src/shared/math/detection/tide';
import { findTidePairs } from '../../src/shared/math/detection/tidePairs';
import { decodeEvidence } from '../../src/shared/results/evidence';
import { findBoxEvidence } from '../../src/shared/views/detections/boxEvidence';
import { evaluateCoco } from '../../src/shared/math/detection/cocoSummary';
import { evaluateVoc } from '../../src/shared/math/detection/vocAp';
import type { Detections, GroundTruth } from '../../src/shared/results/detections';
import type { FileTensor } from '../../src/shared/weights/safetensors';
import { openEmojiScenes } from '../../src/worker/data/emojiScenes';
import { readImage } from '../../src/worker/data/imageStore';
import { runPipeline } from '../../src/worker/pipeline';
import * as run from './tinyRun';
import { sameBits, useTransferRuns } from './transferRuns';

const base = 'task: detection, data: scenes, batch: 4, scoreThreshold: 0.001';
const common = `${base}, detections: 30, steps: 6, checkpointEvery: 2, logEvery: 2`;
// RetinaNet says its anchors from the beginning, so that some detections are right without a training.
const anchors = `${base}, model: retinanet, anchorSizes: [8, 12, 16, 20, 24], detections: 500, steps: 3`;
const regions =
  'anchorSizes: [8, 12, 16, 24, 32], rpnProposalsTrain: [60, 30], rpnProposalsTest: [40, 20], roiBatch: 16';
const transfers = {
  anchors: `id: anchors, ${anchors}`,
  voc: `id: voc, ${anchors}, metric: voc07-11point`,
  area: `id: area, ${anchors}, metric: voc-area`,
  fcos: `id: fcos, ${common}, evaluateEvery: 4, learningRate: 0.01`,
  masks: `id: masks, ${common}, model: mask-rcnn-fpn, ${regions}, learningRate: 0.002`,
  // Three batches are one epoch, and without mirrored images every epoch shows the same twelve.
  precise: `id: precise, ${common}, learningRate: 0.01, flip: false, preciseBatchNorm: 3`,
  frozen: `id: frozen, ${common}, freeze: layer2`,
  fresh: `id: fresh, ${common}, freeze: layer2, reinitialise: layer4, learningRate: 0.000001, weightDecay: 0`,
};

const { textOf, start, expectSameBitsAfterStops, nameOf, fileOf, resultOf, tensorsOf, out } = useTransferRuns(
  runPipeline,
  {
    data: [
      'scenes: { kind: emoji-scenes, size: 32, trainImages: 12, testImages: 16, objects: [1, 3], scale: [0.3, 0.6] }',
    ],
    transfers,
  },
);
const everything = textOf('anchors', 'voc', 'area', 'fcos', 'masks', 'precise', 'frozen', 'fresh');

/** The two files of a transfer, as anybody would read them. */
function readFiles(transfer: string, iouType: 'bbox' | 'segm' = 'bbox'): { truth: GroundTruth; found: Detections } {
  const annotations = parseCocoGroundTruth(readFileSync(fileOf(nameOf(transfer), 'annotations.json')), iouType);
  const truth = annotations.value!;
  const results = parseCocoResults(readFileSync(fileOf(nameOf(transfer), 'detections.json')), { truth, iouType });
  expect([...annotations.problems, ...results.problems]).toEqual([]);
  return { truth, found: results.value! };
}

describe('finished detection transfers', () => {
  let first: run.TinyRun;
  beforeAll(async () => {
    first = await start(everything);
  }, 240_000);

  it('do every stage and leave nothing of the work', () => {
    expect(first.messages).toEqual([]);
    expect(first.outcome).toMatchObject({ state: 'done', counts: { done: 9, failed: 0, skipped: 0 } });
    expect(run.leftovers(out())).toEqual([]);
    const { files } = run.readRecords(out(), 'tiny-1').get(nameOf('fcos'))!;
    expect(Object.keys(files).sort()).toEqual([
      'annotations.json',
      'detections.json',
      'evidence.safetensors',
      'images-0.webp',
      'metrics.jsonl',
      'model.safetensors',
    ]);
    expect(resultOf('fcos')).toMatchObject({
      task: 'detection',
      trainImages: 12,
      testImages: 16,
      classes: 9,
      layers: [],
    });
  });

  it('write files that give the scores of the record to the last bit', () => {
    const { truth, found } = readFiles('anchors');
    expect(found.count).toBeGreaterThan(0);
    const { numbers } = evaluateCoco(truth, found, { iouType: 'bbox' });
    const { metrics, headline } = resultOf('anchors');
    expect(numbers.AP).toBeGreaterThan(0);
    expect(metrics).toMatchObject({ ap: numbers.AP, ap50: numbers.AP50, ap75: numbers.AP75, ar100: numbers.AR100 });
    expect(headline).toEqual({ metric: 'ap', layer: '', value: numbers.AP });
  });

  it('tell in the record which errors were made, as a diagnosis of the files does', () => {
    const { truth, found } = readFiles('anchors');
    const pairs = findTidePairs(truth, found, { iouType: 'bbox' });
    const { ap, gains, counts } = computeBudget(pairs, judgeTide(pairs));
    const { errors } = resultOf('anchors');
    expect(errors).toMatchObject({ ap50: ap, counts });
    for (const type of ERROR_TYPES) expect(errors!.gains[type]).toBe(gains[type]);
    expect(Object.values(errors!.hoiem).reduce((sum, share) => sum + share)).toBeCloseTo(1, 12);
  });

  it('keep what the surest detections were read off', () => {
    const { truth, found } = readFiles('masks');
    const evidence = decodeEvidence(readFileSync(fileOf(nameOf('masks'), 'evidence.safetensors')));
    expect(evidence.objects.length).toBe(truth.count);
    expect(evidence.detections.length).toBe(Math.min(20 * 16, found.count));
    // A kept detection's score is the one of its class among all.
    evidence.detections.forEach((row, i) => {
      const score = evidence.scores[9 * i + found.category[row]!]!;
      expect(score / found.scores[row]!).toBeCloseTo(1, 2);
    });
    const { proposals, alike } = findBoxEvidence({ truth, detections: found, evidence }, { kind: 'object', row: 0 });
    expect(alike).toHaveLength(8);
    expect(proposals.every(({ iou }) => iou > 0)).toBe(true);
  });

  it('score masks as well where there are some', () => {
    const { truth, found } = readFiles('masks', 'segm');
    expect(found.count).toBeGreaterThan(0);
    const masks = evaluateCoco(truth, found, { iouType: 'segm' }).numbers;
    const boxes = evaluateCoco(truth, found, { iouType: 'bbox' }).numbers;
    const { metrics } = resultOf('masks');
    expect(metrics).toMatchObject({ ap: boxes.AP, maskAp: masks.AP, maskAp50: masks.AP50, maskAr100: masks.AR100 });
  });

  it.each([
    ['voc', '11point'],
    ['area', 'area'],
  ] as const)('score %s as VOC does', (transfer, interpolation) => {
    const { truth, found } = readFiles(transfer);
    const { ap, perClass } = evaluateVoc(truth, found, { interpolation });
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const result = resultOf(transfer);
    expect(result.metrics).toEqual({ ap: mean(ap), ap50: ap[0], ap75: ap[5] });
    expect(Object.keys(result.perClass!)).toHaveLength(perClass.filter(({ objects }) => objects > 0).length);
    // The same detections, another number.
    const read = (name: string) => readFileSync(fileOf(nameOf(name), 'detections.json'), 'utf8');
    expect(read(transfer)).toBe(read('anchors'));
    expect(result.metrics!.ap).not.toBe(resultOf('anchors').metrics!.ap);
  });

  it('log each part of the loss, and the scores when asked', () => {
    const lines = readFileSync(fileOf(nameOf('fcos'), 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const rows = lines.map(
      (line) => JSON.parse(line) as { step: number; metrics: Record<string, number>; event?: string },
    );
    // The rate drops at steps 4 and 5; a row without figures says only that.
    expect(rows.map(({ step, event }) => [step, event])).toEqual([
      [2, undefined],
      [4, 'learning rate dropped to 0.001'],
      [5, 'learning rate dropped to 0.0001'],
      [6, undefined],
    ]);
    const logged = rows.filter(({ step }) => step !== 5);
    for (const { metrics } of logged) {
      const { loss, classification, bbox_regression: boxes, bbox_ctrness: centres } = metrics;
      expect(Math.abs(loss! - classification! - boxes! - centres!)).toBeLessThan(1e-5);
    }
    expect(logged.map(({ metrics }) => 'ap50' in metrics)).toEqual([false, true, false]);
  });

  it('log how many objects the proposals cover', () => {
    const lines = readFileSync(fileOf(nameOf('masks'), 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n');
    // Rows that tell of an event have no figures.
    const recalls = lines.flatMap(
      (line) => (JSON.parse(line) as { metrics: Record<string, number> }).metrics.proposalRecall ?? [],
    );
    expect(recalls).toHaveLength(3);
    for (const recall of recalls) {
      expect(recall).toBeGreaterThan(0);
      expect(recall).toBeLessThanOrEqual(1);
    }
  });

  it('measure batch norm over whole training images when asked', async () => {
    const weights = tensorsOf(nameOf('precise'), 'model.safetensors');
    const { openScenes } = await openEmojiScenes({
      ...{ kind: 'emoji-scenes', labels: 'category', size: 32, objects: [1, 3], scale: [0.3, 0.6], overlap: 0.3 },
      ...{ trainImages: 12, testImages: 16, sceneSeed: 0, train: 'train', test: 'test' },
    });
    const { store } = await openScenes('train');
    const images = await Promise.all(Array.from({ length: 12 }, async (_, i) => (await readImage(store, i)).pixels));
    const means = meanAfterConvolution(images, weights.get('conv1.weight')!);
    const measured = weights.get('bn1.running_mean')!.data as Float32Array;
    measured.forEach((mean, c) => expect(mean).toBeCloseTo(means[c]!, 5));
  });

  it('leave frozen stages as they were, bit by bit', () => {
    const before = tensorsOf('random/seed-0', 'checkpoint.safetensors');
    const after = tensorsOf(nameOf('frozen'), 'model.safetensors');
    const isFrozen = (name: string) => !/^layer[34]\./.test(name);
    for (const [name, { data }] of before) {
      if (name.endsWith('num_batches_tracked')) continue;
      const isSame = sameBits(data, after.get(name)!.data);
      if (isFrozen(name)) expect(isSame, name).toBe(true);
      else if (name.endsWith('.weight')) expect(isSame, name).toBe(false);
    }
  });

  it('draw later stages anew when asked, and no others', () => {
    const before = tensorsOf('random/seed-0', 'checkpoint.safetensors');
    const after = tensorsOf(nameOf('fresh'), 'model.safetensors');
    const convolutions = [...before].filter(([name]) => /conv\d\.weight$/.test(name));
    for (const [name, { data }] of convolutions) {
      // At this learning rate training moves weights by less than 0.001 of their size; drawing moves them by all of it.
      const distance = relativeDistance(data as Float32Array, after.get(name)!.data as Float32Array);
      if (name.startsWith('layer4.')) expect(distance, name).toBeGreaterThan(0.5);
      else expect(distance, name).toBeLessThan(0.001);
    }
  });

  it('are reused by an identical launch, and leak no tensor', async () => {
    const before = tf.memory().numTensors;
    const again = await start(everything);
    expect(again.outcome).toMatchObject({ state: 'done', counts: { done: 0, reused: 9 } });
    rmSync(out(), { recursive: true, force: true });
    await start(textOf('fcos', 'masks'));
    expect(tf.memory().numTensors).toBe(before);
  }, 120_000);
});

it('go on to the same bits after a stop in training and before testing', async () => {
  await expectSameBitsAfterStops(textOf('fcos', 'masks'), [
    [nameOf('fcos'), 2],
    [nameOf('masks'), 4],
    [nameOf('fcos'), 6],
  ]);
}, 240_000);

/** Mean over images and places of a 3 × 3 convolution with stride 2 and padding 1 of normalised 32 px images, by its definition. */
function meanAfterConvolution(images: readonly Uint8Array[], { data, shape }: FileTensor): number[] {
  const [channels] = shape as [number];
  const sums = new Array<number>(channels).fill(0);
  const valueAt = (pixels: Uint8Array, y: number, x: number, c: number) =>
    y < 0 || x < 0 || y > 31 || x > 31
      ? 0
      : (pixels[3 * (32 * y + x) + c]! / 255 - [0.485, 0.456, 0.406][c]!) / [0.229, 0.224, 0.225][c]!;
  for (const pixels of images)
    for (let y = 0; y < 32; y += 2)
      for (let x = 0; x < 32; x += 2)
        for (let tap = 0; tap < 27; tap++) {
          const [c, dy, dx] = [Math.floor(tap / 9), Math.floor((tap % 9) / 3) - 1, (tap % 3) - 1];
          const value = valueAt(pixels, y + dy, x + dx, c);
          for (let out = 0; out < channels; out++) sums[out]! += value * (data as Float32Array)[27 * out + tap]!;
        }
  return sums.map((sum) => sum / (images.length * 16 * 16));
}

/** |a − b| / |a| */
function relativeDistance(a: Float32Array, b: Float32Array): number {
  let [difference, size] = [0, 0];
  a.forEach((value, i) => {
    difference += (value - b[i]!) * (value - b[i]!);
    size += value * value;
  });
  return Math.sqrt(difference / size);
}
