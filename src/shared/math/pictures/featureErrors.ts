/** How far the features of one picture are from those of another: as a whole, and place by place. */

export interface FeatureErrors {
  /** a · b / (|a| |b|) over all numbers, -1..1; 0 where one has no length. */
  readonly cosine: number;
  /** |found − wanted|² / |wanted|²; 0 where both are zero. */
  readonly relative: number;
}

/** found, wanted: of equal length. */
export function featureErrors(found: ArrayLike<number>, wanted: ArrayLike<number>): FeatureErrors {
  let [product, own, other, error] = [0, 0, 0, 0];
  for (let i = 0; i < found.length; i++) {
    const [a, b] = [found[i]!, wanted[i]!];
    product += a * b;
    own += a * a;
    other += b * b;
    error += (a - b) ** 2;
  }
  const lengths = Math.sqrt(own * other);
  return {
    cosine: lengths === 0 ? 0 : Math.max(-1, Math.min(1, product / lengths)),
    relative: error === 0 ? 0 : error / other,
  };
}

/**
 * Squared error at each place, Σ over channels, by the mean squared length of the wanted features over all places.
 * found, wanted: [places, channels]. Returns [places].
 */
export function errorsByPlace(
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  channels: number,
): Float64Array<ArrayBuffer> {
  const places = wanted.length / channels;
  const errors = new Float64Array(places);
  let size = 0;
  for (let i = 0; i < wanted.length; i++) {
    errors[Math.floor(i / channels)]! += (found[i]! - wanted[i]!) ** 2;
    size += wanted[i]! * wanted[i]!;
  }
  const unit = size / places;
  return unit === 0 ? errors : errors.map((error) => error / unit);
}
