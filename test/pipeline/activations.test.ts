/** What an analysis of activations leaves, against slow loops over the network's own outputs; how it ends early. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivationsAnalysis } from '../../src/shared/experiment/analysisSchema';
import type { NetworkAnalysisStage } from '../../src/shared/experiment/stages';
import { correlation } from '../../src/shared/math/rankCorrelation';
import { ACTIVATIONS_FILE, ACTIVATIONS_TENSORS, parseActivations } from '../../src/shared/results/activations';
import type { ActivationsFile } from '../../src/shared/results/activations';
import type { AnalysisResult } from '../../src/shared/results/records';
import { decodeSafetensors, type FileTensor } from '../../src/shared/weights/safetensors';
import { runAnalysis } from '../../src/worker/analysis/runAnalysis';
import { encodeWeights } from '../../src/worker/checkpoint/weightsFile';
import { createBackbone } from '../../src/worker/models/registry';
import { CHECKPOINT_FILE } from '../../src/worker/pretrain/pretraining';
import { startRuntime } from '../../src/worker/runtimes/startRuntime';
import { deriveRandom } from '../../src/shared/random';
import { normalised } from './tinyImages';
import { IMAGE_SIDE, makeContext, makeDataset, makeFolder, tinyBackbone } from './tinyWorld';

const layers = ['layer1', 'layer3', 'avgpool'];
const settings: ActivationsAnalysis = {
  ...{ kind: 'activations', id: 'activations', data: 'tiny', split: 'train', imageSize: IMAGE_SIDE, layers },
  ...{ of: ['a', 'b'], against: 'b', images: [3, 0, 9], channels: 5, scan: 40, examples: 3, dimensions: 16 },
};
const dataset = makeDataset();

let folder: ReturnType<typeof makeFolder>;
let file: ActivationsFile;
let tensors: ReadonlyMap<string, FileTensor>;
let result: AnalysisResult;
/** Maps of the 64 images by pretraining and layer: [images][place][channel]. */
const maps = new Map<string, Float32Array>();
let leaked: number;

beforeAll(async () => {
  await startRuntime('wasm');
  folder = makeFolder();
  for (const [seed, key] of ['a', 'b'].entries()) await writeNetwork(key, seed);
  const before = tf.memory().numTensors;
  ({ result } = (await runAnalysis(stageOf(), makeContext(folder.path, { dataset, key: 'done' }))) as {
    result: AnalysisResult;
  });
  leaked = tf.memory().numTensors - before;
  const read = (name: string) => readFileSync(makeContext(folder.path, { key: 'done' }).stages.file('done', name));
  const parsed = parseActivations(read(ACTIVATIONS_FILE).toString());
  if ('problem' in parsed) throw new Error(parsed.problem);
  file = parsed.value;
  tensors = decodeSafetensors(read(ACTIVATIONS_TENSORS)).tensors;
});
afterAll(() => folder.remove());

function stageOf(changes: Partial<NetworkAnalysisStage> = {}): NetworkAnalysisStage {
  return {
    ...{ kind: 'analysis', key: 'done', id: 'a/seed-0/activations', label: '', pretraining: 'a', against: 'b' },
    ...{ seed: 0, seeds: [0], needs: ['a', 'b'], analysis: 'activations', settings, backbone: tinyBackbone },
    ...{ weights: 'a', otherWeights: 'b' },
    ...changes,
  };
}

async function writeNetwork(key: string, seed: number): Promise<void> {
  const backbone = createBackbone(tinyBackbone, deriveRandom(seed, 'backbone'));
  const { stages } = makeContext(folder.path, { key });
  await stages.writeFile(key, CHECKPOINT_FILE, await encodeWeights({ stores: [backbone.weights] }));
  const images = tf.tensor4d(normalised(dataset), [dataset.length, IMAGE_SIDE, IMAGE_SIDE, 3]);
  const { pooled, taps } = backbone.forward(images, { training: false, taps: layers });
  for (const layer of layers) maps.set(`${key} ${layer}`, (await taps.get(layer)!.data()) as Float32Array);
  tf.dispose([images, pooled, ...taps.values()]);
  backbone.dispose();
}

function covarianceOf(rows: readonly (readonly number[])[]): Matrix {
  const centred = new Matrix(rows.map((row) => [...row])).center('column');
  return centred.transpose().mmul(centred);
}

/** Values of an image's map: [places][channels]. */
function mapOf(key: string, layer: number, image: number): number[][] {
  const { channels, height, width } = file.layers[layer]!;
  const values = maps.get(`${key} ${layers[layer]!}`)!;
  const start = image * height * width * channels;
  return Array.from({ length: height * width }, (_, p) => [
    ...values.subarray(start + p * channels, start + (p + 1) * channels),
  ]);
}

describe('an analysis of activations', () => {
  it('names what it looked at and leaks nothing', () => {
    expect(leaked).toBe(0);
    expect(file).toMatchObject({ pretraining: 'a', against: 'b', scanned: 40, size: IMAGE_SIDE });
    expect(file.images.map(({ place }) => place)).toEqual([3, 0, 9]);
    expect(file.layers.map(({ layer, height, channels }) => [layer, height, channels])).toEqual([
      ['layer1', 8, 4],
      ['layer3', 2, 16],
      ['avgpool', 1, 32],
    ]);
    expect(result.layers.map(({ layer }) => layer)).toEqual(layers);
    expect(Object.keys(result.layers[0]!.metrics)).toEqual([
      'deadChannels',
      'activeShare',
      'selectivity',
      'matchLikeness',
    ]);
  });

  it('keeps maps of the chosen images to a byte', () => {
    file.layers.forEach(({ layer, kept, height, width }, l) => {
      const bytes = tensors.get(`${layer}/maps`)!;
      expect(bytes.shape).toEqual([3, height, width, kept.length]);
      file.images.forEach(({ place }, i) => {
        mapOf('a', l, place).forEach((values, p) =>
          kept.forEach(({ channel, low, high }, k) => {
            const byte = Number(bytes.data[(i * height * width + p) * kept.length + k]);
            expect(Math.abs(low + (byte / 255) * (high - low) - values[channel]!)).toBeLessThanOrEqual(
              (high - low) / 500,
            );
          }),
        );
      });
    });
  });

  it('names the place where a channel answers most, best images first', () => {
    const layer = file.layers[1]!;
    const peaks = layer.kept.map(({ channel, examples }) => {
      for (const { place, value, at } of examples) {
        const map = mapOf('a', 1, place);
        const best = Math.max(...map.map((values) => values[channel]!));
        expect(value).toBeCloseTo(best, 5);
        expect(map[at[0] * layer.width + at[1]]![channel]).toBeCloseTo(best, 5);
      }
      expect(examples.map(({ value }) => value)).toEqual([...examples.map(({ value }) => value)].sort((a, b) => b - a));
      return examples[0]!.value;
    });
    expect(peaks).toHaveLength(5);
  });

  it('reduces features to what gives nearly the same cosines', () => {
    const layer = file.layers[0]!;
    const reduced = tensors.get('layer1/features')!;
    const d = layer.features!.dimensions;
    const own = (i: number, p: number) =>
      Array.from({ length: d }, (_, k) => Number(reduced.data[(i * 64 + p) * d + k]));
    const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
    for (const [i, p, j, q] of [
      [0, 3, 0, 40],
      [0, 10, 2, 63],
      [1, 0, 2, 21],
    ] as const) {
      const [a, b] = [mapOf('a', 0, file.images[i]!.place)[p]!, mapOf('a', 0, file.images[j]!.place)[q]!];
      const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
      // Four channels are kept as four numbers: what differs is half precision alone.
      expect(dot(own(i, p), own(j, q))).toBeCloseTo(cosine, 2);
    }
    expect(layer.features!.error).toBeLessThan(1e-5);
    expect(file.layers[2]!.features).toBeUndefined();
    expect(file.layers[2]!.colours).toBeUndefined();
  });

  it('writes pictures and examples on sheets', async () => {
    const { stages } = makeContext(folder.path, { key: 'done' });
    const pictures = await sharp(stages.file('done', 'images-0.webp')).metadata();
    expect([pictures.width, pictures.height]).toEqual([3 * IMAGE_SIDE, IMAGE_SIDE]);
    const tiles = await sharp(stages.file('done', 'examples-0.webp')).metadata();
    expect(file.tiles.count).toBe(file.layers.reduce((sum, { kept }) => sum + 3 * kept.length, 0));
    expect(tiles.width).toBe(64 * file.tiles.count);
    // A pooled output rests on the whole picture, a place of an early map on a part of it.
    expect(file.layers[2]!.kept[0]!.examples[0]!.crop).toEqual([0, 0, IMAGE_SIDE]);
    expect(file.layers[0]!.field).toBeLessThanOrEqual(file.layers[1]!.field);
    expect(file.layers[0]!.field).toBeGreaterThanOrEqual(2);
  });

  it('stops between batches when asked to', async () => {
    const context = makeContext(folder.path, { dataset, key: 'stopped', stopAt: 32 });
    await expect(runAnalysis(stageOf(), context)).rejects.toThrow(/stop|cancel/i);
  });
});

describe('a scan of all images', () => {
  it('has the statistics and matches of slow loops', async () => {
    const whole = { ...settings, scan: 64, layers: ['layer3'] };
    const context = makeContext(folder.path, { dataset, key: 'whole' });
    await runAnalysis(stageOf({ settings: whole, key: 'whole' }), context);
    const found = decodeSafetensors(readFileSync(context.stages.file('whole', ACTIVATIONS_TENSORS))).tensors;
    const all = (key: string) => Array.from({ length: 64 }, (_, image) => mapOf(key, 1, image));
    const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const answers = (key: string, channel: number) =>
      all(key).map((map) => meanOf(map.map((values) => values[channel]!)));
    for (const channel of [0, 7, 15]) {
      const own = answers('a', channel);
      const peaks = all('a').map((map) => Math.max(...map.map((values) => values[channel]!)));
      const row = found.get('layer3/statistics')!.data.slice(6 * channel, 6 * channel + 6);
      expect(Number(row[0])).toBeCloseTo(meanOf(own), 5);
      expect(Number(row[1])).toBeCloseTo(meanOf(peaks), 5);
      expect(Number(row[2])).toBeCloseTo(Math.max(...peaks), 5);
      const classMeans = [0, 1, 2, 3].map((label) =>
        meanOf(own.filter((_, image) => image % 4 === label).map((x) => Math.max(0, x))),
      );
      const best = Math.max(...classMeans);
      const others = (classMeans.reduce((sum, value) => sum + value, 0) - best) / 3;
      expect(Number(row[4])).toBeCloseTo((best - others) / (best + others), 4);
      expect(Number(row[5])).toBe(classMeans.indexOf(best));
      const alike = Array.from({ length: 16 }, (_, other) => correlation(own, answers('b', other)));
      const known = alike.map((value) => (Number.isNaN(value) ? -2 : value));
      expect(Number(found.get('layer3/likeness')!.data[channel])).toBeCloseTo(Math.max(...known), 3);
      expect(Number(found.get('layer3/match')!.data[channel])).toBe(known.indexOf(Math.max(...known)));
    }
  });

  it('gives a network compared with itself its own channels and colours', async () => {
    const same = { ...settings, scan: 64, layers: ['layer3'] };
    const context = makeContext(folder.path, { dataset, key: 'same' });
    await runAnalysis(stageOf({ settings: same, key: 'same', otherWeights: 'a' }), context);
    const alone = makeContext(folder.path, { dataset, key: 'alone' });
    const { otherWeights: _other, ...stage } = stageOf({ settings: same, key: 'alone' });
    await runAnalysis(stage, alone);
    const read = (one: typeof context) =>
      decodeSafetensors(readFileSync(one.stages.file(one.key, ACTIVATIONS_TENSORS))).tensors;
    const [compared, own] = [read(context), read(alone)];
    const places = [3, 0, 9].flatMap((image) => mapOf('a', 1, image));
    for (const value of compared.get('layer3/likeness')!.data)
      if (!Number.isNaN(value)) expect(Number(value)).toBeCloseTo(1, 4);
    expect(own.has('layer3/match')).toBe(false);
    const [a, b] = [compared.get('layer3/colours')!.data, own.get('layer3/colours')!.data];
    const components = new EigenvalueDecomposition(covarianceOf(places), { assumeSymmetric: true }).eigenvectorMatrix;
    const red = places.map((values) => values.reduce((sum, value, c) => sum + value * components.get(c, 15), 0));
    const shown = places.map((_, p) => Number(b[3 * p]));
    expect(Math.abs(correlation(red, shown))).toBeGreaterThan(0.99);
    for (let i = 0; i < a.length; i++) expect(Math.abs(Number(a[i]) - Number(b[i]))).toBeLessThanOrEqual(2);
  });
});
