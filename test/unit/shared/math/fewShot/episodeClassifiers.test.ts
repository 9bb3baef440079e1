/** Each classifier against scikit-learn, PyTorch or its definition written out. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { argMax } from '../../../../../src/shared/math/accuracy';
import { scoreEpisode, type EpisodeFeatures } from '../../../../../src/shared/math/fewShot/episodeClassifiers';
import { scoreByLogistic, solveLogistic } from '../../../../../src/shared/math/fewShot/logisticEpisode';
import { drawHead, headOrder, scoreByTunedHead, tuneHead } from '../../../../../src/shared/math/fewShot/tunedHead';

interface Golden {
  readonly ways: number;
  readonly shots: number;
  readonly queries: number;
  readonly dimension: number;
  readonly support: string;
  readonly query: string;
  readonly logistic: readonly { l2: number; loss: number; shares: number[] }[];
  readonly tunedHead: {
    readonly settings: Parameters<typeof tuneHead>[2];
    readonly weight: string;
    readonly bias: number[];
    readonly orders: number[][];
    readonly logits: number[];
  };
}

const golden = (JSON.parse(readFileSync('test/golden/data/fewShot.json', 'utf8')) as { episode: Golden }).episode;
const unpack = (text: string) => new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
const { ways, shots, dimension } = golden;
const features: EpisodeFeatures = {
  ways,
  shots,
  dimension,
  support: unpack(golden.support),
  query: unpack(golden.query),
};
const queryCount = features.query.length / dimension;
const row = (values: Float32Array, i: number) => [...values.subarray(i * dimension, (i + 1) * dimension)];
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const unit = (a: readonly number[]) => a.map((value) => value / Math.sqrt(dot(a, a)));
const average = (rows: readonly number[][]) =>
  rows[0]!.map((_, d) => rows.reduce((sum, one) => sum + one[d]!, 0) / rows.length);
const supportsOf = (c: number) => Array.from({ length: shots }, (_, s) => row(features.support, c * shots + s));

function eachScore(scores: Float64Array, expected: (query: number[], way: number) => number, digits = 4): void {
  expect(scores).toHaveLength(queryCount * ways);
  scores.forEach((score, i) => {
    expect(score).toBeCloseTo(expected(row(features.query, Math.floor(i / ways)), i % ways), digits);
  });
}

describe('nearest mean', () => {
  it('is minus the squared distance to the class mean', () => {
    eachScore(scoreEpisode({ kind: 'nearest-mean' }, features, 0), (query, way) => {
      const mean = average(supportsOf(way));
      return -query.reduce((sum, value, d) => sum + (value - mean[d]!) ** 2, 0);
    });
  });
});

describe('cosine', () => {
  it('is ten times the cosine to the mean of unit supports', () => {
    eachScore(
      scoreEpisode({ kind: 'cosine' }, features, 0),
      (query, way) => 10 * dot(unit(query), unit(average(supportsOf(way).map(unit)))),
    );
  });

  it('takes a row of zeros', () => {
    const blank = { ...features, query: new Float32Array(dimension) };
    expect([...scoreEpisode({ kind: 'cosine' }, blank, 0)]).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('logistic regression', () => {
  it.each(golden.logistic)('gives the shares of scikit-learn for l2 $l2', ({ l2, shares }) => {
    const logits = scoreByLogistic(features, { l2, tolerance: 1e-10 });
    for (let q = 0; q < queryCount; q++) {
      const own = softmax([...logits.subarray(q * ways, (q + 1) * ways)]);
      own.forEach((share, c) => expect(Math.abs(share - shares[q * ways + c]!)).toBeLessThan(1e-6));
    }
  });

  it('predicts as at the exact minimum with the tolerance that it is used with', () => {
    const predict = (logits: Float64Array) =>
      Array.from({ length: queryCount }, (_, q) => argMax(logits, q * ways, ways));
    const [used, exact] = [undefined, 1e-10].map((tolerance) =>
      predict(scoreByLogistic(features, { l2: 0.05, ...(tolerance !== undefined && { tolerance }) })),
    );
    expect(used).toEqual(exact);
  });

  it.each(golden.logistic)('reaches the minimum of scikit-learn for l2 $l2', ({ l2, loss }) => {
    const count = ways * shots;
    const kernel = new Float64Array(count * count);
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++) kernel[i * count + j] = dot(row(features.support, i), row(features.support, j));
    const labels = Int32Array.from({ length: count }, (_, i) => Math.floor(i / shots));
    expect(solveLogistic({ kernel, labels, count, ways, l2, tolerance: 1e-10 }).loss / loss - 1).toBeLessThan(1e-8);
  });
});

describe('the fine-tuned head', () => {
  const { settings, weight, bias, orders, logits } = golden.tunedHead;

  it('equals a torch Linear trained by SGD', () => {
    const head = { weight: unpack(weight), bias: Float64Array.from(bias) };
    const own = tuneHead(features, { head, orderOf: (epoch) => Uint32Array.from(orders[epoch]!) }, settings);
    own.forEach((logit, i) => expect(Math.abs(logit - logits[i]!)).toBeLessThan(1e-9));
  });

  it('draws anew in every episode, the same for the same seed', () => {
    const score = (seed: number, episode: number) => scoreByTunedHead(features, { ...settings, seed }, episode);
    expect(score(3, 1)).toEqual(score(3, 1));
    expect(score(3, 1)).not.toEqual(score(3, 2));
    expect(score(3, 1)).not.toEqual(score(4, 1));
    const { weight: drawn } = drawHead(ways, dimension, { seed: 3, episode: 1 });
    expect(Math.max(...drawn.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(dimension));
    expect([...headOrder(3, { episode: 1, epoch: 0, count: 7 })].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

function softmax(values: readonly number[]): number[] {
  const top = Math.max(...values);
  const sum = values.reduce((total, value) => total + Math.exp(value - top), 0);
  return values.map((value) => Math.exp(value - top) / sum);
}
