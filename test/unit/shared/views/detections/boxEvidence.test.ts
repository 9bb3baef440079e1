/** What the panel tells of one box from the kept evidence, against slow loops over all of it. */
import { describe, expect, it } from 'vitest';
import { decodeEvidence, encodeEvidence } from '../../../../../src/shared/results/evidence';
import { findBoxEvidence, type NamedBox } from '../../../../../src/shared/views/detections/boxEvidence';
import { findObjects, makeEvidence, openScenes } from '../../../../support/detectionsFixture';

const { truth } = await openScenes(12);
const detections = findObjects(truth, 0.6, 0);
const evidence = decodeEvidence(encodeEvidence(makeEvidence(truth, detections, 0)));
const tables = { truth, detections, evidence };

/** By counting: the share of a fine grid over both boxes. */
function overlap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const cover = (from: number, to: number, low: number, high: number) =>
    Math.max(0, Math.min(to, high) - Math.max(from, low));
  const common = cover(a[0]!, a[0]! + a[2]!, b[0]!, b[0]! + b[2]!) * cover(a[1]!, a[1]! + a[3]!, b[1]!, b[1]! + b[3]!);
  return common / (a[2]! * a[3]! + b[2]! * b[3]! - common);
}

/** Boxes before place i that lie on no place of one kept before them. */
function keptBefore<Box extends NamedBox & { image: number }>(sorted: readonly Box[], i: number): Box[] {
  const kept: Box[] = [];
  for (const box of sorted.slice(0, i))
    if (!kept.some((other) => other.image === box.image && overlap(boxOf(other), boxOf(box)) > 0.5)) kept.push(box);
  return kept;
}

const boxOf = ({ kind, row }: NamedBox) =>
  (kind === 'object' ? truth : detections).boxes.subarray(4 * row, 4 * row + 4);
const vectorOf = ({ kind, row }: NamedBox) => {
  const all = kind === 'object' ? evidence.objectVectors : evidence.vectors;
  return all.subarray(9 * row, 9 * row + 9);
};
const imageOf = ({ kind, row }: NamedBox) => (kind === 'object' ? truth : detections).image[row]!;
const all: NamedBox[] = [
  ...Array.from(truth.image.keys(), (row) => ({ kind: 'object' as const, row })),
  ...Array.from(detections.image.keys(), (row) => ({ kind: 'detection' as const, row })),
];

describe('evidence of one box', () => {
  it.each<NamedBox>([
    { kind: 'object', row: 5 },
    { kind: 'detection', row: 9 },
  ])('lists the boxes of other places whose vectors are most alike: $kind $row', (box) => {
    const cosine = (other: NamedBox) => vectorOf(box).reduce((sum, value, i) => sum + value * vectorOf(other)[i]!, 0);
    const expected = all
      .filter((other) => imageOf(other) !== imageOf(box) || overlap(boxOf(other), boxOf(box)) <= 0.5)
      .map((other) => ({ ...other, image: imageOf(other), similarity: cosine(other) }))
      .sort((a, b) => b.similarity - a.similarity)
      .filter(
        (one, i, sorted) =>
          // Nothing before it that is kept lies on its place; those dropped lie on the place of one kept.
          !keptBefore(sorted, i).some((other) => other.image === one.image && overlap(boxOf(other), boxOf(one)) > 0.5),
      )
      .slice(0, 8);
    const { alike } = findBoxEvidence(tables, box);
    expect(alike.map(({ kind, row, image }) => ({ kind, row, image }))).toEqual(
      expected.map(({ kind, row, image }) => ({ kind, row, image })),
    );
    alike.forEach(({ similarity }, i) => expect(similarity).toBeCloseTo(expected[i]!.similarity, 6));
  });

  it('lists the nearest proposals of its image, nearest first, with their rank', () => {
    const box: NamedBox = { kind: 'detection', row: 4 };
    const image = imageOf(box);
    const [start, end] = [evidence.proposalStarts[image]!, evidence.proposalStarts[image + 1]!];
    const ious = Array.from({ length: end - start }, (_, i) =>
      overlap(evidence.proposalBoxes.subarray(4 * (start + i), 4 * (start + i) + 4), boxOf(box)),
    )
      .filter((iou) => iou > 0)
      .sort((a, b) => b - a);
    expect(ious.length).toBeGreaterThan(0);
    const { proposals, proposalCount } = findBoxEvidence(tables, box);
    expect(proposalCount).toBe(end - start);
    expect(proposals.length).toBe(Math.min(5, ious.length));
    proposals.forEach(({ iou, rank, score }, i) => {
      expect(iou).toBeCloseTo(ious[i]!, 5);
      expect(score).toBe(evidence.proposalScores[start + rank - 1]);
    });
  });

  it('lists class scores of a detection, surest first, and none of an object', () => {
    const { scores } = findBoxEvidence(tables, { kind: 'detection', row: 3 });
    const own = [...evidence.scores.subarray(27, 36)].sort((a, b) => b - a).slice(0, 5);
    expect(scores.map(({ score }) => score)).toEqual(own);
    expect(evidence.scores[27 + scores[0]!.category]).toBe(own[0]);
    expect(findBoxEvidence(tables, { kind: 'object', row: 3 }).scores).toEqual([]);
  });

  it('finds rows of the file where reading left some out, and says what was not kept', () => {
    // The first row could not be read: row 3 of the table is row 4 of the file.
    const shifted = { ...detections, places: detections.places.map((place) => place + 1) };
    const moved = findBoxEvidence({ ...tables, detections: shifted }, { kind: 'detection', row: 3 });
    expect(moved.scores).toEqual(findBoxEvidence(tables, { kind: 'detection', row: 4 }).scores);
    const last = detections.count - 1;
    const none = findBoxEvidence({ ...tables, detections: shifted }, { kind: 'detection', row: last });
    expect(none).toMatchObject({ scores: [], alike: [] });
    expect(none.proposals.length).toBeGreaterThan(0);
  });
});
