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
import type { PairedDifference } from '../../math/statistics';
import { compareSeeds, correctTogether, judgeDifference, type Verdict } from '../report/compareSeeds';
import { pairKey } from './compareMarks';
import { seedValues } from './compareColumns';

export interface RowComparison {
  /** None: the comparison is fair. */
  readonly unfair: readonly UnfairField[];
  readonly difference?: PairedDifference;
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
    const fields = findUnfairFields(settings(place), settings(baseline), rules);
    // A metric that was chosen for all rows is the same one.
    return metric === 'score' ? fields : fields.filter(({ field }) => field !== 'measured.metric');
  });
  const differences = correctTogether(
    rows.map((row, place) =>
      input.withoutDifferences || place === baseline || unfair[place]!.length > 0
        ? undefined
        : compareSeeds(seedValues(row, metric), own),
    ),
  );
  return rows.map((_, place) => {
    const difference = differences[place];
    return { unfair: unfair[place]!, ...(difference && { difference, verdict: judgeDifference(difference) }) };
  });
}
