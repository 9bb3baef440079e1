import { describe, expect, it } from 'vitest';
import {
  classifyByNeighbours,
  normalizeRows,
  selectNeighbours,
  votedAccuracy,
  voteByNeighbours,
} from '../../../../src/shared/math/knn';
import { deriveRandom } from '../../../../src/shared/random';
import { readProbeGolden } from '../../../support/probeGolden';

describe('classifyByNeighbours', () => {
  const { train, test, dimension, numClasses, votes } = readProbeGolden('digits');

  it.each(votes)(
    'agrees with scikit-learn for k $k, temperature $temperature',
    ({ k, temperature, predictions, margin }) => {
      const result = classifyByNeighbours({
        queries: test.values,
        bank: train.values,
        labels: train.labels,
        numClasses,
        dimension,
        k,
        temperature,
      });
      predictions.forEach((expected, i) => {
        if (margin[i]! > 1e-4) expect(result.predictions[i]).toBe(expected);
      });
      // Few rows are so close that rounding may decide.
      expect(margin.filter((value) => value <= 1e-4).length).toBeLessThan(predictions.length / 20);
    },
  );
});

describe('selectNeighbours', () => {
  it('finds what sorting finds, ties by lower index', () => {
    const random = deriveRandom(1, 'test');
    // Few distinct values, so that there are many ties.
    const line = Float32Array.from({ length: 3 * 57 }, () => random.integer(9) / 8);
    for (const k of [1, 2, 10, 57]) {
      const { indices, similarities } = selectNeighbours(line, 57, k);
      for (let row = 0; row < 3; row++) {
        const at = (i: number) => line[row * 57 + i]!;
        const sorted = Array.from({ length: 57 }, (_, i) => i).sort((a, b) => at(b) - at(a) || a - b);
        expect([...indices.subarray(row * k, (row + 1) * k)]).toEqual(sorted.slice(0, k));
        expect([...similarities.subarray(row * k, (row + 1) * k)]).toEqual(sorted.slice(0, k).map(at));
      }
    }
  });

  it('leaves out entries of minus infinity', () => {
    const { indices } = selectNeighbours(new Float32Array([-Infinity, 0.1, 0.5]), 3, 3);
    expect([...indices]).toEqual([2, 1, -1]);
  });
});

describe('voteByNeighbours', () => {
  it('weighs votes by exp(similarity / temperature), worked by hand', () => {
    const neighbours = { indices: new Int32Array([0, 1, 2]), similarities: new Float32Array([0.9, 0.8, 0.8]) };
    const vote = (temperature: number) =>
      voteByNeighbours({ neighbours, labels: [3, 1, 1], numClasses: 5, k: 3, temperature, depth: 3 });
    // e^(0.1 / T) against 2: even at T = 0.1 / ln 2 = 0.1443.
    expect([...vote(0.14).ranked]).toEqual([3, 1, -1]);
    expect([...vote(0.15).ranked]).toEqual([1, 3, -1]);
    expect(vote(0.001).predictions[0]).toBe(3);
  });

  it('gives a tie to the lower class and counts no class without votes', () => {
    const neighbours = { indices: new Int32Array([0, 1]), similarities: new Float32Array([0.5, 0.5]) };
    const votes = voteByNeighbours({ neighbours, labels: [4, 2], numClasses: 6, k: 2, temperature: 1 });
    expect([...votes.ranked]).toEqual([2, 4, -1, -1, -1]);
    expect(votedAccuracy(votes, [2], 1)).toBe(1);
    expect(votedAccuracy(votes, [4], 5)).toBe(1);
    expect(votedAccuracy(votes, [0], 5)).toBe(0);
  });
});

describe('normalizeRows', () => {
  it('makes unit rows and leaves zero rows', () => {
    expect([...normalizeRows(new Float32Array([3, 4, 0, 0]), 2, 2)]).toEqual([
      expect.closeTo(0.6),
      expect.closeTo(0.8),
      0,
      0,
    ]);
  });
});
