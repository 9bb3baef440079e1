/**
 * Image folders as ImageNet and torchvision have them: root/<split>/<class>/…/image. Classes are the sorted folder names of
 * the training split.
 * Files that cannot be decoded are left out and named, never met in the middle of a run: small splits are decoded
 * wholly when opened, large ones have their headers read.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import type { DataProblem, DataSource, Dataset } from './dataset';
import type { ImageFile } from './folderListing';
import { listFolders, listSplit } from './folderListing';
import type { ImageList } from './imageChoice';
import { chooseImages, readImageList } from './imageChoice';
import { alignClasses, classifyFiles, hashFiles } from './imageFiles';
import { placePath } from './placePath';
import type { ImageFolderData } from './settings';

/** What the source knows about its place; made once by openImageFolder. */
interface Place {
  readonly root: string;
  /** Name of the split that decides the class numbers. */
  readonly training: string;
  readonly splits: readonly string[];
  readonly list: ImageList | undefined;
}

interface Chosen {
  readonly classes: readonly string[];
  readonly files: readonly ImageFile[];
  readonly problems: readonly DataProblem[];
}

export async function openImageFolder(settings: ImageFolderData, baseDir: string): Promise<DataSource> {
  const root = placePath(settings.root, baseDir);
  const info = await stat(root).catch(() => undefined);
  if (!info?.isDirectory()) {
    throw new UserError('data', `the image folder ${root} ${info ? 'is a file' : 'does not exist'}; check "root"`);
  }
  const list = settings.list === undefined ? undefined : await readImageList(placePath(settings.list, baseDir));
  const place: Place = { root, training: settings.train, splits: await listFolders(root), list };
  // Classes are numbered by the training split.
  const hash = createHash('sha256').update(`image-folder\n${settings.train}\n`);
  // Every folder, since a pretraining or transfer may name another split than these two.
  for (const split of place.splits) {
    const { files } = await chooseSplit(place, split).catch((error: unknown) => unlessNamed(split, settings, error));
    hash.update(`${split}\n${await hashFiles(files)}`);
  }
  return { splits: place.splits, fingerprint: hash.digest('hex'), open: (split) => openSplit(place, split) };
}

/** A folder beside the splits that cannot be read is nobody's concern until somebody opens it. */
function unlessNamed(split: string, { train, test }: ImageFolderData, error: unknown): Pick<Chosen, 'files'> {
  if (split === train || split === test || !(error instanceof UserError)) throw error;
  return { files: [] };
}

async function openSplit(place: Place, split: string): Promise<Dataset> {
  const { root, splits } = place;
  if (!splits.includes(split)) {
    throw new UserError('data', `${root} has no folder "${split}"; it has ${splits.join(', ') || 'no folders at all'}`);
  }
  const { classes: own, files, problems } = await chooseSplit(place, split);
  refuseEmpty(place, split, { classes: own, files });
  const classes = await classesOf(place, split, own);
  const folder = path.join(root, split);
  return classifyFiles({ split, folder, files, classes, nameOf: ({ name }) => `${split}/${name}`, problems });
}

/** The split's folder after the list, if there is one. */
async function chooseSplit({ root, training, list }: Place, split: string): Promise<Chosen> {
  const listing = await listSplit(root, split);
  const { others } = listing;
  const message = `${others} ${others === 1 ? 'file that is not an image' : 'files that are not images'}`;
  const problems = others > 0 ? [{ file: split, message }] : [];
  if (!list) return { ...listing, problems };
  const isTraining = split === training;
  const { classes, files, unmatched } = chooseImages(listing, list, { split, isTraining });
  if (isTraining && unmatched.length > 0) {
    const text = `${unmatched.length} of ${list.lines.length} lines name nothing in ${listing.folder}, the first: ${unmatched[0]}`;
    problems.push({ file: list.file, message: text });
  }
  return { classes, files, problems };
}

function refuseEmpty(
  { root, list }: Place,
  split: string,
  { classes, files }: Pick<Chosen, 'classes' | 'files'>,
): void {
  const folder = path.join(root, split);
  if (files.length === 0 && list) {
    throw new UserError(
      'data',
      `the list ${list.file} keeps no image of ${folder}; each line names a class folder or an image`,
    );
  }
  if (files.length === 0) {
    throw new UserError(
      'data',
      `${folder} has no images in class folders; put them into ${path.join(folder, '<class>')}`,
    );
  }
  if (list) return;
  const filled = new Set(files.map((file) => file.className));
  const empty = classes.find((name) => !filled.has(name));
  if (empty !== undefined) {
    throw new UserError('data', `the class folder ${path.join(folder, empty)} has no images; fill it or remove it`);
  }
}

async function classesOf(place: Place, split: string, own: readonly string[]): Promise<readonly string[]> {
  const { root, training, splits } = place;
  if (split === training || !splits.includes(training)) return own;
  const { classes } = await chooseSplit(place, training);
  return alignClasses(own, { split: training, classes }, path.join(root, split));
}
