/** Sessions that look at single batches of every kind of stage: beside real runs, whose logged losses they must repeat exactly. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../src/shared/errors';
import type { BatchRequest } from '../../src/shared/protocol/worker';
import type { BatchInspection, BatchSession, Matching } from '../../src/shared/results/batchInspection';
import { IGNORED_LABEL } from '../../src/shared/results/segmentations';
import type * as augmentPool from '../../src/worker/augment/augmentPool';
import { createValueTable, readLabelPng } from '../../src/worker/data/readLabelPng';
import { openBatchSession } from '../../src/worker/debug/batchSession';
import { runPipeline } from '../../src/worker/pipeline';
import * as run from './tinyRun';
import { useTransferRuns } from './transferRuns';

// Threads need a bundle; without them the results are the same.
vi.mock('../../src/worker/augment/augmentPool', async (original) => {
  const real = await original<typeof augmentPool>();
  return {
    ...real,
    createAugmentPool: (options: Parameters<typeof real.createAugmentPool>[0]) =>
      real.createAugmentPool({ ...options, threads: 0 }),
  };
});

const STEPS = 3;
const brief = `steps: ${STEPS}, logEvery: 1, checkpointEvery: 2, clipNorm: 1`;
const regions = 'anchorSizes: [8, 12, 16, 24, 32], rpnProposalsTrain: [60, 30], roiBatch: 16, rpnBatch: 32';
const detection = `task: detection, data: scenes, batch: 2, scoreThreshold: 0.5, testImages: 2, ${brief}`;
const c4 = 'anchorSizes: [[8, 12, 16, 24]], rpnProposalsTrain: [60, 30], roiBatch: 8, rpnBatch: 32';
const tuned: Readonly<Record<string, string>> = {
  fcos: `id: fcos, ${detection}`,
  retinanet: `id: retinanet, ${detection}, model: retinanet, anchorSizes: [8, 12, 16, 20, 24]`,
  masks: `id: masks, ${detection}, model: mask-rcnn-fpn, ${regions}, accumulate: 2`,
  c4: `id: c4, ${detection}, model: faster-rcnn-c4, ${c4.replace('[[', '[').replace(']]', ']')}`,
  deep: `id: deep, task: semantic-segmentation, data: scenes, batch: 4, ${brief}, headChannels: 8, atrousRates: [1, 2, 3], testImages: 2`,
  points: `id: points, task: landmarks, data: scenes, imageSize: 32, batch: 4, ${brief}, testImages: 2`,
  kinds: `id: kinds, task: classification, data: tiny, imageSize: 16, batch: 8, ${brief}, testImages: 4`,
};
const frozen: Readonly<Record<string, string>> = {
  sgd: 'id: sgd, task: linear-probe, data: tiny, imageSize: 16, solver: sgd, layers: [layer2, layer4], epochs: 2, batch: 8',
  solved: 'id: solved, task: linear-probe, data: tiny, imageSize: 16, layers: [layer4]',
  knn: 'id: knn, task: knn, data: tiny, imageSize: 16, k: 5, layers: [layer4]',
};
const transfers = { ...tuned, ...frozen };

const { textOf, start, fileOf, nameOf, out, folder } = useTransferRuns(runPipeline, {
  data: [
    'scenes: { kind: emoji-scenes, size: 32, trainImages: 12, testImages: 8, objects: [1, 3], scale: [0.3, 0.6] }',
    'tiny: { kind: image-folder, root: images }',
  ],
  transfers,
});

beforeAll(async () => {
  await run.writeTinyImages(join(folder(), 'images'));
});
afterEach(() => rmSync(join(folder(), 'batch'), { recursive: true, force: true }));

interface Looked {
  readonly session: BatchSession;
  readonly inspections: readonly BatchInspection[];
}

async function look(stage: string, steps: number, changes: Partial<BatchRequest> = {}): Promise<Looked> {
  const pictures = join(folder(), 'batch');
  mkdirSync(pictures, { recursive: true });
  const request = {
    file: join(folder(), 'tiny.transfer.yaml'),
    out: out(),
    folder: pictures,
    stage,
    fromCheckpoint: false,
  };
  const open = await openBatchSession({ ...request, ...changes }, new AbortController().signal);
  const inspections: BatchInspection[] = [];
  for (let i = 0; i < steps; i++) inspections.push(await open.next());
  await open.dispose();
  return { session: open.session, inspections };
}

interface Row {
  readonly metrics: Readonly<Record<string, number>>;
}

const rowsOf = (transfer: string): Row[] =>
  readFileSync(fileOf(nameOf(transfer), 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
    .filter(({ metrics }) => metrics.loss !== undefined);

describe('transfers that train the backbone', () => {
  beforeAll(async () => {
    rmSync(out(), { recursive: true, force: true });
    const { outcome } = await start(textOf(...Object.keys(transfers)));
    expect(outcome.failures).toEqual([]);
  });

  it.each(Object.keys(tuned))('%s: updates are those of the run', async (id) => {
    const files = run.listFiles(out());
    const before = tf.memory().numTensors;
    const { session, inspections } = await look(id, STEPS);
    expect(tf.memory().numTensors).toBe(before);
    expect(run.listFiles(out())).toEqual(files);
    expect(session).toMatchObject({ stage: nameOf(id), kind: 'transfer', steps: STEPS, startedAt: 0, isTrained: true });
    expect(session.weights).toBe('Weights of the finished pretraining "random".');
    expect(session.images).toEqual({ data: expect.stringMatching(/^(scenes|tiny)$/) as string, split: 'train' });
    const logged = rowsOf(id);
    expect(logged).toHaveLength(STEPS);
    for (const [i, { losses, gradientNorm, learningRate }] of inspections.entries()) {
      const { metrics } = logged[i]!;
      expect({ gradientNorm, learningRate }).toEqual({
        gradientNorm: metrics.gradientNorm,
        learningRate: metrics.learningRate,
      });
      for (const { name, value } of losses) expect(value, name).toBe(metrics[name]);
    }
    await expect(look(id, STEPS + 1)).rejects.toThrow(UserError);
  });

  it.each(['fcos', 'retinanet', 'masks', 'c4'])('%s: every object and candidate is accounted for', async (id) => {
    const { inspections, session } = await look(id, 1);
    const [{ matching, images, layers }] = inspections as [BatchInspection];
    const { images: matched } = matching as Extract<Matching, { kind: 'boxes' }>;
    expect(matched).toHaveLength(session.batch * session.accumulate);
    const wanted = { fcos: ['points'], retinanet: ['anchors'], masks: ['anchors', 'proposals'] }[id];
    for (const { place, truth, stages } of matched) {
      expect(stages.map(({ name }) => name).sort()).toEqual(wanted ?? ['anchors', 'proposals']);
      expect(images[place]!.label!.split(', ').sort()).toEqual([...new Set(truth.map(({ label }) => label))].sort());
      for (const { name, counts, drawn, unmatched, candidates } of stages) {
        expect(drawn.positive).toBeLessThanOrEqual(counts.positive);
        expect(drawn.negative).toBeLessThanOrEqual(counts.negative);
        const found = new Set(candidates.flatMap(({ matched: object }) => object ?? []));
        for (const object of unmatched) expect(found.has(object)).toBe(false);
        if (counts.positive <= 150 && name !== 'proposals')
          expect(found.size + unmatched.length, name).toBe(truth.length);
        for (const { box, role, iou, score, matched: object } of candidates) {
          expect(score).toBeGreaterThan(0);
          expect(score).toBeLessThan(1);
          expect(role === 'positive').toBe(object !== undefined);
          if (object === undefined) continue;
          const best = Math.max(...truth.map((one) => overlap(box, one.box)));
          expect(Math.abs(iou - best)).toBeLessThan(1e-5);
          if (name === 'proposals') expect(iou).toBeGreaterThanOrEqual(0.5 - 1e-6);
        }
      }
    }
    const head = { fcos: 'head.classification_head.conv.2', retinanet: 'head.classification_head.conv.0.1' }[id];
    const seen = layers.filter(({ name }) => name === (head ?? 'rpn.head.conv.0.1'));
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.map(({ call }) => call)).toEqual(seen.map((_, i) => i + 1));
    expect(layers.some(({ name }) => name === 'roi_heads.box_predictor.cls_score')).toBe(head === undefined);
  });

  it('segmentation: label maps are those that the loss judged', async () => {
    const { inspections } = await look('deep', 1);
    const [{ matching, images }] = inspections as [BatchInspection];
    const pixels = matching as Extract<Matching, { kind: 'pixels' }>;
    expect(pixels.images).toHaveLength(images.length);
    for (const { truthFile, predictedFile, accuracy, ignoredShare } of pixels.images) {
      const [truth, predicted] = await Promise.all([readMap(truthFile), readMap(predictedFile)]);
      const judged = [...truth.keys()].filter((p) => truth[p] !== 255);
      const right = judged.filter((p) => truth[p] === predicted[p]).length;
      expect(ignoredShare).toBeCloseTo(1 - judged.length / truth.length, 12);
      expect(accuracy).toBeCloseTo(right / judged.length, 12);
      expect(Math.max(...predicted)).toBeLessThan(pixels.classes.length);
    }
  });

  it('landmarks: points lie in the picture', async () => {
    const { inspections } = await look('points', 1);
    const { images, names } = inspections[0]!.matching as Extract<Matching, { kind: 'landmarks' }>;
    expect(images).toHaveLength(4);
    for (const { points } of images) {
      expect(points).toHaveLength(names.length);
      for (const { expected } of points) for (const at of expected) expect(Math.abs(at - 16)).toBeLessThanOrEqual(24);
    }
  });

  it('classification: probabilities are a distribution', async () => {
    const { inspections } = await look('kinds', 1);
    const { images, classes } = inspections[0]!.matching as Extract<Matching, { kind: 'classes' }>;
    for (const { predicted } of images) {
      expect(predicted).toHaveLength(classes.length);
      expect(predicted.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 10);
    }
  });
});

describe('networks that learn nothing, or only a classifier', () => {
  it('features: the images in their order, layers without gradients', async () => {
    const { session, inspections } = await look('random/seed-0/features/tiny:val', 1);
    expect(session).toMatchObject({ kind: 'features', isTrained: false, steps: 1 });
    const [{ layers, images, losses, parameters }] = inspections as [BatchInspection];
    expect(images).toHaveLength(16);
    expect(layers.map(({ name }) => name)).toEqual(expect.arrayContaining(['layer2', 'layer4', 'avgpool']));
    expect(layers.every(({ gradient }) => gradient === undefined)).toBe(true);
    expect({ losses, parameters }).toEqual({ losses: [], parameters: [] });
  });

  it('a random pretraining: images of what is read with it', async () => {
    const { session, inspections } = await look('random', 1);
    expect(session).toMatchObject({ kind: 'pretraining', method: 'random', isTrained: false });
    expect(inspections[0]!.images.length).toBeGreaterThan(0);
  });

  it.each([true, false])('a probe by SGD on features, stored: %s', async (isStored) => {
    const elsewhere = isStored ? {} : { out: join(folder(), 'empty') };
    const { session, inspections } = await look('sgd', 2, elsewhere);
    expect(session).toMatchObject({ method: 'linear-probe', steps: 8, batch: 8, isTrained: true });
    for (const { losses, images, layers, parameters } of inspections) {
      const mean = images.reduce((sum, { loss }) => sum + loss!, 0) / images.length;
      expect(mean).toBeCloseTo(losses[0]!.value, 5);
      expect(layers.map(({ name, shape }) => [name, shape[0]])).toEqual([
        ['layer4', 8],
        ['fc', 8],
      ]);
      expect(parameters.map(({ name }) => name)).toEqual(['fc.weight', 'fc.bias']);
    }
    expect(readdirSync(join(folder(), 'out'), { recursive: true }).length).toBeGreaterThan(0);
  });

  it.each([
    ['solved', /`solver: lbfgs`.*random\/seed-0\/features\/tiny:train/],
    ['knn', /stored features.*random\/seed-0\/features\/tiny:train/],
    ['nothing', /nothing in this experiment is called "nothing"; choose one of random/],
  ])('%s has no batch, which is said', async (stage, message) => {
    await expect(look(stage, 0)).rejects.toThrow(message);
  });
});

describe('a stage before its needs', () => {
  it('starts from the weights that its pretraining begins with', async () => {
    const ready = await look('kinds', 2);
    const bare = await look('kinds', 2, { out: join(folder(), 'bare') });
    expect(bare.session.weights).toBe('Random weights of seed 0.');
    const losses = ({ inspections }: Looked) => inspections.map((one) => one.losses);
    expect(losses(bare)).toEqual(losses(ready));
  });

  it('takes another seed when it is asked for one', async () => {
    const { session } = await look('random/seed-0/kinds', 1, { seed: 5 });
    expect(session).toMatchObject({ stage: 'random/seed-5/kinds', seed: 5, line: expect.any(Number) as number });
  });
});

async function readMap(file: string): Promise<Uint8Array> {
  const asStored = createValueTable(
    Array.from({ length: 255 }, (_, value) => value),
    [IGNORED_LABEL],
  );
  const { labels } = await readLabelPng(join(folder(), 'batch', file), asStored);
  return labels;
}

type Corners = readonly [number, number, number, number];

/** Of boxes x, y, width, height. */
function overlap([ax, ay, aw, ah]: Corners, [bx, by, bw, bh]: Corners): number {
  const width = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const height = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (aw * ah + bw * bh - width * height);
}
