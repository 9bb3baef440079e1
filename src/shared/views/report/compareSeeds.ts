/**
 * Comparison of two pretrainings over the seeds that both have. Pairing removes what a seed does to both; the verdict
 * speaks only when the 95 % Student interval of the mean difference leaves out zero. Left out: corrections for many
 * comparisons (docs/methods/statistics.md).
 */
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

/** Above or below when the interval leaves out zero; unclear otherwise, and always for a single pair. */
export function judgeDifference({ mean, halfWidth }: Pick<PairedDifference, 'mean' | 'halfWidth'>): Verdict {
  if (halfWidth === undefined || Math.abs(mean) <= halfWidth) return 'unclear';
  return mean > 0 ? 'above' : 'below';
}
