/**
 * Landmarks as lists: CelebA's text (a count, a line of names, one image a line) and CSV tables with an image in the first
 * column, which Kaggle's copy of CelebA and many others have. Columns are x and y of each landmark in turn, named
 * `lefteye_x`, `lefteye_y` …; with a third column `…_v` for each, that is its visibility (0, 1, 2).
 */
import { UserError } from '../errors';

export interface LandmarkList {
  readonly names: readonly string[];
  /** Image names in the order of the file. */
  readonly images: readonly string[];
  /** [images, landmarks, 2] px; NaN where a field is empty. */
  readonly points: Float64Array;
  /** [images, landmarks] 0 not marked, 1 hidden, 2 visible. */
  readonly visibility: Uint8Array;
}

/** Throws a user error that names the file and the first line that is wrong. */
export function parseLandmarkList(text: string, file: string): LandmarkList {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const start = /^\s*\d+\s*$/.test(lines[0] ?? '') ? 1 : 0;
  const separator = (lines[start] ?? '').includes(',') ? ',' : /\s+/;
  const cut = (line: string): string[] => (separator === ',' ? line.split(',') : line.trim().split(separator));
  const header = cut(lines[start] ?? '').map((name) => name.trim());
  const columns = readHeader(separator === ',' ? header.slice(1) : header, file);
  const images: string[] = [];
  const rows: string[][] = [];
  lines.slice(start + 1).forEach((line, i) => {
    if (line.trim() === '') return;
    const [image = '', ...values] = cut(line).map((value) => value.trim());
    if (values.length !== columns.width)
      throw broken(file, start + 2 + i, `it has ${values.length} numbers, not ${columns.width}`);
    images.push(image);
    rows.push(values);
  });
  if (images.length === 0) throw new UserError('data', `${file} lists no images`, { file });
  const points = new Float64Array(2 * columns.names.length * images.length);
  const visibility = new Uint8Array(columns.names.length * images.length);
  rows.forEach((values, row) => {
    columns.names.forEach((_, k) => {
      const numbers = values.slice(columns.step * k, columns.step * (k + 1)).map(toNumber);
      if (numbers.some((value) => value === undefined))
        throw broken(file, start + 2 + row, `landmark ${k + 1} is not a number`);
      const [x, y, v = 2] = numbers as [number, number, number?];
      const place = row * columns.names.length + k;
      points.set([x, y], 2 * place);
      visibility[place] = Number.isFinite(x) && Number.isFinite(y) ? Math.max(0, Math.min(2, Math.round(v))) : 0;
    });
  });
  return { names: columns.names, images, points, visibility };
}

interface Columns {
  readonly names: readonly string[];
  /** Numbers of a landmark: 2, or 3 with visibility. */
  readonly step: number;
  /** Numbers of a line. */
  readonly width: number;
}

function readHeader(header: readonly string[], file: string): Columns {
  const step = header.length % 3 === 0 && /v(is(ibility)?)?$/i.test(header[2] ?? '') ? 3 : 2;
  const isFull = header.length >= step && header.length % step === 0 && header.every((name) => !isNumber(name));
  if (!isFull)
    throw broken(
      file,
      1,
      'the first line with names has to give x and y of each landmark, such as lefteye_x lefteye_y',
    );
  const names = Array.from({ length: header.length / step }, (_, k) => header[step * k]!.replace(/[._-]?x$/i, ''));
  return { names: names.map((name, k) => (name === '' ? String(k + 1) : name)), step, width: header.length };
}

function isNumber(text: string): boolean {
  return text !== '' && Number.isFinite(Number(text));
}

/** NaN for an empty field, undefined for something that is no number. */
function toNumber(text: string): number | undefined {
  if (text === '' || /^nan$/i.test(text)) return NaN;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function broken(file: string, line: number, what: string): UserError {
  return new UserError('data', `${file} cannot be read as a list of landmarks: ${what} (line ${line})`, { file, line });
}
