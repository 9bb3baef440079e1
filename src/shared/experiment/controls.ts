/**
 * Recipe controls. Two trained pretrainings that differ in one factor only, in method, recipe or data, tell what that factor
 * does. Where they differ in more, a difference between them has several possible causes, unless other rows lead from one to
 * the other by one factor at a time. Settings that are tuned for a method, such as its learning rate, count as part of it.
 */
import { canonicalJson, type Json } from '../hash';
import { trainedMethods } from './methods';
import { countingSettings } from './stageSettings';
import type { PretrainingSettings } from './schema';

/** What two pretrainings differ in, in words. */
export type Aspect = 'method' | 'augmentation' | 'length' | 'batch' | 'image size' | 'other settings' | 'data';
export type Factor = 'method' | 'recipe' | 'data';

/** A trained pretraining. */
export interface TrainedRow {
  readonly id: string;
  /** Resolved, or as a record has them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Undefined for random, imported and snapshot weights, and for what is no settings. */
export function trainedRow(id: string, settings: unknown): TrainedRow | undefined {
  const own = (settings ?? {}) as Readonly<Record<string, unknown>>;
  return (trainedMethods as readonly unknown[]).includes(own.method) ? { id, settings: own } : undefined;
}

const aspectSettings: readonly (readonly [Aspect, readonly string[]])[] = [
  ['method', ['method']],
  ['augmentation', ['augment']],
  ['length', ['epochs', 'steps']],
  ['batch', ['batch', 'accumulate']],
  ['image size', ['imageSize']],
  ['data', ['data', 'split']],
];
const named: ReadonlySet<string> = new Set([...aspectSettings.flatMap(([, keys]) => keys), 'snapshots', 'seed']);

/** In a fixed order; empty where they are equal in all that counts. */
export function differingAspects(a: TrainedRow, b: TrainedRow): Aspect[] {
  const [mine, theirs] = [writtenOf(a), writtenOf(b)];
  const differing = aspectSettings.flatMap(([aspect], i) => (mine.aspects[i] === theirs.aspects[i] ? [] : [aspect]));
  // Settings of one method are not those of another.
  const isRestEqual = differing.includes('method') || mine.rest === theirs.rest;
  return isRestEqual ? differing : [...differing, 'other settings'];
}

/** A row's settings as text, by which rows are compared. */
interface Written {
  /** In the order of `aspectSettings`. */
  readonly aspects: readonly string[];
  readonly rest: string;
}

/** An editor compares all rows with each other at every keystroke. */
const written = new WeakMap<TrainedRow, Written>();

function writtenOf(row: TrainedRow): Written {
  const known = written.get(row);
  if (known) return known;
  const { settings } = row;
  const counting = countingSettings(settings as unknown as PretrainingSettings);
  const made = {
    aspects: aspectSettings.map(([aspect, keys]) =>
      aspect === 'batch' ? `${batchOf(row)}` : write(keys.map((key) => settings[key] ?? null)),
    ),
    rest: write(Object.fromEntries(Object.entries(counting).filter(([key]) => !named.has(key)))),
  };
  written.set(row, made);
  return made;
}

export function factorsOf(aspects: readonly Aspect[]): ReadonlySet<Factor> {
  return new Set(aspects.map((aspect) => (aspect === 'method' || aspect === 'data' ? aspect : 'recipe')));
}

/**
 * Rows from `a` to `b`, both included, of which neighbours differ in one factor and no factor changes twice: the shortest
 * such way, undefined where there is none.
 */
export function findSeparation(a: TrainedRow, b: TrainedRow, rows: readonly TrainedRow[]): TrainedRow[] | undefined {
  const wanted = factorsOf(differingAspects(a, b));
  const search = (way: readonly TrainedRow[], left: ReadonlySet<Factor>): TrainedRow[] | undefined => {
    const last = way.at(-1)!;
    const toEnd = factorsOf(differingAspects(last, b));
    if (toEnd.size <= 1) return [...way, b];
    for (const next of rows) {
      if (way.includes(next) || next === b) continue;
      const [factor, ...more] = factorsOf(differingAspects(last, next));
      if (factor === undefined || more.length > 0 || !left.has(factor)) continue;
      const found = search([...way, next], new Set([...left].filter((one) => one !== factor)));
      if (found) return found;
    }
    return undefined;
  };
  const found = search([a], wanted);
  // The last step must not undo what an earlier one changed.
  return found && found.length - 1 <= wanted.size ? found : undefined;
}

function batchOf({ settings: { batch, accumulate } }: TrainedRow): number {
  return Number(batch) * Number(accumulate ?? 1);
}

function write(value: unknown): string {
  return canonicalJson(value as Json);
}
