/**
 * Structural similarity of two pictures (Wang, Bovik, Sheikh & Simoncelli 2004, IEEE TIP 13(4), equation 13), as their
 * reference and scikit-image's `structural_similarity` compute it with Gaussian weights (σ 1.5, 11 × 11 pixels, biased
 * covariances, K₁ 0.01, K₂ 0.03): averaged over the pixels whose window lies inside the picture, and over channels.
 */

/** Pixels on each side of a window's middle: ⌊3.5 σ + ½⌋. */
const radius = 5;
const sigma = 1.5;

/** Smallest side in px that holds a window. */
export const smallestSsimSide = 2 * radius + 1;

export interface PictureShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 *   SSIM = (2 μₐμ_b + C₁)(2 σ_ab + C₂) / ((μₐ² + μ_b² + C₁)(σₐ² + σ_b² + C₂)),  C = (K · range)²
 * a, b: [height, width, channels], sides of at least 11 px; range: largest difference that values can have. At most 1, which
 * equal pictures have.
 */
export function structuralSimilarity(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  shape: PictureShape & { readonly range: number },
): number {
  const { height, width, channels, range } = shape;
  if (Math.min(height, width) < smallestSsimSide)
    throw new Error(`internal: no structural similarity of ${height} × ${width} px`);
  let sum = 0;
  for (let channel = 0; channel < channels; channel++) {
    const take = (values: ArrayLike<number>) =>
      Float64Array.from({ length: height * width }, (_, pixel) => values[pixel * channels + channel]!);
    sum += channelSimilarity(take(a), take(b), { height, width, range });
  }
  return sum / channels;
}

interface Plane {
  readonly height: number;
  readonly width: number;
  readonly range: number;
}

function channelSimilarity(a: Float64Array, b: Float64Array, { height, width, range }: Plane): number {
  const average = (valueAt: (pixel: number) => number) =>
    blurInside(
      Float64Array.from({ length: a.length }, (_, pixel) => valueAt(pixel)),
      height,
      width,
    );
  const [meanA, meanB] = [average((i) => a[i]!), average((i) => b[i]!)];
  const [squareA, squareB] = [average((i) => a[i]! * a[i]!), average((i) => b[i]! * b[i]!)];
  const product = average((i) => a[i]! * b[i]!);
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  let sum = 0;
  for (let i = 0; i < meanA.length; i++) {
    const [x, y] = [meanA[i]!, meanB[i]!];
    const covariance = product[i]! - x * y;
    const variances = squareA[i]! - x * x + (squareB[i]! - y * y);
    sum += ((2 * x * y + c1) * (2 * covariance + c2)) / ((x * x + y * y + c1) * (variances + c2));
  }
  return sum / meanA.length;
}

/** Weighted by a Gaussian, along rows and then along columns: [height, width] → [height − 10, width − 10]. */
function blurInside(values: Float64Array, height: number, width: number): Float64Array {
  const narrow = width - 2 * radius;
  const rows = new Float64Array(height * narrow);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < narrow; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * values[y * width + x + k]!;
      rows[y * narrow + x] = sum;
    }
  }
  const low = height - 2 * radius;
  const inside = new Float64Array(low * narrow);
  for (let y = 0; y < low; y++) {
    for (let x = 0; x < narrow; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * rows[(y + k) * narrow + x]!;
      inside[y * narrow + x] = sum;
    }
  }
  return inside;
}

const weights = gaussianWeights();

function gaussianWeights(): Float64Array {
  const raw = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp((-0.5 * (i - radius) ** 2) / sigma ** 2),
  );
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => weight / total);
}
