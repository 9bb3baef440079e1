/**
 * Landmarks by example, as files of any kind give them, and true and predicted ones side by side. JSON that is read here: an
 * object of lists of points by image name, the same under `images` with the names of the landmarks under `landmarks`, and
 * `landmarks.json` of a stage, which holds both.
 */
import { UserError } from '../errors';
import type { LandmarkFile } from '../results/landmarks';

export interface LandmarkEntry {
  /** [2K] px. */
  readonly points: ArrayLike<number>;
  /** [K] 0 not marked, 1 hidden, 2 visible. */
  readonly visibility: ArrayLike<number>;
  /** x, y, width, height where the file gives a box. */
  readonly box?: readonly [number, number, number, number];
}

export interface LandmarkTable {
  /** Undefined where the file does not name them. */
  readonly names: readonly string[] | undefined;
  readonly perExample: number;
  readonly entries: ReadonlyMap<string, LandmarkEntry>;
}

/** `role`: which of a stage's file is wanted; `layer`: of its predictions, the last one when absent. */
export interface JsonChoice {
  readonly role: 'truth' | 'prediction';
  readonly layer?: string | undefined;
}

/** A table from parsed JSON; undefined when it is of no kind known here. Throws a user error that names what is wrong. */
export function tableFromJson(value: unknown, file: string, choice: JsonChoice): LandmarkTable | undefined {
  if (!isObject(value)) return undefined;
  if (isStageFile(value)) return tableFromStage(value, file, choice);
  const images = isObject(value.images) ? value.images : value;
  const names = Array.isArray(value.landmarks) ? value.landmarks.map(String) : undefined;
  const lists = Object.entries(images).filter(([key]) => images !== value || key !== 'landmarks');
  if (lists.length === 0 || !lists.every(([, points]) => Array.isArray(points))) return undefined;
  const entries = lists.map(([name, points]) => [name, readEntry(points as unknown[], { file, name })] as const);
  const perExample = names?.length ?? entries[0]![1].visibility.length;
  requireEqualLengths(new Map(entries), perExample, file);
  return { names, perExample, entries: new Map(entries) };
}

/** Every example needs the same number of landmarks. */
export function requireEqualLengths(
  entries: ReadonlyMap<string, LandmarkEntry>,
  perExample: number,
  file: string,
): void {
  for (const [name, { visibility }] of entries) {
    if (visibility.length === perExample) continue;
    const message = `${file}: ${name} has ${visibility.length} landmarks, others have ${perExample}; give all the same`;
    throw new UserError('data', message, { file });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStageFile(value: unknown): value is LandmarkFile {
  return isObject(value) && Array.isArray(value.examples) && Array.isArray(value.predictions);
}

function readEntry(points: readonly unknown[], { file, name }: { file: string; name: string }): LandmarkEntry {
  const rows = points.map((point) => {
    if (point === null) return [0, 0, 0];
    const numbers = Array.isArray(point) ? point : [];
    const [x, y, v = 2] = numbers as (number | undefined)[];
    if (typeof x !== 'number' || typeof y !== 'number' || typeof v !== 'number')
      throw new UserError('data', `${file}: a landmark of ${name} is not [x, y] or [x, y, visibility]`, { file });
    return [x, y, v];
  });
  return { points: rows.flatMap(([x, y]) => [x!, y!]), visibility: rows.map(([, , v]) => v!) };
}

function tableFromStage(value: LandmarkFile, file: string, { role, layer }: JsonChoice): LandmarkTable {
  const { names } = value.landmarks;
  const found = layer === undefined ? value.predictions.at(-1) : value.predictions.find((one) => one.layer === layer);
  if (role === 'prediction' && !found) {
    const known = value.predictions.map((one) => one.layer).join(', ');
    throw new UserError('data', `${file} has no predictions of the layer ${layer}; it has ${known}`, { file });
  }
  const entries = value.examples.map(({ name, points, visibility }, i) => {
    const chosen = role === 'truth' ? points : found!.points[i]!;
    const side = role === 'truth' ? visibility : names.map(() => 2);
    return [name, { points: chosen.flat(), visibility: side }] as const;
  });
  return { names, perExample: names.length, entries: new Map(entries) };
}
