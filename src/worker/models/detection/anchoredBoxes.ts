/** From the codes that a detector says of anchors to boxes. */
import { clipBoxes, decodeBoxes, type CodeWeights } from './boxCoding';

export interface AnchoredCodes {
  /** [anchors, 4] */
  readonly anchors: Float32Array;
  /** [anchors, 4] */
  readonly codes: Float32Array;
  readonly weights: CodeWeights;
  /** Of the image without padding, px. */
  readonly size: { readonly height: number; readonly width: number };
}

/** [anchors, 4]: the box that each anchor speaks of, inside the image. */
export function anchoredBoxes({ anchors, codes, weights, size }: AnchoredCodes): Float32Array {
  const boxes = decodeBoxes(codes, anchors, weights);
  clipBoxes(boxes, size);
  return boxes;
}
