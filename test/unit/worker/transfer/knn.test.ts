import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Cancelled } from '../../../../src/shared/errors';
import { classifyByNeighbours } from '../../../../src/shared/math/knn';
import { deriveRandom } from '../../../../src/shared/random';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { runKnn } from '../../../../src/worker/transfer/knn';
import { runRetrieval } from '../../../../src/worker/transfer/retrieval';
import { readProbeGolden } from '../../../support/probeGolden';

const golden = readProbeGolden('digits');
const { dimension, numClasses } = golden;
const bank = { values: golden.train.values, dimension };
const queries = { values: golden.test.values, dimension };
const labels = { bankLabels: golden.train.labels, queryLabels: golden.test.labels, numClasses };

beforeAll(() => startRuntime('wasm'));

describe('runKnn', () => {
  it.each(golden.votes)('agrees with scikit-learn for k $k, temperature $temperature', async (expected) => {
    const before = tf.memory().numTensors;
    const { k, temperature } = expected;
    const result = await runKnn({ bank, queries, ...labels, k, temperature });
    expect(tf.memory().numTensors).toBe(before);
    let hits = 0;
    expected.predictions.forEach((prediction, i) => {
      if (expected.margin[i]! > 1e-4) expect(result.predictions[i]).toBe(prediction);
      hits += Number(result.predictions[i] === golden.test.labels[i]);
    });
    expect(result.accuracy).toBeCloseTo(hits / 400, 10);
    expect(result.top5).toBeGreaterThanOrEqual(result.accuracy);
  });

  it('cuts k to the bank', async () => {
    const result = await runKnn({ bank, queries, ...labels, k: 5000, temperature: 0.07 });
    expect(result.k).toBe(600);
    const slow = classifyByNeighbours({
      queries: queries.values,
      bank: bank.values,
      labels: labels.bankLabels,
      numClasses,
      dimension,
      k: 5000,
      temperature: 0.07,
    });
    const differing = slow.predictions.filter((prediction, i) => prediction !== result.predictions[i]);
    expect(differing.length).toBeLessThanOrEqual(1);
  });

  it('stops when cancelled', async () => {
    const signal = AbortSignal.abort();
    const running = runKnn({ bank, queries, ...labels, k: 5, temperature: 0.07, signal });
    await expect(running).rejects.toBeInstanceOf(Cancelled);
  });
});

describe('runRetrieval', () => {
  it('ranks as a sort by cosine does, whatever the scale of the rows', async () => {
    const random = deriveRandom(2, 'test');
    const count = 300;
    const gallery = Float32Array.from({ length: count * 8 }, () => random.normal());
    const instances = random.permutation(count + 5);
    const galleryInstances = Int32Array.from(instances.subarray(0, count));
    const queryInstances = Int32Array.from(instances.subarray(5));
    const found = Float32Array.from({ length: count * 8 }, () => random.normal());
    queryInstances.forEach((instance, q) => {
      const g = galleryInstances.indexOf(instance);
      const scale = 1 + random.uniform() * 9;
      for (let d = 0; d < 8; d++)
        found[q * 8 + d] = scale * (found[q * 8 + d]! + (g < 0 ? 0 : 2 * gallery[g * 8 + d]!));
    });
    const result = await runRetrieval({
      gallery: { values: gallery, dimension: 8 },
      galleryInstances,
      queries: { values: found, dimension: 8 },
      queryInstances,
    });
    const cosine = (q: number, g: number) => {
      let [dot, a, b] = [0, 0, 0];
      for (let d = 0; d < 8; d++) {
        dot += found[q * 8 + d]! * gallery[g * 8 + d]!;
        a += found[q * 8 + d]! ** 2;
        b += gallery[g * 8 + d]! ** 2;
      }
      return dot / Math.sqrt(a * b);
    };
    const ranks = [...queryInstances].map((instance, q) => {
      const order = Array.from({ length: count }, (_, g) => g).sort((g, h) => cosine(q, h) - cosine(q, g));
      return order.findIndex((g) => galleryInstances[g] === instance) + 1;
    });
    expect([...result.ranks]).toEqual(ranks);
    const matched = ranks.filter((rank) => rank > 0);
    expect(result.unmatched).toBe(count - matched.length);
    expect(result.top1).toBeCloseTo(matched.filter((rank) => rank === 1).length / matched.length, 12);
    expect(result.meanReciprocalRank).toBeCloseTo(matched.reduce((s, r) => s + 1 / r, 0) / matched.length, 12);
    expect(result.top1).toBeGreaterThan(0.5);
  });
});
