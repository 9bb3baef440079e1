/**
 * Objects and detections, column by column: what the evaluators of src/shared/math/detection compute with and the
 * Detections panel draws. Columns, because a COCO-size set has half a million boxes and has to cross process borders.
 * Boxes are [x, y, width, height] in pixels from the image's top left corner, not inclusive (COCO's convention).
 */

/** Identifier of an image or a category as its file writes it: COCO numbers, VOC names. */
export type FileId = number | string;

export interface ImageTable {
  /** In the order of the file; unique. */
  readonly ids: readonly FileId[];
  /** File name or whatever a user recognises; equals the id where the file has no name. */
  readonly names: readonly string[];
  /** [images] in pixels; 0 where the file does not say. */
  readonly widths: Float64Array;
  readonly heights: Float64Array;
}

export interface CategoryTable {
  /** In ascending order, as pycocotools lists them; unique. */
  readonly ids: readonly FileId[];
  readonly names: readonly string[];
  /** COCO's supercategory; empty where the file has none. Hoiem's "similar" categories share it. */
  readonly groups: readonly string[];
  /** Names of each category's keypoints; empty where the file has none. */
  readonly keypoints?: readonly (readonly string[])[];
}

/** Masks as runs of COCO's RLE: column-major, first run is background. Mask i has counts[offsets[i] .. offsets[i + 1]]. */
export interface MaskColumn {
  readonly counts: Uint32Array;
  /** [n + 1] */
  readonly offsets: Uint32Array;
  /** [n] pixels */
  readonly heights: Uint32Array;
  readonly widths: Uint32Array;
}

/** Keypoints [n, perObject, 3]: x, y, visibility (0 not labelled, 1 hidden, 2 visible). */
export interface KeypointColumn {
  readonly perObject: number;
  readonly values: Float64Array;
}

export interface GroundTruth {
  readonly images: ImageTable;
  readonly categories: CategoryTable;
  readonly count: number;
  /** [count] annotation ids of the file; its place + 1 where there is none or it is not a number. */
  readonly ids: Float64Array;
  /** [count] index into `images`. */
  readonly image: Int32Array;
  /** [count] index into `categories`. */
  readonly category: Int32Array;
  /** [count, 4] */
  readonly boxes: Float64Array;
  /** [count] square pixels, as the file says (COCO: of the mask); decides small, medium, large. */
  readonly areas: Float64Array;
  /** [count] 1 = one box or mask around many objects; detections inside are not judged. */
  readonly isCrowd: Uint8Array;
  /** [count] 1 = not counted: crowds, VOC's difficult objects, objects without keypoints where those are judged. */
  readonly isIgnored: Uint8Array;
  readonly masks?: MaskColumn;
  readonly keypoints?: KeypointColumn;
}

export interface Detections {
  readonly count: number;
  /** [count] index into the ground truth's images. */
  readonly image: Int32Array;
  /** [count] index into the ground truth's categories. */
  readonly category: Int32Array;
  /** [count, 4] */
  readonly boxes: Float64Array;
  /** [count] square pixels. */
  readonly areas: Float64Array;
  /** [count] higher = surer; NaN ranks last. */
  readonly scores: Float64Array;
  /** [count] place of each in the file it came from, which leaves out what could not be used. */
  readonly places: Uint32Array;
  readonly masks?: MaskColumn;
  readonly keypoints?: KeypointColumn;
}

/** What is compared: boxes, masks or keypoints. pycocotools' names. */
export type IouType = 'bbox' | 'segm' | 'keypoints';

/** What a file of annotations or results has that is wrong or doubtful; equal ones are counted, not repeated. */
export interface DetectionProblem {
  /** error: nothing can be evaluated; warning: the rest is. */
  readonly severity: 'error' | 'warning';
  /** Stable, kebab-case. */
  readonly code: string;
  /** One sentence with what was done about it. */
  readonly message: string;
  /** How many records. */
  readonly count: number;
  /** The first few, as a user would look for them ("annotation 17", "result 3"). */
  readonly examples: readonly string[];
}
