/**
 * Images in one folder with a CSV list for each split, as mini-ImageNet is passed on (Ravi & Larochelle 2017: train.csv with
 * 64 classes, val.csv with 16, test.csv with 20 others; Vinyals 2016, arXiv 1606.04080). Classes are the sorted labels of the
 * training list; a split without a class in common has its own. Files that cannot be decoded are left out and named.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import type { ImageListsData } from '../../shared/experiment/schema';
import { parseLabelTable } from '../../shared/formats/labelTable';
import type { DataProblem, DataSource, Dataset } from './dataset';
import type { ImageFile } from './folderListing';
import { alignClasses, classifyFiles, hashFiles } from './imageFiles';
import { placePath } from './placePath';

interface Place {
  readonly root: string;
  readonly settings: ImageListsData;
  readonly splits: readonly string[];
}

interface Listed {
  readonly list: string;
  readonly folder: string;
  readonly classes: readonly string[];
  readonly files: readonly ImageFile[];
  readonly problems: readonly DataProblem[];
}

export async function openImageLists(settings: ImageListsData, baseDir: string): Promise<DataSource> {
  const root = placePath(settings.root, baseDir);
  const place: Place = { root, settings, splits: await findSplits(root, settings) };
  if (place.splits.length === 0) {
    throw new UserError('data', `no lists were found at ${path.join(root, settings.lists)}; check "root" and "lists"`);
  }
  const hash = createHash('sha256').update(`image-lists\n${settings.train}\n`);
  // Every list, since a pretraining or transfer may name another split than these two.
  for (const split of place.splits) {
    const { files } = await readSplit(place, split).catch((error: unknown) => unlessNamed(split, settings, error));
    const labels = files.map(({ name, className }) => `${name}\t${className}`).join('\n');
    hash.update(`${split}\n${labels}\n${await hashFiles(files)}`);
  }
  return { splits: place.splits, fingerprint: hash.digest('hex'), open: (split) => openSplit(place, split) };
}

/** A list beside those of the entry that cannot be read is nobody's concern until somebody opens it. */
function unlessNamed(split: string, { train, test }: ImageListsData, error: unknown): Pick<Listed, 'files'> {
  if (split === train || split === test || !(error instanceof UserError)) throw error;
  return { files: [] };
}

async function openSplit(place: Place, split: string): Promise<Dataset> {
  const { root, splits, settings } = place;
  if (!splits.includes(split)) {
    throw new UserError('data', `${root} has no list of a split "${split}"; it has those of ${splits.join(', ')}`);
  }
  const { list, folder, files, classes: own, problems } = await readSplit(place, split);
  const isOther = split !== settings.train && splits.includes(settings.train);
  const classes = isOther
    ? alignClasses(own, { split: settings.train, classes: (await readSplit(place, settings.train)).classes }, list)
    : own;
  return classifyFiles({ split, folder, files, classes, nameOf: ({ name }) => name, problems });
}

/** The lines of a split's list; a line that repeats an image with the same label counts once. */
async function readSplit({ root, settings }: Place, split: string): Promise<Listed> {
  const list = path.join(root, settings.lists.replaceAll('{split}', split));
  const folder = path.join(root, settings.images.replaceAll('{split}', split));
  const text = await readFile(list, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError('data', `cannot read the list ${list} (${error.code ?? error.message}); check "lists"`);
  });
  const files = new Map<string, ImageFile>();
  let repeated = 0;
  for (const { line, name: written, label } of parseLabelTable(text, list)) {
    const name = path.posix.normalize(written.replaceAll('\\', '/'));
    if (path.posix.isAbsolute(name) || name.startsWith('..') || /^[A-Za-z]:/.test(name)) {
      const message = `line ${line} of ${list} leads out of the image folder (${written}); name images inside ${folder}`;
      throw new UserError('data', message, { file: list, line });
    }
    const earlier = files.get(name);
    if (earlier && earlier.className !== label) {
      const message = `line ${line} of ${list} labels ${name} as ${label}, an earlier one as ${earlier.className}; keep one of them`;
      throw new UserError('data', message, { file: list, line });
    }
    if (earlier) repeated++;
    files.set(name, { name, className: label, file: path.join(folder, name) });
  }
  const message = `${repeated} ${repeated === 1 ? 'line repeats an image' : 'lines repeat images'}`;
  return {
    ...{ list, folder, files: [...files.values()] },
    classes: [...new Set([...files.values()].map(({ className }) => className))].sort(),
    problems: repeated > 0 ? [{ file: path.basename(list), message }] : [],
  };
}

/** What `{split}` stands for in the names of the lists that are there. */
async function findSplits(root: string, { lists }: ImageListsData): Promise<string[]> {
  const folder = path.dirname(path.join(root, lists));
  const [before, after] = path.basename(lists).split('{split}') as [string, string];
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => name.startsWith(before) && name.endsWith(after) && name.length > before.length + after.length)
    .map((name) => name.slice(before.length, name.length - after.length))
    .sort();
}
