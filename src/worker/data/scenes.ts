/**
 * The contract between readers of scenes (images that hold objects) and everything that detects or segments. Objects lie
 * in columns, image after image, so that a million of them are a few arrays. Coordinates are px of the stored image with
 * 0 at its upper left corner and no +1 anywhere; a box is x1, y1, x2, y2 with x1 ≤ x2 and y1 ≤ y2.
 */
import type { DataProblem, DataSource, Dataset, ImageStore } from './dataset';

export interface SceneDataset {
  readonly split: string;
  readonly length: number;
  /** Class names; object labels index into it. */
  readonly classes: readonly string[];
  /** [classes]; what the classes are called in files: COCO's numbers have gaps. */
  readonly categoryIds: Int32Array;
  /** [length]; what the images are called in files. */
  readonly imageIds: readonly (number | string)[];
  /** [length]; a name a user recognises. */
  readonly names: readonly string[];
  /** [length, 2], width and height of the stored images in px. */
  readonly sizes: Int32Array;
  readonly store: ImageStore;
  readonly objects: ObjectTable;
  /** What was left out and why; already excluded from all arrays above. */
  readonly problems: readonly DataProblem[];
}

/** n objects, sorted by image. */
export interface ObjectTable {
  /** [length + 1]; the objects of image i are offsets[i] … offsets[i + 1] - 1. */
  readonly offsets: Int32Array;
  /** [n, 4] */
  readonly boxes: Float64Array;
  /** [n], 0..classes-1. */
  readonly labels: Int32Array;
  /** [n]; px². Of the mask where there is one, as COCO has it. */
  readonly areas: Float64Array;
  /** [n]; 1: VOC's difficult objects: learnt from, as detectron2 does, but not counted. */
  readonly difficult: Uint8Array;
  /** [n]; 1: a region of many objects (COCO's iscrowd), not learnt from; detections in it do not count as wrong. */
  readonly crowd: Uint8Array;
  /** [n]; absent where the data has no outlines. */
  readonly masks?: readonly ObjectMask[];
}

export type ObjectMask =
  /** Closed polygons x0, y0, x1, y1 …; their union. */
  | { readonly kind: 'polygons'; readonly polygons: readonly (readonly number[])[] }
  /** Run lengths down the columns, beginning with zeros, as COCO's uncompressed form. */
  | { readonly kind: 'runs'; readonly height: number; readonly width: number; readonly counts: Uint32Array };

export interface SceneSource {
  readonly splits: readonly string[];
  /** Hash of everything that decides pixels and objects; part of stage keys. */
  readonly fingerprint: string;
  openScenes(split: string): Promise<SceneDataset>;
}

/** Scenes as mere pictures, for methods without labels: every picture belongs to the one class "picture". */
export function asPictures(source: SceneSource): DataSource {
  const open = async (split: string): Promise<Dataset> => {
    const { length, names, store, problems } = await source.openScenes(split);
    return { split, length, classes: ['picture'], labels: new Int32Array(length), names, store, problems };
  };
  return { splits: source.splits, fingerprint: source.fingerprint, open };
}
