/** Scores and one training step of DeepLab-v3 and FCN against torchvision (float64), same weights, images and labels. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackboneConfig } from '../../../../src/shared/experiment/layers';
import { fillSegmentation } from '../../../../src/shared/experiment/resolveFineTuning';
import type { SegmentationTransfer } from '../../../../src/shared/experiment/transferSchema';
import { createBackbone } from '../../../../src/worker/models/registry';
import { applyFcnHead } from '../../../../src/worker/models/segmentation/fcnHead';
import { Segmenter, type PixelTargets } from '../../../../src/worker/models/segmentation/segmenter';
import { resizeBilinear } from '../../../../src/worker/ops/resize';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { stageOfWeight } from '../../../../src/worker/transfer/pretrainedBackbone';
import { cheapRandom, fillWithFormula, formulaImages, uniformByName } from './formulaWeights';
import { compareToSummary, type TensorSummary } from './tensorSummary';

interface GoldenSegmenter {
  readonly model: 'deeplabv3' | 'fcn';
  readonly headChannels: number;
  readonly rates: readonly [number, number, number];
  readonly backbone: BackboneConfig;
  readonly size: readonly [number, number];
  readonly count: number;
  readonly images: string;
  readonly names: readonly string[];
  readonly scores: Readonly<Record<'out' | 'aux', TensorSummary>>;
  readonly losses: Readonly<Record<'out' | 'aux', number>>;
  readonly gradients: Readonly<Record<string, TensorSummary>>;
  /** How far torch's own float32 gradients are from its float64 ones. */
  readonly float32: Readonly<Record<string, number>>;
}

const golden = JSON.parse(readFileSync('test/golden/data/segmenters.json', 'utf8')) as {
  readonly classes: number;
  readonly cases: Readonly<Record<string, GoldenSegmenter>>;
};

beforeAll(async () => {
  await startRuntime('wasm');
});

describe.each(Object.entries(golden.cases))('%s equals torchvision', (_, known) => {
  let open: Open;
  beforeAll(() => (open = openSegmenter(known)));
  afterAll(() => {
    open.segmenter.dispose();
    tf.dispose([open.images, open.targets.labels, open.targets.weights]);
  });

  it('in the names of its weights', () => {
    const body = open.segmenter.backbone.weights.names().map((name) => `backbone.${name}`);
    expect([...body, ...open.segmenter.heads.names()].sort()).toEqual(known.names);
  });

  it('in its scores', async () => {
    const scores = tf.tidy(() => resizeBilinear(open.segmenter.scores(open.images), known.size));
    const data = (await scores.data()) as Float32Array;
    expect(compareToSummary({ shape: scores.shape, data }, known.scores.out)).toBeLessThan(2e-5);
    scores.dispose();
  });

  it('in losses and gradients', () => expectStep(open, known));
});

interface Open {
  readonly segmenter: Segmenter;
  readonly images: tf.Tensor4D;
  readonly targets: PixelTargets;
}

function openSegmenter(known: GoldenSegmenter): Open {
  const { model, headChannels, rates: atrousRates, size, count } = known;
  const written = { model, headChannels, atrousRates, dropout: 0, auxiliaryWeight: 0.5, auxiliaryHead: true };
  const settings = fillSegmentation(written, 32) as SegmentationTransfer;
  const backbone = createBackbone(known.backbone, cheapRandom);
  const segmenter = new Segmenter({
    ...{ settings, backbone, classes: golden.classes },
    ...{ random: cheapRandom, auxiliaryDropout: 0 },
  });
  fillWithFormula(backbone.weights);
  fillWithFormula(segmenter.heads);
  const [height, width] = size;
  const images = tf.tidy(() => {
    const all = formulaImages(count, Math.max(height, width), known.images);
    return tf.slice(all, [0, 0, 0, 0], [count, height, width, 3]);
  });
  return { segmenter, images, targets: targetsOf(known) };
}

/** As `labels` in test/golden/make/segmenters.py. */
function targetsOf({ size: [height, width], count }: GoldenSegmenter): PixelTargets {
  const [rows, columns] = [height / 4, width / 4];
  const blocks = Array.from(uniformByName('labels', count * rows * columns), (value) => Math.trunc((value + 1) * 4.5));
  const values = new Int32Array(count * height * width);
  const weights = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const [n, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    const block = blocks[(n * rows + Math.floor(y / 4)) * columns + Math.floor(x / 4)]!;
    if (block === 8) continue;
    values[i] = block % golden.classes;
    weights[i] = 1;
  }
  const judged = weights.reduce((sum, weight) => sum + weight, 0);
  return { labels: tf.tensor1d(values, 'int32'), weights: tf.tensor1d(weights.map((weight) => weight / judged)) };
}

/** Every loss term and gradient; leaves no tensor behind. */
async function expectStep({ segmenter, images, targets }: Open, known: GoldenSegmenter): Promise<void> {
  const before = tf.memory().numTensors;
  const parameters = new Map([
    ...[...segmenter.backbone.weights.parameters()].map(([name, weight]) => [`backbone.${name}`, weight] as const),
    ...segmenter.heads.parameters(),
  ]);
  let terms: Readonly<Record<string, tf.Scalar>> = {};
  const { value, grads } = tf.variableGrads(() => {
    terms = segmenter.losses(images, targets, cheapRandom);
    Object.values(terms).forEach((term) => tf.keep(term));
    return tf.addN(Object.values(terms));
  }, [...parameters.values()]);
  const { classification, auxiliary } = terms;
  const relative = (actual: number, expected: number) => Math.abs(actual - expected) / expected;
  expect(relative((await classification!.data())[0]!, known.losses.out)).toBeLessThan(2e-5);
  expect(relative((await auxiliary!.data())[0]!, 0.5 * known.losses.aux)).toBeLessThan(2e-5);
  for (const [weight, summary] of Object.entries(known.gradients)) {
    const gradient = grads[parameters.get(weight)!.name]!;
    const filed = gradient.rank === 4 ? tf.transpose(gradient, [3, 2, 0, 1]) : tf.clone(gradient);
    const difference = compareToSummary({ shape: filed.shape, data: (await filed.data()) as Float32Array }, summary);
    filed.dispose();
    expect(difference, weight).toBeLessThan(Math.max(2.5e-4, 4 * known.float32[weight]!));
  }
  tf.dispose([value, ...Object.values(terms), ...Object.values(grads)]);
  expect(tf.memory().numTensors).toBe(before);
}

describe('on a backbone that is cut', () => {
  const config = { name: 'resnet18', width: 4, stem: 'small', dilate: [false, false, true] } as const;
  const written = { model: 'fcn', dropout: 0, auxiliaryWeight: 0.5, auxiliaryHead: true } as const;
  const channels = { stem: 4, layer1: 4, layer2: 8, layer3: 16, none: 32 } as const;

  it.each(['stem', 'layer1', 'layer2', 'layer3', 'none'] as const)('%s: the head stands on it alone', async (cut) => {
    const backbone = createBackbone(config, cheapRandom);
    const settings = fillSegmentation({ ...written, cut }, 32) as SegmentationTransfer;
    const segmenter = new Segmenter({ settings, backbone, classes: 3, random: cheapRandom, auxiliaryDropout: 0 });
    fillWithFormula(backbone.weights);
    fillWithFormula(segmenter.heads);
    const images = formulaImages(2, 32);
    const last = cut === 'none' ? 'layer4' : cut;
    // Taps of a plain forward pass are another way to the same map.
    const { taps, pooled } = backbone.forward(images, { training: false, taps: [last === 'stem' ? 'relu' : last] });
    const map = [...taps.values()][0] as tf.Tensor4D;
    const head = { prefix: 'classifier', inChannels: channels[cut], classes: 3, dropout: 0 };
    const expected = applyFcnHead({ weights: segmenter.heads, training: false, random: cheapRandom }, head, map);
    const scores = segmenter.scores(images);
    expect(scores.shape).toEqual(expected.shape);
    expect(await scores.data()).toEqual(await expected.data());
    // The second head stands on the stage before, where there is one.
    const second = cut === 'stem' || cut === 'layer1' ? undefined : last === 'layer2' ? 4 : channels[cut] / 2;
    const inner = [...segmenter.heads.shapes()].find(([name]) => name === 'aux_classifier.0.weight')?.[1];
    expect(inner?.[1]).toBe(second);
    const weights = [...backbone.weights.parameters()];
    const targets = { labels: tf.zeros<tf.Rank.R1>([2048], 'int32'), weights: tf.fill<tf.Rank.R1>([2048], 1 / 2048) };
    const terms: string[] = [];
    const { value, grads } = tf.variableGrads(() => {
      const losses = segmenter.losses(images, targets, cheapRandom);
      terms.push(...Object.keys(losses));
      return tf.addN(Object.values(losses));
    });
    expect(terms).toEqual(second === undefined ? ['classification'] : ['classification', 'auxiliary']);
    const reached = new Set(weights.flatMap(([name, { name: id }]) => (id in grads ? [stageOfWeight(name)] : [])));
    const used = ['stem', 'layer1', 'layer2', 'layer3', 'layer4'];
    expect([...reached]).toEqual(used.slice(0, used.indexOf(last) + 1));
    tf.dispose([
      images,
      map,
      pooled,
      expected,
      scores,
      value,
      targets.labels,
      targets.weights,
      ...Object.values(grads),
    ]);
    segmenter.dispose();
  });
});
