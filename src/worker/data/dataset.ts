/**
 * The contract between readers and everything that consumes images. A source has named splits; a split is a Dataset.
 * Pixels travel as an ImageStore, which is structured-clonable, so that worker threads can read images themselves.
 */

/** A decoded image. pixels: [height, width, 3], RGB, 0..255. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Where pixels are; can be posted to a worker thread. `readImage` in imageStore.ts turns (store, index) into an RgbImage. */
export type ImageStore =
  /** Equal-sized images side by side in shared memory: [count, height, width, 3], RGB. */
  | {
      readonly kind: 'packed';
      readonly count: number;
      readonly width: number;
      readonly height: number;
      readonly buffer: SharedArrayBuffer;
    }
  /** Encoded files (JPEG, PNG, WebP), absolute paths. */
  | { readonly kind: 'files'; readonly paths: readonly string[] }
  /** Squares cut out of other images; what lies outside of them is grey. */
  | {
      readonly kind: 'crops';
      readonly of: Exclude<ImageStore, { kind: 'crops' }>;
      /** [count] which image each is cut out of. */
      readonly images: Int32Array;
      /** [count, 3] left, top and side in px. */
      readonly squares: Int32Array;
    };

export interface Dataset {
  readonly split: string;
  readonly length: number;
  /** Class names; `labels` index into it. */
  readonly classes: readonly string[];
  /** [length], 0..classes.length-1. */
  readonly labels: Int32Array;
  /** [length]; items that show the same thing share a number across splits (retrieval). Absent when unknown. */
  readonly instances?: Int32Array;
  /** [length]; who is seen, by the numbers of the data's list of identities, −1 where it is silent. Absent without a list. */
  readonly identities?: Int32Array;
  /** [length]; a name a user recognises (file path relative to root, emoji name). */
  readonly names: readonly string[];
  readonly store: ImageStore;
  /** What was left out and why, e.g. a corrupt file; already excluded from all arrays above. */
  readonly problems: readonly DataProblem[];
}

export interface DataProblem {
  readonly file: string;
  readonly message: string;
}

export interface DataSource {
  readonly splits: readonly string[];
  /** Hash of everything that decides the pixels and labels; part of stage keys. */
  readonly fingerprint: string;
  open(split: string): Promise<Dataset>;
}
