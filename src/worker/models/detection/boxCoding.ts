/**
 * Boxes relative to anchors or proposals (Girshick et al. 2014, arXiv 1311.2524, appendix C), as torchvision's BoxCoder:
 *   dx = w_x (g_x − a_x) / a_w,  dy likewise,  dw = w_w log(g_w / a_w),  dh likewise; x, y are centres.
 */

export type CodeWeights = readonly [number, number, number, number];

/** Growth beyond this factor is an accident of early training. */
const MAX_LOG = Math.log(1000 / 16);

/** boxes, anchors: [n, 4], x1, y1, x2, y2. Returns [n, 4]. */
export function encodeBoxes(boxes: Float32Array, anchors: Float32Array, weights: CodeWeights): Float32Array {
  const codes = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    const [ax, ay, aw, ah] = centred(anchors, i);
    const [gx, gy, gw, gh] = centred(boxes, i);
    codes[i] = (weights[0] * (gx - ax)) / aw;
    codes[i + 1] = (weights[1] * (gy - ay)) / ah;
    codes[i + 2] = weights[2] * Math.log(gw / aw);
    codes[i + 3] = weights[3] * Math.log(gh / ah);
  }
  return codes;
}

/** The way back: codes, anchors: [n, 4] → boxes [n, 4]. */
export function decodeBoxes(codes: Float32Array, anchors: Float32Array, weights: CodeWeights): Float32Array {
  const boxes = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i += 4) {
    const [ax, ay, aw, ah] = centred(anchors, i);
    const [x, y] = [(codes[i]! / weights[0]) * aw + ax, (codes[i + 1]! / weights[1]) * ah + ay];
    const width = Math.exp(Math.min(codes[i + 2]! / weights[2], MAX_LOG)) * aw;
    const height = Math.exp(Math.min(codes[i + 3]! / weights[3], MAX_LOG)) * ah;
    boxes.set([x - width / 2, y - height / 2, x + width / 2, y + height / 2], i);
  }
  return boxes;
}

/** Moves edges into the image. boxes: [n, 4]; changes them in place. */
export function clipBoxes(
  boxes: Float32Array,
  { height, width }: { readonly height: number; readonly width: number },
): void {
  for (let i = 0; i < boxes.length; i++) boxes[i] = Math.max(0, Math.min(i % 2 === 0 ? width : height, boxes[i]!));
}

function centred(boxes: Float32Array, i: number): [number, number, number, number] {
  const [width, height] = [boxes[i + 2]! - boxes[i]!, boxes[i + 3]! - boxes[i + 1]!];
  return [boxes[i]! + width / 2, boxes[i + 1]! + height / 2, width, height];
}
