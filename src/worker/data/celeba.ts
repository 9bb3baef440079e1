/**
 * CelebA's layout, and MAFL's lists on top of it (Liu 2015, arXiv 1411.7766; Zhang 2014): aligned images in one folder, a
 * list of landmarks, one of identities, one of splits. A split is `train`, `val` or `test` of the partition, or any text file
 * below the root that names one image a line, such as `MAFL/training`. Labels are identities where they are known.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CelebaData } from '../../shared/experiment/schema';
import { UserError } from '../../shared/errors';
import { sha256Hex } from '../../shared/hash';
import { parseLandmarkList, type LandmarkList } from '../../shared/landmarks/landmarkList';
import { schemeByNames } from '../../shared/math/landmarkSchemes';
import type { DataSource, Dataset } from './dataset';
import { cutExamples, type LandmarkSource, type MarkedImages } from './landmarks';
import { placePath } from './placePath';

const partition = ['train', 'val', 'test'] as const;

interface Lists {
  readonly root: string;
  readonly settings: CelebaData;
  readonly landmarks: LandmarkList;
  /** Row of `landmarks` by image name. */
  readonly rows: ReadonlyMap<string, number>;
  /** Number of a person by image name. */
  readonly identities: ReadonlyMap<string, number> | undefined;
  /** Names by split. */
  readonly splits: ReadonlyMap<string, readonly string[]>;
  readonly fingerprint: string;
}

export async function openCeleba(settings: CelebaData, baseDir: string): Promise<DataSource & LandmarkSource> {
  const lists = await readLists(settings, placePath(settings.root, baseDir));
  const openMarked = (split: string) => markSplit(lists, split);
  const { classes, labelOf } = classesOf(lists);
  return {
    splits: [...lists.splits.keys()],
    fingerprint: lists.fingerprint,
    openMarked,
    open: async (split): Promise<Dataset> => {
      const { identities, ...cut } = cutExamples(await openMarked(split), 0);
      const labels = identities ? Int32Array.from(identities, labelOf) : new Int32Array(cut.length);
      return { ...cut, classes, labels, ...(identities && { identities }) };
    },
  };
}

async function readLists(settings: CelebaData, root: string): Promise<Lists> {
  const file = path.join(root, settings.landmarks);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code ?? error.message})`;
    throw new UserError('data', `the list of landmarks ${file} ${why}; check "root" and "landmarks"`, { file });
  });
  const landmarks = parseLandmarkList(text, file);
  const identityText = await readIfThere(path.join(root, settings.identities));
  const splits = await readSplits(root, settings);
  const { kind, images, crop, without } = settings;
  const texts = [text, identityText ?? '', ...[...splits].flatMap(([name, list]) => [name, ...list])];
  return {
    ...{ root, settings, landmarks, splits },
    rows: new Map(landmarks.images.map((name, row) => [name, row])),
    identities: identityText === undefined ? undefined : parseNumbers(identityText),
    // Pictures count by their names, as with COCO.
    fingerprint: sha256Hex(JSON.stringify({ kind, images, crop, without, lists: sha256Hex(texts.join('\n')) })),
  };
}

/** The partition's splits and every other list of images at most one folder below the root. */
async function readSplits(root: string, settings: CelebaData): Promise<Map<string, string[]>> {
  const splits = new Map<string, string[]>();
  const parts = await readIfThere(path.join(root, settings.partition));
  for (const [name, part] of parts === undefined ? [] : parseNumbers(parts)) {
    const split = partition[part];
    if (split !== undefined) splits.set(split, [...(splits.get(split) ?? []), name]);
  }
  const known = new Set(
    [settings.landmarks, settings.identities, settings.partition].map((name) => path.normalize(name)),
  );
  for (const folder of ['', ...(await foldersBelow(root, settings.images))]) {
    for (const entry of (await readdir(path.join(root, folder))).sort()) {
      const name = path.join(folder, entry);
      if (!entry.endsWith('.txt') || known.has(name)) continue;
      const names = (await readFile(path.join(root, name), 'utf8')).split(/\r?\n/).map((line) => line.trim());
      const images = names.filter((line) => line !== '');
      if (images.length > 0 && images.every((line) => /^\S+\.(jpe?g|png)$/i.test(line)))
        splits.set(name.slice(0, -4).split(path.sep).join('/'), images);
    }
  }
  return splits;
}

async function foldersBelow(root: string, images: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  const skipped = path.normalize(images).split(path.sep)[0];
  return entries.filter((entry) => entry.isDirectory() && entry.name !== skipped).map(({ name }) => name);
}

async function markSplit(lists: Lists, split: string): Promise<MarkedImages> {
  const { root, settings, landmarks, rows, identities } = lists;
  const wanted = lists.splits.get(split);
  if (!wanted) {
    const known = [...lists.splits.keys()].join(', ') || 'none';
    throw new UserError('data', `${root} has no split "${split}"; it has ${known}`);
  }
  const allowed = wanted.filter(notKeptApart(lists, split));
  const folder = path.join(root, settings.images);
  const there = await filesOf(folder);
  const chosen = allowed.filter((name) => rows.has(name) && there.has(name));
  const problems = allowed.flatMap((name) => {
    if (!rows.has(name)) return [{ file: name, message: `${settings.landmarks} does not list it` }];
    return there.has(name) ? [] : [{ file: name, message: `it is not in ${folder}` }];
  });
  if (chosen.length === 0) {
    throw new UserError(
      'data',
      `none of the ${wanted.length} images of ${split} can be used; the first: ${problems[0]?.message ?? 'all are kept apart by "without"'}`,
    );
  }
  const scheme = schemeByNames(landmarks.names);
  const count = scheme.names.length;
  const at = chosen.map((name) => rows.get(name)!);
  const square = settings.crop;
  return {
    ...{ split, scheme, problems },
    store: { kind: 'files', paths: chosen.map((name) => path.join(folder, name)) },
    names: chosen,
    classes: ['face'],
    count: chosen.length,
    image: Int32Array.from(chosen, (_, i) => i),
    category: new Int32Array(chosen.length),
    boxes: Float64Array.from(chosen.flatMap(() => [square[0], square[1], square[2], square[2]])),
    squares: Int32Array.from(chosen.flatMap(() => [...square])),
    points: Float64Array.from(
      at.flatMap((row) => [...landmarks.points.subarray(2 * count * row, 2 * count * (row + 1))]),
    ),
    visibility: Uint8Array.from(
      at.flatMap((row) => [...landmarks.visibility.subarray(count * row, count * (row + 1))]),
    ),
    ...(identities && { identities: Int32Array.from(chosen, (name) => identities.get(name) ?? -1) }),
  };
}

/** Images of the lists in `without`, and of the people on them, belong to no other split. */
function notKeptApart({ settings, splits, identities, root }: Lists, split: string): (name: string) => boolean {
  const lists = settings.without.filter((name) => name !== split);
  const images = new Set<string>();
  for (const name of lists) {
    const list = splits.get(name);
    if (!list) throw new UserError('data', `${root} has no list "${name}", which "without" names; check the name`);
    for (const image of list) images.add(image);
  }
  const people = new Set([...images].flatMap((name) => identities?.get(name) ?? []));
  return (name) => !images.has(name) && !people.has(identities?.get(name) ?? NaN);
}

/** The people of all images are the classes, in ascending order; without identities all images are of one class. */
function classesOf({ identities }: Lists): { classes: readonly string[]; labelOf: (identity: number) => number } {
  if (!identities) return { classes: ['face'], labelOf: () => 0 };
  const people = [...new Set([-1, ...identities.values()])].sort((a, b) => a - b);
  const places = new Map(people.map((identity, place) => [identity, place]));
  return {
    classes: people.map((identity) => (identity < 0 ? 'unknown' : String(identity))),
    labelOf: (identity) => places.get(identity) ?? 0,
  };
}

/** `name number` lines, or a CSV table of the two. */
function parseNumbers(text: string): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const line of text.split(/\r?\n/)) {
    const [name, value] = line.trim().split(/[\s,]+/);
    if (name && value !== undefined && /^\d+$/.test(value)) numbers.set(name, Number(value));
  }
  return numbers;
}

async function filesOf(folder: string): Promise<ReadonlySet<string>> {
  const info = await stat(folder).catch(() => undefined);
  if (!info?.isDirectory()) throw new UserError('data', `the image folder ${folder} does not exist; check "images"`);
  return new Set(await readdir(folder));
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UserError('data', `${file} cannot be read (${error.code ?? error.message})`, { file });
  });
}
