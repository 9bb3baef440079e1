/** The recall of proposals on cases that can be counted by hand. */
import { describe, expect, it } from 'vitest';
import { proposalRecall } from '../../../../../src/worker/models/detection/proposalRecall';

const boxes = (...rows: number[][]) => Float32Array.from(rows.flat());

describe('the recall of proposals', () => {
  it('counts objects that a proposal of their own image overlaps by half or more', () => {
    const objects = [
      { boxes: boxes([0, 0, 10, 10], [20, 20, 30, 30]) },
      { boxes: boxes([0, 0, 10, 10], [5, 5, 15, 15]) },
    ];
    // First image: exactly half of the first object, nothing at the second. Second image: one proposal serves one object.
    const proposals = [boxes([0, 0, 10, 5], [40, 40, 50, 50]), boxes([0, 0, 10, 10])];
    expect(proposalRecall(proposals, objects)).toBe(2 / 4);
    expect(proposalRecall([boxes([0, 0, 10, 4.9]), boxes()], objects)).toBe(0);
    expect(proposalRecall([proposals[1]!, proposals[0]!], objects)).toBe(2 / 4);
  });

  it('is 1 where there is nothing to miss', () => {
    expect(proposalRecall([boxes([0, 0, 1, 1])], [{ boxes: boxes() }])).toBe(1);
  });
});
