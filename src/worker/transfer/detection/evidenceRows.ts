/** Gathers the evidence of test images, image by image, within the limits of results/evidence.ts. */
import { EVIDENCE_LIMITS, type DetectionEvidence } from '../../../shared/results/evidence';
import type { GroundTruth } from '../../../shared/results/detections';
import { moveBoxes, moveBoxesBack, type RecordedSceneTransform } from '../../augment/sceneTransform';
import type { RawDetections, ScoredBoxes } from '../../models/detection/detector';
import { nearestBoxes } from '../../models/detection/matchBoxes';

/** One image that a detector has looked at. */
export interface SeenImage {
  /** Place among the test images. */
  readonly image: number;
  readonly transform: RecordedSceneTransform;
  readonly found: RawDetections;
  /** [k] row of each detection among all; -1 where it is none. */
  readonly rows: readonly number[];
}

interface KeptBox {
  readonly row: number;
  /** Of a detection; the surest are kept. */
  readonly score: number;
  readonly scores: Float32Array;
  readonly vector: Float32Array;
}

export class EvidenceRows {
  private detections: KeptBox[] = [];
  private readonly objects: { readonly row: number; readonly vector: Float32Array }[] = [];
  private readonly proposals: { readonly box: Float64Array; readonly score: number; readonly rank: number }[] = [];
  private readonly starts: number[] = [0];
  private readonly counts: number[] = [];
  private readonly objectRows: readonly number[][];

  /** `truth`: objects of the test images. Of many objects every second, third … is kept. */
  constructor(private readonly truth: GroundTruth) {
    const step = Math.max(1, Math.ceil(truth.count / EVIDENCE_LIMITS.boxes));
    this.objectRows = truth.images.ids.map((): number[] => []);
    for (let row = 0; row < truth.count; row += step) {
      const hasArea = truth.boxes[4 * row + 2]! > 0 && truth.boxes[4 * row + 3]! > 0;
      if (hasArea && truth.isCrowd[row] === 0) this.objectRows[truth.image[row]!]!.push(row);
    }
  }

  /** Boxes of the image's objects in px of the network's input, [m, 4]. */
  objectsOf(image: number, transform: RecordedSceneTransform): Float32Array {
    return moveBoxes(cornersOf(this.truth.boxes, this.objectRows[image] ?? []), transform);
  }

  add({ image, transform, found, rows }: SeenImage): void {
    const { evidence } = found;
    if (!evidence) throw new Error('internal: a detector gave no evidence');
    const count = rows.length;
    const surest = [...rows.keys()].filter((i) => rows[i]! >= 0).slice(0, EVIDENCE_LIMITS.detectionsOfImage);
    const classes = evidence.scores.length / count;
    const size = evidence.vectors.length / count;
    for (const i of surest) {
      const scores = evidence.scores.slice(i * classes, (i + 1) * classes);
      const vector = unitVector(evidence.vectors.subarray(i * size, (i + 1) * size));
      this.detections.push({ row: rows[i]!, score: found.scores[i]!, scores, vector });
    }
    if (this.detections.length > 2 * EVIDENCE_LIMITS.boxes) this.prune();
    const objects = this.objectRows[image]!;
    objects.forEach((row, i) => {
      const length = evidence.objectVectors.length / objects.length;
      this.objects.push({ row, vector: unitVector(evidence.objectVectors.subarray(i * length, (i + 1) * length)) });
    });
    const boxes = [
      ...this.objectsOf(image, transform),
      ...surest.flatMap((i) => [...found.boxes.subarray(4 * i, 4 * i + 4)]),
    ];
    this.addProposals(evidence.proposals, boxes, transform);
  }

  finish(): DetectionEvidence {
    this.prune();
    const kept = this.detections.sort((a, b) => a.row - b.row);
    const objects = [...this.objects].sort((a, b) => a.row - b.row);
    return {
      detections: Int32Array.from(kept, ({ row }) => row),
      scores: joinArrays(kept.map(({ scores }) => scores)),
      vectors: joinArrays(kept.map(({ vector }) => vector)),
      objects: Int32Array.from(objects, ({ row }) => row),
      objectVectors: joinArrays(objects.map(({ vector }) => vector)),
      proposalStarts: Int32Array.from(this.starts),
      proposalBoxes: joinArrays(this.proposals.map(({ box }) => box)),
      proposalScores: Float32Array.from(this.proposals, ({ score }) => score),
      proposalRanks: Int32Array.from(this.proposals, ({ rank }) => rank),
      proposalCounts: Int32Array.from(this.counts),
    };
  }

  /** The surest, and of each box the one that overlaps it most: whether there was anything to choose. */
  private addProposals(
    { boxes, scores }: ScoredBoxes,
    near: readonly number[],
    transform: RecordedSceneTransform,
  ): void {
    const order = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
    const wanted = new Set(order.slice(0, EVIDENCE_LIMITS.proposalsOfImage));
    if (order.length > 0) nearestBoxes(boxes, near).forEach((row) => wanted.add(row));
    order.forEach((row, place) => {
      if (!wanted.has(row)) return;
      const [x1, y1, x2, y2] = moveBoxesBack(boxes.subarray(4 * row, 4 * row + 4), transform) as unknown as Corners;
      this.proposals.push({ box: Float64Array.of(x1, y1, x2 - x1, y2 - y1), score: scores[row]!, rank: place + 1 });
    });
    this.starts.push(this.proposals.length);
    this.counts.push(order.length);
  }

  private prune(): void {
    if (this.detections.length <= EVIDENCE_LIMITS.boxes) return;
    this.detections = this.detections
      .sort((a, b) => b.score - a.score || a.row - b.row)
      .slice(0, EVIDENCE_LIMITS.boxes);
  }
}

type Corners = readonly [number, number, number, number];

function cornersOf(boxes: Float64Array, rows: readonly number[]): Float64Array {
  return Float64Array.from(
    rows.flatMap((row) => {
      const [x, y, width, height] = boxes.subarray(4 * row, 4 * row + 4) as unknown as Corners;
      return [x, y, x + width, y + height];
    }),
  );
}

/** v / ‖v‖; nothing but zeros stays so. */
function unitVector(values: Float32Array): Float32Array {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? values.map((value) => value / length) : values.slice();
}

function joinArrays(parts: readonly (Float32Array | Float64Array)[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    joined.set(part, start);
    start += part.length;
  }
  return joined;
}
