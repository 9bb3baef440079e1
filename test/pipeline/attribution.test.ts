/**
 * Attributions of the tiny world: Grad-CAM against finite differences through the layer and against the class activation map
 * that it equals on the last one, occlusion against a slow loop, of a pretraining's classifier, a probe and detectors.
 */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttributionAnalysis } from '../../src/shared/experiment/analysisSchema';
import { fillClassification, fillDetection } from '../../src/shared/experiment/resolveFineTuning';
import { fillEmojiScenes } from '../../src/shared/experiment/resolveSceneData';
import type { ExplainedModel, NetworkAnalysisStage } from '../../src/shared/experiment/stages';
import type { ClassificationTransfer, DetectionTransfer } from '../../src/shared/experiment/transferSchema';
import { deriveRandom } from '../../src/shared/random';
import { ATTRIBUTION_FILE, ATTRIBUTION_TENSORS, parseAttribution } from '../../src/shared/results/attribution';
import type { AnalysisResult } from '../../src/shared/results/records';
import { decodeSafetensors } from '../../src/shared/weights/safetensors';
import { runAnalysis } from '../../src/worker/analysis/runAnalysis';
import { encodeWeights } from '../../src/worker/checkpoint/weightsFile';
import { DataLibrary } from '../../src/worker/data/dataLibrary';
import type { Backbone } from '../../src/worker/models/backbone';
import { createDetector } from '../../src/worker/models/detection/createDetector';
import { createHead, type Head } from '../../src/worker/models/heads';
import { createBackbone } from '../../src/worker/models/registry';
import { CHECKPOINT_FILE } from '../../src/worker/pretrain/pretraining';
import { startRuntime } from '../../src/worker/runtimes/startRuntime';
import type { StageContext } from '../../src/worker/stageContext';
import { MODEL_FILE } from '../../src/worker/transfer/detection/runDetection';
import { fillWithFormula } from '../unit/worker/models/formulaWeights';
import { normalised } from './tinyImages';
import { IMAGE_SIDE, makeContext, makeDataset, makeFolder, tinyBackbone } from './tinyWorld';

const dataset = makeDataset();
const settings: AttributionAnalysis = {
  ...{ kind: 'attribution', id: 'attribution', data: 'tiny', split: 'train', imageSize: IMAGE_SIDE },
  ...{ layers: ['layer2', 'layer4'], of: ['a'], images: [5, 2], target: { class: 'class 3' } },
  ...{ methods: ['grad-cam', 'occlusion'], window: 2, steps: 4 },
};
const own: ExplainedModel = { source: 'pretraining', data: 'tiny', split: 'train' };

let folder: ReturnType<typeof makeFolder>;
let backbone: Backbone;
let head: Head;

beforeAll(async () => {
  await startRuntime('wasm');
  folder = makeFolder();
  backbone = createBackbone(tinyBackbone, deriveRandom(0, 'backbone'));
  const plan = { kind: 'classifier', inputSize: backbone.featureSize, outputSize: 4 } as const;
  head = createHead(plan, deriveRandom(0, 'classifier'));
  const { stages } = makeContext(folder.path, { key: 'a' });
  await stages.writeFile('a', CHECKPOINT_FILE, await encodeWeights({ stores: [backbone.weights, head.weights] }));
});
afterAll(() => {
  backbone.dispose();
  head.dispose();
  folder.remove();
});

function stageOf(key: string, changes: Partial<NetworkAnalysisStage> = {}): NetworkAnalysisStage {
  return {
    ...{ kind: 'analysis', key, id: 'a/seed-0/attribution', label: '', pretraining: 'a', seed: 0, seeds: [0] },
    ...{ needs: ['a'], analysis: 'attribution', settings, backbone: tinyBackbone, weights: 'a', explained: own },
    ...changes,
  };
}

async function attribute(key: string, changes: Partial<NetworkAnalysisStage> = {}, more: Partial<StageContext> = {}) {
  const context = { ...makeContext(folder.path, { dataset, key }), ...more };
  const before = tf.memory().numTensors;
  const { result } = await runAnalysis(stageOf(key, changes), context);
  expect(tf.memory().numTensors - before).toBe(0);
  const read = (name: string) => readFileSync(context.stages.file(key, name));
  const parsed = parseAttribution(read(ATTRIBUTION_FILE).toString());
  if ('problem' in parsed) throw new Error(parsed.problem);
  const { tensors } = decodeSafetensors(read(ATTRIBUTION_TENSORS));
  return {
    file: parsed.value,
    result: result as AnalysisResult,
    values: (name: string) => tensors.get(name)!.data as Float32Array,
  };
}

/** Scores of class 3, of a batch of images. */
function scores(images: Float32Array, offsets?: ReadonlyMap<string, tf.Tensor>): Float32Array {
  const each = IMAGE_SIDE * IMAGE_SIDE * 3;
  const result = tf.tidy(() => {
    const batch = tf.tensor4d(images, [images.length / each, IMAGE_SIDE, IMAGE_SIDE, 3]);
    const { pooled } = backbone.forward(batch, { training: false, ...(offsets && { offsets }) });
    return tf.slice(head.forward(pooled), [0, 3], [-1, 1]);
  });
  const values = Float32Array.from(result.dataSync());
  result.dispose();
  return values;
}

const imageOf = (place: number) => {
  const each = IMAGE_SIDE * IMAGE_SIDE * 3;
  return normalised(dataset).slice(place * each, (place + 1) * each);
};

/** The layer's map of an image: [place][channel]. */
function mapOf(layer: string, place: number) {
  const map = tf.tidy(() => {
    const image = tf.tensor4d(imageOf(place), [1, IMAGE_SIDE, IMAGE_SIDE, 3]);
    return backbone.forward(image, { training: false, taps: [layer] }).taps.get(layer)!;
  });
  const [, height, width, channels] = map.shape as [number, number, number, number];
  const values = map.dataSync();
  map.dispose();
  const rows = Array.from({ length: height * width }, (_, p) => [...values.slice(p * channels, (p + 1) * channels)]);
  return { rows, height, width, channels };
}

/** max(0, Σ_k α_k A_k) */
const weigh = (rows: readonly (readonly number[])[], importance: readonly number[]) =>
  rows.map((row) =>
    Math.max(
      0,
      row.reduce((sum, value, k) => sum + value * importance[k]!, 0),
    ),
  );

describe('an attribution of the pretraining’s own classifier', () => {
  it('explains the class that was asked for, with its score', async () => {
    const { file, result } = await attribute('own');
    expect(file).toMatchObject({ by: { source: 'pretraining' }, occlusion: { window: 8, step: 4 }, size: IMAGE_SIDE });
    expect(file.explanations.map(({ image }) => file.images[image]!.place)).toEqual([5, 2]);
    for (const { class: explained, score, image } of file.explanations) {
      expect(explained).toEqual({ index: 3, name: 'class 3' });
      expect(score).toBeCloseTo(scores(imageOf(file.images[image]!.place))[0]!, 5);
    }
    expect(result.layers.map(({ layer, dimension }) => [layer, dimension])).toEqual([
      ['layer2', 16],
      ['layer4', 1],
    ]);
    for (const { metrics } of result.layers) expect(metrics.coveredShare).toBeGreaterThanOrEqual(0);
  });

  it('weights channels by what moving each of them does to the score', async () => {
    const { values } = await attribute('differences');
    for (const [number, place] of [5, 2].entries()) {
      const { rows, height, width, channels } = mapOf('layer2', place);
      const step = 1e-2;
      const importance = Array.from({ length: channels }, (_, k) => {
        const moved = (by: number) => {
          const offset = Float32Array.from({ length: rows.length * channels }, (_, i) => (i % channels === k ? by : 0));
          const tensor = tf.tensor4d(offset, [1, height, width, channels]);
          const [score] = scores(imageOf(place), new Map([['layer2', tensor]]));
          tensor.dispose();
          return score!;
        };
        return (moved(step) - moved(-step)) / (2 * step) / rows.length;
      });
      const expected = weigh(rows, importance);
      const most = Math.max(...expected);
      expect(most).toBeGreaterThan(0);
      values(`${number}/grad-cam/layer2`).forEach((value, p) =>
        expect(Math.abs(value - expected[p]!)).toBeLessThan(0.02 * most),
      );
    }
  });

  it('is the class activation map on the last layer', async () => {
    const larger = { ...settings, imageSize: 32, layers: ['layer4'], methods: ['grad-cam'] } as const;
    const big = makeDataset({ side: 32 });
    const { file, values } = await attribute(
      'cam',
      { settings: larger },
      { data: makeContext(folder.path, { dataset: big }).data },
    );
    const { data: weight } = (await head.weights.exportTensors()).get('fc.weight')!;
    const { height, width } = file.explanations[0]!.maps[0]!;
    expect([height, width]).toEqual([2, 2]);
    const map = tf.tidy(() => {
      const each = 32 * 32 * 3;
      const image = tf.tensor4d(normalised(big).slice(5 * each, 6 * each), [1, 32, 32, 3]);
      return backbone.forward(image, { training: false, taps: ['layer4'] }).taps.get('layer4')!;
    });
    const answers = map.dataSync();
    map.dispose();
    const rows = [0, 1, 2, 3].map((p) => [...answers.slice(p * 32, (p + 1) * 32)]);
    const expected = weigh(
      rows,
      [...weight.slice(3 * 32, 4 * 32)].map((one) => one / 4),
    );
    values('0/grad-cam/layer4').forEach((value, p) => expect(value).toBeCloseTo(expected[p]!, 4));
  });

  it('hides what a slow loop hides', async () => {
    const { values, file } = await attribute('occlusion');
    const image = imageOf(5);
    const drop = (row: number, column: number) => {
      const hidden = image.slice();
      for (let y = Math.max(0, 4 * row); y < Math.min(16, 4 * (row + 2)); y++)
        for (let x = Math.max(0, 4 * column); x < Math.min(16, 4 * (column + 2)); x++)
          hidden.fill(0, (y * IMAGE_SIDE + x) * 3, (y * IMAGE_SIDE + x) * 3 + 3);
      return file.explanations[0]!.score - scores(hidden)[0]!;
    };
    const cells = values('0/occlusion');
    for (const [row, column] of [
      [0, 0],
      [1, 2],
      [3, 3],
    ] as const) {
      const around = [drop(row - 1, column - 1), drop(row - 1, column), drop(row, column - 1), drop(row, column)];
      expect(cells[row * 4 + column]).toBeCloseTo(around.reduce((sum, value) => sum + value, 0) / 4, 4);
    }
  });

  it('explains what the model says, or what the image is, and knows no other classes', async () => {
    const cheap = { ...settings, methods: ['grad-cam'], layers: ['layer4'] } as const;
    const predicted = await attribute('predicted', { settings: { ...cheap, target: { class: 'predicted' } } });
    for (const { class: explained, predicted: said, probability } of predicted.file.explanations) {
      expect(said).toEqual({ ...explained, probability });
      expect(probability).toBeGreaterThanOrEqual(0.25);
    }
    const label = await attribute('label', { settings: { ...cheap, target: { class: 'label' } } });
    expect(label.file.explanations.map(({ class: { name } }) => name)).toEqual(['class 1', 'class 2']);
    await expect(attribute('none', { settings: { ...cheap, target: { class: 'zebra' } } })).rejects.toThrow(
      '`attribution` is to explain the class "zebra", which the model does not know; it knows class 0, class 1',
    );
    await expect(attribute('seven', { settings: { ...cheap, target: { class: 7 } } })).rejects.toThrow(
      'asks for class 7 of 4; name one from 0 to 3',
    );
  });
});

describe('an attribution of a fine-tuned classifier', () => {
  it('is that of its own weights', async () => {
    const { stages } = makeContext(folder.path, { key: 'tuned' });
    const bytes = await encodeWeights({ stores: [backbone.weights, head.weights] });
    await stages.writeFile('tuned', MODEL_FILE, bytes);
    const transfer: ClassificationTransfer = {
      ...fillClassification({}),
      ...{
        id: 'tune',
        task: 'classification',
        data: 'tiny',
        of: ['a'],
        train: 'train',
        test: 'train',
        imageSize: IMAGE_SIDE,
      },
    };
    const explained: ExplainedModel = { source: 'fine-tuning', key: 'tuned', settings: transfer };
    const [tuned, known] = [await attribute('of tuned', { explained }), await attribute('own again')];
    expect(tuned.file.by).toEqual({ source: 'transfer', transfer: 'tune', task: 'classification' });
    for (const name of ['0/grad-cam/layer2', '1/occlusion']) expect(tuned.values(name)).toEqual(known.values(name));
  });
});

describe('an attribution of a transformer', () => {
  it('lies on the grid of the patches, each place as moving all places its way moves the score', async () => {
    const config = { ...tinyBackbone, name: 'vit_tiny_patch16', width: 24, nativeSize: 48 } as const;
    const vit = createBackbone(config, deriveRandom(2, 'backbone'));
    const classifier = createHead(
      { kind: 'classifier', inputSize: vit.featureSize, outputSize: 4 },
      deriveRandom(2, 'classifier'),
    );
    fillWithFormula(classifier.weights);
    const { stages } = makeContext(folder.path, { key: 'vit' });
    const bytes = await encodeWeights({ stores: [vit.weights, classifier.weights] });
    await stages.writeFile('vit', CHECKPOINT_FILE, bytes);
    const layers = ['blocks.5.patch_tokens', 'blocks.10.patch_tokens'];
    const big = makeDataset({ side: 48 });
    const { file, values } = await attribute(
      'of vit',
      {
        settings: { ...settings, imageSize: 48, layers, images: [5] },
        backbone: config,
        weights: 'vit',
        needs: ['vit'],
      },
      { data: makeContext(folder.path, { dataset: big }).data },
    );
    expect(file.explanations[0]!.maps.map(({ height, width }) => [height, width])).toEqual([
      ...[
        [3, 3],
        [3, 3],
      ],
      [4, 4],
    ]);
    const image = tf.tensor4d(normalised(big).slice(5 * 48 * 48 * 3, 6 * 48 * 48 * 3), [1, 48, 48, 3]);
    for (const layer of layers) {
      const tokens = tf.tidy(() => vit.forward(image, { training: false, taps: [layer] }).taps.get(layer)!);
      const [, rows, columns, channels] = tokens.shape as [number, number, number, number];
      const places = rows * columns;
      const answers = tokens.dataSync();
      const read = (p: number, by: number): number => {
        const row = answers.slice(p * channels, (p + 1) * channels);
        const score = tf.tidy(() => {
          const moves = tf.tensor(Float32Array.from({ length: places * channels }, (_, i) => by * row[i % channels]!));
          const offsets = new Map([[layer, tf.reshape(moves, tokens.shape)]]);
          return classifier.forward(vit.forward(image, { training: false, offsets }).pooled);
        });
        const value = score.dataSync()[3]!;
        score.dispose();
        return value;
      };
      const found = values(`0/grad-cam/${layer}`);
      const step = 3e-3;
      const expected = Array.from(found, (_, p) => Math.max(0, (read(p, step) - read(p, -step)) / (2 * step) / places));
      const most = Math.max(...expected);
      expect(most).toBeGreaterThan(0);
      found.forEach((value, p) => expect(Math.abs(value - expected[p]!)).toBeLessThan(0.03 * most));
      tokens.dispose();
    }
    image.dispose();
    vit.dispose();
    classifier.dispose();
  });
});

describe('an attribution of detections', () => {
  const scenes = fillEmojiScenes({ size: 64, trainImages: 4, testImages: 4, objects: [1, 2] });
  const regions = { anchorSizes: [8, 12, 16, 24, 32], rpnProposalsTest: [40, 10] };

  const models = ['fcos', 'retinanet', 'faster-rcnn-fpn', 'faster-rcnn-c4', 'mask-rcnn-fpn', 'mask-rcnn-c4'] as const;
  it.each(models)('of %s', async (model) => {
    const filled = fillDetection({ model, ...regions, scoreThreshold: 0, detections: 5 }, 64);
    const transfer: DetectionTransfer = {
      ...filled,
      ...{ id: 'detect', task: 'detection', data: 'scenes', of: ['a'], train: 'train', test: 'test', imageSize: 64 },
    };
    const data = new DataLibrary({ scenes }, '/', () => undefined);
    const { classes } = await data.scenes({ id: 'scenes', split: 'train' });
    const random = deriveRandom(1, model);
    const detector = createDetector({
      ...{ settings: transfer, classes: classes.length, random },
      backbone: createBackbone(tinyBackbone, random),
    });
    // As drawn, heads say nearly the same of everything: too little for differences in single precision.
    fillWithFormula(detector.heads);
    const { stages } = makeContext(folder.path, { key: model });
    const bytes = await encodeWeights({ stores: [detector.backbone.weights, detector.heads] });
    await stages.writeFile(model, MODEL_FILE, bytes);
    const explained: ExplainedModel = { source: 'fine-tuning', key: model, settings: transfer };
    const wanted: AttributionAnalysis = {
      ...settings,
      ...{ data: 'scenes', split: 'test', images: [1, 3], target: { class: 'predicted', detection: 1 } },
      ...{ layers: ['layer2', 'layer3'], steps: 3, window: 1, transfer: 'detect' },
    };
    const { file, values, result } = await attribute(`of ${model}`, { settings: wanted, explained }, { data });
    expect(file.by).toEqual({ source: 'transfer', transfer: 'detect', task: 'detection' });
    expect(file.explanations).toHaveLength(2);
    for (const [number, { detection, maps, covers, score }] of file.explanations.entries()) {
      expect(detection!.rank).toBe(1);
      expect(covers).toEqual([0, 0, 64, 64]);
      expect(detection!.box[0] + detection!.box[2]).toBeLessThanOrEqual(64.001);
      expect(maps.map(({ method, layer }) => `${method} ${layer}`)).toEqual([
        'grad-cam layer2',
        'grad-cam layer3',
        'occlusion ',
      ]);
      // One-stage detectors give the sigmoid of the class's logit, FCOS times that of centrality.
      const sigmoid = 1 / (1 + Math.exp(-score));
      if (model === 'retinanet') expect(sigmoid).toBeCloseTo(detection!.confidence, 4);
      if (model === 'fcos') expect(sigmoid).toBeGreaterThanOrEqual(detection!.confidence ** 2 - 1e-6);
      expect(values(`${number}/occlusion`).some((value) => value !== 0)).toBe(true);
      for (const { inBox } of maps) expect(inBox).toBeLessThanOrEqual(1);
    }
    await checkByDifferences(detector, { file, values, data });
    detector.dispose();
    expect(Object.keys(result.layers[0]!.metrics)).toEqual(['coveredShare', 'occlusionAgreement', 'inBox']);
  });

  /** Σ over channels of the importance times any direction is what moving the map that way does to the score. */
  async function checkByDifferences(
    detector: ReturnType<typeof createDetector>,
    {
      file,
      values,
      data,
    }: {
      file: Awaited<ReturnType<typeof attribute>>['file'];
      values: (name: string) => Float32Array;
      data: DataLibrary;
    },
  ): Promise<void> {
    const { detection, class: explained } = file.explanations[0]!;
    const test = await data.scenes({ id: 'scenes', split: 'test' });
    if (test.store.kind !== 'packed') throw new Error('composed scenes are packed');
    const each = 64 * 64 * 3;
    const bytes = new Uint8Array(test.store.buffer).slice(each, 2 * each);
    const copied = new SharedArrayBuffer(each);
    new Uint8Array(copied).set(bytes);
    const image = tf.tensor4d(
      normalised({
        ...makeDataset({ length: 4 }),
        store: { kind: 'packed', count: 1, width: 64, height: 64, buffer: copied },
      }),
      [1, 64, 64, 3],
    );
    const [x, y, width, height] = detection!.box;
    const box = Float32Array.from([x, y, x + width, y + height]);
    const score = await detector.scoreOf(image, { box, label: explained.index, confidence: detection!.confidence });
    const { taps, pooled } = detector.backbone.forward(image, { training: false, taps: ['layer3'] });
    const map = taps.get('layer3')! as tf.Tensor4D;
    const [, h, w, channels] = map.shape;
    const read = (offset: Float32Array) => {
      const result = tf.tidy(() => score(image, new Map([['layer3', tf.tensor4d(offset, map.shape)]])));
      const value = result.dataSync()[0]!;
      result.dispose();
      return value;
    };
    const step = 3e-3;
    const importance = Array.from({ length: channels }, (_, k) => {
      const offset = (by: number) => Float32Array.from({ length: map.size }, (_, i) => (i % channels === k ? by : 0));
      return (read(offset(step)) - read(offset(-step))) / (2 * step) / (h * w);
    });
    const answers = map.dataSync();
    const rows = Array.from({ length: h * w }, (_, p) => [...answers.slice(p * channels, (p + 1) * channels)]);
    const expected = weigh(rows, importance);
    const scale = Math.max(1e-6, ...expected);
    values('0/grad-cam/layer3').forEach((value, p) =>
      expect(Math.abs(value - expected[p]!) / scale).toBeLessThan(0.05),
    );
    tf.dispose([image, map, pooled]);
  }
});
