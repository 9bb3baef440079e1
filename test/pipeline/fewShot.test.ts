/** Few-shot, low-shot and fine-tuned classification through the real pipeline: what they leave, and that stopping changes no bit. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeEpisodes, EPISODE_ARRAYS_FILE, EPISODES_FILE } from '../../src/shared/results/episodes';
import type { EpisodesSummary, TransferResult } from '../../src/shared/results/records';
import { decodeSafetensors } from '../../src/shared/weights/safetensors';
import { runPipeline } from '../../src/worker/pipeline';
import * as run from './tinyRun';
import { makeFolder } from './tinyWorld';

vi.mock('../../src/worker/augment/augmentPool', async (original) =>
  (await import('./withoutThreads')).withoutThreads(original),
);

const episodic = 'task: few-shot, data: emoji, ways: 3, queries: 5, episodes: 20, layers: [layer2, layer4]';
const probe = 'task: linear-probe, data: emoji, labels: category, layers: [layer4]';
const tuned =
  'task: classification, data: emoji, labels: category, batch: 8, steps: 6, checkpointEvery: 2, logEvery: 2, learningRate: 0.05';
const transfers = {
  few: `id: few, ${episodic}, shots: 2, base: 0.4, novel: 0.3, validation: 0.2`,
  one: `id: one, ${episodic}, shots: 1, train: google, classifier: logistic, transform: centred-l2, base: 0.1, novel: 0.3`,
  many: 'id: many, task: multilabel-probe, data: scenes, layers: [layer4], costs: [0.1, 10]',
  low: `id: low, ${probe}, budget: { perClass: 2 }`,
  share: `id: share, ${probe}, budget: 10%`,
  sweep: `id: sweep, ${probe}, budget: 10%, solver: sgd, epochs: 4, sweep: [0.001, 0.3]`,
  tune: `id: tune, ${tuned}, budget: { perClass: 3 }, testImages: 40, headLearningRate: 10, evaluateEvery: 4`,
  short: `id: short, ${tuned}, trainImages: 50, testImages: 40, cut: layer2`,
  readoff: `id: readoff, ${tuned}, trainImages: 50, testImages: 40, freeze: layer4, batchNorm: frozen, headInitialisation: normal`,
};

const calibrated = '\n  - { id: calibrated, method: random, batchNorm: calibrated, data: emoji }';
const textOf = (ids: readonly (keyof typeof transfers)[], others = '') => `name: tiny
seeds: [0]
runtime: wasm
imageSize: 16
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji, labels: subcategory }
  scenes: { kind: emoji-scenes, size: 32, trainImages: 40, testImages: 30, objects: [1, 3], scale: [0.3, 0.6] }
pretrainings:
  - { id: random }${others}
transfers:${ids.map((id) => `\n  - { ${transfers[id]} }`).join('')}
`;

let folder: ReturnType<typeof makeFolder>;
let out: string;
const start = (text: string, options: Parameters<typeof run.runTiny>[2] = {}) =>
  run.runTiny(runPipeline, folder.path, { text, ...options });

beforeAll(() => {
  folder = makeFolder();
  out = join(folder.path, 'out');
});
afterAll(() => folder.remove());

function fileOf(stage: string, name: string): Uint8Array {
  const found = run.readManifest(out, 'tiny-1').stages.find(({ id }) => id === stage);
  return readFileSync(join(out, 'stages', found?.key ?? 'missing', name));
}
const resultOf = (transfer: string) =>
  run.readRecords(out, 'tiny-1').get(`random/seed-0/${transfer}`)!.result as TransferResult;

describe('finished transfers', () => {
  let first: run.TinyRun;
  const everything = textOf(['few', 'one', 'low', 'share', 'sweep', 'tune', 'short', 'readoff', 'many']);
  beforeAll(async () => {
    first = await start(everything);
  }, 240_000);

  it('do every stage and leave nothing of the work', () => {
    expect(first.messages).toEqual([]);
    expect(first.outcome).toMatchObject({ state: 'done', counts: { failed: 0, skipped: 0 } });
    expect(run.leftovers(out)).toEqual([]);
  });

  it('score the episodes that they leave', () => {
    const { index, way, support, query, layers, scores, neighbour } = decodeEpisodes(
      fileOf('random/seed-0/few', EPISODES_FILE),
      fileOf('random/seed-0/few', EPISODE_ARRAYS_FILE),
    );
    const { episodes, layers: scored, headline } = resultOf('few');
    expect(index).toMatchObject({ ways: 3, shots: 2, queries: 5, episodes: 20, layers: ['layer2', 'layer4'] });
    expect(index.pictureSize).toBe(64);
    for (const [i, { accuracy, predictions }] of layers.entries()) {
      const right = Array.from({ length: 20 }, (_, e) =>
        Array.from({ length: 15 }, (_, q) => Number(predictions[15 * e + q] === Math.floor(q / 5))).reduce(
          (a, b) => a + b,
        ),
      );
      expect([...accuracy]).toEqual(right.map((count) => count / 15));
      const mean = right.reduce((a, b) => a + b) / 300;
      expect(scored[i]!.metrics.accuracy).toBeCloseTo(mean, 12);
      if (i === 1) expect(episodes!.right).toEqual(right);
    }
    expect(headline.value).toBe(scored[1]!.metrics.accuracy);
    // Pictures are of the class that the episode says, supports Twitter's and queries Google's.
    support.forEach((place, i) => {
      expect(index.pictures[place]).toMatchObject({ split: 'twitter', class: way[Math.floor(i / 2)] });
    });
    query.forEach((place, i) => {
      expect(index.pictures[place]).toMatchObject({ split: 'google', class: way[Math.floor(i / 5)] });
    });
    // The likeliest class is the prediction.
    layers[1]!.predictions.forEach((predicted, i) => {
      const own = [...scores.subarray(3 * i, 3 * i + 3)];
      expect(own[predicted]).toBe(Math.max(...own));
    });
    neighbour.forEach((place, i) => expect(place).not.toBe(Math.floor(i / index.neighbours)));
  });

  it('measure base and validation classes, too', () => {
    for (const { metrics } of resultOf('few').layers) {
      expect(metrics.baseAccuracy).toBeGreaterThan(1 / 40);
      expect(metrics.validationAccuracy).toBeGreaterThan(0.3);
      expect(metrics.accuracyInterval).toBeGreaterThan(0);
    }
  });

  it('meet every pretraining with the same episodes', async () => {
    await start(textOf(['few', 'one'], calibrated));
    const records = run.readRecords(out, 'tiny-2');
    const [a, b] = ['random', 'calibrated'].map(
      (id) => (records.get(`${id}/seed-0/few`)!.result as TransferResult).episodes!,
    ) as [EpisodesSummary, EpisodesSummary];
    expect(a.digest).toBe(b.digest);
    expect(a.right).not.toEqual(b.right);
    expect(resultOf('one').episodes!.digest).not.toBe(a.digest);
  });

  it('keep supports and queries of one split apart', () => {
    const { index, support, query } = decodeEpisodes(
      fileOf('random/seed-0/one', EPISODES_FILE),
      fileOf('random/seed-0/one', EPISODE_ARRAYS_FILE),
    );
    expect(index.pictures.every(({ split }) => split === 'google')).toBe(true);
    for (let e = 0; e < 20; e++) {
      const used = [...support.subarray(3 * e, 3 * e + 3), ...query.subarray(15 * e, 15 * e + 15)];
      expect(new Set(used).size).toBe(18);
    }
  });

  it('learn from no more labels than the budget allows', () => {
    expect(resultOf('low').trainImages).toBe(20);
    expect(Math.abs(resultOf('share').trainImages - 191)).toBeLessThan(5);
    expect(resultOf('tune').trainImages).toBe(30);
  });

  it('keep what a sweep tried, and the best of it', () => {
    const { sweeps, layers } = resultOf('sweep');
    expect(sweeps).toHaveLength(1);
    const { tried, chosen, setting } = sweeps![0]!;
    expect(setting).toBe('learningRate');
    expect(tried.map(({ value }) => value)).toEqual([0.001, 0.3]);
    expect(tried.find(({ value }) => value === chosen)!.accuracy).toBe(Math.max(...tried.map((one) => one.accuracy!)));
    expect(layers[0]!.metrics.learningRate).toBe(chosen);
  });

  it('tell which classes a picture holds', () => {
    const { layers, perClass, headline, trainImages, testImages } = resultOf('many');
    expect([trainImages, testImages]).toEqual([40, 30]);
    const values = Object.values(perClass!);
    expect(values.length).toBeGreaterThan(2);
    expect(headline.value).toBeCloseTo(values.reduce((a, b) => a + b) / values.length, 12);
    expect(layers[0]!.metrics.map11).toBeGreaterThan(0);
  });

  it('leave a frozen backbone as it was, bit by bit', () => {
    const before = decodeSafetensors(fileOf('random/seed-0', 'checkpoint.safetensors')).tensors;
    const after = decodeSafetensors(fileOf('random/seed-0/readoff', 'model.safetensors')).tensors;
    const short = decodeSafetensors(fileOf('random/seed-0/short', 'model.safetensors')).tensors;
    expect(short.get('fc.weight')!.shape[1]).toBe(8);
    expect(short.get('layer2.0.conv1.weight')!.data).not.toEqual(before.get('layer2.0.conv1.weight')!.data);
    expect(short.get('layer3.0.conv1.weight')!.data).toEqual(before.get('layer3.0.conv1.weight')!.data);
    const tunedModel = decodeSafetensors(fileOf('random/seed-0/tune', 'model.safetensors')).tensors;
    for (const [name, { data }] of before)
      expect(Buffer.from(after.get(name)!.data.buffer), name).toEqual(Buffer.from(data.buffer));
    expect(tunedModel.get('conv1.weight')!.data).not.toEqual(before.get('conv1.weight')!.data);
    expect(resultOf('tune').metrics!.top5).toBeGreaterThanOrEqual(resultOf('tune').metrics!.accuracy!);
  });
});

it('a fine-tuned classification goes on to the same bits after a stop', async () => {
  const text = textOf(['tune']);
  rmSync(out, { recursive: true, force: true });
  const before = tf.memory().numTensors;
  await start(text);
  expect(tf.memory().numTensors).toBe(before);
  const whole = run.comparable(out, 'tiny-1');
  for (const step of [2, 4, 6]) {
    rmSync(out, { recursive: true, force: true });
    const onEvent = (event: { type: string; id?: string; step?: number }, stop: () => void) => {
      if (event.type === 'metricsLogged' && event.id === 'random/seed-0/tune' && event.step === step) stop();
    };
    expect((await start(text, { onEvent })).outcome.state).toBe('stopped');
    expect((await start(text, { request: { resume: 'tiny-1' } })).outcome.state).toBe('done');
    expect(run.comparable(out, 'tiny-1')).toEqual(whole);
  }
}, 120_000);
