/**
 * What a detection stage kept of one box: what was said of it class by class, the proposals nearest to it, and the boxes of
 * other places whose vectors point the same way. Worked out in the panel's worker when a box is chosen.
 */
import { boxIou } from '../../math/detection/boxes';
import type { Detections, GroundTruth } from '../../results/detections';
import type { DetectionEvidence } from '../../results/evidence';

export interface EvidenceTables {
  readonly truth: GroundTruth;
  readonly detections: Detections;
  readonly evidence: DetectionEvidence;
}

export interface NamedBox {
  readonly kind: 'object' | 'detection';
  readonly row: number;
}

export interface NearProposal {
  /** x, y, width, height in px of the image. */
  readonly box: readonly [number, number, number, number];
  /** 0..1 */
  readonly score: number;
  /** From 1, among all of the image. */
  readonly rank: number;
  /** With the chosen box. */
  readonly iou: number;
}

export interface AlikeBox extends NamedBox {
  readonly image: number;
  /** Cosine of the vectors, -1..1. */
  readonly similarity: number;
}

export interface BoxEvidence {
  /** Of a detection that was kept, surest first. */
  readonly scores: readonly { readonly category: number; readonly score: number }[];
  /** Those that overlap it, nearest first. */
  readonly proposals: readonly NearProposal[];
  /** Of the image. */
  readonly proposalCount: number;
  /** Most alike first, one of each place; empty where the box's own vector was not kept. */
  readonly alike: readonly AlikeBox[];
}

const MOST_SCORES = 5;
const MOST_PROPOSALS = 5;
const MOST_ALIKE = 8;
/** How many of the most alike are looked through for those of different places. */
const MOST_CANDIDATES = 100;
/** Boxes of one image that overlap more than this show the same thing. */
const SAME_PLACE = 0.5;

export function findBoxEvidence(tables: EvidenceTables, box: NamedBox): BoxEvidence {
  const { truth, detections, evidence } = tables;
  const table = box.kind === 'object' ? truth : detections;
  const image = table.image[box.row]!;
  const place = placeOf(box.kind === 'object' ? evidence.objects : evidence.detections, keptRow(tables, box));
  return {
    scores: box.kind === 'detection' && place >= 0 ? listScores(evidence, place) : [],
    proposals: listProposals(evidence, image, table.boxes.subarray(4 * box.row, 4 * box.row + 4)),
    proposalCount: evidence.proposalCounts[image] ?? 0,
    alike: place >= 0 ? findAlike(tables, box, place) : [],
  };
}

/** Evidence counts detections as the file does, from which reading may have left some out. */
function keptRow({ detections }: EvidenceTables, { kind, row }: NamedBox): number {
  return kind === 'object' ? row : detections.places[row]!;
}

/** Place of a value in an ascending list; -1 where it is not. */
function placeOf(rows: Int32Array, row: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return rows[low] === row ? low : -1;
}

function listScores({ scores, detections }: DetectionEvidence, place: number): BoxEvidence['scores'] {
  const classes = scores.length / detections.length;
  const own = scores.subarray(place * classes, (place + 1) * classes);
  return Array.from(own, (score, category) => ({ category, score }))
    .sort((a, b) => b.score - a.score || a.category - b.category)
    .slice(0, MOST_SCORES);
}

function listProposals(evidence: DetectionEvidence, image: number, box: Float64Array): NearProposal[] {
  const { proposalStarts, proposalBoxes, proposalScores, proposalRanks } = evidence;
  const [start = 0, end = 0] = proposalStarts.subarray(image, image + 2);
  const near: NearProposal[] = [];
  for (let p = start; p < end; p++) {
    const own = Float64Array.from(proposalBoxes.subarray(4 * p, 4 * p + 4));
    const iou = boxIou(own, 0, box, 0);
    if (iou === 0) continue;
    const [x, y, width, height] = own as unknown as NearProposal['box'];
    near.push({ box: [x, y, width, height], score: proposalScores[p]!, rank: proposalRanks[p]!, iou });
  }
  return near.sort((a, b) => b.iou - a.iou || a.rank - b.rank).slice(0, MOST_PROPOSALS);
}

function findAlike(tables: EvidenceTables, box: NamedBox, place: number): AlikeBox[] {
  const { truth, detections, evidence } = tables;
  const { vectors, objectVectors, objects, detections: kept } = evidence;
  const size = box.kind === 'object' ? objectVectors.length / objects.length : vectors.length / kept.length;
  const own = (box.kind === 'object' ? objectVectors : vectors).subarray(place * size, (place + 1) * size);
  const chosen = box.kind === 'object' ? truth : detections;
  const image = chosen.image[box.row]!;
  const isElsewhere = (table: GroundTruth | Detections, row: number): boolean =>
    table.image[row] !== image || boxIou(chosen.boxes, box.row, table.boxes, row) <= SAME_PLACE;
  const best: AlikeBox[] = [];
  const offer = (kind: NamedBox['kind'], row: number, similarity: number): void => {
    if (best.length === MOST_CANDIDATES && similarity <= best.at(-1)!.similarity) return;
    const table = kind === 'object' ? truth : detections;
    if (!isElsewhere(table, row)) return;
    const at = best.findIndex((other) => other.similarity < similarity);
    best.splice(at < 0 ? best.length : at, 0, { kind, row, image: table.image[row]!, similarity });
    best.splice(MOST_CANDIDATES);
  };
  objects.forEach((row, i) => {
    if (row < truth.count) offer('object', row, dot(own, objectVectors, i * size));
  });
  const rowOf = new Map(Array.from(detections.places, (file, row) => [file, row]));
  kept.forEach((file, i) => {
    const row = rowOf.get(file);
    if (row !== undefined) offer('detection', row, dot(own, vectors, i * size));
  });
  return onePerPlace(tables, best).slice(0, MOST_ALIKE);
}

/** Of boxes on one place, an object and its detections, the most alike. */
function onePerPlace({ truth, detections }: EvidenceTables, boxes: readonly AlikeBox[]): AlikeBox[] {
  const kept: AlikeBox[] = [];
  const boxesOf = ({ kind }: NamedBox): Float64Array => (kind === 'object' ? truth : detections).boxes;
  for (const box of boxes) {
    const isSame = (other: AlikeBox): boolean =>
      other.image === box.image && boxIou(boxesOf(box), box.row, boxesOf(other), other.row) > SAME_PLACE;
    if (!kept.some(isSame)) kept.push(box);
  }
  return kept;
}

function dot(a: Float32Array, b: Float32Array, start: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[start + i]!;
  return sum;
}
