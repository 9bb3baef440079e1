/**
 * Each row against the baseline: the difference paired over seeds, with Holm's correction over all rows that may be compared
 * with it (whether a filter shows them or not), and the fields that forbid a comparison.
 */
import type { CompareRow } from '../../protocol/panels/comparePanel';
import {
  findUnfairFields,
  type EffectiveSettings,
  type FairnessRules,
  type UnfairField,
} from '../../results/comparability';
import { mean, type PairedDifference } from '../../math/statistics';
import { compareSeeds, correctTogether, judgeDifference, type SeedValue, type Verdict } from '../report/compareSeeds';
import { pairKey } from './compareMarks';
import { seedValues } from './compareColumns';

export interface RowComparison {
  /** None: the comparison is fair. */
  readonly unfair: readonly UnfairField[];
  readonly difference?: PairedDifference;
  /** Difference of the means where one of the two was made elsewhere: seeds do not pair, and nothing is tested. */
  readonly untested?: number;
  /** `unclear` is: not enough runs to tell. */
  readonly verdict?: Verdict;
}

export interface DifferencesInput {
  readonly rows: readonly CompareRow[];
  readonly settings: (row: number) => EffectiveSettings;
  /** Row that the others are compared with. */
  readonly baseline: number;
  readonly metric: string;
  readonly rules: FairnessRules;
  /** `pairKey`s that count as fair. */
  readonly samePairs: ReadonlySet<string>;
  /** The rows are only judged; their differences are of no interest. */
  readonly withoutDifferences?: boolean;
}

/** One for each row; the baseline itself is fair and has no difference. */
export function compareWithBaseline(input: DifferencesInput): RowComparison[] {
  const { rows, settings, baseline, metric, rules, samePairs } = input;
  const base = rows[baseline]!;
  const own = seedValues(base, metric);
  const unfair = rows.map((row, place) => {
    if (place === baseline || samePairs.has(pairKey([row.id, base.id]))) return [];
    const isPartial = row.isImported || base.isImported;
    const fields = findUnfairFields(settings(place), settings(baseline), { ...rules, isPartial });
    // A metric that was chosen for all rows is the same one.
    return metric === 'score' ? fields : fields.filter(({ field }) => field !== 'measured.metric');
  });
  const isCompared = (place: number): boolean =>
    !input.withoutDifferences && place !== baseline && unfair[place]!.length === 0;
  const isElsewhere = (place: number): boolean => rows[place]!.isImported || base.isImported;
  const differences = correctTogether(
    rows.map((row, place) =>
      isCompared(place) && !isElsewhere(place) ? compareSeeds(seedValues(row, metric), own) : undefined,
    ),
  );
  const untested = (row: CompareRow, place: number): number | undefined => {
    const values = seedValues(row, metric);
    const isBoth = values.length > 0 && own.length > 0;
    return isBoth && isCompared(place) && isElsewhere(place) ? meanOf(values) - meanOf(own) : undefined;
  };
  return rows.map((row, place) => {
    const difference = differences[place];
    const apart = untested(row, place);
    return {
      unfair: unfair[place]!,
      ...(difference && { difference, verdict: judgeDifference(difference) }),
      ...(apart !== undefined && { untested: apart }),
    };
  });
}

function meanOf(values: readonly SeedValue[]): number {
  return mean(values.map(({ value }) => value));
}
