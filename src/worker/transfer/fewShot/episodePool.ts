/**
 * The pictures that episodes are drawn from: rows of stored features by class. Where training and test split have the same
 * classes, these are dealt into base, validation and novel ones; supports come from the training split and queries from the
 * test split (one and the same split keeps them apart picture by picture). Splits without a common class are parts
 * themselves, as in mini-ImageNet: base classes are those of the training split, novel ones those of the test split.
 */
import { UserError } from '../../../shared/errors';
import type { FewShotTransfer } from '../../../shared/experiment/transferSchema';
import { dealClasses, type ClassPart } from '../../../shared/math/fewShot/classParts';
import type { ClassRows } from '../../../shared/math/fewShot/drawEpisodes';
import { matrixOf, type FrozenPart } from '../frozenPart';

/** Rows of the training split come first, those of the test split after them; one split has its rows once. */
export interface EpisodePool {
  readonly novel: readonly ClassRows[];
  readonly validation: readonly ClassRows[];
  /** Rows of the training split that show base classes, and the places of those classes. */
  readonly baseRows: Int32Array;
  readonly baseClasses: Int32Array;
  /** Names that `ClassRows.class` index. */
  readonly classes: readonly string[];
  /** Where the rows of the test split begin. */
  readonly testFrom: number;
  readonly train: FrozenPart;
  readonly test: FrozenPart;
}

type PoolSettings = Pick<FewShotTransfer, 'id' | 'base' | 'validation' | 'novel' | 'classSeed' | 'train' | 'test'>;

export function createPool(train: FrozenPart, test: FrozenPart, settings: PoolSettings): EpisodePool {
  const isOneSplit = settings.train === settings.test;
  const testFrom = isOneSplit ? 0 : train.labels.length;
  const isShared = train.classes.length === test.classes.length && train.classes.every((c, i) => c === test.classes[i]);
  const trainRows = rowsByClass(train, 0);
  const testRows = isOneSplit ? trainRows : rowsByClass(test, testFrom);
  const parts = isShared
    ? dealClasses(train.classes, settings, settings.classSeed)
    : partsOfSplits(train, test, settings);
  const select = (places: Int32Array): ClassRows[] =>
    Array.from(places, (place) => ({
      class: place,
      support: isShared ? trainRows[place]! : testRows[place]!,
      query: testRows[place]!,
    }));
  const isBase = new Set(parts.base);
  return {
    novel: select(parts.novel),
    validation: select(parts.validation),
    baseClasses: parts.base,
    baseRows: Int32Array.from(train.labels.keys()).filter((row) => isBase.has(train.labels[row]!)),
    classes: test.classes,
    testFrom,
    train,
    test,
  };
}

/** Features of some rows, in their order: [rows, dimension]. */
export function gatherRows(
  { train, test, testFrom }: EpisodePool,
  layer: string,
  rows: Int32Array,
): { readonly values: Float32Array; readonly dimension: number } {
  const [own, other] = [matrixOf(train, layer), matrixOf(test, layer)];
  const { dimension } = own;
  const values = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    const isTest = testFrom > 0 && row >= testFrom;
    const from = (isTest ? row - testFrom : row) * dimension;
    values.set((isTest ? other : own).values.subarray(from, from + dimension), i * dimension);
  });
  return { values, dimension };
}

/** Which split a row is of, and its place there. */
export function pictureOf({ train, test, testFrom }: EpisodePool, row: number): { part: FrozenPart; index: number } {
  const isTest = testFrom > 0 && row >= testFrom;
  const part = isTest ? test : train;
  return { part, index: part.features.indices[isTest ? row - testFrom : row]! };
}

/** A picture that took the place of an unreadable one would stand in an episode twice: its first row alone counts. */
function rowsByClass({ labels, classes, features }: FrozenPart, from: number): Int32Array[] {
  const rows: number[][] = classes.map(() => []);
  const seen = new Set<number>();
  features.indices.forEach((index, row) => {
    if (seen.has(index)) return;
    seen.add(index);
    rows[labels[row]!]!.push(from + row);
  });
  return rows.map((list) => Int32Array.from(list));
}

function partsOfSplits(train: FrozenPart, test: FrozenPart, { id, base, novel }: PoolSettings) {
  const shared = test.classes.find((name) => train.classes.includes(name));
  if (shared !== undefined) {
    throw new UserError(
      'data',
      `"${id}": the splits ${train.split} and ${test.split} share some classes (${shared}) but not all; give both the same classes, or none in common`,
    );
  }
  return {
    base: namedPlaces(train.classes, base),
    validation: new Int32Array(),
    novel: namedPlaces(test.classes, novel),
  };
}

/** A split of classes of its own is a part already, whatever share of all classes it is; names pick from it. */
function namedPlaces(classes: readonly string[], part: ClassPart): Int32Array {
  const everything = Int32Array.from(classes.keys());
  if (typeof part === 'number') return everything;
  const places = dealClasses(classes, { base: [], validation: [], novel: part }, 0).novel;
  return places;
}
