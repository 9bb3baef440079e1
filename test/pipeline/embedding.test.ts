/** Embeddings through the real pipeline: what they leave, what they refuse, and that they can be stopped. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { selectNeighbours } from '../../src/shared/math/knn';
import type { AnalysisResult } from '../../src/shared/results/records';
import {
  decodeEmbedding,
  EMBEDDING_ARRAYS_FILE,
  EMBEDDING_FILE,
  type EmbeddingResults,
} from '../../src/shared/results/embedding';
import { decodeSafetensors } from '../../src/shared/weights/safetensors';
import { runPipeline } from '../../src/worker/pipeline';
import { FEATURES_FILE } from '../../src/worker/transfer/featuresStage';
import { slowCosines } from '../support/digits';
import * as run from './tinyRun';
import { makeFolder } from './tinyWorld';

vi.mock('../../src/worker/augment/augmentPool', async (original) =>
  (await import('./withoutThreads')).withoutThreads(original),
);

let folder: ReturnType<typeof makeFolder>;
let out: string;

beforeAll(async () => {
  folder = makeFolder();
  out = join(folder.path, 'out');
  await run.writeTinyImages(join(folder.path, 'images'));
});
afterAll(() => folder.remove());

const scenes = '  scenes: { kind: emoji-scenes, trainImages: 24, testImages: 4, size: 32 }\n';
function textOf(...lines: readonly string[]): string {
  const base = run
    .experimentText({ pretrainings: [run.lines.random] })
    .replace('pretrainings:', `${scenes}pretrainings:`);
  return `${base}analyses:${lines.map((line) => `\n  - { kind: embedding, neighbours: 5, ${line} }`).join('')}\n`;
}

const fileOf = (key: string, name: string) => join(out, 'stages', key, name);

function readEmbedding(key: string): EmbeddingResults {
  return decodeEmbedding(readFileSync(fileOf(key, EMBEDDING_FILE)), readFileSync(fileOf(key, EMBEDDING_ARRAYS_FILE)));
}

/** Features of one layer as stored, by the id of their stage's beginning. */
function featuresOf(records: ReturnType<typeof run.readRecords>, layer: string) {
  const record = [...records.values()].find(
    ({ kind, result }) => kind === 'features' && 'data' in result && result.data === 'tiny',
  )!;
  const { tensors } = decodeSafetensors(readFileSync(fileOf(record.key, FEATURES_FILE)));
  const { data, shape } = tensors.get(layer)!;
  return { values: data as Float32Array, dimension: shape[1]!, indices: tensors.get('indices')!.data as Int32Array };
}

it('leaves maps, neighbours, votes and thumbnails for each layer, and numbers to judge them by', async () => {
  const { outcome } = await run.runTiny(runPipeline, folder.path, {
    text: textOf(
      'data: tiny, split: train, layers: [layer2, layer4], iterations: 30',
      'id: tsne, method: t-sne, perplexity: 4, data: tiny, split: train, layers: [layer4], iterations: 30',
      'id: pca, method: pca, data: tiny, split: train, layers: [layer4]',
      'id: unlabelled, method: pca, data: scenes, split: train, layers: [layer4]',
    ),
  });
  expect(outcome.failures).toEqual([]);
  const records = run.readRecords(out, 'tiny-1');
  const record = records.get('random/seed-0/embedding')!;
  const { index, label, layers } = readEmbedding(record.key);
  expect(index).toMatchObject({
    method: 'umap',
    data: 'tiny',
    split: 'train',
    neighbours: 5,
    layers: ['layer2', 'layer4'],
  });
  expect(index.classes).toEqual(['class0', 'class1', 'class2', 'class3']);
  expect(index.images).toHaveLength(32);
  index.images.forEach(({ name }, i) => expect(name).toContain(index.classes[label[i]!]!));
  // Neighbours by a slow loop over the stored features, and what they say of the class.
  const { values, dimension, indices } = featuresOf(records, 'layer4');
  expect(index.images.map((image) => image.index)).toEqual([...indices]);
  const cosines = Float32Array.from(slowCosines(values, dimension));
  for (let i = 0; i < 32; i++) cosines[i * 33] = -Infinity;
  const expected = selectNeighbours(cosines, 32, 5);
  const map = layers[1]!;
  map.similarity.forEach((value, at) => expect(value).toBeCloseTo(expected.similarities[at]!, 5));
  const votes = Array.from({ length: 32 }, (_, i) => {
    const counts = [0, 0, 0, 0];
    for (const j of map.neighbour.subarray(i * 5, i * 5 + 5)) counts[label[j]!]!++;
    return counts.indexOf(Math.max(...counts));
  });
  expect([...map.predicted]).toEqual(votes);
  for (const axis of [0, 1]) {
    const own = map.coordinates.filter((_, at) => at % 2 === axis);
    expect(own.reduce((a, b) => a + b, 0) / 32).toBeCloseTo(0, 4);
    expect(new Set(own).size).toBeGreaterThan(16);
  }
  const result = record.result as AnalysisResult;
  expect(result.layers.map(({ layer }) => layer)).toEqual(['layer2', 'layer4']);
  const { trustworthiness, mapPurity, featurePurity, neighbourAccuracy } = result.layers[1]!.metrics;
  for (const value of [trustworthiness, mapPurity, featurePurity]) expect(value).toBeGreaterThan(0);
  expect(neighbourAccuracy).toBeCloseTo(votes.filter((vote, i) => vote === label[i]).length / 32, 9);
  const metrics = (id: string) =>
    Object.keys((records.get(`random/seed-0/${id}`)!.result as AnalysisResult).layers[0]!.metrics);
  expect(metrics('tsne')).toContain('divergence');
  expect(metrics('pca')).toContain('explainedVariance');
  expect(metrics('unlabelled')).toEqual(['trustworthiness', 'explainedVariance']);
  const unlabelled = readEmbedding(records.get('random/seed-0/unlabelled')!.key);
  expect([unlabelled.index.classes.length, unlabelled.label.length, unlabelled.layers[0]!.predicted.length]).toEqual([
    0, 0, 0,
  ]);
  expect(unlabelled.index.images).toHaveLength(24);
  // The thumbnail of an image is that image.
  const sheet = await sharp(fileOf(record.key, 'images-0.webp')).raw().toBuffer({ resolveWithObject: true });
  expect([sheet.info.width, sheet.info.height]).toEqual([32 * index.pictureSize, index.pictureSize]);
  const cut = sharp(fileOf(record.key, 'images-0.webp')).extract({ left: 280, top: 0, width: 40, height: 40 });
  const drawn = await cut.raw().toBuffer();
  const distances = await Promise.all(
    index.images.map(async ({ name }) => {
      const picture = sharp(join(folder.path, 'images', name))
        .resize(40, 40)
        .removeAlpha();
      const wanted = await picture.raw().toBuffer();
      return drawn.reduce((sum, value, at) => sum + Math.abs(value - wanted[at]!), 0) / drawn.length;
    }),
  );
  expect(distances.indexOf(Math.min(...distances))).toBe(7);
});

it('stops between two steps, leaves nothing, and comes out the same when it is run again', async () => {
  const name = 'stopped';
  const text = textOf('data: tiny, split: train, layers: [layer4], iterations: 35').replace(
    'name: tiny',
    `name: ${name}`,
  );
  const stopped = await run.runTiny(runPipeline, folder.path, {
    text,
    onEvent: (event, stop) => void (event.type === 'stageProgressed' && event.unit === 'iterations' && stop()),
  });
  expect(stopped.outcome.state).toBe('stopped');
  expect(run.readRecords(out, `${name}-1`).has('random/seed-0/embedding')).toBe(false);
  expect(run.leftovers(out)).toEqual([]);
  const again = await run.runTiny(runPipeline, folder.path, { text });
  expect(again.outcome.state).toBe('done');
  const first = run.readRecords(out, `${name}-2`).get('random/seed-0/embedding')!;
  const fresh = join(folder.path, 'fresh');
  await run.runTiny(runPipeline, folder.path, { text, request: { out: fresh } });
  expect(run.readRecords(fresh, `${name}-1`).get('random/seed-0/embedding')!.files).toEqual(first.files);
});

it('is refused before anything is computed where the split has too few images', async () => {
  const text = textOf('data: tiny, layers: [layer4], method: t-sne').replace('name: tiny', 'name: few');
  await expect(run.runTiny(runPipeline, folder.path, { text })).rejects.toThrow(
    /^`perplexity: 30` of `embedding` .* has 16 images; set it to 4 or less$/,
  );
});
