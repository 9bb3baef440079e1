/**
 * Folders of faces as 300-W has them (Sagonas 2013): beside each picture a file of the same name with the ending `.pts`. A
 * split is a folder below the root, several joined by `+`, or `.` for the root itself. Boxes are those of the points.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PtsData } from '../../shared/experiment/schema';
import { UserError } from '../../shared/errors';
import { sha256Hex } from '../../shared/hash';
import { parsePts } from '../../shared/landmarks/ptsFile';
import { boxAround } from '../../shared/math/landmarks';
import { schemeByCount } from '../../shared/math/landmarkSchemes';
import type { DataProblem, DataSource, Dataset } from './dataset';
import type { LandmarkSource, MarkedImages } from './landmarks';
import { mapConcurrently } from './mapConcurrently';
import { placePath } from './placePath';

const imageEndings = ['.jpg', '.jpeg', '.png', '.JPG', '.PNG'];

interface Face {
  /** Relative to the root, with forward slashes. */
  readonly name: string;
  readonly image: string | undefined;
  readonly pts: string;
}

export async function openPts(settings: PtsData, baseDir: string): Promise<DataSource & LandmarkSource> {
  const root = placePath(settings.root, baseDir);
  const found = await findFolders(root);
  if (found.size === 0) throw new UserError('data', `no .pts files were found below ${root}; check "root"`);
  const used = [settings.train, settings.test].filter((split) => partsOf(split).every((part) => found.has(part)));
  const hashes = await Promise.all(used.map((split) => hashSplit(root, split)));
  const openMarked = async (split: string) => markSplit({ root, split, folders: found });
  return {
    splits: [...new Set([...found, ...used])],
    fingerprint: sha256Hex(JSON.stringify({ kind: 'pts', hashes })),
    openMarked,
    open: async (split): Promise<Dataset> => {
      const { count, names, store, problems } = await openMarked(split);
      return { split, length: count, classes: ['face'], labels: new Int32Array(count), names, store, problems };
    },
  };
}

function partsOf(split: string): string[] {
  return split.split('+').map((part) => part.trim().replace(/\/+$/, ''));
}

/** Folders with `.pts` files, at most two levels below the root, as `helen/trainset`. */
async function findFolders(root: string): Promise<Set<string>> {
  const found = new Set<string>();
  const look = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(() => []);
    if (entries.some(({ name }) => name.endsWith('.pts'))) found.add(folder === '' ? '.' : folder);
    if (depth === 0) return;
    for (const { name } of entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')))
      await look(folder === '' ? name : `${folder}/${name}`, depth - 1);
  };
  await look('', 2);
  return new Set([...found].sort());
}

async function listFaces(root: string, split: string): Promise<Face[]> {
  const faces: Face[] = [];
  for (const folder of partsOf(split)) {
    const names = new Set(await readdir(path.join(root, folder)));
    for (const name of [...names].filter((entry) => entry.endsWith('.pts')).sort()) {
      const stem = name.slice(0, -4);
      const ending = imageEndings.find((candidate) => names.has(stem + candidate));
      faces.push({
        name: folder === '.' ? stem : `${folder}/${stem}`,
        image: ending && path.join(root, folder, stem + ending),
        pts: path.join(root, folder, name),
      });
    }
  }
  return faces;
}

async function hashSplit(root: string, split: string): Promise<string> {
  const texts = await mapConcurrently(await listFaces(root, split), async ({ name, pts }) => [
    name,
    await readFile(pts, 'utf8'),
  ]);
  return sha256Hex(JSON.stringify(texts));
}

interface SplitPlace {
  readonly root: string;
  readonly split: string;
  readonly folders: ReadonlySet<string>;
}

async function markSplit({ root, split, folders }: SplitPlace): Promise<MarkedImages> {
  const missing = partsOf(split).find((part) => !folders.has(part));
  if (missing !== undefined) {
    const known = [...folders].join(', ');
    throw new UserError('data', `${root} has no .pts files in "${missing}"; there are some in ${known}`);
  }
  const faces = await listFaces(root, split);
  const problems: DataProblem[] = [];
  const read = await mapConcurrently(faces, async ({ pts }) => parsePts(await readFile(pts, 'utf8'), pts));
  const length = read[0]!.length;
  const kept = faces.flatMap((face, i) => {
    const message = !face.image
      ? 'there is no picture of the same name'
      : read[i]!.length !== length
        ? `it has ${read[i]!.length / 2} points, the first has ${length / 2}`
        : undefined;
    if (message !== undefined) problems.push({ file: face.name, message });
    return message === undefined ? [{ face, points: read[i]! }] : [];
  });
  if (kept.length === 0)
    throw new UserError(
      'data',
      `none of the ${faces.length} faces of ${split} can be used; the first: ${problems[0]?.message}`,
    );
  const marked = new Uint8Array(length / 2).fill(2);
  return {
    ...{ split, problems },
    scheme: schemeByCount(length / 2),
    store: { kind: 'files', paths: kept.map(({ face }) => face.image!) },
    names: kept.map(({ face }) => face.name),
    classes: ['face'],
    count: kept.length,
    image: Int32Array.from(kept, (_, i) => i),
    category: new Int32Array(kept.length),
    boxes: Float64Array.from(kept.flatMap(({ points }) => boxAround(points, marked))),
    points: Float64Array.from(kept.flatMap(({ points }) => [...points])),
    visibility: new Uint8Array((kept.length * length) / 2).fill(2),
  };
}
