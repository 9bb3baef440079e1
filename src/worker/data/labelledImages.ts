/**
 * The contract between readers of label maps (a class for every pixel) and semantic segmentation. Label maps are read when
 * they are wanted, image by image, and always at their image's stored size.
 */
import type { DataProblem, DataSource, Dataset, ImageStore } from './dataset';

/** Class of every pixel, row by row; IGNORED_LABEL where there is none to judge. */
export interface PixelLabels {
  readonly width: number;
  readonly height: number;
  readonly labels: Uint8Array;
}

export interface LabelledImages {
  readonly split: string;
  readonly length: number;
  /** At most MAX_SEGMENTATION_CLASSES. */
  readonly classes: readonly string[];
  /** Of the classes, where the data set has its own: red, green, blue. */
  readonly colours?: readonly (readonly [number, number, number])[];
  /** [length]; a name a user recognises. */
  readonly names: readonly string[];
  readonly store: ImageStore;
  /** [length]; paths of the pictures below the data's root, with forward slashes. Absent for composed ones. */
  readonly pictures?: readonly string[];
  /** The label map of an image; a UserError where it cannot be used. */
  readLabels(index: number): Promise<PixelLabels>;
  /** What was left out and why; already excluded from everything above. */
  readonly problems: readonly DataProblem[];
}

export interface LabelledSource {
  readonly splits: readonly string[];
  /** Hash of everything that decides pixels and labels; part of stage keys. */
  readonly fingerprint: string;
  openLabelled(split: string): Promise<LabelledImages>;
}

/** As mere pictures, for methods without labels: every picture belongs to the one class "picture". */
export function labelledAsPictures(source: LabelledSource): DataSource {
  const open = async (split: string): Promise<Dataset> => {
    const { length, names, store, problems } = await source.openLabelled(split);
    return { split, length, classes: ['picture'], labels: new Int32Array(length), names, store, problems };
  };
  return { splits: source.splits, fingerprint: source.fingerprint, open };
}
