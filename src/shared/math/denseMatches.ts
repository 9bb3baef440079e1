/**
 * Dense correspondence: where in other images the features of a place are found again. Features are reduced so that inner
 * products approximate cosines (results/activations.ts), so the best place is that with the largest inner product.
 */

/** Features [images, height, width, dimensions], row by row. */
export interface DenseFeatures {
  readonly data: ArrayLike<number>;
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly dimensions: number;
}

export interface DensePlace {
  readonly image: number;
  readonly row: number;
  readonly column: number;
}

export interface DenseMatch extends DensePlace {
  /** Cosine of the two features, about −1..1. */
  readonly cosine: number;
}

/** The best place in each image, the asked one for its own; ties go to the first. */
export function findMatches(features: DenseFeatures, { image, row, column }: DensePlace): DenseMatch[] {
  const { data, images, height, width, dimensions } = features;
  const asked = ((image * height + row) * width + column) * dimensions;
  const product = (place: number): number => {
    let sum = 0;
    for (let k = 0; k < dimensions; k++) sum += data[asked + k]! * data[place * dimensions + k]!;
    return sum;
  };
  return Array.from({ length: images }, (_, other) => {
    if (other === image) return { image, row, column, cosine: product(asked / dimensions) };
    const first = other * height * width;
    let [best, cosine] = [first, -Infinity];
    for (let place = first; place < first + height * width; place++) {
      const value = product(place);
      if (value > cosine) [best, cosine] = [place, value];
    }
    const within = best - first;
    return { image: other, row: Math.floor(within / width), column: within % width, cosine };
  });
}
