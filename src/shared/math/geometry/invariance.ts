/**
 * How little a layer's features change when images are transformed, measured against how far different images lie apart, so that
 * a layer that gives every image nearly the same is not called invariant. Idea: Goodfellow et al. 2009 (NIPS, "Measuring
 * invariances in deep networks") normalise by how selective a unit is; the measure is ours.
 */

/** Below this mean distance between images float32 features are equal but for rounding. */
const LEAST_DISTANCE = 1e-6;

/** Sums over batches; memory is a few vectors. */
export class InvarianceSums {
  private readonly sum: Float64Array;
  private count = 0;
  /** Σ|u|²: how many rows are not zero. */
  private squares = 0;
  private changed = 0;

  constructor(private readonly dimension: number) {
    this.sum = new Float64Array(dimension);
  }

  /** original, transformed: [n, dimension], row by row the same image. */
  add(original: ArrayLike<number>, transformed: ArrayLike<number>): void {
    const { dimension, sum } = this;
    for (let start = 0; start < original.length; start += dimension) {
      const [length, otherLength] = [lengthOf(original, start, dimension), lengthOf(transformed, start, dimension)];
      let product = 0;
      for (let k = 0; k < dimension; k++) {
        const value = original[start + k]! / length;
        sum[k] = sum[k]! + value;
        this.squares += value ** 2;
        product += (value * transformed[start + k]!) / otherLength;
      }
      this.changed += 1 - product;
      this.count++;
    }
  }

  /**
   * 1 − mean d(image, the same transformed) / mean d(image, another image), d = 1 − cosine. 1: unchanged; 0: as far as another
   * image; below 0: further. Undefined where all images have the same features, or fewer than two were seen.
   */
  value(): number | undefined {
    const { count, squares, sum, changed } = this;
    if (count < 2) return undefined;
    let square = 0;
    for (let k = 0; k < sum.length; k++) square += sum[k]! ** 2;
    // Over all pairs of two images: |Σu|² less the pairs of an image with itself.
    const others = 1 - (square - squares) / (count * (count - 1));
    return others > LEAST_DISTANCE ? 1 - changed / count / others : undefined;
  }
}

/** A row of zeros counts as of length 1: its cosine with anything is 0. */
function lengthOf(values: ArrayLike<number>, start: number, dimension: number): number {
  let square = 0;
  for (let k = 0; k < dimension; k++) square += values[start + k]! ** 2;
  return Math.sqrt(square) || 1;
}
