/** The "images" and "categories" of a COCO file. */
import type { CategoryTable, FileId, ImageTable } from '../results/detections';
import type { JsonReader } from './jsonReader';
import { eachRecord } from './jsonRecords';
import type { ProblemList } from './problemList';

interface ImageRow {
  readonly id: FileId;
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** Images in the order of the file; of equal ids the last one's size counts, as in pycocotools. */
export function readImages(reader: JsonReader, problems: ProblemList): ImageTable | undefined {
  const rows = new Map<FileId, ImageRow>();
  const isArray = eachRecord(
    reader,
    (place) => {
      const row = readImage(reader);
      if (row === undefined) {
        problems.warn('image-without-id', 'an image without id was left out', `image ${place}`);
        return;
      }
      if (rows.has(row.id))
        problems.warn('duplicate-image', 'images share an id; the last one counts', `image ${row.id}`);
      rows.set(row.id, row);
    },
    (place) => problems.warn('odd-image', 'an entry of "images" is not an object and was left out', `image ${place}`),
  );
  if (!isArray) {
    problems.error('no-images', 'the ground truth has no array "images"; without it no result has a place');
    return undefined;
  }
  const list = [...rows.values()];
  return {
    ids: list.map(({ id }) => id),
    names: list.map(({ name }) => name),
    widths: Float64Array.from(list, ({ width }) => width),
    heights: Float64Array.from(list, ({ height }) => height),
  };
}

function readImage(reader: JsonReader): ImageRow | undefined {
  let id: FileId | undefined;
  let name: string | undefined;
  let [width, height] = [0, 0];
  for (let key = reader.nextKey(); key !== undefined; key = reader.nextKey()) {
    if (key === 'id') id = reader.readId();
    else if (key === 'file_name') name = reader.readString();
    else if (key === 'width') width = toSize(reader.readNumber());
    else if (key === 'height') height = toSize(reader.readNumber());
    else reader.skip();
  }
  return id === undefined ? undefined : { id, name: name ?? String(id), width, height };
}

/** Whole pixels from 0 to 2^16 - 1 (a mask has at most 2^32 pixels); 0 for anything else. */
function toSize(value: number | undefined): number {
  return value !== undefined && Number.isInteger(value) && value > 0 && value < 65536 ? value : 0;
}

/** Categories in ascending order of id; of equal ids the last one's name counts. */
export function readCategories(reader: JsonReader, problems: ProblemList): CategoryTable | undefined {
  const rows = new Map<FileId, CategoryRow>();
  const isArray = eachRecord(
    reader,
    (place) => {
      let id: FileId | undefined;
      let [name, group]: (string | undefined)[] = [];
      let keypoints: readonly string[] = [];
      for (let key = reader.nextKey(); key !== undefined; key = reader.nextKey()) {
        if (key === 'id') id = reader.readId();
        else if (key === 'name') name = reader.readString();
        else if (key === 'supercategory') group = reader.readString();
        else if (key === 'keypoints') keypoints = readNames(reader);
        else reader.skip();
      }
      if (id === undefined)
        problems.warn('category-without-id', 'a category without id was left out', `category ${place}`);
      else {
        if (rows.has(id))
          problems.warn('duplicate-category', 'categories share an id; the last one counts', `category ${id}`);
        rows.set(id, { name: name ?? String(id), group: group ?? '', keypoints });
      }
    },
    (place) =>
      problems.warn('odd-category', 'an entry of "categories" is not an object and was left out', `category ${place}`),
  );
  if (!isArray) {
    problems.error('no-categories', 'the ground truth has no array "categories"; without it no class can be judged');
    return undefined;
  }
  const ids = [...rows.keys()].sort(compareIds);
  const found = ids.map((id) => rows.get(id)!);
  return {
    ids,
    names: found.map(({ name }) => name),
    groups: found.map(({ group }) => group),
    ...(found.some(({ keypoints }) => keypoints.length > 0) && { keypoints: found.map(({ keypoints }) => keypoints) }),
  };
}

interface CategoryRow {
  readonly name: string;
  readonly group: string;
  readonly keypoints: readonly string[];
}

/** Texts of an array; others have no name. */
function readNames(reader: JsonReader): string[] {
  const names: string[] = [];
  if (reader.peek() !== 'array') {
    reader.skip();
    return names;
  }
  reader.open();
  while (reader.nextItem()) names.push(reader.readString() ?? '');
  return names;
}

/** Numbers ascending, then texts by code unit. */
function compareIds(a: FileId, b: FileId): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Index of each id. */
export function indexIds(ids: readonly FileId[]): Map<FileId, number> {
  return new Map(ids.map((id, index) => [id, index]));
}
