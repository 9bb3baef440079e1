/** Updates of pretrainings looked at from inside: they are those of a run bit for bit, and what is said of them is so. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cancelled } from '../../src/shared/errors';
import type { TrainedPretraining } from '../../src/shared/experiment/schema';
import type { BatchInspection, Matching } from '../../src/shared/results/batchInspection';
import { deriveRandom } from '../../src/shared/random';
import { openPretraining } from '../../src/worker/debug/pretrainingStage';
import { stepTraining } from '../../src/worker/debug/stepTraining';
import type { Backbone } from '../../src/worker/models/backbone';
import { createHead } from '../../src/worker/models/heads';
import { splitState } from '../../src/worker/models/savedState';
import { assembleTraining } from '../../src/worker/pretrain/assembleTraining';
import type { LearnerBatch } from '../../src/worker/pretrain/learner';
import { trainBackbone } from '../../src/worker/pretrain/trainBackbone';
import { startRuntime } from '../../src/worker/runtimes/startRuntime';
import { digestTensors } from '../../src/worker/train/trainingState';
import {
  IMAGE_SIDE,
  makeContext,
  makeDataset,
  makeFolder,
  tinyBackbone,
  tinyMethods,
  tinyMomentum,
  type TinyContext,
} from './tinyWorld';

beforeAll(async () => void (await startRuntime('wasm')));

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => void (folder = makeFolder()));
afterEach(() => folder.remove());

const dataset = makeDataset();
const monitor = { every: 1, knn: false, images: 16 };
const variants: Readonly<Record<string, TrainedPretraining>> = {
  ...tinyMethods,
  'moco in parts': tinyMomentum({ id: 'parts', batch: 8, accumulate: 2 }),
  'supervised in parts, recomputed': { ...tinyMethods.supervised!, batch: 8, accumulate: 2, recompute: true },
};
const brief = (settings: TrainedPretraining, steps = 4): TrainedPretraining => ({ ...settings, steps, monitor });

interface Looked {
  readonly inspections: readonly BatchInspection[];
  /** Of backbone, head and memories at the end. */
  readonly digests: readonly string[];
}

async function look(
  settings: TrainedPretraining,
  context: TinyContext,
  {
    steps,
    fromCheckpoint = false,
    readsAtOnce = true,
  }: { steps: number; fromCheckpoint?: boolean; readsAtOnce?: boolean },
): Promise<Looked> {
  const pictures = join(folder.path, 'pictures');
  mkdirSync(pictures, { recursive: true });
  const stage = await openPretraining(settings, tinyBackbone, context);
  const { task } = stage;
  const open = await stepTraining(stage, {
    ...{ context, fromCheckpoint, folder: pictures, readsAtOnce },
    takeWarnings: () => context.warnings.splice(0),
  });
  const inspections: BatchInspection[] = [];
  for (let i = 0; i < steps; i++) inspections.push(await open.next());
  const state = await task.exportState();
  const digests = ['backbone', 'learner'].map((part) => digestTensors(splitState(part, state).tensors));
  await open.dispose();
  return { inspections, digests };
}

async function train(settings: TrainedPretraining, context: TinyContext): Promise<readonly string[]> {
  const { learner } = await trainBackbone(settings, { backbone: tinyBackbone, dataset }, context);
  const digests = [
    digestTensors(await learner.backbone.weights.exportTensors()),
    digestTensors((await learner.exportState()).tensors),
  ];
  learner.dispose();
  return digests;
}

describe.each(Object.entries(variants))('looking at %s', (_, given) => {
  const settings = brief(given);

  it('changes no bit, says what a run logs, and leaks nothing', async () => {
    const context = makeContext(folder.path);
    const digests = await train(settings, context);
    const before = tf.memory().numTensors;
    const looked = await look(settings, makeContext(folder.path, { key: 'looked' }), { steps: 4 });
    expect(tf.memory().numTensors).toBe(before);
    expect(looked.digests).toEqual(digests);
    const logged = context.rows.map(({ metrics }) => [metrics.loss, metrics.learningRate]);
    expect(looked.inspections.map(({ losses, learningRate }) => [losses[0]!.value, learningRate])).toEqual(logged);
  });

  it('has losses of single images whose mean is the loss', async () => {
    const { inspections } = await look(settings, makeContext(folder.path), { steps: 2 });
    for (const { images, losses } of inspections) {
      expect(images).toHaveLength(16);
      const mean = images.reduce((sum, { loss }) => sum + loss!, 0) / images.length;
      expect(Math.abs(mean - losses[0]!.value)).toBeLessThan(2e-5 * Math.max(1, mean));
    }
  });
});

it('goes on where a run was interrupted, and leaves its state alone', async () => {
  const settings = brief(tinyMethods.moco!, 6);
  const whole = await train(settings, makeContext(folder.path, { key: 'whole' }));
  await expect(train(settings, makeContext(folder.path, { stopAt: 3, key: 'half' }))).rejects.toThrow(Cancelled);
  const { inspections, digests } = await look(settings, makeContext(folder.path, { key: 'half' }), {
    ...{ steps: 3, fromCheckpoint: true },
  });
  expect(inspections.map(({ step }) => step)).toEqual([3, 4, 5]);
  expect(digests).toEqual(whole);
  expect(await train(settings, makeContext(folder.path, { key: 'half' }))).toEqual(whole);
});

describe('what is said of an update', () => {
  it('is the same where a runtime can only be read afterwards', async () => {
    const settings = brief(tinyMethods.exemplar!);
    const first = await look(settings, makeContext(folder.path), { steps: 2 });
    const second = await look(settings, makeContext(folder.path), { steps: 2, readsAtOnce: false });
    const comparable = ({ seconds: _, ...rest }: BatchInspection) => rest;
    expect(second.inspections.map(comparable)).toEqual(first.inspections.map(comparable));
  });

  it('names each layer of both networks with its figures', async () => {
    const { inspections } = await look(brief(tinyMomentum()), makeContext(folder.path), { steps: 1 });
    const { layers } = inspections[0]!;
    const names = layers.map(({ name }) => name);
    for (const name of ['conv1', 'layer1.0', 'layer1', 'layer4', 'avgpool', 'fc.0', 'fc.1', 'fc.2'])
      expect(names).toEqual(expect.arrayContaining([name, `key:${name}`]));
    expect(new Set(layers.map(({ name, call }) => `${name} ${call}`)).size).toBe(layers.length);
    // Keys come first, without gradients; queries have gradients everywhere.
    expect(layers.every(({ name, gradient }) => name.startsWith('key:') === (gradient === undefined))).toBe(true);
    expect(layers.find(({ name }) => name === 'layer4')!.shape).toEqual([16, 1, 1, 32]);
  });

  it('has the gradients that offsets of zero have at the same outputs', async () => {
    const settings = brief(tinyMethods.supervised!);
    const context = makeContext(folder.path);
    const { inspections } = await look(settings, context, { steps: 1 });
    const { layers } = inspections[0]!;
    const { task, learner, pool } = assembleTraining(settings, { backbone: tinyBackbone, dataset, context });
    const batch = await task.nextBatch(0, 0);
    const taps = ['relu', 'layer1.0', 'layer2', 'layer4', 'avgpool'];
    const norms = await offsetGradients(learner.backbone, batch, taps);
    for (const [i, name] of taps.entries()) {
      const layer = layers.find((one) => one.name === name)!;
      expect(layer.gradient!.norm, name).toBeGreaterThan(0);
      expect(Math.abs(layer.gradient!.norm / norms.gradients[i]! - 1), name).toBeLessThan(1e-5);
      expect(layer.activation.norm / norms.outputs[i]!, name).toBeCloseTo(1, 6);
    }
    task.disposeBatch(batch);
    await pool.close();
    learner.dispose();
  });

  it('has relative updates and gradients of weights as finite steps show them', async () => {
    const settings = { ...brief(tinyMethods.supervised!), weightDecay: 0, momentum: 0 };
    const { inspections } = await look(settings, makeContext(folder.path), { steps: 2 });
    const [first, second] = inspections as [BatchInspection, BatchInspection];
    const squares = first.parameters.reduce((sum, { gradient }) => sum + gradient!.norm ** 2, 0);
    expect(Math.sqrt(squares) / first.gradientNorm!).toBeCloseTo(1, 5);
    for (const { name, weight, gradient, relativeUpdate } of first.parameters) {
      if (weight.norm === 0) continue;
      // Without momentum and decay a weight moves by rate · gradient.
      const expected = (first.learningRate! * gradient!.norm) / weight.norm;
      expect(Math.abs(relativeUpdate! - expected), name).toBeLessThan(1e-3 * expected + 1e-7);
      const moved = second.parameters.find((one) => one.name === name)!.weight.norm;
      expect(Math.abs(moved - weight.norm), name).toBeLessThanOrEqual(relativeUpdate! * weight.norm * 1.001 + 1e-6);
    }
  });

  it('shows the very pixels', async () => {
    const { inspections } = await look(brief(tinyMethods.supervised!), makeContext(folder.path), { steps: 1 });
    const { images, views } = inspections[0]!;
    expect(views).toMatchObject([{ name: 'image', shape: [16, IMAGE_SIDE, IMAGE_SIDE, 3] }]);
    if (dataset.store.kind !== 'packed') throw new Error('packed');
    const all = new Uint8Array(dataset.store.buffer);
    const size = IMAGE_SIDE * IMAGE_SIDE * 3;
    for (const { name, label, files } of images) {
      const index = dataset.names.indexOf(name);
      expect(label).toBe(dataset.classes[dataset.labels[index]!]);
      // Without augmentation, what the network sees is the stored image.
      const { data } = await sharp(join(folder.path, 'pictures', files[0]!))
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(Array.from(data)).toEqual(Array.from(all.slice(index * size, (index + 1) * size)));
    }
  });

  it('follows what is in the queue', async () => {
    const settings = brief(tinyMomentum({ queue: 32, augment: 'none' }), 6);
    const { inspections } = await look(settings, makeContext(folder.path), { steps: 4 });
    const queues = inspections.map(({ matching }) => matching as Extract<Matching, { kind: 'queue' }>);
    expect(queues.map(({ filled }) => filled)).toEqual([0, 16, 32, 32]);
    expect(inspections[0]!.findings.some(({ message }) => message.includes('still noise'))).toBe(true);
    const earlier = (step: number) => inspections[step]!.images.map(({ name }) => name);
    for (const [step, { images }] of queues.entries()) {
      for (const { hardest, negatives } of images) {
        expect(negatives).toBe(32);
        expect(hardest).toHaveLength(10);
        for (const { entry, image, age } of hardest) {
          if (image === undefined) expect(entry >= 16 * step).toBe(true);
          else expect(earlier(step - age!)[entry % 16]).toBe(image);
        }
        const similarities = hardest.map(({ similarity }) => similarity);
        expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
      }
    }
  });

  it('is a sentence when the numbers are not finite', async () => {
    const settings = { ...brief(tinyMethods.supervised!), learningRate: 1e30 };
    const { inspections } = await look(settings, makeContext(folder.path), { steps: 2 });
    expect(inspections[0]!.findings.map(({ message }) => message).join()).toMatch(/change/);
    expect(inspections[1]!.findings[0]).toMatchObject({ severity: 'error', message: 'The loss is NaN.' });
  });
});

/** Lengths of outputs and of their gradients at the start of seed 0, by the mechanism that analyses use. */
async function offsetGradients(
  backbone: Backbone,
  { views, labels }: LearnerBatch,
  taps: readonly string[],
): Promise<{ gradients: number[]; outputs: number[] }> {
  const images = views[0]!;
  const classes = dataset.classes.length;
  const shape = { kind: 'classifier', inputSize: backbone.featureSize, outputSize: classes } as const;
  const head = createHead(shape, deriveRandom(0, 'head'));
  const { taps: outputs } = backbone.forward(images, { training: true, taps });
  const zeros = taps.map((name) => tf.zerosLike(outputs.get(name)!));
  const lossOf = (...offsets: tf.Tensor[]): tf.Scalar => {
    const given = new Map(taps.map((name, i) => [name, offsets[i]!]));
    const { pooled } = backbone.forward(images, { training: true, offsets: given });
    const rows = tf.oneHot(tf.tensor1d(labels, 'int32'), classes);
    return tf.losses.softmaxCrossEntropy(rows, head.forward(pooled));
  };
  const lengths = async (tensors: readonly tf.Tensor[]) =>
    Promise.all(tensors.map(async (tensor) => Math.hypot(...(await tensor.data()))));
  return {
    gradients: await lengths(tf.grads(lossOf)(zeros)),
    outputs: await lengths(taps.map((name) => outputs.get(name)!)),
  };
}
