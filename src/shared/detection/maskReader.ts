/**
 * Segmentations of COCO files to a column of masks: polygons (several are united), runs as numbers, runs as text. What
 * cannot be a mask becomes an empty one with a warning, so that a bad prediction still counts as one.
 */
import type { MaskColumn } from '../results/detections';
import { rasterizePolygon } from '../math/detection/polygons';
import { mergeMasks, type Rle } from '../math/detection/rle';
import { readRuns } from '../math/detection/rleText';
import { GrowingCounts, GrowingFloats } from './growingColumn';
import type { JsonReader } from './jsonReader';
import type { ProblemList } from './problemList';

/** Coordinates beyond this are mistakes; pycocotools overflows at 4 × 10^8. */
const FARTHEST = 1e7;

/** Width and height of the image a record belongs to. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** A segmentation as it stands in the file; turned into runs when the record's image is known. */
export type RawMask =
  | { readonly kind: 'polygons'; readonly parts: readonly Float64Array[]; readonly isClean: boolean }
  | {
      readonly kind: 'runs';
      readonly runs: Uint32Array;
      readonly height: number;
      readonly width: number;
      readonly isClean: boolean;
    }
  | { readonly kind: 'none' };

/** Appends masks to a column, one per record. */
export class MaskReader {
  private readonly counts = new GrowingCounts();
  private readonly offsets = new GrowingCounts();
  private readonly heights = new GrowingCounts();
  private readonly widths = new GrowingCounts();
  private readonly scratch = new GrowingFloats();
  private readonly runScratch = new GrowingCounts();

  constructor(private readonly problems: ProblemList) {
    this.offsets.push(0);
  }

  /** Reads the value of "segmentation". */
  read(reader: JsonReader): RawMask {
    const kind = reader.peek();
    if (kind === 'array') return this.readPolygons(reader);
    if (kind === 'object') return this.readRunObject(reader);
    reader.skip();
    return { kind: 'none' };
  }

  /** Adds the mask of the next record; `place` names the record in warnings. */
  add(raw: RawMask, size: ImageSize, place: string): void {
    const mask = this.toMask(raw, size, place);
    this.counts.append(mask.counts);
    this.offsets.push(this.counts.length);
    this.heights.push(mask.height);
    this.widths.push(mask.width);
  }

  /** The mask added last, as a column of one. */
  last(): MaskColumn {
    const row = this.heights.length - 1;
    const counts = this.counts.from(this.offsets.at(row));
    return {
      counts,
      offsets: Uint32Array.of(0, counts.length),
      heights: Uint32Array.of(this.heights.at(row)),
      widths: Uint32Array.of(this.widths.at(row)),
    };
  }

  take(): MaskColumn {
    return {
      counts: this.counts.take(),
      offsets: this.offsets.take(),
      heights: this.heights.take(),
      widths: this.widths.take(),
    };
  }

  private toMask(raw: RawMask, size: ImageSize, place: string): Rle {
    if (raw.kind === 'none' || !raw.isClean) {
      this.problems.warn(
        'bad-mask',
        'the segmentation is neither polygons nor runs; it counts as an empty mask',
        place,
      );
      return emptyMask(size);
    }
    if (raw.kind === 'polygons') return this.drawPolygons(raw.parts, size, place);
    let total = 0;
    for (const run of raw.runs) total += run;
    if (total !== raw.height * raw.width) {
      this.problems.warn(
        'mask-length',
        'the runs do not cover height × width pixels; it counts as an empty mask',
        place,
      );
      return emptyMask(size);
    }
    if (raw.height !== size.height || raw.width !== size.width) {
      this.problems.warn(
        'mask-size',
        'the mask has another size than its image; it matches only masks of that size',
        place,
      );
    }
    return { height: raw.height, width: raw.width, counts: raw.runs };
  }

  private drawPolygons(parts: readonly Float64Array[], size: ImageSize, place: string): Rle {
    if (parts.length === 0 || parts.some((part) => part.length < 6)) {
      this.problems.warn('short-polygon', 'a polygon has fewer than three points; that part is empty', place);
    }
    if (size.width * size.height === 0) {
      this.problems.warn('image-size', 'an image has no width and height; masks drawn on it are empty', place);
    }
    const masks = parts.map((part) => rasterizePolygon(part, size.height, size.width));
    const [first] = masks;
    if (!first) return emptyMask(size);
    return masks.length === 1 ? first : mergeMasks(masks);
  }

  private readPolygons(reader: JsonReader): RawMask {
    const parts: Float64Array[] = [];
    let isClean = true;
    reader.open();
    while (reader.nextItem()) {
      this.scratch.truncate(0);
      const isArray = reader.readNumbers((value) => this.scratch.push(value));
      const part = this.scratch.take();
      if (!isArray || !part.every((value) => Math.abs(value) <= FARTHEST)) isClean = false;
      parts.push(part);
    }
    return { kind: 'polygons', parts, isClean };
  }

  private readRunObject(reader: JsonReader): RawMask {
    let [height, width] = [-1, -1];
    let isClean = false;
    this.runScratch.truncate(0);
    const push = (count: number): void => this.runScratch.push(count);
    reader.open();
    for (let key = reader.nextKey(); key !== undefined; key = reader.nextKey()) {
      if (key === 'size') {
        const size: number[] = [];
        reader.readNumbers((value) => void size.push(value));
        [height = -1, width = -1] = size;
      } else if (key === 'counts') {
        this.runScratch.truncate(0);
        isClean = this.readCounts(reader, push);
      } else reader.skip();
    }
    const isSized = Number.isInteger(height) && Number.isInteger(width) && height >= 0 && width >= 0;
    // A view: the mask is added before the next one is read.
    return { kind: 'runs', runs: this.runScratch.from(0), height, width, isClean: isClean && isSized };
  }

  private readCounts(reader: JsonReader, push: (count: number) => void): boolean {
    if (reader.peek() === 'array') {
      let isWhole = true;
      const isNumbers = reader.readNumbers((value) => {
        if (!(Number.isInteger(value) && value >= 0 && value < 4294967296)) isWhole = false;
        push(value);
      });
      return isNumbers && isWhole;
    }
    // A backslash is one of the format's characters and comes escaped.
    const start = reader.offset;
    const plain = reader.readPlainBytes();
    if (plain) return readRuns(plain, push);
    const end = reader.offset;
    reader.offset = start;
    const text = reader.peek() === 'string' ? reader.readString() : undefined;
    reader.offset = end;
    if (text === undefined) return false;
    return readRuns(
      Array.from(text, (letter) => letter.charCodeAt(0)),
      push,
    );
  }
}

function emptyMask({ width, height }: ImageSize): Rle {
  return { height, width, counts: Uint32Array.of(height * width) };
}
