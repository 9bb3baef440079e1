/** What is kept of what a detector saw: which rows, in px of the stored image, within the stated limits. */
import { describe, expect, it } from 'vitest';
import type { GroundTruth } from '../../../../../src/shared/results/detections';
import { decodeEvidence, encodeEvidence, EVIDENCE_LIMITS } from '../../../../../src/shared/results/evidence';
import type { RawDetections } from '../../../../../src/worker/models/detection/detector';
import { EvidenceRows } from '../../../../../src/worker/transfer/detection/evidenceRows';

/** Two images of 100 × 50 px; object 1 is a crowd, object 2 has no area. */
const truth: GroundTruth = {
  images: { ids: [1, 2], names: ['a', 'b'], widths: Float64Array.of(100, 100), heights: Float64Array.of(50, 50) },
  categories: { ids: [1, 2], names: ['cat', 'dog'], groups: ['', ''] },
  count: 4,
  ids: Float64Array.of(1, 2, 3, 4),
  image: Int32Array.of(0, 0, 0, 1),
  category: Int32Array.of(0, 1, 0, 1),
  boxes: Float64Array.of(10, 10, 20, 20, 0, 0, 9, 9, 5, 5, 0, 3, 40, 20, 10, 10),
  areas: Float64Array.of(400, 81, 0, 100),
  isCrowd: Uint8Array.of(0, 1, 0, 0),
  isIgnored: Uint8Array.of(0, 1, 0, 0),
};
/** The network sees them twice as large. */
const transform = { from: { width: 100, height: 50 }, to: { width: 200, height: 100 }, isFlipped: false };

/** `count` detections, the first the surest, and as many proposals at `left` px, the last but one best. */
function seen(count: number, lefts: readonly number[]): RawDetections {
  return {
    boxes: Float32Array.from({ length: 4 * count }, (_, i) => [20, 20, 60, 60][i % 4]!),
    scores: Float32Array.from({ length: count }, (_, i) => 0.9 - i / 100),
    labels: new Int32Array(count),
    evidence: {
      scores: Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? 0.9 - i / 200 : 0.05)),
      vectors: Float32Array.from({ length: 3 * count }, (_, i) => [3, 4, 0][i % 3]!),
      objectVectors: Float32Array.of(0, 0, 2),
      proposals: {
        boxes: Float32Array.from(lefts.flatMap((left) => [left, 20, left + 40, 60])),
        scores: Float32Array.from(lefts, (_, i) => i / lefts.length),
      },
    },
  };
}

describe('evidence', () => {
  it('asks about objects that are learnt from, in px of the network', () => {
    const rows = new EvidenceRows(truth);
    expect([...rows.objectsOf(0, transform)]).toEqual([20, 20, 60, 60]);
    expect([...rows.objectsOf(1, transform)]).toEqual([80, 40, 100, 60]);
  });

  it('keeps the surest detections by their row, unit vectors, and survives its file', () => {
    const rows = new EvidenceRows(truth);
    // The second detection was dropped: it has no row.
    rows.add({ image: 0, transform, found: seen(3, [20]), rows: [0, -1, 1] });
    rows.add({ image: 1, transform, found: seen(30, [20]), rows: Array.from({ length: 30 }, (_, i) => 2 + i) });
    const kept = decodeEvidence(encodeEvidence(rows.finish()));
    expect([...kept.detections]).toEqual(Array.from({ length: 2 + EVIDENCE_LIMITS.detectionsOfImage }, (_, i) => i));
    expect([...kept.objects]).toEqual([0, 3]);
    expect(Array.from(kept.vectors.subarray(0, 3), (value) => value.toFixed(2))).toEqual(['0.60', '0.80', '0.00']);
    expect([...kept.objectVectors]).toEqual([0, 0, 1, 0, 0, 1]);
    // Of the third detection, the second that was kept.
    expect(kept.scores[2]).toBeCloseTo(0.88, 3);
    expect(kept.scores[3]).toBeCloseTo(0.05, 3);
  });

  it('keeps the surest proposals and the one nearest to each box, however unsure, in px of the stored image', () => {
    const rows = new EvidenceRows(truth);
    // The very least sure lies on the object; the next on nothing.
    const lefts = [20, ...Array.from({ length: 40 }, (_, i) => 100 + i)];
    rows.add({ image: 0, transform, found: seen(1, lefts), rows: [0] });
    const { proposalStarts, proposalCounts, proposalRanks, proposalBoxes, proposalScores } = rows.finish();
    expect([...proposalStarts]).toEqual([0, 21]);
    expect([...proposalCounts]).toEqual([41]);
    expect([...proposalRanks]).toEqual([...Array.from({ length: 20 }, (_, i) => i + 1), 41]);
    expect([...proposalBoxes.slice(-4)]).toEqual([10, 10, 20, 20]);
    expect(proposalScores[0]).toBeCloseTo(40 / 41, 5);
    expect([...proposalBoxes.slice(0, 4)]).toEqual([69.5, 10, 20, 20]);
  });

  it('keeps no more boxes than it says, the surest of all', () => {
    const images = 600;
    const many: GroundTruth = {
      ...truth,
      images: {
        ids: Array.from({ length: images }, (_, i) => i),
        names: Array.from({ length: images }, String),
        widths: new Float64Array(images).fill(100),
        heights: new Float64Array(images).fill(50),
      },
      count: 0,
    };
    const rows = new EvidenceRows(many);
    for (let image = 0; image < images; image++) {
      const found = seen(20, []);
      // Later images are surer.
      const scores = found.scores.map((score) => score * (0.5 + image / (2 * images)));
      rows.add({
        image,
        transform,
        found: { ...found, scores },
        rows: Array.from({ length: 20 }, (_, i) => 20 * image + i),
      });
    }
    const { detections, proposalStarts } = rows.finish();
    expect(detections.length).toBe(EVIDENCE_LIMITS.boxes);
    const score = (row: number) => (0.9 - (row % 20) / 100) * (0.5 + Math.floor(row / 20) / (2 * images));
    const kept = new Set(detections);
    const least = Math.min(...Array.from(kept, score));
    for (let row = 0; row < 20 * images; row++) if (!kept.has(row)) expect(score(row)).toBeLessThan(least + 1e-6);
    expect(proposalStarts.at(-1)).toBe(0);
  });
});
