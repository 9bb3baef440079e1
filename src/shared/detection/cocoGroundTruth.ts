/**
 * COCO ground truth (instances and person_keypoints files) to columns. Follows pycocotools where it reads a file, also
 * where that is odd (equal annotation ids); where pycocotools fails with an exception, says what was done instead.
 * docs/methods/detection-evaluation.md lists every case.
 */
import type { FileId, GroundTruth, IouType } from '../results/detections';
import { maskArea, maskBox } from '../math/detection/rle';
import { GrowingFloats } from './growingColumn';
import { indexIds, readCategories, readImages } from './cocoTables';
import { JsonReader } from './jsonReader';
import { eachRecord, findParts, parseSafely, readBox, type Parsed } from './jsonRecords';
import { readKeypoints, takeKeypoints } from './keypointReader';
import { MaskReader, type RawMask } from './maskReader';
import type { ProblemList } from './problemList';
import { selectObjects } from './selectRows';

const KEYS = [
  ...['images', 'annotations', 'categories', 'id', 'image_id', 'category_id', 'bbox', 'area', 'iscrowd', 'ignore'],
  ...['segmentation', 'size', 'counts', 'keypoints', 'num_keypoints', 'file_name', 'width', 'height', 'name'],
  'supercategory',
];

/**
 * What becomes of objects with `"ignore": 1`, as VOC's difficult ones are marked: `counted` like all others, which is what
 * pycocotools does because it overwrites the key by `iscrowd`, or `ignored`: neither missed nor found.
 */
export type DifficultObjects = 'counted' | 'ignored';

/** Reads a COCO ground-truth file; masks and keypoints only where `iouType` compares them. */
export function parseCocoGroundTruth(
  bytes: Uint8Array,
  iouType: IouType,
  difficult: DifficultObjects = 'counted',
): Parsed<GroundTruth> {
  return parseSafely(bytes, (problems) => {
    const reader = new JsonReader(bytes, KEYS);
    if (reader.peek() !== 'object') {
      problems.error(
        'not-ground-truth',
        'the ground truth is not an object with "images", "annotations", "categories"',
      );
      return undefined;
    }
    const parts = findParts(reader);
    const go = (part: string): JsonReader => {
      // A missing part is read at the opening brace, where no array is.
      reader.offset = parts.get(part) ?? bytes.indexOf(123);
      return reader;
    };
    const images = readImages(go('images'), problems);
    const categories = readCategories(go('categories'), problems);
    if (!images || !categories) return undefined;
    if (!parts.has('annotations')) {
      problems.error('no-annotations', 'the ground truth has no array "annotations"');
      return undefined;
    }
    const rows = new AnnotationRows({
      images: indexIds(images.ids),
      categories: indexIds(categories.ids),
      ...{ iouType, difficult, problems },
    });
    const sizeOf = (image: number) => ({ width: images.widths[image]!, height: images.heights[image]! });
    const isArray = eachRecord(
      go('annotations'),
      (place) => rows.read(reader, place, sizeOf),
      (place) =>
        problems.warn(
          'odd-annotation',
          'an entry of "annotations" is not an object and was left out',
          `annotation at ${place}`,
        ),
    );
    if (!isArray) problems.error('no-annotations', 'the ground truth has no array "annotations"');
    return { images, categories, ...rows.take() };
  });
}

interface Context {
  readonly images: ReadonlyMap<FileId, number>;
  readonly categories: ReadonlyMap<FileId, number>;
  readonly iouType: IouType;
  readonly difficult: DifficultObjects;
  readonly problems: ProblemList;
}

type Columns = Omit<GroundTruth, 'images' | 'categories'>;
type SizeOf = (image: number) => { readonly width: number; readonly height: number };

/** The annotations read so far, column by column. */
class AnnotationRows {
  private readonly ids = new GrowingFloats();
  private readonly image = new GrowingFloats();
  private readonly category = new GrowingFloats();
  private readonly boxes = new GrowingFloats();
  private readonly areas = new GrowingFloats();
  private readonly crowd = new GrowingFloats();
  private readonly ignored = new GrowingFloats();
  private readonly keypoints = new GrowingFloats();
  private readonly keypointScratch = new GrowingFloats();
  private readonly masks: MaskReader | undefined;
  private readonly box = new Float64Array(4);
  private perObject = 0;

  constructor(private readonly context: Context) {
    if (context.iouType === 'segm') this.masks = new MaskReader(context.problems);
  }

  read(reader: JsonReader, index: number, sizeOf: SizeOf): void {
    const { problems } = this.context;
    let [image, category, id, area]: (number | undefined)[] = [];
    let numKeypoints: number | undefined;
    let [hasBox, isCrowd, isDifficult] = [false, false, false];
    let raw: RawMask = { kind: 'none' };
    this.keypointScratch.truncate(0);
    for (let key = reader.nextKey(); key !== undefined; key = reader.nextKey()) {
      if (key === 'image_id') image = this.context.images.get(reader.readId() ?? '');
      else if (key === 'category_id') category = this.context.categories.get(reader.readId() ?? '');
      else if (key === 'id') id = reader.readNumber();
      else if (key === 'area') area = reader.readNumber();
      else if (key === 'num_keypoints') numKeypoints = reader.readNumber();
      else if (key === 'bbox') hasBox = readBox(reader, this.box);
      else if (key === 'iscrowd') isCrowd = reader.readFlag() ?? false;
      else if (key === 'ignore') isDifficult = reader.readFlag() ?? false;
      else if (key === 'segmentation' && this.masks) raw = this.masks.read(reader);
      else if (key === 'keypoints' && this.context.iouType === 'keypoints') readKeypoints(reader, this.keypointScratch);
      else reader.skip();
    }
    const place = `annotation ${id ?? `at ${index}`}`;
    if (image === undefined) {
      problems.warn('unknown-image', 'annotations of images that are not listed were left out', place);
      return;
    }
    if (category === undefined) {
      problems.warn('unknown-category', 'annotations of categories that are not listed were left out', place);
      return;
    }
    if (id === 0) {
      const why =
        'pycocotools counts what matches annotation id 0 as a false positive, and so does this, to give its number';
      problems.warn('annotation-id-0', `${why}; number annotations from 1`, place);
    }
    this.masks?.add(raw, sizeOf(image), place);
    if (!this.completeBox(hasBox, place)) return;
    let isIgnored = isCrowd || (isDifficult && this.setAside(place));
    if (this.context.iouType === 'keypoints') isIgnored = this.addKeypoints(numKeypoints, place) || isIgnored;
    this.ids.push(id ?? this.ids.length + 1);
    this.image.push(image);
    this.category.push(category);
    for (const value of this.box) this.boxes.push(value);
    this.areas.push(this.completeArea(area, place));
    this.crowd.push(isCrowd ? 1 : 0);
    this.ignored.push(isIgnored ? 1 : 0);
  }

  /** Says what becomes of an object that is marked `ignore`, and whether that is to be ignored. */
  private setAside(place: string): boolean {
    const isIgnored = this.context.difficult === 'ignored';
    const what = isIgnored
      ? "objects marked `ignore` (VOC's difficult ones) are neither missed nor found; pycocotools counts them"
      : "objects marked `ignore` (VOC's difficult ones) are counted, as pycocotools does; --difficult ignored sets them aside";
    this.context.problems.warn('ignore-key', what, place);
    return isIgnored;
  }

  /** Columns of all rows; rows that share an id become the last of them, as in pycocotools. */
  take(): Columns {
    const ids = this.ids.take();
    const masks = this.masks?.take();
    const columns = {
      count: ids.length,
      ids,
      image: Int32Array.from(this.image.take()),
      category: Int32Array.from(this.category.take()),
      boxes: this.boxes.take(),
      areas: this.areas.take(),
      isCrowd: Uint8Array.from(this.crowd.take()),
      isIgnored: Uint8Array.from(this.ignored.take()),
      ...(masks ? { masks } : {}),
      ...(this.context.iouType === 'keypoints' ? { keypoints: takeKeypoints(this.keypoints, this.perObject) } : {}),
    };
    const rows = this.findRowsOfEqualIds(ids);
    return rows ? selectObjects(columns, rows) : columns;
  }

  /** Missing boxes come from the mask; without either the annotation is left out. */
  private completeBox(hasBox: boolean, place: string): boolean {
    if (hasBox) {
      if (this.box[2]! <= 0 || this.box[3]! <= 0) {
        this.context.problems.warn('empty-box', 'boxes of no or negative size stay in and match nothing', place);
      }
      return true;
    }
    if (this.masks) {
      const masks = this.masks.last();
      maskBox(masks, 0, this.box, 0);
      return true;
    }
    this.context.problems.warn('bad-box', 'annotations without a box of four finite numbers were left out', place);
    return false;
  }

  private completeArea(area: number | undefined, place: string): number {
    if (area !== undefined) return area;
    const what = this.masks ? 'mask' : 'box';
    this.context.problems.warn('no-area', `annotations without "area" have that of their ${what}`, place);
    return this.masks ? maskArea(this.masks.last().counts) : this.box[2]! * this.box[3]!;
  }

  /** Whether the object has no keypoint that is labelled. */
  private addKeypoints(numKeypoints: number | undefined, place: string): boolean {
    if (this.perObject === 0) this.perObject = Math.floor(this.keypointScratch.length / 3);
    if (this.keypointScratch.length !== 3 * this.perObject) {
      this.context.problems.warn(
        'keypoint-number',
        'objects with another number of keypoints than the first are not counted',
        place,
      );
    }
    let labelled = 0;
    for (let i = 0; i < this.perObject; i++) {
      const isComplete = this.keypointScratch.length === 3 * this.perObject;
      for (let j = 0; j < 3; j++) this.keypoints.push(isComplete ? this.keypointScratch.at(3 * i + j) : 0);
      if (isComplete && this.keypointScratch.at(3 * i + 2) > 0) labelled++;
    }
    return (numKeypoints ?? labelled) === 0;
  }

  private findRowsOfEqualIds(ids: Float64Array): Int32Array | undefined {
    const last = new Map<number, number>();
    ids.forEach((id, row) => last.set(id, row));
    if (last.size === ids.length) return undefined;
    ids.forEach((id, row) => {
      if (last.get(id) === row) return;
      const what = 'annotations share an id; pycocotools uses the last of them in the place of each, and so does this';
      this.context.problems.warn('duplicate-annotation', what, `annotation ${id}`);
    });
    return Int32Array.from(ids, (id) => last.get(id)!);
  }
}
