/**
 * Boundary IoU: intersection over union of the parts of truth and prediction that lie within a distance of their own
 * outlines, so that errors at edges are not drowned by the insides of large things. Cheng et al. 2021, arXiv 2103.16562,
 * section 4.2, for every class of label maps at once. The edge of the image is an outline, as there. Pixels without a true
 * class count nowhere and bound nothing differently: they are taken out of the prediction as well before it is outlined.
 */

export interface BoundaryCounts {
  readonly numClasses: number;
  /** [classes] pixels on the class's outline in both, in the truth, in the prediction. */
  readonly shared: Float64Array;
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
}

export function createBoundaryCounts(numClasses: number): BoundaryCounts {
  const zeros = () => new Float64Array(numClasses);
  return { numClasses, shared: zeros(), truth: zeros(), predicted: zeros() };
}

/** Two hundredths of the diagonal, at least 1 px: what counts as near an outline. */
export function boundaryDistance(width: number, height: number): number {
  return Math.max(1, Math.round(0.02 * Math.sqrt(width * width + height * height)));
}

export interface LabelPair {
  readonly width: number;
  readonly height: number;
  /** [height × width] classes; numClasses and above: none. */
  readonly truth: Uint8Array | Uint16Array;
  readonly predicted: Uint8Array | Uint16Array;
}

/** Adds one image. distance: px. */
export function countBoundary(counts: BoundaryCounts, image: LabelPair, distance: number): void {
  const { numClasses } = counts;
  const { width, height, truth } = image;
  const predicted = image.predicted.slice();
  truth.forEach((label, i) => label >= numClasses && (predicted[i] = label));
  const [inTruth, inPredicted] = [truth, predicted].map((labels) => findInside(labels, { width, height, distance }));
  for (let i = 0; i < truth.length; i++) {
    const [label, found] = [truth[i]!, predicted[i]!];
    if (label >= numClasses) continue;
    const [isTrueEdge, isFoundEdge] = [inTruth![i] === 0, inPredicted![i] === 0 && found < numClasses];
    if (isTrueEdge) counts.truth[label]!++;
    if (isFoundEdge) counts.predicted[found]!++;
    if (isTrueEdge && isFoundEdge && label === found) counts.shared[label]!++;
  }
}

export interface BoundaryScores {
  /** Mean of `iou` over classes that occur; NaN when none does. */
  readonly meanIou: number;
  /** [classes] shared / (truth + predicted − shared), 0..1; NaN for a class that neither has. */
  readonly iou: readonly number[];
}

export function scoreBoundary({ shared, truth, predicted }: BoundaryCounts): BoundaryScores {
  const iou = Array.from(shared, (both, k) => both / (truth[k]! + predicted[k]! - both));
  const known = iou.filter((value) => !Number.isNaN(value));
  return { meanIou: known.reduce((sum, value) => sum + value, 0) / known.length, iou };
}

/**
 * 1 where every pixel at most `distance` away, along rows and columns alike, has the same label and is in the image: what
 * eroding each class with a square of side 2 · distance + 1 leaves. Two passes of run lengths, whatever the distance.
 */
function findInside(
  labels: Uint8Array | Uint16Array,
  { width, height, distance }: { readonly width: number; readonly height: number; readonly distance: number },
): Uint8Array {
  const inRow = new Uint8Array(labels.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let start = 0; start < width;) {
      let end = start + 1;
      while (end < width && labels[row + end] === labels[row + start]) end++;
      if (end - start > 2 * distance) inRow.fill(1, row + start + distance, row + end - distance);
      start = end;
    }
  }
  const inside = new Uint8Array(labels.length);
  // Rows since the label of a column changed or its row was not uniform; the run's middle is `distance` rows back.
  const run = new Int32Array(width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const place = row + x;
      const goesOn = y > 0 && labels[place - width] === labels[place];
      run[x] = inRow[place] === 1 ? (goesOn ? run[x]! + 1 : 1) : 0;
      if (run[x]! > 2 * distance) inside[place - distance * width] = 1;
    }
  }
  return inside;
}
