/**
 * What a landmark stage leaves beside its record, as types: `landmarks.json` with true and predicted points of every test
 * example, and the examples' pictures on sheets (sceneSheets.ts; squares of `pictureSide` px, example i at place i), so
 * that a panel is drawn from the stage's folder alone. An example is a face or an object, cut out of its image.
 * Points are in px of that square, pixel centres at whole numbers: the middle of the picture is (side − 1) / 2.
 */

export const LANDMARKS_FILE = 'landmarks.json';
export const LANDMARKS_VERSION = 1;

export interface LandmarkFile {
  readonly version: typeof LANDMARKS_VERSION;
  readonly landmarks: LandmarkScheme;
  /** Side of the pictures on the sheets, px. */
  readonly pictureSide: number;
  readonly normalise: LandmarkNormaliser;
  /** Examples with a larger error have failed; also the upper end of the error curve. A share of the normaliser. */
  readonly threshold: number;
  /** Whether landmarks that are marked but hidden behind something (visibility 1) count. */
  readonly countsOccluded: boolean;
  readonly examples: readonly LandmarkExample[];
  /** One for each layer of a frozen backbone, in depth order, or a single one with `layer: ''` of the whole network. */
  readonly predictions: readonly LandmarkPredictions[];
}

/** Which landmarks an example has, in the order of its points. */
export interface LandmarkScheme {
  readonly names: readonly string[];
  /** Landmarks that change places when the picture is mirrored, by their places in `names`; others stay themselves. */
  readonly flipPairs: readonly (readonly [number, number])[];
}

/** What distances are divided by: the distance of two named landmarks, √(width · height) of the box, or its diagonal. */
export type LandmarkNormaliser =
  | { readonly kind: 'pair'; readonly first: string; readonly second: string }
  | { readonly kind: 'between'; readonly first: readonly string[]; readonly second: readonly string[] }
  | { readonly kind: 'box' }
  | { readonly kind: 'diagonal' };

export interface LandmarkExample {
  /** Name of its image, with `#n` where the image holds several. */
  readonly name: string;
  /** Class of the object; '' where there are none. */
  readonly category: string;
  /** The square that was cut out, in px of the original image: left, top, side; may reach beyond the image. */
  readonly crop: readonly [left: number, top: number, side: number];
  /** x, y of each landmark; whatever stands where visibility is 0 means nothing. */
  readonly points: readonly (readonly [number, number])[];
  /** 0 not marked, 1 marked but hidden, 2 visible; one for each landmark. */
  readonly visibility: readonly (0 | 1 | 2)[];
  /** px of the picture; 0 where it cannot be told (one of the pair is not marked): the example does not count. */
  readonly normaliser: number;
}

export interface LandmarkPredictions {
  readonly layer: string;
  /** [examples][landmarks] x, y. */
  readonly points: readonly (readonly (readonly [number, number])[])[];
}
