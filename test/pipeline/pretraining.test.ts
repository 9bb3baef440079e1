/** Every pretraining method in its real training loop: it learns, leaks nothing, repeats itself bit by bit. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cancelled, UserError } from '../../src/shared/errors';
import { trainedMethods } from '../../src/shared/experiment/methods';
import type { TrainedPretraining } from '../../src/shared/experiment/schema';
import type { Dataset } from '../../src/worker/data/dataset';
import { trainBackbone } from '../../src/worker/pretrain/trainBackbone';
import { startRuntime } from '../../src/worker/runtimes/startRuntime';
import { digestTensors } from '../../src/worker/train/trainingState';
import {
  makeContext,
  makeDataset,
  makeFolder,
  tinyBackbone,
  tinyMethods,
  tinyMomentum,
  writePictures,
  type TinyContext,
} from './tinyWorld';

beforeAll(async () => void (await startRuntime('wasm')));

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => void (folder = makeFolder()));
afterEach(() => folder.remove());

const dataset = makeDataset();
const methods = Object.entries(tinyMethods);
const at = (...names: string[]) => join(folder.path, 'stages', ...names);

/** Everything that a training leaves: weights, head and memories, last metrics, rows on disk. */
async function train(settings: TrainedPretraining, context: TinyContext, data: Dataset = dataset) {
  const { learner, metrics } = await trainBackbone(settings, { backbone: tinyBackbone, dataset: data }, context);
  const weights = await learner.backbone.weights.exportTensors();
  const state = await learner.exportState();
  learner.dispose();
  return {
    weights: digestTensors(weights),
    memory: digestTensors(state.tensors),
    scalars: state.scalars,
    metrics,
    rows: readFileSync(at(context.key, 'metrics.jsonl'), 'utf8'),
  };
}

/** Trains to `step`, stops in order, and goes on in a fresh context as a new process would. */
async function trainInTwo(settings: TrainedPretraining, step: number, between: () => void = () => {}) {
  const before = makeContext(folder.path, { stopAt: step, key: 'halves' });
  await expect(train(settings, before)).rejects.toThrow(Cancelled);
  between();
  const after = makeContext(folder.path, { key: 'halves' });
  return { result: await train(settings, after), after };
}

/** Rows of curves; those in between say only that something happened. */
const logged = (rows: string) => parse(rows).filter(({ metrics }) => metrics.loss !== undefined);
const losses = (rows: string): number[] => logged(rows).map(({ metrics }) => metrics.loss!);
const parse = (rows: string) =>
  rows
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { step: number; metrics: Record<string, number>; event?: string });

describe.each(methods)('%s', (name, settings) => {
  const short = { ...settings, steps: 12, monitor: { every: 4, knn: true, images: 16 } };

  it('lowers its loss on an easy set', async () => {
    const { rows } = await train(settings, makeContext(folder.path));
    const [, early, ...later] = losses(rows);
    expect(later.at(-1)).toBeLessThan(0.95 * early!);
  });

  it('stopped and continued equals uninterrupted, bit for bit', async () => {
    const whole = await train(short, makeContext(folder.path, { key: 'whole' }));
    const { result } = await trainInTwo(short, 6);
    expect(result).toEqual(whole);
  });

  it('repeats itself with the same seed and not with another', async () => {
    const brief = { ...short, steps: 4 };
    const one = await train(brief, makeContext(folder.path, { key: 'one' }));
    expect(await train(brief, makeContext(folder.path, { key: 'again' }))).toEqual(one);
    const other = await train(brief, makeContext(folder.path, { key: 'other', seed: 1 }));
    expect(other.weights).not.toBe(one.weights);
    expect(other.metrics.loss).not.toBe(one.metrics.loss);
  });

  it('measures what its kind of method has to show', async () => {
    const { rows } = await train({ ...short, steps: 4 }, makeContext(folder.path));
    const { metrics } = logged(rows)[0]!;
    const common = ['loss', 'learningRate', 'rankMe', 'knn'];
    const isMomentum = ['moco', 'exemplar', 'supcon'].includes(name);
    const own = isMomentum ? ['positiveAccuracy', 'queueFill', 'alignment', 'uniformity'] : [];
    const expected = [...common, ...own, ...(name === 'supervised' ? ['trainAccuracy'] : [])];
    expect(Object.keys(metrics)).toEqual(expect.arrayContaining(expected));
    expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    expect(metrics.rankMe).toBeGreaterThanOrEqual(1);
    expect(metrics.knn).toBeGreaterThan(0);
  });
});

it('has every method', () => {
  expect(new Set(methods.map(([, { method }]) => method))).toEqual(new Set(trainedMethods));
});

describe('memory', () => {
  it.each(methods)('%s leaks no tensor in 200 steps, nor when it ends', async (_, settings) => {
    const small = makeDataset({ length: 32 });
    const changes = {
      steps: 200,
      batch: 8,
      learningRate: 0.002,
      imageSize: 8,
      batchNormGroups: 1,
      monitor: { every: 50, knn: true, images: 8 },
    };
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    const base = makeContext(folder.path);
    // Losses of the steps between stay on the device until they are read.
    const progress = (step: number) => void (step % 50 === 0 && counts.push(tf.memory().numTensors));
    const context = { ...base, progress };
    const plan = { backbone: { ...tinyBackbone, width: 2 }, dataset: small };
    const { learner } = await trainBackbone({ ...settings, ...changes } as TrainedPretraining, plan, context);
    expect(counts).toHaveLength(4);
    expect(new Set(counts).size).toBe(1);
    learner.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaks no tensor when the loss is not finite or the training is stopped', async () => {
    const before = tf.memory().numTensors;
    const wild = { ...tinyMethods.supervised!, learningRate: 1e9, augment: 'none' as const };
    await expect(train(wild, makeContext(folder.path, { key: 'wild' }))).rejects.toThrow(UserError);
    await expect(train(wild, makeContext(folder.path, { key: 'stopped', stopAt: 1 }))).rejects.toThrow(Cancelled);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('names step and learning rate when the loss is not finite', async () => {
  const wild = { ...tinyMethods.supervised!, learningRate: 1e9 };
  const error = await train(wild, makeContext(folder.path)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    name: 'UserError',
    code: 'numeric',
    message: expect.stringMatching(
      /^the loss became (NaN|Infinity) at step \d+ of "supervised" with learning rate \d.*e\+8; lower learningRate/,
    ) as string,
  });
});

describe('momentum methods', () => {
  // One epoch and no more: a second one would meet older keys of its own images, which MoCo keeps as negatives.
  const distinct = makeDataset({ length: 192, distinctLabels: true });
  const brief = { steps: 12, queue: 32, monitor: { every: 4, knn: false, images: 8 } } as const;

  it.each(['exemplar', 'supcon'] as const)('%s with every label distinct is MoCo, bit for bit', async (method) => {
    const moco = await train(tinyMomentum(brief), makeContext(folder.path, { key: 'moco' }), distinct);
    const other = tinyMomentum({ ...brief, method });
    expect(await train(other, makeContext(folder.path, { key: 'other' }), distinct)).toEqual(moco);
  });

  it('differ where classes are shared', async () => {
    const results = [];
    for (const method of ['moco', 'exemplar', 'supcon'] as const) {
      results.push(
        (await train(tinyMomentum({ ...brief, method }), makeContext(folder.path, { key: method }))).weights,
      );
    }
    expect(new Set(results).size).toBe(3);
  });

  it('the key encoder lags behind: at momentum m each weight is m old + (1 - m) new', async () => {
    const settings = tinyMomentum({ ...brief, encoderMomentum: 0.75, steps: 2 });
    const states: Map<string, Float32Array>[] = [];
    for (const steps of [1, 2]) {
      const plan = { backbone: tinyBackbone, dataset };
      const oneRate = { ...settings, steps, schedule: { kind: 'constant', warmupSteps: 0 } } as const;
      const { learner } = await trainBackbone(oneRate, plan, makeContext(folder.path, { key: `${steps}` }));
      const memory = (await learner.exportState()).tensors;
      const online = await learner.backbone.weights.exportTensors();
      const pick = (name: string) => memory.get(`slowBackbone.${name}`)!.data;
      states.push(
        new Map([
          ['slow', pick('conv1.weight')],
          ['online', online.get('conv1.weight')!.data],
        ]),
      );
      learner.dispose();
    }
    const [first, second] = states as [Map<string, Float32Array>, Map<string, Float32Array>];
    // The update comes at the start of a step: after step 2 it has seen the online weights of step 1.
    const expected = first.get('slow')!.map((old, i) => 0.75 * old + 0.25 * first.get('online')![i]!);
    second.get('slow')!.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
    expect(second.get('slow')).not.toEqual(second.get('online'));
  });

  it('marks the step at which the queue is full', async () => {
    const settings = tinyMomentum({ steps: 8, queue: 96, monitor: { every: 1, knn: false, images: 8 } });
    const rows = parse((await train(settings, makeContext(folder.path))).rows);
    expect(rows.filter((row) => row.event).map(({ step, event }) => [step, event])).toEqual([
      [1, 'queue still filling: the loss rises until it is full'],
      [6, 'queue full'],
    ]);
    expect(rows.map(({ metrics }) => metrics.queueFill)).toEqual([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1, 1, 1]);
  });
});

describe('what else is written for the curves', () => {
  it('are the drops of the learning rate and the end of the warm-up, at their exact steps', async () => {
    const settings = tinyMomentum({
      steps: 9,
      queue: 16,
      learningRate: 0.01,
      schedule: { kind: 'step', milestones: [4, 7], gamma: 0.1, per: 'step', warmupSteps: 2 },
      monitor: { every: 4, knn: false, images: 8 },
    });
    const rows = parse((await train(settings, makeContext(folder.path))).rows);
    expect(rows.filter((row) => row.event).map(({ step, event }) => [step, event])).toEqual([
      [1, 'queue full'],
      [2, 'warm-up over, learning rate 0.01'],
      [4, 'learning rate dropped to 0.001'],
      [7, 'learning rate dropped to 0.0001'],
    ]);
    // The rate in the row of step 5 and later is the dropped one.
    const full = rows.filter(({ metrics }) => metrics.learningRate !== undefined);
    expect(full.map(({ step }) => step)).toEqual([4, 8, 9]);
    expect(full[1]!.metrics.learningRate).toBeCloseTo(0.0001, 12);
    for (const { metrics } of full) {
      expect(metrics.gradientNorm).toBeGreaterThan(0);
      expect(metrics.spread).toBeGreaterThan(0);
      expect(metrics.spread).toBeLessThanOrEqual(1.001);
    }
  });

  it('is the pace, which goes on after an interruption and is no part of the result', async () => {
    const stop = new AbortController();
    const settings = tinyMomentum({ steps: 6, monitor: { every: 2, knn: false, images: 8 } });
    const first = makeContext(folder.path);
    const interrupted = { ...first, signal: stop.signal, metrics: (step: number) => void (step === 4 && stop.abort()) };
    await expect(
      trainBackbone(settings, { backbone: tinyBackbone, dataset }, { ...interrupted, key: 'paced' }),
    ).rejects.toThrow();
    const trained = await trainBackbone(
      settings,
      { backbone: tinyBackbone, dataset },
      { ...makeContext(folder.path), key: 'paced' },
    );
    trained.learner.dispose();
    const rows = parse(readFileSync(at('paced', 'pace.jsonl'), 'utf8').replace(/\n+/g, '\n'));
    expect(rows.map(({ step, event }) => [step, event])).toEqual([
      [2, undefined],
      [4, undefined],
      [4, 'resumed'],
      [6, undefined],
    ]);
    expect(rows[0]!.metrics.imagesPerSecond).toBeGreaterThan(0);
    expect(rows[0]!.metrics.waiting).toBeGreaterThanOrEqual(0);
    expect(rows[0]!.metrics.waiting).toBeLessThanOrEqual(1);
    expect(Object.keys(trained.metrics)).not.toContain('gradientNorm');
    expect(readFileSync(at('paced', 'metrics.jsonl'), 'utf8')).not.toContain('resumed');
  });
});

describe('collapse', () => {
  const every = { monitor: { every: 1, knn: false, images: 16 } };

  it('is reported once for embeddings that are all the same', async () => {
    // Black pictures: whatever the network does, all embeddings are one point.
    const black = { ...dataset, store: blackStore(dataset.length) };
    const context = makeContext(folder.path);
    const plan = { backbone: tinyBackbone, dataset: black };
    const trained = await trainBackbone(tinyMomentum({ steps: 6, ...every }), plan, context);
    trained.learner.dispose();
    expect(context.warnings).toEqual([expect.stringMatching(/^step 3: The embeddings collapse to a point/)]);
    expect(trained.notes).toEqual([expect.stringContaining('looked collapsed')]);
  });

  it.each(['supervised', 'moco', 'exemplar'])('is not reported for %s on the easy set', async (name) => {
    const context = makeContext(folder.path);
    await train({ ...tinyMethods[name]!, ...every, steps: 20 } as TrainedPretraining, context);
    expect(context.warnings).toEqual([]);
  });
});

describe('an image that cannot be read', () => {
  it.each(['instdisc nce', 'instdisc softmax', 'exemplar'])(
    '%s goes on with another one, with a warning',
    async (name) => {
      const paths = await writePictures(join(folder.path, 'images'), 16);
      writeFileSync(paths[3]!, 'not an image');
      const data: Dataset = { ...makeDataset({ length: 16 }), store: { kind: 'files', paths } };
      const context = makeContext(folder.path);
      // The whole set is one batch, so that the stand-in is in it twice.
      const settings = { ...tinyMethods[name]!, steps: 2, monitor: { every: 1, knn: true, images: 16 } };
      await train(settings as TrainedPretraining, context, data);
      expect(context.warnings).toEqual([
        expect.stringMatching(/^image 3 cannot be read .* another image takes its place/),
      ]);
    },
  );
});

function blackStore(count: number): Dataset['store'] {
  return { kind: 'packed', count, width: 16, height: 16, buffer: new SharedArrayBuffer(count * 16 * 16 * 3) };
}

describe('training.safetensors', () => {
  const settings = { ...tinyMomentum({ steps: 12 }), checkpointEvery: 4, monitor: { every: 2, knn: false, images: 8 } };
  let undisturbed: Awaited<ReturnType<typeof train>>;
  beforeAll(async () => {
    folder = makeFolder();
    undisturbed = await train(settings, makeContext(folder.path));
    folder.remove();
  });
  const stateFile = () => at('halves', 'training.safetensors');

  it.each([
    ['cut short', () => truncateSync(stateFile(), 5000), /training state cannot be used/],
    ['emptied', () => writeFileSync(stateFile(), ''), /training state cannot be used/],
    ['changed in one byte of a tensor', () => flipByte(stateFile(), -100), /its content was changed/],
    ['changed in its step', () => replaceIn(stateFile(), '\\"step\\":6', '\\"step\\":7'), /its content was changed/],
    ['of another version', () => replaceIn(stateFile(), '"version":"3"', '"version":"9"'), /it has version 9/],
    ['without its metrics', () => truncateSync(at('halves', 'metrics.jsonl'), 10), /metrics.jsonl .* cut short/],
    ['with edited metrics', () => flipByte(at('halves', 'metrics.jsonl'), 20), /metrics.jsonl .* changed/],
  ])('%s: the training starts again, with a warning, to the same end', async (_, damage, sentence) => {
    const { result, after } = await trainInTwo(settings, 6, damage);
    expect(after.warnings).toEqual([expect.stringMatching(sentence)]);
    expect(result).toEqual(undisturbed);
  });

  it('resumes after rows that were written later than the checkpoint', async () => {
    const extra = '{"step":8,"metrics":{"loss":1}}\n{"step":10,"met';
    const metrics = () => at('halves', 'metrics.jsonl');
    const lengthen = () => writeFileSync(metrics(), readFileSync(metrics(), 'utf8') + extra);
    const { result, after } = await trainInTwo(settings, 6, lengthen);
    expect(after.warnings).toEqual([]);
    expect(result).toEqual(undisturbed);
  });

  it('is no larger than its weights, momenta, copies and queue need', async () => {
    const before = makeContext(folder.path, { stopAt: 6, key: 'halves' });
    await expect(train(settings, before)).rejects.toThrow(Cancelled);
    const plan = { backbone: tinyBackbone, dataset };
    const { learner } = await trainBackbone({ ...settings, steps: 1 }, plan, makeContext(folder.path, { key: 'one' }));
    const count = (tensors: Iterable<{ size: number }>) => [...tensors].reduce((sum, { size }) => sum + size, 0);
    const weights = count(learner.backbone.weights.names().map((name) => learner.backbone.weights.get(name)));
    const head = count(learner.headWeights.names().map((name) => learner.headWeights.get(name)));
    learner.dispose();
    const floats = 3 * (weights + head) + 32 * (16 + 1);
    expect((await stat(stateFile())).size).toBeLessThan(4 * floats + 60_000);
  });
});

function flipByte(file: string, position: number): void {
  const bytes = readFileSync(file);
  const index = position < 0 ? bytes.length + position : position;
  bytes[index] = bytes[index]! ^ 1;
  writeFileSync(file, bytes);
}

function replaceIn(file: string, from: string, to: string): void {
  const text = readFileSync(file).toString('latin1');
  expect(text).toContain(from);
  writeFileSync(file, Buffer.from(text.replace(from, to), 'latin1'));
}
