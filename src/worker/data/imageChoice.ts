/**
 * The `list` file of an image folder, as people publish them: class ids (ImageNet-100), image paths or bare file names
 * (the 1 % and 10 % lists), one a line; what follows the first space (a class's words, a label) may stay. A class counts
 * for every split; an image counts for the training split, or for the split its path begins with.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import type { ImageFile, SplitListing } from './folderListing';

const imageLike = /\.\w{3,4}(\s|$)/;

export interface ImageList {
  readonly file: string;
  readonly lines: readonly string[];
}

export interface ImageChoice {
  readonly classes: readonly string[];
  readonly files: readonly ImageFile[];
  /** Lines of the list that name nothing in this split. */
  readonly unmatched: readonly string[];
}

/** Empty lines and lines that begin with # are passed over. */
export async function readImageList(file: string): Promise<ImageList> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError('data', `cannot read the list ${file} (${error.code ?? error.message}); check "list"`);
  });
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim().replaceAll('\\', '/'));
  return { file, lines: lines.filter((line) => line !== '' && !line.startsWith('#')) };
}

/** What the list keeps of a split. A list of images alone keeps all classes, so that labels do not move. */
export function chooseImages(
  listing: SplitListing,
  list: ImageList,
  place: { readonly split: string; readonly isTraining: boolean },
): ImageChoice {
  const { split, isTraining } = place;
  const classes = new Set(listing.classes);
  const images = indexImages(listing.files, split, isTraining);
  const keptClasses = new Set<string>();
  const keptFiles = new Set<ImageFile>();
  const unmatched: string[] = [];
  for (const line of list.lines) {
    const forms = [line, line.split(/\s/)[0]!];
    const asClass = forms.find((form) => classes.has(form));
    const asImage = forms.map((form) => images.get(path.posix.normalize(form))).find((file) => file !== undefined);
    if (asClass !== undefined) keptClasses.add(asClass);
    else if (asImage !== undefined) keptFiles.add(asImage);
    else unmatched.push(line);
  }
  if (keptClasses.size === 0 && keptFiles.size === 0) return chooseNothing(listing, unmatched, isTraining);
  const files = listing.files.filter((file) => keptClasses.has(file.className) || keptFiles.has(file));
  const withImages = new Set(files.map((file) => file.className));
  const kept = keptClasses.size === 0 ? listing.classes : listing.classes.filter((name) => withImages.has(name));
  return { classes: kept, files, unmatched };
}

/** A list of training images leaves the other splits whole. */
function chooseNothing(listing: SplitListing, unmatched: readonly string[], isTraining: boolean): ImageChoice {
  if (!isTraining && unmatched.some((line) => imageLike.test(line))) {
    return { classes: listing.classes, files: listing.files, unmatched: [] };
  }
  return { classes: [], files: [], unmatched };
}

/** The names by which a line may mean an image: path from the root, path from the split, file name where it is the only one. */
function indexImages(files: readonly ImageFile[], split: string, isTraining: boolean): Map<string, ImageFile> {
  const index = new Map<string, ImageFile>();
  const ambiguous = new Set<string>();
  for (const file of isTraining ? files : []) {
    const base = path.posix.basename(file.name);
    if (index.has(base)) ambiguous.add(base);
    index.set(base, file);
  }
  for (const base of ambiguous) index.delete(base);
  for (const file of files) {
    index.set(`${split}/${file.name}`, file);
    if (isTraining) index.set(file.name, file);
  }
  return index;
}
