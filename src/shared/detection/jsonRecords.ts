/** What the readers of annotation files share: opening a file without throwing, boxes, masks. */
import type { DetectionProblem } from '../results/detections';
import { describeOffset, JsonError, type JsonReader } from './jsonReader';
import { ProblemList } from './problemList';

export interface Parsed<Value> {
  /** Absent when nothing could be read; then a problem is an error. */
  readonly value?: Value;
  readonly problems: readonly DetectionProblem[];
}

/** Runs a reader of `bytes`; broken JSON becomes an error with its place. */
export function parseSafely<Value>(
  bytes: Uint8Array,
  read: (problems: ProblemList) => Value | undefined,
): Parsed<Value> {
  const problems = new ProblemList();
  let value: Value | undefined;
  try {
    value = read(problems);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    problems.error('bad-json', `the file is not JSON: ${error.message} at ${describeOffset(bytes, error.offset)}`);
    return { problems: problems.list() };
  }
  return { value: problems.hasErrors ? undefined : value, problems: problems.list() };
}

/** [x, y, w, h] into `box`; false when it is not four finite numbers. */
export function readBox(reader: JsonReader, box: Float64Array): boolean {
  let count = 0;
  const isClean = reader.readNumbers((value) => {
    if (count < 4) box[count] = value;
    count++;
  });
  return isClean && count === 4 && box.every(Number.isFinite);
}

/** Remembers what is where in a JSON object, so that its parts can be read in the order needed. The last of equal keys wins. */
export function findParts(reader: JsonReader): Map<string, number> {
  const places = new Map<string, number>();
  reader.open();
  for (let key = reader.nextKey(); key !== undefined; key = reader.nextKey()) {
    reader.peek();
    if (key !== '') places.set(key, reader.offset);
    reader.skip();
  }
  reader.end();
  return places;
}

/** Calls back for each object of the array at `offset`; false when there is no array. Items that are no objects are skipped and reported. */
export function eachRecord(
  reader: JsonReader,
  read: (place: number) => void,
  onOther: (place: number) => void,
): boolean {
  if (reader.peek() !== 'array') return false;
  reader.open();
  for (let place = 0; reader.nextItem(); place++) {
    if (reader.peek() === 'object') {
      reader.open();
      read(place);
    } else {
      reader.skip();
      onOther(place);
    }
  }
  return true;
}
