/** The training loop on a task of one line, without networks: accumulation, late losses, resumption. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cancelled } from '../../../../src/shared/errors';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { runTrainingLoop } from '../../../../src/worker/train/trainingLoop';
import type { LoopSettings, TrainingTask } from '../../../../src/worker/train/trainingTask';
import { makeContext, makeFolder } from '../../../pipeline/tinyWorld';

beforeAll(async () => void (await startRuntime('wasm')));

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => void (folder = makeFolder()));
afterEach(() => folder.remove());

const settings: LoopSettings = {
  ...{ id: 'line', steps: 12, batch: 8, accumulate: 1, clipNorm: 0, logEvery: 4, evaluateEvery: 0 },
  ...{ checkpointEvery: 1000, checkpointAtEnd: false },
  schedule: { kind: 'constant', learningRate: 0.1 },
  optimizer: { kind: 'sgd', momentum: 0.9, weightDecay: 0.01, exclude: 'none' },
};

interface Row {
  readonly x: tf.Tensor2D;
  readonly y: tf.Tensor2D;
}

/** y = 3 x0 - 2 x1 by least squares; a batch of `accumulate` parts holds the same rows as one of the whole size. */
class Line implements TrainingTask<Row> {
  readonly weight = tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R2>([2, 1])));
  readonly parameters = new Map([['weight', this.weight]]);
  readonly stepsPerEpoch = 4;
  readonly updates: number[] = [];

  constructor(
    private readonly rows: number,
    private readonly parts = 1,
    private readonly brokenFrom = Infinity,
  ) {}

  async nextBatch(step: number, part: number): Promise<Row> {
    const first = (step * this.parts + part) * this.rows;
    const inputs = Array.from({ length: this.rows }, (_, i) => [Math.sin(first + i), Math.cos(3 * (first + i))]);
    return {
      x: tf.tensor2d(inputs),
      y: tf.tensor2d(inputs.map(([a, b]) => [3 * a! - 2 * b!])),
    };
  }

  async step({ x, y }: Row, step: number) {
    const { value, grads } = tf.variableGrads(
      () => tf.mean(tf.square(tf.sub(tf.matMul(x, this.weight), y))),
      [this.weight],
    );
    const broken = step + 1 >= this.brokenFrom;
    const loss = broken ? tf.tidy(() => tf.mul<tf.Scalar>(value, NaN)) : value;
    if (broken) value.dispose();
    return { losses: { loss }, gradients: new Map([['weight', grads[this.weight.name]!]]) };
  }

  async afterUpdate(parts: readonly Row[]): Promise<void> {
    this.updates.push(parts.length);
  }

  disposeBatch({ x, y }: Row): void {
    tf.dispose([x, y]);
  }

  async measure() {
    return { metrics: {} };
  }

  async exportState() {
    const data = (await this.weight.data()).slice() as Float32Array;
    return { tensors: new Map([['weight', { shape: [2, 1], data }]]), scalars: {} };
  }

  importState({ tensors }: Awaited<ReturnType<Line['exportState']>>): void {
    tf.tidy(() => this.weight.assign(tf.tensor2d(tensors.get('weight')!.data, [2, 1])));
  }
}

async function train(task: Line, changes: Partial<LoopSettings> = {}, context = makeContext(folder.path)) {
  const trained = await runTrainingLoop(task, { ...settings, ...changes }, context);
  const weight = [...(await task.weight.data())];
  task.weight.dispose();
  return { trained, weight, rows: readFileSync(join(folder.path, 'stages', context.key, 'metrics.jsonl'), 'utf8') };
}

describe('accumulation', () => {
  it.each([2, 4])('of %i parts equals the whole batch', async (accumulate) => {
    const whole = await train(new Line(8), {}, makeContext(folder.path, { key: 'whole' }));
    const task = new Line(8 / accumulate, accumulate);
    const parts = await train(task, { batch: 8 / accumulate, accumulate }, makeContext(folder.path, { key: 'parts' }));
    expect(task.updates).toEqual(Array.from({ length: 12 }, () => accumulate));
    parts.weight.forEach((value, i) => expect(Math.abs(value - whole.weight[i]!)).toBeLessThan(1e-5));
    expect(Math.abs(parts.trained.metrics.loss! - whole.trained.metrics.loss!)).toBeLessThan(1e-5);
    // It is 6.5 at zero weights.
    expect(whole.trained.metrics.loss).toBeLessThan(3);
  });

  it('goes on after an interruption to the same bits', async () => {
    const accumulated = { batch: 4, accumulate: 2 };
    const whole = await train(new Line(4, 2), accumulated, makeContext(folder.path, { key: 'whole' }));
    const first = new Line(4, 2);
    const stopped = makeContext(folder.path, { key: 'halves', stopAt: 6 });
    await expect(runTrainingLoop(first, { ...settings, ...accumulated }, stopped)).rejects.toThrow(Cancelled);
    first.weight.dispose();
    const halves = await train(new Line(4, 2), accumulated, makeContext(folder.path, { key: 'halves' }));
    expect(halves.weight).toEqual(whole.weight);
    expect(halves.rows).toBe(whole.rows);
  });
});

describe('losses', () => {
  it('are read for the rows of the curves, many steps at once, and frozen clocks ask for no more', async () => {
    vi.spyOn(performance, 'now').mockReturnValue(0);
    try {
      const before = tf.memory().numTensors;
      const counts: number[] = [];
      const context = { ...makeContext(folder.path), progress: () => void counts.push(tf.memory().numTensors) };
      const task = new Line(8);
      await train(task, { logEvery: 6 }, context as ReturnType<typeof makeContext>);
      // The scalars of steps 1 to 5 wait for step 6.
      expect(counts.map((count) => count - counts[5]!)).toEqual([1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0]);
      expect(tf.memory().numTensors).toBe(before);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('that are not finite are noticed at the next reading, with the step at which it happened', async () => {
    vi.spyOn(performance, 'now').mockReturnValue(0);
    try {
      const before = tf.memory().numTensors;
      const task = new Line(8, 1, 3);
      await expect(runTrainingLoop(task, { ...settings, logEvery: 5 }, makeContext(folder.path))).rejects.toThrow(
        'the loss became NaN at step 3 of "line" with learning rate 0.100; lower learningRate or add warmupSteps (noticed at step 5, when the losses were read)',
      );
      task.weight.dispose();
      expect(tf.memory().numTensors).toBe(before);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('are never older than 20 steps', async () => {
    vi.spyOn(performance, 'now').mockReturnValue(0);
    try {
      const task = new Line(8, 1, 3);
      const long = { ...settings, steps: 500, logEvery: 500 };
      await expect(runTrainingLoop(task, long, makeContext(folder.path))).rejects.toThrow('noticed at step 20');
      task.weight.dispose();
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('are checked before a checkpoint is written', async () => {
    const task = new Line(8, 1, 3);
    const often = { ...settings, checkpointEvery: 3, logEvery: 500 };
    await expect(runTrainingLoop(task, often, makeContext(folder.path))).rejects.toThrow('at step 3 of "line"');
    task.weight.dispose();
    expect(() => readFileSync(join(folder.path, 'stages', 'stage', 'training.safetensors'))).toThrow();
  });
});
