/** Trajectories of five steps against torch.optim (and LARS written out element by element), saving, and leaks. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { createAdam } from '../../../../src/worker/train/adam';
import { createOptimizer } from '../../../../src/worker/train/optimizer';
import type { Optimizer } from '../../../../src/worker/train/optimizer';
import golden from '../../../golden/data/objectives-optimizers.json';
import { expectClose, leakedTensors, onEachBackend } from '../objectives/backends';

type Parameters = Map<string, tf.Variable>;
type Make = (parameters: Parameters) => Optimizer;

const sgd = { kind: 'sgd', momentum: 0.9, weightDecay: 0.01, exclude: 'none' } as const;
const lars = { ...sgd, kind: 'lars' } as const;
const cases: Record<string, { rate: number; make: Make }> = {
  plain: { rate: 0.1, make: (p) => createOptimizer(p, { ...sgd, momentum: 0, weightDecay: 0 }) },
  momentum: { rate: 0.1, make: (p) => createOptimizer(p, sgd) },
  nesterov: { rate: 0.1, make: (p) => createOptimizer(p, { ...sgd, nesterov: true }) },
  excluded: { rate: 0.1, make: (p) => createOptimizer(p, { ...sgd, weightDecay: 0.1, exclude: 'norm-and-bias' }) },
  adam: { rate: 0.01, make: (p) => createAdam(p, { weightDecay: 0.1 }) },
  adamw: { rate: 0.01, make: (p) => createAdam(p, { weightDecay: 0.1, decoupled: true }) },
  lars: { rate: 2, make: (p) => createOptimizer(p, lars) },
  'lars excluded': { rate: 2, make: (p) => createOptimizer(p, { ...lars, exclude: 'norm-and-bias' }) },
};

const nameOf = (index: number) => `parameter${index}`;
const startParameters = (): Parameters =>
  new Map(golden.start.map((values, i) => [nameOf(i), tf.variable(tf.tensor(values, golden.shapes[i]!))]));
const gradientsAt = (step: number) =>
  new Map(golden.gradients[step]!.map((values, i) => [nameOf(i), tf.tensor(values, golden.shapes[i]!)]));
const readAll = (parameters: Parameters) => [...parameters.values()].map((p) => Array.from(p.dataSync()));

onEachBackend(() => {
  it.each(golden.cases.map(({ name }) => name))('follows the reference over five steps: %s', (name) => {
    const parameters = startParameters();
    const { make, rate } = cases[name]!;
    const optimizer = make(parameters);
    const history = golden.cases.find((entry) => entry.name === name)!.history;
    history.forEach((expected, step) => {
      optimizer.step(gradientsAt(step), rate);
      readAll(parameters).forEach((values, i) => expectClose(values, expected[i]!, 2e-6));
    });
  });

  it.each(Object.keys(cases))('goes on bit for bit after saving and restoring: %s', async (name) => {
    const { make, rate } = cases[name]!;
    const parameters = startParameters();
    const optimizer = make(parameters);
    for (const step of [0, 1]) optimizer.step(gradientsAt(step), rate);
    const copies: Parameters = new Map([...parameters].map(([key, value]) => [key, tf.variable(tf.clone(value))]));
    const restored = make(copies);
    restored.importState(await optimizer.exportState());
    for (const step of [2, 3, 4]) {
      optimizer.step(gradientsAt(step), rate);
      restored.step(gradientsAt(step), rate);
    }
    expect(readAll(copies)).toEqual(readAll(parameters));
  });

  it.each(Object.keys(cases))('leaks no tensor: %s', (name) => {
    const parameters = startParameters();
    const before = tf.memory().numTensors;
    const optimizer = cases[name]!.make(parameters);
    const gradients = gradientsAt(0);
    expect(leakedTensors(() => optimizer.step(gradients, 0.1))).toBe(0);
    optimizer.dispose();
    tf.dispose([...gradients.values()]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('survives a step inside a tidy', () => {
    const [inside, outside] = [startParameters(), startParameters()];
    const [first, second] = [createOptimizer(inside, sgd), createOptimizer(outside, sgd)];
    for (const step of [0, 1]) {
      tf.tidy(() => first.step(gradientsAt(step), 0.1));
      second.step(gradientsAt(step), 0.1);
    }
    expect(readAll(inside)).toEqual(readAll(outside));
  });

  it('says what is missing', async () => {
    const parameters = startParameters();
    const optimizer = createOptimizer(parameters, sgd);
    expect(() => optimizer.step(new Map(), 0.1)).toThrow(/internal: no gradient for parameter0/);
    expect(() => optimizer.importState({ tensors: new Map(), scalars: {} })).toThrow(/"parameter0" is missing/);
    expect(() => createOptimizer(parameters, { ...lars, nesterov: true })).toThrow(/LARS has no Nesterov form/);
    const adam = createAdam(parameters);
    const state = await adam.exportState();
    expect(() => adam.importState({ ...state, scalars: { step: NaN } })).toThrow(/no usable "step" \(NaN\)/);
  });
});
