/** What the readers of label map files share: pairs of files, their fingerprint, and the data set made of them. */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import { hashFile } from '../storage/stageStore';
import type { DataProblem } from './dataset';
import type { LabelledImages, LabelledSource } from './labelledImages';
import { mapConcurrently } from './mapConcurrently';
import { readLabelPng, type ValueTable } from './readLabelPng';

/** Up to this many label maps of a split are hashed whole; beyond, their names and sizes count. */
const MAX_HASHED = 5_000;

export interface LabelledFile {
  /** Without folder of the split and ending. */
  readonly name: string;
  /** Absolute paths. */
  readonly picture: string;
  readonly labels: string;
}

export interface LabelFolders {
  readonly kind: string;
  /** Absolute. */
  readonly root: string;
  readonly splits: readonly string[];
  /** Those whose files decide the fingerprint. */
  readonly used: readonly string[];
  readonly classes: readonly string[];
  readonly colours?: LabelledImages['colours'];
  readonly table: ValueTable;
  /** In order; label maps may be missing. */
  list(split: string): Promise<readonly LabelledFile[]>;
}

export async function openLabelFolders(folders: LabelFolders): Promise<LabelledSource> {
  const { kind, root, splits, classes, table } = folders;
  const hash = createHash('sha256').update(JSON.stringify({ kind, classes, table: [...table] }));
  for (const split of folders.used.filter((name) => splits.includes(name)))
    hash.update(`${split}\n${await hashSplit(await folders.list(split))}`);
  return {
    splits,
    fingerprint: hash.digest('hex'),
    openLabelled: async (split) => {
      if (!splits.includes(split))
        throw new UserError('data', `${root} has no split "${split}"; it has ${splits.join(', ') || 'none'}`);
      return openSplit(folders, split);
    },
  };
}

async function openSplit(folders: LabelFolders, split: string): Promise<LabelledImages> {
  const { root, classes, colours, table } = folders;
  const listed = await folders.list(split);
  const missing = await mapConcurrently(listed, async ({ picture, labels }) => {
    for (const file of [picture, labels])
      if (!(await stat(file).catch(() => undefined))?.isFile()) return `${file} does not exist`;
    return undefined;
  });
  const files = listed.filter((_, i) => missing[i] === undefined);
  const problems: DataProblem[] = listed.flatMap(({ name }, i) =>
    missing[i] === undefined ? [] : [{ file: name, message: missing[i] }],
  );
  if (files.length === 0) {
    const first = problems[0] ? `; the first of ${problems.length}: ${problems[0].message}` : '';
    throw new UserError('data', `${root} has no picture with a label map in ${split}${first}`);
  }
  return {
    split,
    length: files.length,
    classes,
    ...(colours && { colours }),
    names: files.map(({ name }) => name),
    store: { kind: 'files', paths: files.map(({ picture }) => picture) },
    pictures: files.map(({ picture }) => path.relative(root, picture).split(path.sep).join('/')),
    readLabels: (index) => readLabelPng(files[index]!.labels, table),
    problems,
  };
}

/** Pictures count by name and size: hashing 11 GB at every launch helps nobody. */
async function hashSplit(files: readonly LabelledFile[]): Promise<string> {
  const isSmall = files.length <= MAX_HASHED;
  const sizeOf = async (file: string) => (await stat(file).catch(() => undefined))?.size ?? -1;
  const digests = await mapConcurrently(files, async ({ name, picture, labels }) => {
    const content = isSmall ? await hashFile(labels).catch(() => 'unreadable') : await sizeOf(labels);
    return `${name} ${await sizeOf(picture)} ${content}`;
  });
  return createHash('sha256').update(digests.join('\n')).digest('hex');
}

/** Files below a folder, relative to it with forward slashes, sorted; none where the folder is not there. */
export async function listFilesBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  return names
    .map((name) => name.split(path.sep).join('/'))
    .filter((name) => !name.split('/').some((part) => part.startsWith('.')))
    .sort();
}
