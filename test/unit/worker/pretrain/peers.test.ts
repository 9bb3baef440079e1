/**
 * Trainings that several processes share, equal to those of one process bit for bit: weights, key encoder, queue, bank,
 * running statistics and curves of every method, for every process, and after an interruption. The processes are played by
 * one here; real ones are killed in test/process/peers.test.ts.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cancelled } from '../../../../src/shared/errors';
import type { TrainedPretraining } from '../../../../src/shared/experiment/schema';
import { assembleTraining, type Training } from '../../../../src/worker/pretrain/assembleTraining';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { followTraining } from '../../../../src/worker/train/followTraining';
import type { Peers } from '../../../../src/worker/train/peers';
import { runTrainingLoop } from '../../../../src/worker/train/trainingLoop';
import { digestTensors } from '../../../../src/worker/train/trainingState';
import {
  makeContext,
  makeDataset,
  makeFolder,
  tinyBackbone,
  tinyMethods,
  tinyMomentum,
} from '../../../pipeline/tinyWorld';
import { makePeers } from '../../../support/peersInOneProcess';

beforeAll(async () => void (await startRuntime('wasm')));

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => void (folder = makeFolder()));
afterEach(() => folder.remove());

const dataset = makeDataset();
const inParts = {
  batch: 4,
  accumulate: 4,
  steps: 3,
  augment: 'moco-v2',
  monitor: { every: 1, knn: true, images: 8 },
} as const;

function assemble(settings: TrainedPretraining, peers?: Peers): Training {
  const context = { seed: 0, threads: 0, warn: () => {} };
  return assembleTraining(settings, { backbone: tinyBackbone, dataset, context, ...(peers && { peers }) });
}

/** Everything that training changes, as one digest. */
async function endOf({ task, learner }: Training): Promise<string> {
  const { tensors, scalars } = await task.exportState();
  learner.dispose();
  // Only the first process judges its features.
  const memory = Object.entries(scalars).filter(([name]) => !name.startsWith('monitor'));
  return digestTensors(tensors) + JSON.stringify(memory);
}

interface Trained {
  /** Of each process. */
  readonly ends: readonly string[];
  readonly rows: string;
}

async function trainAlone(settings: TrainedPretraining, key: string): Promise<Trained> {
  const context = makeContext(folder.path, { key });
  const training = assemble(settings);
  await runTrainingLoop(training.task, training.loop, context);
  return { ends: [await endOf(training)], rows: readFileSync(context.stages.file(key, 'metrics.jsonl'), 'utf8') };
}

/** The first process runs the loop, the others follow. */
async function trainTogether(
  settings: TrainedPretraining,
  { count, key, stopAt }: { readonly count: number; readonly key: string; readonly stopAt?: number },
): Promise<Trained> {
  const exchange = join(folder.path, `exchange-${key}-${stopAt ?? 'whole'}`);
  mkdirSync(exchange);
  const peers = makePeers(exchange, count);
  const context = makeContext(folder.path, { key, ...(stopAt !== undefined && { stopAt }) });
  const trainings = peers.map((each) => assemble(settings, each));
  const state = context.stages.file(key, 'training.safetensors');
  const [first, ...others] = trainings as [Training, ...Training[]];
  const following = others.map(({ task, loop }) => followTraining(task, loop, state));
  try {
    await runTrainingLoop(first.task, first.loop, context);
    await Promise.all(following);
    const ends = await Promise.all(trainings.map(endOf));
    return { ends, rows: readFileSync(context.stages.file(key, 'metrics.jsonl'), 'utf8') };
  } finally {
    peers.forEach((each) => each.close());
  }
}

describe.each(Object.keys(tinyMethods))('%s', (name) => {
  const settings = { ...tinyMethods[name]!, ...inParts, batchNormGroups: 2 } as TrainedPretraining;

  it('in several processes is what it is in one, in each of them', async () => {
    const before = tf.memory().numTensors;
    const { ends, rows } = await trainAlone(settings, 'alone');
    for (const count of name === 'moco' ? [2, 4] : [2]) {
      const together = await trainTogether(settings, { count, key: `of-${count}` });
      expect(together.ends).toEqual(Array.from({ length: count }, () => ends[0]));
      expect(together.rows).toBe(rows);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('interrupted', () => {
  it.each(['moco', 'instdisc nce'])('%s goes on to the same bits, in as many processes or in fewer', async (name) => {
    const settings = { ...tinyMethods[name]!, ...inParts, batchNormGroups: 2 } as TrainedPretraining;
    const { ends, rows } = await trainAlone(settings, 'alone');
    for (const count of [2, 1]) {
      const key = `halves-${count}`;
      await expect(trainTogether(settings, { count: 2, key, stopAt: 2 })).rejects.toThrow(Cancelled);
      const rest = count === 1 ? await trainAlone(settings, key) : await trainTogether(settings, { count, key });
      expect(rest.ends[0]).toBe(ends[0]);
      expect(rest.rows).toBe(rows);
    }
  });
});

describe('batch norm and shuffled keys', () => {
  /** After the steps: the trained weights, the key encoder's and the queue. */
  async function train(changes: Partial<TrainedPretraining>, key: string) {
    const settings = { ...tinyMomentum({ augment: 'moco-v2', steps: 3 }), ...changes } as TrainedPretraining;
    const training = assemble(settings);
    await runTrainingLoop(training.task, training.loop, makeContext(folder.path, { key }));
    const { tensors } = await training.task.exportState();
    training.learner.dispose();
    // Running statistics move once for each part.
    return new Map([...tensors].filter(([name]) => !name.includes('running_') && !name.includes('num_batches')));
  }

  function worst(a: Awaited<ReturnType<typeof train>>, b: typeof a): number {
    const errors = [...a].map(([name, { data }]) => {
      const scale = Math.max(...data.map(Math.abs), 1e-6);
      const others = b.get(name)!.data;
      return Math.max(...data.map((value, i) => Math.abs(value - others[i]!) / scale));
    });
    return Math.max(...errors);
  }

  it('of parts are those of the whole batch in as many groups', async () => {
    const whole = await train({ batch: 16, batchNormGroups: 4 }, 'whole');
    const parts = await train({ batch: 8, accumulate: 2, batchNormGroups: 2 }, 'parts');
    const devices = await train({ batch: 4, accumulate: 4, batchNormGroups: 1 }, 'devices');
    expect(worst(whole, parts)).toBeLessThan(2e-3);
    expect(worst(whole, devices)).toBeLessThan(2e-3);
    // So that the test could fail: other groups are another training.
    expect(worst(whole, await train({ batch: 16, batchNormGroups: 2 }, 'others'))).toBeGreaterThan(5e-2);
  });
});
