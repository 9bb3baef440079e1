/** InfoNCE, exemplar and SupCon against PyTorch autograd, a slow loop, finite differences and the four tests of the exemplar loss. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import type { ContrastiveInput, ContrastiveOutput } from '../../../../src/worker/objectives/contrastiveSoftmax';
import { sameClass } from '../../../../src/worker/objectives/contrastiveSoftmax';
import { exemplarLoss } from '../../../../src/worker/objectives/exemplar';
import type { LabelledContrastiveInput } from '../../../../src/worker/objectives/exemplar';
import { infoNceLoss } from '../../../../src/worker/objectives/infoNce';
import { drawUnitVectors } from '../../../../src/worker/objectives/randomVectors';
import { supConLoss } from '../../../../src/worker/objectives/supCon';
import golden from '../../../golden/data/objectives.json';
import { expectClose, leakedTensors, lossAndGradient, onEachBackend } from './backends';

type Loss = (input: LabelledContrastiveInput) => ContrastiveOutput;
const losses = { infoNce: infoNceLoss as Loss, exemplar: exemplarLoss as Loss, supCon: supConLoss as Loss };
const names = Object.keys(losses) as (keyof typeof losses)[];

interface Case {
  readonly queries: tf.Tensor2D;
  readonly rest: Omit<LabelledContrastiveInput, 'queries'>;
}

function randomCase({ labels, queueLabels, dimension = 6, temperature = 0.2 }: CaseOptions): Case {
  const random = deriveRandom(5, 'contrastive-test');
  const draw = (count: number) => drawUnitVectors(random, count, dimension);
  const queries = draw(labels.length);
  return {
    queries,
    rest: { keys: draw(labels.length), queue: draw(queueLabels.length), temperature, labels, queueLabels },
  };
}
interface CaseOptions {
  readonly labels: readonly number[];
  readonly queueLabels: readonly number[];
  readonly dimension?: number;
  readonly temperature?: number;
}

function evaluate(name: keyof typeof losses, { queries, rest }: Case) {
  return lossAndGradient(queries, (q) => losses[name]({ ...rest, queries: q }).loss);
}

/** The three losses written out term by term from their formulas, in float64. */
function slowLoss(name: keyof typeof losses, queries: number[][], rest: Case['rest']): number {
  const [keys, queue] = [rest.keys, rest.queue].map((t) => t.arraySync() as number[][]);
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  let total = 0;
  queries.forEach((query, i) => {
    const own = Math.exp(dot(query, keys![i]!) / rest.temperature);
    const others = queue!.map((key) => Math.exp(dot(query, key) / rest.temperature));
    const same = others.map((_, j) => rest.labels[i]! >= 0 && rest.labels[i] === rest.queueLabels[j]);
    let sum = own;
    others.forEach((value, j) => (sum += name === 'exemplar' && same[j] ? 0 : value));
    const terms = [own, ...(name === 'supCon' ? others.filter((_, j) => same[j]) : [])];
    total += terms.reduce((acc, value) => acc - Math.log(value / sum), 0) / terms.length;
  });
  return total / queries.length;
}

onEachBackend(() => {
  for (const given of golden.contrastive) {
    const [n, k, d] = given.shape as [number, number, number];
    const make = (): Case => ({
      queries: tf.tensor2d(given.queries, [n, d]),
      rest: { ...given, keys: tf.tensor2d(given.keys, [n, d]), queue: tf.tensor2d(given.queue, [k, d]) },
    });
    it.each(names)(`equals PyTorch: "${given.name}", %s`, (name) => {
      const result = evaluate(name, make());
      expectClose([result.loss], [given[name].loss]);
      expectClose(result.gradient, given[name].gradient);
    });
    it.each(names)(`equals the written-out sum: "${given.name}", %s`, (name) => {
      const { queries, rest } = make();
      expectClose([evaluate(name, make()).loss], [slowLoss(name, queries.arraySync(), rest)]);
    });
  }

  it.each(names)('has a gradient that finite differences confirm: %s', (name) => {
    const { queries, rest } = randomCase({ labels: [0, 1, 2], queueLabels: [0, 0, 1, 5, 6], dimension: 4 });
    const { gradient } = evaluate(name, { queries, rest });
    const step = 1e-4;
    // Differences of the float64 sum, which the test above ties to the loss: float32 would be too coarse.
    const lossWhen = (row: number, column: number, by: number) => {
      const moved = queries.arraySync();
      moved[row]![column]! += by;
      return slowLoss(name, moved, rest);
    };
    const numeric = queries
      .arraySync()
      .flatMap((values, row) =>
        values.map((_, column) => (lossWhen(row, column, step) - lossWhen(row, column, -step)) / (2 * step)),
      );
    expectClose(gradient, numeric, 1e-4);
  });

  it('exemplar, all labels distinct: equals InfoNCE, and so does SupCon', () => {
    const given = randomCase({ labels: [0, 1, 2, 3], queueLabels: [4, 5, 6, 7, 8, 9] });
    const plain = evaluate('infoNce', given);
    for (const name of ['exemplar', 'supCon'] as const) {
      const { loss, gradient } = evaluate(name, given);
      expect(loss).toBe(plain.loss);
      expect(Array.from(gradient)).toEqual(Array.from(plain.gradient));
    }
  });

  it('exemplar, all labels equal: loss and gradient are exactly 0', () => {
    const { loss, gradient } = evaluate('exemplar', randomCase({ labels: [3, 3, 3], queueLabels: [3, 3, 3, 3] }));
    expect(loss).toBe(0);
    expect(gradient.every((value) => value === 0)).toBe(true);
  });

  it('exemplar: masked keys have no influence whatever they are', () => {
    const given = randomCase({ labels: [1, 1], queueLabels: [1, 2, 1, 3] });
    const reference = evaluate('exemplar', given);
    const moved = given.rest.queue.arraySync();
    moved[0] = [9, -9, 9, -9, 9, -9];
    moved[2] = [0, 50, 0, 0, 0, 0];
    const changed = evaluate('exemplar', { ...given, rest: { ...given.rest, queue: tf.tensor2d(moved) } });
    expect(changed.loss).toBe(reference.loss);
    expect(Array.from(changed.gradient)).toEqual(Array.from(reference.gradient));
    expect(changed.loss).toBeGreaterThan(0);
  });

  it('gives no gradient to keys, queue', () => {
    const { queries, rest } = randomCase({ labels: [0, 1], queueLabels: [0, 2, 3] });
    const gradientOf = (loss: (x: tf.Tensor) => tf.Scalar, at: tf.Tensor) => tf.grad(loss)(at);
    expect(() =>
      gradientOf((keys) => infoNceLoss({ ...rest, queries, keys: keys as tf.Tensor2D }).loss, rest.keys),
    ).toThrow();
    expect(() =>
      gradientOf((queue) => exemplarLoss({ ...rest, queries, queue: queue as tf.Tensor2D }).loss, rest.queue),
    ).toThrow();
  });

  it('survives temperatures and vectors that would overflow exp', () => {
    const given = randomCase({ labels: [0, 1], queueLabels: [0, 1, 2], temperature: 1e-4 });
    for (const name of names) {
      const { loss, gradient } = evaluate(name, given);
      expect(Number.isFinite(loss)).toBe(true);
      expect(gradient.every(Number.isFinite)).toBe(true);
    }
  });

  it('reports own and hardest negative logits', () => {
    const { queries, rest } = randomCase({ labels: [0, 1, 2], queueLabels: [0, 1, 7, 8] });
    const products = tf.div(tf.matMul(queries, tf.transpose(rest.queue)), rest.temperature).arraySync() as number[][];
    const own = Array.from(tf.div(tf.sum(tf.mul(queries, rest.keys), 1), rest.temperature).dataSync());
    const allowed = (row: number[], i: number) => row.filter((_, j) => rest.labels[i] !== rest.queueLabels[j]);
    const expected: Record<keyof typeof losses, number[]> = {
      infoNce: products.map((row) => Math.max(...row)),
      exemplar: products.map((row, i) => Math.max(...allowed(row, i))),
      supCon: products.map((row, i) => Math.max(...allowed(row, i))),
    };
    for (const name of names) {
      const output = losses[name]({ ...rest, queries });
      expectClose(output.positive.dataSync(), own, 1e-6);
      expectClose(output.hardestNegative.dataSync(), expected[name], 1e-6);
    }
  });

  it('treats negative labels as unknown: they match nothing, not even each other', () => {
    expect(Array.from(sameClass([-1, 3, -5], [-1, 3, -2, 16777215]).dataSync())).toEqual([
      0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
    ]);
    expect(sameClass([16777215], [16777214, 16777215]).arraySync()).toEqual([[0, 1]]);
  });

  it('leaks no tensor, with and without a gradient', () => {
    const { queries, rest } = randomCase({ labels: [0, 1], queueLabels: [0, 2, 3] });
    for (const name of names) {
      expect(leakedTensors(() => void evaluate(name, { queries, rest }))).toBe(0);
      expect(leakedTensors(() => tf.dispose(Object.values(losses[name]({ ...rest, queries }))))).toBe(0);
    }
  });

  it('works when keys are made inside the differentiated function', () => {
    const { queries, rest } = randomCase({ labels: [0, 1], queueLabels: [0, 2, 3] });
    const inside = (q: tf.Tensor2D): ContrastiveInput => ({ ...rest, queries: q, keys: tf.mul(rest.keys, 1) });
    const result = lossAndGradient(queries, (q) => infoNceLoss(inside(q)).loss);
    expectClose(result.gradient, evaluate('infoNce', { queries, rest }).gradient, 1e-7);
  });
});
