/** The features stage on a frozen backbone: weights stay as they are, and labels follow images that replace unreadable ones. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveRandom } from '../../src/shared/random';
import { RECORD_VERSION, type StageRecord } from '../../src/shared/results/records';
import { encodeWeights } from '../../src/worker/checkpoint/weightsFile';
import type { Dataset } from '../../src/worker/data/dataset';
import { createBackbone } from '../../src/worker/models/registry';
import { startRuntime } from '../../src/worker/runtimes/startRuntime';
import { loadFeatures, runFeatures } from '../../src/worker/transfer/featuresStage';
import { IMAGE_SIDE, makeContext, makeDataset, makeFolder, tinyBackbone, writePictures } from './tinyWorld';

const folder = makeFolder();
const layers = ['layer2', 'layer4'];
const settings = { data: 'tiny', split: 'train', imageSize: IMAGE_SIDE, layers, pool: 'average' } as const;
let pretraining: StageRecord;

beforeAll(async () => {
  await startRuntime('wasm');
  const backbone = createBackbone(tinyBackbone, deriveRandom(0, 'backbone'));
  mkdirSync(join(folder.path, 'stages', 'weights'), { recursive: true });
  const checkpoint = await encodeWeights({ stores: [backbone.weights] });
  writeFileSync(join(folder.path, 'stages', 'weights', 'checkpoint.safetensors'), checkpoint);
  backbone.dispose();
  pretraining = recordOf('weights', { kind: 'pretraining' } as StageRecord['result']);
});
afterAll(() => folder.remove());

function recordOf(key: string, result: StageRecord['result']): StageRecord {
  return { version: RECORD_VERSION, key, result, files: {}, kind: result.kind, id: key } as unknown as StageRecord;
}

async function featuresOf(dataset: Dataset, key: string) {
  const context = makeContext(folder.path, { dataset, key });
  const { result } = await runFeatures(settings, { backbone: tinyBackbone, pretraining }, context);
  return { context, result, stored: await loadFeatures(recordOf(key, result), context) };
}

describe('features', () => {
  it('are those of each image on its own, and reading them leaks no tensor', async () => {
    const before = tf.memory().numTensors;
    const { stored } = await featuresOf(makeDataset({ length: 70 }), 'all');
    expect(tf.memory().numTensors).toBe(before);
    const { stored: first } = await featuresOf(makeDataset({ length: 1 }), 'one');
    for (const layer of layers) {
      const { values, dimension, count } = stored.layers.get(layer)!;
      expect([values.length, count]).toEqual([70 * dimension, 70]);
      first.layers.get(layer)!.values.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 5));
    }
    expect([...stored.indices]).toEqual(Array.from({ length: 70 }, (_, i) => i));
  });

  it('of an image that stands in for an unreadable one carry its own index', async () => {
    const paths = await writePictures(join(folder.path, 'pictures'), 8);
    writeFileSync(paths[3]!, 'not an image');
    const dataset: Dataset = { ...makeDataset({ length: 8 }), store: { kind: 'files', paths } };
    const { stored, result, context } = await featuresOf(dataset, 'spoilt');
    expect([...stored.indices]).toEqual([0, 1, 2, 4, 4, 5, 6, 7]);
    const { values, dimension } = stored.layers.get('layer4')!;
    const row = (i: number) => [...values.subarray(i * dimension, (i + 1) * dimension)];
    expect(row(3)).toEqual(row(4));
    expect(context.warnings).toEqual([
      expect.stringMatching(/^image 3 cannot be read .* another image takes its place/),
    ]);
    expect(result).toMatchObject({ problems: [{ file: 'image 3' }] });
  });
});
