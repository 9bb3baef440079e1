/**
 * Image folders as ImageNet and torchvision have them: root/<split>/<class>/…/image. Classes are the sorted folder names.
 * Files that cannot be decoded are left out and named, never met in the middle of a run: small splits are decoded
 * wholly when opened, large ones have their headers read.
 */
import { createHash } from 'node:crypto';
import { open, readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { UserError } from '../../shared/errors';
import type { DataProblem, DataSource, Dataset } from './dataset';
import { decodeImage, MAX_PIXELS } from './imageStore';
import type { ImageFolderData } from './settings';

const imageEnding = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;
/** Up to this size every file is decoded and hashed whole. */
const SMALL_SPLIT = 5_000;
const PREFIX_BYTES = 4_096;
const CONCURRENCY = 8;

interface ImageFile {
  /** Relative to the split's folder, with forward slashes. */
  readonly name: string;
  readonly className: string;
  readonly file: string;
}

export async function openImageFolder(settings: ImageFolderData, baseDir: string): Promise<DataSource> {
  const root = path.resolve(baseDir, settings.root);
  const info = await stat(root).catch(() => undefined);
  if (!info?.isDirectory()) throw new UserError('data', `the image folder ${root} ${info ? 'is a file' : 'does not exist'}; check "root"`);
  const keep = settings.list === undefined ? undefined : await readList(path.resolve(baseDir, settings.list));
  const splits = (await listFolder(root)).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const hash = createHash('sha256').update('image-folder');
  for (const split of [...new Set([settings.train, settings.test])].filter((name) => splits.includes(name))) {
    hash.update(`${split}\n${await hashFiles(await listImages(root, split, keep))}`);
  }
  return { splits, fingerprint: hash.digest('hex'), open: (split) => openSplit({ root, splits, split, keep }) };
}

async function openSplit(place: { root: string; splits: readonly string[]; split: string; keep: Set<string> | undefined }): Promise<Dataset> {
  const { root, splits, split, keep } = place;
  if (!splits.includes(split)) {
    throw new UserError('data', `${root} has no folder "${split}"; it has ${splits.join(', ') || 'no folders at all'}`);
  }
  const files = await listImages(root, split, keep);
  if (files.length === 0) {
    throw new UserError('data', `${path.join(root, split)} has no images in class folders; put them into ${path.join(root, split)}/<class>/`);
  }
  const checks = await mapConcurrently(files, (file) => checkImage(file, files.length <= SMALL_SPLIT));
  const good = files.filter((_, i) => checks[i] === undefined);
  const problems = checks.flatMap((message, i): DataProblem[] => (message === undefined ? [] : [{ file: files[i]!.name, message }]));
  if (good.length === 0) throw new UserError('data', `none of the ${files.length} images in ${path.join(root, split)} can be decoded; the first: ${problems[0]?.message}`);
  const classes = [...new Set(good.map((file) => file.className))].sort();
  const places = new Map(classes.map((name, i) => [name, i]));
  return {
    split,
    length: good.length,
    classes,
    labels: Int32Array.from(good, (file) => places.get(file.className)!),
    names: good.map((file) => `${split}/${file.name}`),
    store: { kind: 'files', paths: good.map((file) => file.file) },
    problems,
  };
}

/** Images of a split in name order; hidden files and other endings are passed over. */
async function listImages(root: string, split: string, keep: Set<string> | undefined): Promise<ImageFile[]> {
  const folder = path.join(root, split);
  const classes = (await listFolder(folder)).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const lists = await mapConcurrently(classes, async (className) => {
    const entries = await readdir(path.join(folder, className), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && imageEnding.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((file) => ({ file, className, name: path.relative(folder, file).split(path.sep).join('/') }));
  });
  const all = lists.flat();
  if (!keep) return all;
  return all.filter(({ name, className }) => keep.has(className) || keep.has(name) || keep.has(`${split}/${name}`));
}

async function listFolder(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => !entry.name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One class or relative path a line; empty lines and # comments are passed over. */
async function readList(file: string): Promise<Set<string>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError('data', `cannot read the list ${file} (${error.code ?? error.message}); check "list"`);
  });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return new Set(lines.filter((line) => line !== '' && !line.startsWith('#')));
}

/** Undefined when the image is fine, else what is wrong with it. */
async function checkImage({ file }: ImageFile, decode: boolean): Promise<string | undefined> {
  try {
    if (decode) await decodeImage(file, file);
    else await sharp(file, { limitInputPixels: MAX_PIXELS }).metadata();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error);
  }
}

/** Names and contents of small splits; names, sizes and first bytes of large ones, since reading them would take hours. */
async function hashFiles(files: readonly ImageFile[]): Promise<string> {
  const whole = files.length <= SMALL_SPLIT;
  const digests = await mapConcurrently(files, async ({ file, name }) => {
    const hash = createHash('sha256').update(`${name}\n`);
    if (whole) return hash.update(await readFile(file)).digest('hex');
    const handle = await open(file, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(new Uint8Array(PREFIX_BYTES), 0, PREFIX_BYTES, 0);
      return hash.update(`${(await handle.stat()).size}\n`).update(buffer.subarray(0, bytesRead)).digest('hex');
    } finally {
      await handle.close();
    }
  });
  return createHash('sha256').update(digests.join('\n')).digest('hex');
}

/** Like Promise.all over map, with at most CONCURRENCY at a time; results in order. */
async function mapConcurrently<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const run = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, run));
  return results;
}
