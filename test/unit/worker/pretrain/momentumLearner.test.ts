/**
 * Two whole training steps of MoCo, exemplar, SupCon and supervised against PyTorch (float64): the order of momentum update,
 * shuffled keys, loss, gradient step and queue, and what each of them leaves behind. Weights are compared by their change.
 */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import type { Backbone } from '../../../../src/worker/models/backbone';
import { createHead, type Head } from '../../../../src/worker/models/heads';
import { createBackbone } from '../../../../src/worker/models/registry';
import { KeyQueue } from '../../../../src/worker/objectives/keyQueue';
import { drawShuffle } from '../../../../src/worker/objectives/shuffle';
import type { Learner, LearnerBatch } from '../../../../src/worker/pretrain/learner';
import { MomentumLearner } from '../../../../src/worker/pretrain/momentumLearner';
import { SupervisedLearner } from '../../../../src/worker/pretrain/supervisedLearner';
import { TrainingPasses } from '../../../../src/worker/pretrain/trainingPasses';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { createOptimizer } from '../../../../src/worker/train/optimizer';
import { cheapRandom, fillWithFormula, formulaImages, formulaTensor } from '../models/formulaWeights';
import { compareChange, type Changes } from '../models/weightChanges';

interface MethodGolden {
  readonly views: string;
  readonly rates: readonly number[];
  readonly losses: readonly number[];
  readonly online: Changes;
}

interface MomentumGolden extends MethodGolden {
  readonly temperature: number;
  readonly encoderMomentum: number;
  readonly slow: Changes;
  readonly queue: { readonly keys: readonly number[]; readonly labels: readonly number[]; readonly pointer: number };
}

interface Golden {
  readonly side: number;
  readonly batch: number;
  readonly groups: number;
  readonly classes: number;
  readonly width: number;
  readonly dimension: number;
  readonly labels: readonly (readonly number[])[];
  readonly queue: { readonly size: number; readonly labels: readonly number[]; readonly pointer: number };
  readonly seed: number;
  readonly order: readonly (readonly number[])[];
  readonly sgd: { readonly momentum: number; readonly weightDecay: number };
  readonly methods: Readonly<Record<'moco' | 'exemplar' | 'supcon', MomentumGolden>> & {
    readonly supervised: MethodGolden;
  };
}

const golden = JSON.parse(
  readFileSync(new URL('../../../golden/data/momentumSteps.json', import.meta.url), 'utf8'),
) as Golden;
const { side, batch, groups, classes, dimension, seed } = golden;

/** Largest difference allowed, relative to the largest change of the tensor. */
const TOLERANCE = 5e-5; // 1.8e-5 measured

beforeAll(async () => void (await startRuntime('wasm')));

it('the golden was made with the permutations that the learner draws, none its own inverse', () => {
  golden.order.forEach((expected, step) => {
    const { order, inverse } = drawShuffle(deriveRandom(seed, 'shuffle', step), batch);
    expect([...order]).toEqual(expected);
    expect(inverse).not.toEqual(order);
  });
});

describe('two training steps equal PyTorch', () => {
  it.each(['moco', 'exemplar', 'supcon'] as const)('%s', async (method) => {
    const expected = golden.methods[method];
    const before = tf.memory().numTensors;
    const [online, slow] = [createNetwork('mlp', dimension), createNetwork('mlp', dimension)];
    const queue = await createQueue();
    const { temperature, encoderMomentum } = expected;
    const learner = new MomentumLearner({
      ...{ method, online, slow, queue, temperature, encoderMomentum, seed },
      training: new TrainingPasses(groups),
    });
    expectClose({ losses: await train(learner, expected) }, { losses: expected.losses }, 5e-6);

    await compareNetwork(online, expected.online);
    await compareNetwork(slow, expected.slow);
    const { tensors, scalars } = await queue.exportState();
    expectClose({ queue: tensors.get('keys')!.data }, { queue: expected.queue.keys }, 2e-5);
    expect([...queue.labels]).toEqual(expected.queue.labels);
    expect(scalars).toEqual({ pointer: expected.queue.pointer, filled: golden.queue.size });
    learner.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('supervised', async () => {
    const expected = golden.methods.supervised;
    const network = createNetwork('classifier', classes);
    const learner = new SupervisedLearner(network.backbone, network.head, new TrainingPasses(groups));
    expectClose({ losses: await train(learner, expected) }, { losses: expected.losses }, 5e-6);
    await compareNetwork(network, expected.online);
    learner.dispose();
  });
});

interface Network {
  readonly backbone: Backbone;
  readonly head: Head;
}

function createNetwork(kind: 'mlp' | 'classifier', outputSize: number): Network {
  const config = { name: 'resnet18', width: golden.width, stem: 'small', dilate: [false, false, false] } as const;
  const backbone = createBackbone(config, cheapRandom);
  const head = createHead({ kind, inputSize: backbone.featureSize, outputSize }, cheapRandom);
  fillWithFormula(backbone.weights);
  fillWithFormula(head.weights);
  return { backbone, head };
}

/** A queue as it is in the middle of a training: normalised keys, most of them labelled, the pointer near the end. */
async function createQueue(): Promise<KeyQueue> {
  const { size, labels, pointer } = golden.queue;
  const queue = new KeyQueue({ size, dimension, random: cheapRandom });
  const keys = formulaTensor('queue', [size, dimension]);
  for (let row = 0; row < size; row++) {
    const values = keys.data.subarray(row * dimension, (row + 1) * dimension);
    const length = Math.hypot(...values);
    values.forEach((value, column) => (values[column] = value / length));
  }
  queue.importState({
    tensors: new Map([
      ['keys', keys],
      ['labels', { shape: [size], data: Float32Array.from(labels) }],
    ]),
    scalars: { pointer, filled: size },
  });
  return queue;
}

/** The training loop's part of a step, for both steps; returns the losses. */
async function train(learner: Learner, { rates, views }: MethodGolden): Promise<number[]> {
  const optimizer = createOptimizer(learner.parameters, { kind: 'sgd', ...golden.sgd, exclude: 'none' });
  const losses: number[] = [];
  for (const [step, rate] of rates.entries()) {
    const batchOfStep: LearnerBatch = {
      views: [0, 1].map((view) => formulaImages(batch, side, `${views}-${step}-${view}`)),
      indices: Uint32Array.from({ length: batch }, (_, i) => i),
      labels: Int32Array.from(golden.labels[step]!),
      step,
      part: 0,
    };
    const { loss, gradients } = await learner.step(batchOfStep);
    losses.push((await loss.data())[0]!);
    optimizer.step(gradients, rate);
    await learner.afterUpdate([batchOfStep]);
    tf.dispose([loss, ...gradients.values(), ...batchOfStep.views]);
  }
  optimizer.dispose();
  return losses;
}

async function compareNetwork({ backbone, head }: Network, expected: Changes): Promise<void> {
  const weights = new Map([...(await backbone.weights.exportTensors()), ...(await head.weights.exportTensors())]);
  const counts = [...weights].filter(([name]) => name.endsWith('num_batches_tracked'));
  expect(new Set(counts.map(([, { data }]) => data[0]))).toEqual(new Set([9]));
  const compared = [...weights].filter(([name]) => !name.endsWith('num_batches_tracked'));
  expect(compared.map(([name]) => name).sort()).toEqual(Object.keys(expected).sort());
  const differences = compared.map(([name, tensor]) => [name, compareChange(name, tensor, expected[name]!)] as const);
  const worst = differences.reduce((a, b) => (b[1] > a[1] ? b : a));
  expect(worst[1], worst[0]).toBeLessThan(TOLERANCE);
}

/** One named list against another, relative to the largest value expected. */
function expectClose(
  actual: Readonly<Record<string, ArrayLike<number>>>,
  expected: Readonly<Record<string, readonly number[]>>,
  tolerance: number,
): void {
  for (const [name, wanted] of Object.entries(expected)) {
    const seen = actual[name]!;
    expect(seen.length).toBe(wanted.length);
    const scale = Math.max(...wanted.map(Math.abs));
    const worst = Math.max(...wanted.map((value, i) => Math.abs(seen[i]! - value)));
    expect(worst / scale, name).toBeLessThan(tolerance);
  }
}
