import { describe, expect, it } from 'vitest';
import { instanceRanks, scoreRanks } from '../../../../src/shared/math/retrieval';

describe('instance retrieval', () => {
  it('ranks the best right image, ties by lower index', () => {
    const similarities = new Float32Array([0.1, 0.9, 0.5, 0.5, 0.5, 0.2, 0.5, 0.1, 0, 0, 0, 0]);
    // Row 1: 0.5 stands behind the equal 0.5 of a lower index. Row 2: no such instance.
    expect([...instanceRanks(similarities, [7, 8, 99], [5, 6, 8, 7])]).toEqual([3, 2, 0]);
    // Two right images: the better one counts.
    expect([...instanceRanks(new Float32Array([0.1, 0.9, 0.5]), [1], [1, 0, 1])]).toEqual([2]);
  });

  it('scores ranks, worked by hand', () => {
    expect(scoreRanks(Int32Array.from([1, 2, 5, 10, 0]))).toEqual({
      top1: 1 / 4,
      top5: 3 / 4,
      meanReciprocalRank: (1 + 1 / 2 + 1 / 5 + 1 / 10) / 4,
      medianRank: 3.5,
      queries: 4,
      unmatched: 1,
    });
    expect(scoreRanks(new Int32Array(3)).top1).toBeNaN();
  });
});
