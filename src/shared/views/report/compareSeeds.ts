/**
 * Comparison of two pretrainings over the seeds that both have. Pairing removes what a seed does to both; the verdict
 * speaks only when the 95 % Student interval of the mean difference leaves out zero or, where several comparisons are made
 * at once, when Holm's corrected p-value is below 5 % (docs/methods/statistics.md).
 */
import { holmAdjusted } from '../../math/manyComparisons';
import { pairedDifference, type PairedDifference } from '../../math/statistics';

export interface SeedValue {
  readonly seed: number;
  readonly value: number;
}

export type Verdict = 'above' | 'below' | 'unclear';

/** Mean of own − other over shared seeds with its interval; undefined when they share none. */
export function compareSeeds(own: readonly SeedValue[], other: readonly SeedValue[]): PairedDifference | undefined {
  const theirs = new Map(other.map(({ seed, value }) => [seed, value]));
  const pairs = own.flatMap(({ seed, value }) => {
    const their = theirs.get(seed);
    return their === undefined ? [] : [{ value, their }];
  });
  if (pairs.length === 0) return undefined;
  return pairedDifference(
    pairs.map(({ value }) => value),
    pairs.map(({ their }) => their),
  );
}

/** The same differences, each with its p-value corrected for their number; those of a single pair have none. */
export function correctTogether(
  differences: readonly (PairedDifference | undefined)[],
): (PairedDifference | undefined)[] {
  const tested = differences.flatMap((difference, place) => (difference?.pValue === undefined ? [] : [place]));
  const adjusted = holmAdjusted(tested.map((place) => differences[place]!.pValue!));
  return differences.map((difference, place) => {
    const rank = tested.indexOf(place);
    return difference && rank >= 0 ? { ...difference, adjustedP: adjusted[rank]! } : difference;
  });
}

type Judged = Pick<PairedDifference, 'mean' | 'halfWidth' | 'adjustedP'> & { readonly level?: number };

/** Above or below when that is certain at the level (95 %); unclear otherwise, and always for a single pair. */
export function judgeDifference({ mean, halfWidth, adjustedP, level = 0.95 }: Judged): Verdict {
  if (halfWidth === undefined || Math.abs(mean) <= halfWidth) return 'unclear';
  if (adjustedP !== undefined && adjustedP >= 1 - level) return 'unclear';
  return mean > 0 ? 'above' : 'below';
}
