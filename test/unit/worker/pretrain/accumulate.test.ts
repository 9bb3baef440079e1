/**
 * Parts of a batch against the whole batch, for every method, on a network without batch norm: the mean of the parts'
 * gradients, the losses, the figures and what queue and bank remember are those of the whole.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import type { Backbone } from '../../../../src/worker/models/backbone';
import { createHead } from '../../../../src/worker/models/heads';
import { WeightStore } from '../../../../src/worker/models/weightStore';
import { KeyQueue } from '../../../../src/worker/objectives/keyQueue';
import { takeRows } from '../../../../src/worker/objectives/shuffle';
import { MemoryBank } from '../../../../src/worker/objectives/memoryBank';
import { InstDiscLearner } from '../../../../src/worker/pretrain/instDiscLearner';
import type { KeyEncoder, Learner, LearnerBatch } from '../../../../src/worker/pretrain/learner';
import { MomentumLearner } from '../../../../src/worker/pretrain/momentumLearner';
import { conv2d } from '../../../../src/worker/ops/conv';
import { relu } from '../../../../src/worker/ops/activation';
import { globalAveragePool } from '../../../../src/worker/ops/pool';
import { SupervisedLearner } from '../../../../src/worker/pretrain/supervisedLearner';
import { TrainingPasses } from '../../../../src/worker/pretrain/trainingPasses';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { LossMeter } from '../../../../src/worker/train/lossMeter';
import { addGradients, divideGradients } from '../../../../src/worker/train/meanGradients';
import { createOptimizer } from '../../../../src/worker/train/optimizer';
import { fillWithFormula, formulaImages } from '../models/formulaWeights';

const [rows, side, classes, dimension] = [8, 6, 3, 5];

beforeAll(async () => void (await startRuntime('wasm')));

/** One convolution, a rectifier and the mean over positions: images do not know of each other. */
function createPlainBackbone(): Backbone {
  const weights = new WeightStore();
  tf.tidy(() => void weights.add('conv1.weight', tf.zeros([3, 3, 3, 7]), 'parameter', 'conv'));
  fillWithFormula(weights);
  const pool = (images: tf.Tensor4D) =>
    tf.tidy(() => {
      const filter = weights.get('conv1.weight') as tf.Variable<tf.Rank.R4>;
      return globalAveragePool(relu(conv2d(images, filter, { padding: 1 })));
    });
  const unused = (): never => {
    throw new Error('not used here');
  };
  return {
    config: { name: 'resnet18', width: 7, stem: 'small', dilate: [false, false, false] },
    ...{ layers: [], featureSize: 7, weights, recompute: false },
    forward: (images) => ({ pooled: pool(images), taps: new Map() }),
    forwardStages: unused,
    applyStage: unused,
    dispose: () => weights.dispose(),
  };
}

function createNetwork(kind: 'linear' | 'mlp' | 'classifier', outputSize: number) {
  const backbone = createPlainBackbone();
  const head = createHead({ kind, inputSize: 7, outputSize }, deriveRandom(1, 'head'));
  fillWithFormula(head.weights);
  return { backbone, head };
}

function momentum(method: 'moco' | 'exemplar' | 'supcon'): Learner {
  const queue = new KeyQueue({ size: 16, dimension, random: deriveRandom(1, 'queue') });
  const networks = { online: createNetwork('mlp', dimension), slow: createNetwork('mlp', dimension) };
  return new MomentumLearner({
    ...{ method, ...networks, queue, temperature: 0.2, encoderMomentum: 0.5, training: new TrainingPasses(1), seed: 1 },
  });
}

function instDisc(): Learner {
  const bank = new MemoryBank({ size: 20, dimension, random: deriveRandom(1, 'bank') });
  const common = { form: 'softmax', negatives: 10, bankMomentum: 0.5, temperature: 0.2 } as const;
  return new InstDiscLearner({
    ...createNetwork('linear', dimension),
    bank,
    ...common,
    training: new TrainingPasses(1),
    seed: 1,
  });
}

function supervised(): Learner {
  const { backbone, head } = createNetwork('classifier', classes);
  return new SupervisedLearner(backbone, head, new TrainingPasses(1));
}

const learners: Readonly<Record<string, () => Learner>> = {
  supervised,
  'instdisc softmax': instDisc,
  moco: () => momentum('moco'),
  exemplar: () => momentum('exemplar'),
  supcon: () => momentum('supcon'),
};

function cut(step: number, parts: number): LearnerBatch[] {
  const size = rows / parts;
  return Array.from({ length: parts }, (_, part) => {
    const place = (i: number) => part * size + i;
    const views = [0, 1].map((view) =>
      tf.tidy(() =>
        tf.slice(formulaImages(rows, side, `cut-${step}-${view}`), [part * size, 0, 0, 0], [size, -1, -1, -1]),
      ),
    );
    // Image 2 twice: an unreadable one was replaced by it.
    const indices = Uint32Array.from({ length: size }, (_, i) => (place(i) === 5 ? 2 : place(i)));
    const labels = Int32Array.from({ length: size }, (_, i) => place(i) % classes);
    return { views, indices, labels, step, part };
  });
}

/** Keys of all parts, in shuffled order, as the task asks for them. */
async function encodeKeys(keys: KeyEncoder, step: number, parts: number): Promise<void> {
  const [whole] = cut(step, 1);
  const order = keys.order(step, rows);
  for (let part = 0; part < parts; part++) {
    const images = takeRows(whole!.views[1]!, order.slice((part * rows) / parts, ((part + 1) * rows) / parts));
    keys.encode(images);
    images.dispose();
  }
  await keys.finish(step);
  tf.dispose([...whole!.views]);
}

/** Three updates as the training loop makes them. */
async function train(learner: Learner, parts: number) {
  const optimizer = createOptimizer(learner.parameters, {
    kind: 'sgd',
    momentum: 0.9,
    weightDecay: 0,
    exclude: 'none',
  });
  const meter = new LossMeter();
  for (let step = 0; step < 3; step++) {
    const batches = cut(step, parts);
    const gradients = new Map<string, tf.Tensor>();
    const losses = [];
    const encodesFirst = parts > 1 && learner.keys !== undefined;
    if (encodesFirst) await encodeKeys(learner.keys!, step, parts);
    for (const { views, ...batch } of batches) {
      const result = await learner.step({ ...batch, views: encodesFirst ? views.slice(0, 1) : views });
      losses.push({ loss: result.loss });
      addGradients(gradients, result.gradients);
      tf.dispose([...views]);
    }
    meter.add(step + 1, losses);
    divideGradients(gradients, parts);
    optimizer.step(gradients, 0.05);
    tf.dispose([...gradients.values()]);
    await learner.afterUpdate(batches);
  }
  await meter.read();
  const state = await learner.exportState();
  const weights = await learner.backbone.weights.exportTensors();
  const numbers = new Map([...state.tensors, ...weights].map(([name, { data }]) => [name, data]));
  const result = { numbers, scalars: state.scalars, figures: await learner.figures(), loss: meter.takeMeans().loss! };
  optimizer.dispose();
  learner.dispose();
  return result;
}

describe.each(Object.entries(learners))('%s', (_, create) => {
  it.each([2, 4])('in %i parts is what it is as a whole', async (parts) => {
    const before = tf.memory().numTensors;
    const whole = await train(create(), 1);
    const cutUp = await train(create(), parts);
    expect(Math.abs(cutUp.loss / whole.loss - 1)).toBeLessThan(1e-5);
    expect(cutUp.figures).toEqual(whole.figures);
    expect(cutUp.scalars).toEqual(whole.scalars);
    for (const [name, values] of whole.numbers) {
      const others = cutUp.numbers.get(name)!;
      const scale = Math.max(...values.map(Math.abs));
      values.forEach((value, i) => expect(Math.abs(value - others[i]!) / scale, name).toBeLessThan(2e-5));
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
