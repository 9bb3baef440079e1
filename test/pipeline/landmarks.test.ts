/** Landmark transfers through the real pipeline: what they leave, that stopping changes no bit, what settings change. */
import { readFileSync, rmSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { landmarkErrors, summariseErrors } from '../../src/shared/math/landmarks';
import { LANDMARKS_FILE, type LandmarkFile } from '../../src/shared/results/landmarks';
import { runPipeline } from '../../src/worker/pipeline';
import * as run from './tinyRun';
import { sameBits, useTransferRuns } from './transferRuns';

vi.mock('../../src/worker/augment/augmentPool', async (original) =>
  (await import('./withoutThreads')).withoutThreads(original),
);

const training = 'task: landmarks, data: scenes, imageSize: 32, batch: 8, steps: 6, checkpointEvery: 2, logEvery: 2';
const transfers = {
  probe: 'id: probe, task: landmark-probe, data: scenes, imageSize: 32, layers: [layer1, layer4], hypercolumn: true',
  tuned: `id: tuned, ${training}, evaluateEvery: 4, learningRate: 0.05, threshold: 0.3`,
  columns: `id: columns, ${training}, head: hypercolumn, virtualLandmarks: 6, optimizer: adam, learningRate: 0.001, occluded: true`,
  frozen: `id: frozen, ${training}, freeze: layer4`,
  depth: `id: depth, ${training}, matrix: { cut: [stem, layer2] }`,
  named: `id: named, ${training}, normalise: [left, right], loss: l2, flip: false, jitter: 0`,
};

const { textOf, start, expectSameBitsAfterStops, nameOf, fileOf, resultOf, tensorsOf, out } = useTransferRuns(
  runPipeline,
  {
    data: [
      'scenes: { kind: emoji-scenes, size: 64, trainImages: 24, testImages: 12, objects: [1, 3], scale: [0.3, 0.6] }',
    ],
    transfers,
  },
);
const everything = textOf('probe', 'tuned', 'columns', 'frozen', 'depth', 'named');

const landmarksOf = (transfer: string) =>
  JSON.parse(readFileSync(fileOf(nameOf(transfer), LANDMARKS_FILE), 'utf8')) as LandmarkFile;

describe('finished landmark transfers', () => {
  let first: run.TinyRun;
  beforeAll(async () => {
    first = await start(everything);
  }, 240_000);

  it('do every stage and leave nothing of the work', () => {
    expect(first.messages).toEqual([]);
    // A pretraining, two splits of features, seven transfers.
    expect(first.outcome).toMatchObject({ state: 'done', counts: { done: 10, failed: 0, skipped: 0 } });
    expect(run.leftovers(out())).toEqual([]);
    const files = (transfer: string) =>
      Object.keys(run.readRecords(out(), 'tiny-1').get(nameOf(transfer))!.files).sort();
    expect(files('probe')).toEqual(['images-0.webp', 'landmarks.json']);
    expect(files('tuned')).toEqual(['images-0.webp', 'landmarks.json', 'metrics.jsonl', 'model.safetensors']);
  });

  it.each(['probe', 'tuned', 'columns', 'named'])('leave points from which anybody gets the scores: %s', (transfer) => {
    const file = landmarksOf(transfer);
    const result = resultOf(transfer);
    expect(file.landmarks).toEqual({ names: ['left', 'top', 'right', 'bottom', 'middle'], flipPairs: [[0, 2]] });
    expect(file.predictions.map(({ layer }) => layer)).toEqual(
      transfer === 'probe' ? ['layer1', 'layer4', 'hypercolumn'] : [''],
    );
    const truth = {
      perExample: 5,
      points: Float64Array.from(file.examples.flatMap(({ points }) => points.flat())),
      visibility: Uint8Array.from(file.examples.flatMap(({ visibility }) => visibility)),
    };
    const normalisers = Float64Array.from(file.examples, ({ normaliser }) => normaliser);
    for (const { layer, points } of file.predictions) {
      const predicted = { perExample: 5, points: Float64Array.from(points.flatMap((example) => example.flat())) };
      const input = { truth, predicted, normalisers, countsOccluded: file.countsOccluded };
      const { nme, auc, failureRate } = summariseErrors(landmarkErrors(input).perExample, file.threshold);
      const metrics = layer === '' ? result.metrics! : result.layers.find((one) => one.layer === layer)!.metrics;
      expect(nme).toBeCloseTo(metrics.nme!, 3);
      expect(auc).toBeCloseTo(metrics.auc!, 3);
      expect(failureRate).toBeCloseTo(metrics.failureRate!, 1);
    }
    expect(result.headline).toMatchObject({ metric: 'nme', layer: transfer === 'probe' ? 'hypercolumn' : '' });
    expect(Object.keys(result.perClass!)).toEqual(file.landmarks.names);
  });

  it('leave pictures on which the landmarks lie where they are marked', async () => {
    const { examples, pictureSide } = landmarksOf('tuned');
    const { width, height } = await sharp(fileOf(nameOf('tuned'), 'images-0.webp')).metadata();
    expect(pictureSide).toBe(32);
    expect(width % 32 === 0 && height % 32 === 0 && (width / 32) * (height / 32) >= examples.length).toBe(true);
    for (const { points, crop } of examples) {
      expect(crop[2]).toBeGreaterThan(10);
      // The leftmost landmark is left of the rightmost one, and none lies outside of the box by more than its rim.
      expect(points[0]![0]).toBeLessThanOrEqual(points[2]![0]);
      expect(points[1]![1]).toBeLessThanOrEqual(points[3]![1]);
    }
  });

  it('train nothing that is frozen or cut off', () => {
    const before = tensorsOf('random/seed-0', 'checkpoint.safetensors');
    const changed = (transfer: string) => {
      const after = tensorsOf(nameOf(transfer), 'model.safetensors');
      return [...before].filter(([name, { data }]) => !sameBits(data, after.get(name)!.data)).map(([name]) => name);
    };
    expect(changed('frozen')).toEqual([]);
    const stages = (transfer: string) => new Set(changed(transfer).map((name) => /^layer\d/.exec(name)?.[0] ?? 'stem'));
    expect(stages('depth[stem]')).toEqual(new Set(['stem']));
    expect(stages('depth[layer2]')).toEqual(new Set(['stem', 'layer1', 'layer2']));
    expect(stages('tuned')).toEqual(new Set(['stem', 'layer1', 'layer2', 'layer3', 'layer4']));
  });

  it('are reused by an identical launch, and leak no tensor', async () => {
    const before = tf.memory().numTensors;
    const again = await start(everything);
    expect(again.outcome).toMatchObject({ state: 'done', counts: { done: 0, reused: 10 } });
    rmSync(out(), { recursive: true, force: true });
    await start(textOf('probe', 'tuned', 'columns'));
    expect(tf.memory().numTensors).toBe(before);
  }, 120_000);
});

it('go on to the same bits after a stop in training', async () => {
  await expectSameBitsAfterStops(textOf('tuned', 'columns'), [
    [nameOf('tuned'), 2],
    [nameOf('columns'), 4],
    [nameOf('columns'), 6],
  ]);
}, 240_000);
