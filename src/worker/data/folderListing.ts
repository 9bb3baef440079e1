/**
 * What lies in an image folder, in an order that depends on names alone. Hidden entries are passed over. Links are followed
 * for splits, classes and files (data sets are often linked into place), but not for folders inside a class: no loops.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import { mapConcurrently } from './mapConcurrently';

const imageEnding = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

export interface ImageFile {
  /** Relative to the split's folder, with forward slashes. */
  readonly name: string;
  readonly className: string;
  /** Absolute path. */
  readonly file: string;
}

export interface SplitListing {
  readonly folder: string;
  /** Names of the class folders, sorted. */
  readonly classes: readonly string[];
  /** By class, then by name. */
  readonly files: readonly ImageFile[];
  /** Files that are not images by their ending. */
  readonly others: number;
}

/** Names of the folders in `folder`, sorted by code unit; links to folders count. */
export async function listFolders(folder: string): Promise<string[]> {
  const entries = await readEntries(folder);
  const isFolder = await mapConcurrently(entries, async (entry) => {
    if (!entry.isSymbolicLink()) return entry.isDirectory();
    return (await stat(path.join(folder, entry.name)).catch(() => undefined))?.isDirectory() === true;
  });
  return entries.filter((_, i) => isFolder[i]).map((entry) => entry.name);
}

/** Every image of root/<split>/<class>/…, whether it can be decoded or not. */
export async function listSplit(root: string, split: string): Promise<SplitListing> {
  const folder = path.join(root, split);
  const classes = await listFolders(folder);
  const found = await mapConcurrently(classes, async (className) => {
    const names = await listFiles(path.join(folder, className), className);
    const images = names.filter((name) => imageEnding.test(name)).sort();
    const files = images.map((name): ImageFile => ({ name, className, file: path.join(folder, name) }));
    return { files, others: names.length - images.length };
  });
  const others = found.reduce((sum, part) => sum + part.others, 0);
  return { folder, classes, files: found.flatMap((part) => part.files), others };
}

/** Files below `folder`, as `prefix/…/file`. */
async function listFiles(folder: string, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readEntries(folder)) {
    const name = `${prefix}/${entry.name}`;
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) names.push(...(await listFiles(place, name)));
    else if (entry.isFile() || (entry.isSymbolicLink() && !(await isSpecial(place)))) names.push(name);
  }
  return names;
}

/** Pipes, sockets and devices: reading one may wait, or go on, for ever. A link to nothing is not special but broken. */
async function isSpecial(link: string): Promise<boolean> {
  const info = await stat(link).catch(() => undefined);
  return info !== undefined && !info.isFile() && !info.isDirectory();
}

async function readEntries(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UserError('data', `cannot read the folder ${folder} (${error.code ?? error.message}); check its rights`);
  });
  return entries.filter((entry) => !entry.name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
}
