/**
 * What two runs on the same images get wrong differently: the difference of their error budgets with intervals over
 * images, what became of each object, and the images that moved.
 */
import { drawReplicates, percentiles } from './bootstrapAp';
import {
  BUDGET_PARTS,
  ERROR_TYPES,
  listBudgetEntries,
  weighBudget,
  type BudgetPart,
  type ErrorType,
} from './errorBudget';
import { FATE, FATES, VERDICT, type TideVerdicts } from './tide';
import type { TidePairs } from './tidePairs';
import type { Interval } from '../statistics';

export interface JudgedRun {
  readonly pairs: TidePairs;
  readonly verdicts: TideVerdicts;
}

export interface PartDifference extends Interval {
  /** The second run's number minus the first's. */
  readonly difference: number;
}

export interface MovedImage {
  /** Index into the images. */
  readonly image: number;
  /** The second run's errors minus the first's. */
  readonly errors: Readonly<Record<ErrorType, number>>;
  /** Objects that only the second run found. */
  readonly gained: readonly number[];
  /** Objects that only the first run found. */
  readonly lost: readonly number[];
}

export interface BudgetDifference {
  readonly ap: PartDifference;
  readonly parts: Readonly<Record<BudgetPart, PartDifference>>;
  readonly level: number;
  readonly resamples: number;
  /** Objects by fate in the first (row) and second run (column), in the order of FATES; uncounted objects are left out. */
  readonly fates: readonly (readonly number[])[];
  /** Most changed first; images where nothing changed are not listed. */
  readonly moved: readonly MovedImage[];
}

export interface DifferenceOptions {
  readonly seed: number;
  /** Default 1000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly level?: number;
  /** Classes over which is averaged; default all. */
  readonly classes?: ReadonlySet<number>;
}

/** Compares two runs judged on the same ground truth at the same thresholds. */
export function compareBudgets(first: JudgedRun, second: JudgedRun, options: DifferenceOptions): BudgetDifference {
  const { seed, resamples = 1000, level = 0.95 } = options;
  const { truth } = first.pairs;
  if (truth.count !== second.pairs.truth.count) throw new Error('internal: the runs have different ground truths');
  const entries = [first, second].map(({ pairs, verdicts }) => listBudgetEntries(pairs, verdicts, options.classes));
  const weigh = (weights?: ArrayLike<number>): Record<'ap' | BudgetPart, number> => {
    const [a, b] = entries.map((entry) => weighBudget(entry, weights)) as [
      ReturnType<typeof weighBudget>,
      ReturnType<typeof weighBudget>,
    ];
    const parts = BUDGET_PARTS.map((part) => [part, b.gains[part] - a.gains[part]]);
    return { ...(Object.fromEntries(parts) as Record<BudgetPart, number>), ap: b.ap - a.ap };
  };
  const names = ['ap', ...BUDGET_PARTS] as const;
  const values = new Map(names.map((name) => [name, [] as number[]]));
  drawReplicates(truth.images.ids.length, { seed, resamples }, (weights) => {
    const replicate = weigh(weights);
    for (const name of names) if (!Number.isNaN(replicate[name])) values.get(name)!.push(replicate[name]);
    return replicate.ap;
  });
  const whole = weigh();
  const partOf = (name: 'ap' | BudgetPart): PartDifference => ({
    difference: whole[name],
    ...percentiles(Float64Array.from(values.get(name)!).sort(), level),
  });
  return {
    ap: partOf('ap'),
    parts: Object.fromEntries(BUDGET_PARTS.map((part) => [part, partOf(part)])) as Record<BudgetPart, PartDifference>,
    ...{ level, resamples },
    fates: crossFates(first, second),
    moved: listMovedImages(first, second),
  };
}

function crossFates(first: JudgedRun, second: JudgedRun): number[][] {
  const table = FATES.map(() => FATES.map(() => 0));
  first.verdicts.fates.forEach((fate, object) => {
    if (fate !== FATE.uncounted) table[fate]![second.verdicts.fates[object]!]!++;
  });
  return table;
}

function listMovedImages(first: JudgedRun, second: JudgedRun): MovedImage[] {
  const { truth } = first.pairs;
  const images = truth.images.ids.length;
  const [before, after] = [countByImage(first, images), countByImage(second, images)];
  const gained: number[][] = Array.from({ length: images }, () => []);
  const lost: number[][] = Array.from({ length: images }, () => []);
  for (let object = 0; object < truth.count; object++) {
    const [was, is] = [first, second].map(({ verdicts }) => verdicts.fates[object] === FATE.found);
    if (was === is) continue;
    (is ? gained : lost)[truth.image[object]!]!.push(object);
  }
  const rows = gained.map((_, image) => {
    const errors = ERROR_TYPES.map((type, t) => {
      const cell = image * ERROR_TYPES.length + t;
      return [type, after[cell]! - before[cell]!] as const;
    });
    return {
      image,
      errors: Object.fromEntries(errors) as Record<ErrorType, number>,
      gained: gained[image]!,
      lost: lost[image]!,
    };
  });
  return rows.filter((row) => sizeOf(row) > 0).sort((a, b) => sizeOf(b) - sizeOf(a) || a.image - b.image);
}

/** How much an image changed: objects found or lost count most visibly, each error once. */
function sizeOf({ errors, gained, lost }: MovedImage): number {
  return gained.length + lost.length + ERROR_TYPES.reduce((sum, type) => sum + Math.abs(errors[type]), 0);
}

/** [images, error types] errors that cost something: those inside ignored regions are left out. */
function countByImage({ pairs, verdicts }: JudgedRun, images: number): Int32Array {
  const counts = new Int32Array(images * ERROR_TYPES.length);
  const add = (image: number, type: ErrorType): void =>
    void counts[image * ERROR_TYPES.length + ERROR_TYPES.indexOf(type)]!++;
  const types: readonly (ErrorType | undefined)[] = [undefined, undefined, 'cls', 'loc', 'both', 'dupe', 'bkg'];
  verdicts.verdicts.forEach((verdict, detection) => {
    const type = verdict === VERDICT.correct || verdicts.isIgnored[detection] === 1 ? undefined : types[verdict];
    if (type) add(pairs.detections.image[detection]!, type);
  });
  verdicts.fates.forEach((fate, object) => {
    if (fate === FATE.missed) add(pairs.truth.image[object]!, 'miss');
  });
  return counts;
}
