/** From scores and codes of anchors to detections, as torchvision: threshold, best of each level, decode, suppression. */
import { suppressNonMaxima } from '../../../shared/math/detection/nms';
import type { DetectionTransfer } from '../../../shared/experiment/transferSchema';
import { clipBoxes, decodeBoxes, type CodeWeights } from './boxCoding';
import { bestOfLevels } from './decodeFcos';
import type { Readout } from './evidence';

export interface AnchoredReadout {
  /** Anchors of each level, in their order. */
  readonly levelSizes: readonly number[];
  /** [anchors, 4] */
  readonly anchors: Float32Array;
  /** [anchors, classes], 0..1. */
  readonly scores: Float32Array;
  /** [anchors, 4] */
  readonly codes: Float32Array;
  readonly weights: CodeWeights;
  /** Of the image without padding, px. */
  readonly size: { readonly height: number; readonly width: number };
  readonly settings: Pick<DetectionTransfer, 'scoreThreshold' | 'nmsThreshold' | 'detections'>;
}

export function decodeAnchored(readout: AnchoredReadout): Readout {
  const { levelSizes, anchors, scores, codes, weights, size, settings } = readout;
  const classes = scores.length / (anchors.length / 4);
  const chosen = bestOfLevels({ levelSizes, scores, classes, threshold: settings.scoreThreshold });
  const rows = chosen.map((entry) => Math.floor(entry / classes));
  const pick = (from: Float32Array) =>
    Float32Array.from(rows.flatMap((row) => [...from.subarray(4 * row, 4 * row + 4)]));
  const boxes = decodeBoxes(pick(codes), pick(anchors), weights);
  clipBoxes(boxes, size);
  const found = { boxes, scores: chosen.map((i) => scores[i]!), classes: chosen.map((i) => i % classes) };
  const kept = suppressNonMaxima({ ...found, threshold: settings.nmsThreshold, most: settings.detections });
  return {
    boxes: Float32Array.from(kept.flatMap((i) => [...boxes.subarray(4 * i, 4 * i + 4)])),
    scores: Float32Array.from(kept, (i) => found.scores[i]!),
    labels: Int32Array.from(kept, (i) => found.classes[i]!),
    rows: Int32Array.from(kept, (i) => rows[i]!),
  };
}

/** [anchors, 4]: the box that each anchor speaks of, inside the image. */
export function anchoredBoxes({
  anchors,
  codes,
  weights,
  size,
}: Pick<AnchoredReadout, 'anchors' | 'codes' | 'weights' | 'size'>): Float32Array {
  const boxes = decodeBoxes(codes, anchors, weights);
  clipBoxes(boxes, size);
  return boxes;
}
