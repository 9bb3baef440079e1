/**
 * What a detection stage leaves for those who look at single boxes: class scores and vectors of the surest detections,
 * vectors of objects, and the proposals nearest to both. Written by the worker, read by the Detections panel. Rows are
 * those of the stage's annotations.json and detections.json.
 */
import { UserError } from '../errors';
import { decodeSafetensors, encodeSafetensors, type FileTensor } from '../weights/safetensors';

export const EVIDENCE_FILE = 'evidence.safetensors';

/** What is kept at most: of each image the surest detections and proposals, of all images detections and objects. */
export const EVIDENCE_LIMITS = { detectionsOfImage: 20, proposalsOfImage: 20, boxes: 5000 } as const;

export interface DetectionEvidence {
  /** [m] rows of detections, ascending. */
  readonly detections: Int32Array;
  /** [m, classes], 0..1 */
  readonly scores: Float32Array;
  /** [m, size], of length 1: what their classes were read off. */
  readonly vectors: Float32Array;
  /** [n] rows of objects, ascending. */
  readonly objects: Int32Array;
  /** [n, size], of length 1. */
  readonly objectVectors: Float32Array;
  /** Image i has proposals starts[i] .. starts[i + 1]. */
  readonly proposalStarts: Int32Array;
  /** [p, 4], x, y, width, height in px of the stored image; of each image the surest first. */
  readonly proposalBoxes: Float32Array;
  /** [p], 0..1: objectness, or of dense detectors the score of the surest class. */
  readonly proposalScores: Float32Array;
  /** [p] from 1, by score among all of the image. */
  readonly proposalRanks: Int32Array;
  /** [images] how many there were. */
  readonly proposalCounts: Int32Array;
}

export function encodeEvidence(evidence: DetectionEvidence): Uint8Array {
  const { detections, scores, vectors, objects, objectVectors } = evidence;
  const { proposalStarts, proposalBoxes, proposalScores, proposalRanks, proposalCounts } = evidence;
  const rows = (dtype: 'F16' | 'F32', data: Float32Array, count: number): FileTensor => ({
    ...{ dtype, data },
    shape: count === 0 ? [0, 0] : [count, data.length / count],
  });
  const whole = (data: Int32Array): FileTensor => ({ dtype: 'I32', shape: [data.length], data });
  return encodeSafetensors(
    new Map([
      ['detections.rows', whole(detections)],
      ['detections.scores', rows('F16', scores, detections.length)],
      ['detections.vectors', rows('F16', vectors, detections.length)],
      ['objects.rows', whole(objects)],
      ['objects.vectors', rows('F16', objectVectors, objects.length)],
      ['proposals.starts', whole(proposalStarts)],
      ['proposals.boxes', rows('F32', proposalBoxes, proposalScores.length)],
      ['proposals.scores', { dtype: 'F16', shape: [proposalScores.length], data: proposalScores }],
      ['proposals.ranks', whole(proposalRanks)],
      ['proposals.counts', whole(proposalCounts)],
    ]),
  );
}

/** Throws a user error where the file is damaged or does not hold this. */
export function decodeEvidence(bytes: Uint8Array): DetectionEvidence {
  const { tensors } = decodeSafetensors(bytes, EVIDENCE_FILE);
  const read = <T>(name: string, type: new (length: number) => T): T => {
    const data = tensors.get(name)?.data;
    if (data instanceof type) return data;
    throw new UserError('storage', `${EVIDENCE_FILE} has no ${name} that can be read; run the detection again`);
  };
  return {
    detections: read('detections.rows', Int32Array),
    scores: read('detections.scores', Float32Array),
    vectors: read('detections.vectors', Float32Array),
    objects: read('objects.rows', Int32Array),
    objectVectors: read('objects.vectors', Float32Array),
    proposalStarts: read('proposals.starts', Int32Array),
    proposalBoxes: read('proposals.boxes', Float32Array),
    proposalScores: read('proposals.scores', Float32Array),
    proposalRanks: read('proposals.ranks', Int32Array),
    proposalCounts: read('proposals.counts', Int32Array),
  };
}
