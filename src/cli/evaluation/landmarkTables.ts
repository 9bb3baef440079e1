/**
 * True and predicted landmarks from files of anybody: COCO keypoints with results, folders of `.pts`, lists and CSV tables,
 * JSON. What names an example in both files is the image (with the object, for COCO).
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import { parseLandmarkList } from '../../shared/landmarks/landmarkList';
import {
  requireEqualLengths,
  tableFromJson,
  type JsonChoice,
  type LandmarkEntry,
  type LandmarkTable,
} from '../../shared/landmarks/landmarkTable';
import { parsePts } from '../../shared/landmarks/ptsFile';
import { COCO_SIGMAS } from '../../shared/math/detection/keypointSimilarity';
import { cocoPersonLandmarks } from '../../shared/math/landmarkSchemes';
import type { Detections, GroundTruth, KeypointColumn } from '../../shared/results/detections';
import type { Surroundings } from '../terminal';
import { openCocoResults, openCocoTruth, readBytes, statOf, type FileProblem } from './detectionFiles';

export interface LandmarkPair {
  readonly truth: LandmarkTable;
  readonly predicted: LandmarkTable;
  readonly problems: readonly FileProblem[];
}

export interface LandmarkPaths {
  readonly truth: string;
  readonly predictions: string;
  readonly layer?: string | undefined;
}

/** What is wrong with a file is wrong with an argument here. */
export function readLandmarkPair(paths: LandmarkPaths, around: Surroundings): LandmarkPair {
  try {
    return readPair(paths, around);
  } catch (error) {
    throw error instanceof UserError ? new UserError('config', error.message, error.place) : error;
  }
}

function readPair({ truth, predictions, layer }: LandmarkPaths, around: Surroundings): LandmarkPair {
  const coco = readCoco({ truth, predictions }, around);
  if (coco) return coco;
  return {
    truth: readTable(truth, { role: 'truth' }, around),
    predicted: readTable(predictions, { role: 'prediction', layer }, around),
    problems: [],
  };
}

function readTable(file: string, choice: JsonChoice, around: Surroundings): LandmarkTable {
  if (statOf(file, around.cwd).isDirectory()) return readPtsFolder(file, around);
  const text = new TextDecoder().decode(readBytes(file, around.cwd));
  if (/\.pts$/i.test(file)) return ptsTable([[path.basename(file), text]], file);
  if (!/^\s*[[{]/.test(text)) {
    const { names, images, points, visibility } = parseLandmarkList(text, file);
    const count = names.length;
    const entries = images.map((image, i): [string, LandmarkEntry] => [
      image,
      {
        points: points.subarray(2 * count * i, 2 * count * (i + 1)),
        visibility: visibility.subarray(count * i, count * (i + 1)),
      },
    ]);
    return { names, perExample: count, entries: new Map(entries) };
  }
  const table = tableFromJson(parseJson(text, file), file, choice);
  if (table) return table;
  throw new UserError(
    'data',
    `${file} holds no landmarks that are known here; give COCO keypoints, a list or CSV, a folder of .pts, or JSON with points by image`,
    { file },
  );
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError('data', `${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`, {
      file,
    });
  }
}

function readPtsFolder(folder: string, around: Surroundings): LandmarkTable {
  const root = path.resolve(around.cwd, folder);
  const names = readdirSync(root, { recursive: true })
    .map((name) => String(name).split(path.sep).join('/'))
    .filter((name) => name.toLowerCase().endsWith('.pts'))
    .sort();
  if (names.length === 0) throw new UserError('data', `${folder} has no .pts files; give a folder that has`);
  const texts = names.map(
    (name) => [name, new TextDecoder().decode(readBytes(path.join(root, name), around.cwd))] as const,
  );
  return ptsTable(texts, folder);
}

function ptsTable(texts: readonly (readonly [string, string])[], place: string): LandmarkTable {
  const entries = texts.map(([name, text]): [string, LandmarkEntry] => {
    const points = parsePts(text, name);
    return [name.replace(/\.pts$/i, ''), { points, visibility: new Uint8Array(points.length / 2).fill(2) }];
  });
  const perExample = entries[0]![1].visibility.length;
  requireEqualLengths(new Map(entries), perExample, place);
  return { names: undefined, perExample, entries: new Map(entries) };
}

/** Undefined when the truth is no COCO file. */
function readCoco({ truth, predictions }: LandmarkPaths, around: Surroundings): LandmarkPair | undefined {
  if (statOf(truth, around.cwd).isDirectory() || !/\.json$/i.test(truth)) return undefined;
  const bytes = readBytes(truth, around.cwd);
  if (!new TextDecoder().decode(bytes.subarray(0, 1 << 20)).includes('"annotations"') && !hasAnnotations(bytes))
    return undefined;
  const { table: known, problems } = openCocoTruth(truth, around.cwd, { iouType: 'keypoints', difficult: 'ignored' });
  if (!known.keypoints || known.keypoints.perObject === 0)
    throw new UserError(
      'data',
      `${truth} has no keypoints; name a file that has them, such as person_keypoints_val2017.json`,
    );
  const results = openCocoResults(predictions, around.cwd, { truth: known, iouType: 'keypoints' });
  const found = results.table;
  if (!found.keypoints) throw new UserError('data', `${predictions} has no keypoints`);
  const perExample = known.keypoints.perObject;
  const names = known.categories.keypoints?.find((list) => list.length === perExample);
  const shared = { perExample, names: names ?? (perExample === COCO_SIGMAS.length ? cocoPersonLandmarks : undefined) };
  const matches = matchObjects(known, found);
  return {
    truth: { ...shared, entries: cocoEntries(known) },
    predicted: {
      ...shared,
      entries: new Map([...matches].map(([row, i]) => [keyOf(known, row), entryAt(found.keypoints!, i)])),
    },
    problems: [...problems, ...results.problems],
  };
}

/** Annotations may come after a megabyte of images. */
function hasAnnotations(bytes: Uint8Array): boolean {
  return (
    bytes.length > 1 << 20 && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('"annotations"')
  );
}

function cocoEntries(truth: GroundTruth): ReadonlyMap<string, LandmarkEntry> {
  const entries = new Map<string, LandmarkEntry>();
  for (let row = 0; row < truth.count; row++) {
    if (truth.isIgnored[row] === 1) continue;
    const box = truth.boxes.subarray(4 * row, 4 * row + 4) as unknown as [number, number, number, number];
    entries.set(keyOf(truth, row), { ...entryAt(truth.keypoints!, row), box });
  }
  return entries;
}

function keyOf({ images, image, ids }: GroundTruth, row: number): string {
  return `${images.names[image[row]!]!}#${ids[row]}`;
}

function entryAt({ perObject, values }: KeypointColumn, row: number): LandmarkEntry {
  const own = values.subarray(3 * perObject * row, 3 * perObject * (row + 1));
  const places = Array.from({ length: perObject }, (_, k) => 3 * k);
  return { points: places.flatMap((at) => [own[at]!, own[at + 1]!]), visibility: places.map((at) => own[at + 2]!) };
}

/** In each image the surest result takes the object nearest to it, and so on: row of the truth → row of the results. */
function matchObjects(truth: GroundTruth, found: Detections): Map<number, number> {
  const rows = new Map<number, number[]>();
  for (let row = 0; row < truth.count; row++)
    if (truth.isIgnored[row] === 0) rows.set(truth.image[row]!, [...(rows.get(truth.image[row]!) ?? []), row]);
  const order = Array.from({ length: found.count }, (_, i) => i).sort(
    (a, b) => found.scores[b]! - found.scores[a]! || a - b,
  );
  const matches = new Map<number, number>();
  for (const i of order) {
    const free = (rows.get(found.image[i]!) ?? []).filter(
      (row) => !matches.has(row) && truth.category[row] === found.category[i],
    );
    if (free.length === 0) continue;
    const distances = free.map((row) => meanDistance(truth.keypoints!, row, found.keypoints!, i));
    matches.set(free[distances.indexOf(Math.min(...distances))]!, i);
  }
  return matches;
}

function meanDistance(truth: KeypointColumn, row: number, found: KeypointColumn, i: number): number {
  let [sum, count] = [0, 0];
  for (let k = 0; k < truth.perObject; k++) {
    const [a, b] = [3 * (row * truth.perObject + k), 3 * (i * truth.perObject + k)];
    if (!(truth.values[a + 2]! > 0)) continue;
    const [dx, dy] = [truth.values[a]! - found.values[b]!, truth.values[a + 1]! - found.values[b + 1]!];
    sum += Math.sqrt(dx * dx + dy * dy);
    count++;
  }
  return count === 0 ? Infinity : sum / count;
}
