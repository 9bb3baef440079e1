/**
 * COCO results ([{ image_id, category_id, bbox | segmentation | keypoints, score }, …]) of anybody's detector to columns.
 * Follows pycocotools' loadRes: the first record decides where boxes and areas come from. What loadRes refuses (unknown
 * images, missing scores) is left out with a warning.
 */
import type { Detections, FileId, GroundTruth, IouType } from '../results/detections';
import { maskArea, maskBox } from '../math/detection/rle';
import { indexIds } from './cocoTables';
import { GrowingFloats } from './growingColumn';
import { JsonReader } from './jsonReader';
import { eachRecord, findParts, parseSafely, readBox, type Parsed } from './jsonRecords';
import { readKeypoints, takeKeypoints } from './keypointReader';
import { MaskReader, type RawMask } from './maskReader';
import type { ProblemList } from './problemList';

const KEYS = [
  ...['image_id', 'category_id', 'bbox', 'score', 'segmentation', 'size', 'counts', 'keypoints'],
  ...['annotations', 'predictions'],
];

export interface ResultsOptions {
  readonly truth: Pick<GroundTruth, 'images' | 'categories'>;
  readonly iouType: IouType;
  /** Other names of the categories in the results, e.g. VOC's class names; default their ids. */
  readonly categoryIndex?: ReadonlyMap<FileId, number>;
  /** The same for images. */
  readonly imageIndex?: ReadonlyMap<FileId, number>;
}

/** Reads a results file; an array, or an object with the array as "annotations" or "predictions". */
export function parseCocoResults(bytes: Uint8Array, options: ResultsOptions): Parsed<Detections> {
  return parseSafely(bytes, (problems) => {
    const reader = new JsonReader(bytes, KEYS);
    const isArray = reader.peek() === 'array';
    const start = isArray ? reader.offset : findArray(reader);
    if (start === undefined) {
      problems.error('not-results', 'the results are not an array of objects with image_id, category_id, score');
      return undefined;
    }
    reader.offset = start;
    const rows = new ResultRows(options, chooseSource(reader), problems);
    reader.offset = start;
    eachRecord(
      reader,
      (place) => rows.read(reader, place),
      (place) => problems.warn('odd-result', 'an entry that is not an object was left out', `result ${place}`),
    );
    if (isArray) reader.end();
    if (rows.seen === 0) problems.warn('no-results', 'there are no results in it');
    if (!isArray && rows.seen > 0 && rows.withoutScore === rows.seen) {
      const what = 'none of its entries has a score: it looks like a ground truth, not like results';
      problems.error('not-results', what);
      return undefined;
    }
    const found = rows.take();
    if (rows.seen > 0 && found.count === 0) problems.warn('nothing-left', 'none of its results is left to be judged');
    return found;
  });
}

function findArray(reader: JsonReader): number | undefined {
  if (reader.peek() !== 'object') return undefined;
  const parts = findParts(reader);
  const start = parts.get('annotations') ?? parts.get('predictions');
  if (start === undefined) return undefined;
  reader.offset = start;
  return reader.peek() === 'array' ? start : undefined;
}

/** Where the boxes and areas of all records come from. */
type Source = 'bbox' | 'segmentation' | 'keypoints';

/** Decided by the first record, as in pycocotools; an empty box is as good as none. */
function chooseSource(reader: JsonReader): Source {
  const keys = new Set<string>();
  reader.open();
  if (reader.nextItem() && reader.peek() === 'object') {
    reader.open();
    for (let key = reader.nextKey(); key !== undefined; key = reader.nextKey()) {
      const start = reader.offset;
      let numbers = 0;
      if (key === 'bbox') reader.readNumbers(() => numbers++);
      reader.offset = start;
      reader.skip();
      if (key !== 'bbox' || numbers > 0) keys.add(key);
    }
  }
  const sources: readonly Source[] = ['bbox', 'segmentation', 'keypoints'];
  return sources.find((source) => keys.has(source)) ?? 'bbox';
}

/** One record as read, before its image is looked up. */
interface RawResult {
  image: FileId | undefined;
  category: FileId | undefined;
  score: number | undefined;
  hasBox: boolean;
  mask: RawMask;
  hasKeypoints: boolean;
}

/** What a result names and the ground truth does not have. */
interface UnknownId {
  readonly kind: 'image' | 'category';
  readonly id: FileId | undefined;
  readonly known: ReadonlyMap<FileId, number>;
}

const NO_MASK: RawMask = { kind: 'none' };

/** The results read so far, column by column. */
class ResultRows {
  private readonly image = new GrowingFloats();
  private readonly category = new GrowingFloats();
  private readonly boxes = new GrowingFloats();
  private readonly areas = new GrowingFloats();
  private readonly scores = new GrowingFloats();
  private readonly places = new GrowingFloats();
  private readonly keypoints = new GrowingFloats();
  private readonly keypointScratch = new GrowingFloats();
  private readonly box = new Float64Array(4);
  /** The record at hand; one object for all of them. */
  private readonly raw: RawResult = {
    image: undefined,
    category: undefined,
    score: undefined,
    hasBox: false,
    mask: NO_MASK,
    hasKeypoints: false,
  };
  private readonly masks: MaskReader | undefined;
  private readonly needsKeypoints: boolean;
  private readonly imageIndex: ReadonlyMap<FileId, number>;
  private readonly categoryIndex: ReadonlyMap<FileId, number>;
  private perObject = 0;
  /** Entries, and those that only lack a score. */
  seen = 0;
  withoutScore = 0;

  constructor(
    private readonly options: ResultsOptions,
    private readonly source: Source,
    private readonly problems: ProblemList,
  ) {
    const { truth, iouType } = options;
    this.imageIndex = options.imageIndex ?? indexIds(truth.images.ids);
    this.categoryIndex = options.categoryIndex ?? indexIds(truth.categories.ids);
    this.needsKeypoints = iouType === 'keypoints' || source === 'keypoints';
    if (iouType === 'segm' || source === 'segmentation') this.masks = new MaskReader(problems);
  }

  read(reader: JsonReader, index: number): void {
    this.seen++;
    const raw = this.readRecord(reader);
    const place = `result ${index}`;
    const image = this.imageIndex.get(raw.image ?? '');
    const category = this.categoryIndex.get(raw.category ?? '');
    if (image === undefined) return this.leaveOut({ kind: 'image', id: raw.image, known: this.imageIndex }, place);
    if (category === undefined)
      return this.leaveOut({ kind: 'category', id: raw.category, known: this.categoryIndex }, place);
    if (raw.score === undefined) {
      this.withoutScore++;
      this.problems.warn('no-score', 'results without a score were left out', place);
      return;
    }
    if (Number.isNaN(raw.score)) {
      this.problems.warn('nan-score', 'results with score NaN rank behind all others, as in pycocotools', place);
    }
    if (!this.addShape(raw, image, place)) return;
    this.image.push(image);
    this.category.push(category);
    this.scores.push(raw.score);
    this.places.push(index);
    for (const value of this.box) this.boxes.push(value);
  }

  /** Ids are the same only when their types are: many writers take an image's id from its file name, as text. */
  private leaveOut({ kind, id, known }: UnknownId, place: string): void {
    const where = `${place} of ${kind} ${id === undefined ? '?' : JSON.stringify(id)}`;
    const isOtherType = id !== undefined && id !== '' && known.has(typeof id === 'string' ? Number(id) : String(id));
    if (isOtherType) {
      const [theirs, ours] = typeof id === 'string' ? ['text', 'a number'] : ['a number', 'text'];
      const what = `results whose ${kind} id is ${theirs} where the ground truth has ${ours} were left out (write it as ${ours})`;
      this.problems.warn(`${kind}-id-type`, what, where);
    } else {
      const refused = kind === 'image' ? ' (pycocotools refuses the file)' : '';
      const plural = kind === 'image' ? 'images' : 'categories';
      const what = `results of ${plural} that the ground truth does not list were left out${refused}`;
      this.problems.warn(`unknown-${kind}`, what, where);
    }
  }

  take(): Detections {
    const masks = this.masks?.take();
    return {
      count: this.scores.length,
      image: Int32Array.from(this.image.take()),
      category: Int32Array.from(this.category.take()),
      boxes: this.boxes.take(),
      areas: this.areas.take(),
      scores: this.scores.take(),
      places: Uint32Array.from(this.places.take()),
      ...(masks ? { masks } : {}),
      ...(this.needsKeypoints ? { keypoints: takeKeypoints(this.keypoints, this.perObject) } : {}),
    };
  }

  private readRecord(reader: JsonReader): RawResult {
    const { raw } = this;
    raw.image = undefined;
    raw.category = undefined;
    raw.score = undefined;
    raw.hasBox = false;
    raw.hasKeypoints = false;
    raw.mask = NO_MASK;
    for (let key = reader.nextKey(); key !== undefined; key = reader.nextKey()) {
      if (key === 'image_id') raw.image = reader.readId();
      else if (key === 'category_id') raw.category = reader.readId();
      else if (key === 'score') raw.score = reader.peek() === 'null' ? this.skipNull(reader) : reader.readNumber();
      else if (key === 'bbox') raw.hasBox = readBox(reader, this.box);
      else if (key === 'segmentation' && this.masks) raw.mask = this.masks.read(reader);
      else if (key === 'keypoints' && this.needsKeypoints) {
        this.keypointScratch.truncate(0);
        raw.hasKeypoints = readKeypoints(reader, this.keypointScratch);
      } else reader.skip();
    }
    return raw;
  }

  /** Some writers have null for NaN. */
  private skipNull(reader: JsonReader): number {
    reader.skip();
    return Number.NaN;
  }

  /** Adds mask, keypoints and area and leaves the box in `this.box`; false when the record has not what is compared. */
  private addShape(raw: RawResult, image: number, place: string): boolean {
    if (this.needsKeypoints && !this.addKeypoints(raw, place)) return false;
    if (this.source === 'keypoints' && !raw.hasBox) this.boxFromKeypoints();
    else if (!raw.hasBox && !(this.masks && raw.mask.kind !== 'none')) {
      this.problems.warn('bad-box', 'results without a box of four finite numbers were left out', place);
      return false;
    }
    if (raw.hasBox && (this.box[2]! <= 0 || this.box[3]! <= 0)) {
      this.problems.warn('empty-box', 'boxes of no or negative size stay in and match nothing', place);
    }
    if (this.masks) this.addMask(raw, this.masks, image, place);
    const isMaskArea = this.masks && this.source === 'segmentation';
    this.areas.push(isMaskArea ? maskArea(this.masks.last().counts) : this.box[2]! * this.box[3]!);
    return true;
  }

  /** Results with boxes alone are compared as filled boxes. */
  private addMask(raw: RawResult, masks: MaskReader, image: number, place: string): void {
    const { widths, heights } = this.options.truth.images;
    const size = { width: widths[image]!, height: heights[image]! };
    const [x, y, w, h] = this.box as unknown as [number, number, number, number];
    const filled: RawMask = {
      kind: 'polygons',
      parts: [Float64Array.of(x, y, x, y + h, x + w, y + h, x + w, y)],
      isClean: true,
    };
    masks.add(raw.mask.kind === 'none' && raw.hasBox ? filled : raw.mask, size, place);
    if (!raw.hasBox) maskBox(masks.last(), 0, this.box, 0);
  }

  private addKeypoints(raw: RawResult, place: string): boolean {
    const numbers = this.keypointScratch.length;
    if (this.perObject === 0 && raw.hasKeypoints) this.perObject = Math.floor(numbers / 3);
    if (!raw.hasKeypoints || numbers === 0 || numbers !== 3 * this.perObject) {
      const what = 'results without keypoints, or with another number of them than the first, were left out';
      this.problems.warn('bad-keypoints', what, place);
      return false;
    }
    for (let i = 0; i < numbers; i++) this.keypoints.push(this.keypointScratch.at(i));
    return true;
  }

  private boxFromKeypoints(): void {
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i + 1 < this.keypointScratch.length; i += 3) {
      const [x, y] = [this.keypointScratch.at(i), this.keypointScratch.at(i + 1)];
      [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)];
    }
    this.box.set([x0, y0, x1 - x0, y1 - y0]);
  }
}
