/**
 * Few-shot accuracies with their interval over episodes, and differences of pretrainings episode by episode: all met the
 * same episodes, so that what makes an episode hard drops out. The interval speaks of other episodes of these classes for
 * these weights; what another seed of the pretraining would change is in the interval over seeds.
 */
import { meanInterval, pairedDifference, type MeanInterval, type PairedDifference } from '../../math/statistics';
import type { EpisodesSummary, TransferResult } from '../../results/records';
import { correctTogether } from './compareSeeds';
import type { JoinedRun } from './joinedRun';

/** Of few-shot transfers. */
export interface EpisodeShape {
  readonly count: number;
  readonly ways: number;
  readonly shots: number;
  /** Of each class. */
  readonly queries: number;
}

export function episodeShapeOf({ episodes }: Pick<TransferResult, 'episodes'>): EpisodeShape | undefined {
  if (!episodes) return undefined;
  const { ways, shots, queries, right } = episodes;
  return { count: right.length, ways, shots, queries };
}

export interface EpisodeComparison {
  readonly transfer: string;
  readonly ways: number;
  readonly shots: number;
  /** Pretraining that the others are compared with. */
  readonly against: string;
  readonly rows: readonly EpisodeRow[];
}

export interface EpisodeRow {
  readonly pretraining: string;
  /** Over the episodes of all seeds together. */
  readonly accuracy: MeanInterval;
  /** To `against`, over the episodes that both met; absent for itself and where no episodes are shared. */
  readonly difference?: PairedDifference;
}

interface Measured {
  readonly seed: number;
  readonly episodes: EpisodesSummary;
}

/** One for each few-shot transfer; `reference`: random weights, else the first pretraining is compared with. */
export function compareEpisodes(run: JoinedRun, reference: string | undefined): EpisodeComparison[] {
  return run.transfers.flatMap((transfer) => {
    const shape = run.anyResult(transfer)?.episodes;
    if (!shape) return [];
    const measured = run.pretrainings.map((pretraining) => ({
      pretraining,
      runs: episodesOf(run, pretraining, transfer),
    }));
    const present = measured.filter(({ runs }) => runs.length > 0);
    const against = present.find(({ pretraining }) => pretraining === reference) ?? present[0];
    if (!against) return [];
    const rows = present.map(({ pretraining, runs }): EpisodeRow => {
      const accuracy = meanInterval(runs.flatMap(({ episodes }) => shares(episodes)));
      const difference = pretraining === against.pretraining ? undefined : differ(runs, against.runs);
      return { pretraining, accuracy, ...(difference && { difference }) };
    });
    const differences = correctTogether(rows.map(({ difference }) => difference));
    const corrected = rows.map((row, place) => {
      const difference = differences[place];
      return difference ? { ...row, difference } : row;
    });
    return [{ transfer, ways: shape.ways, shots: shape.shots, against: against.pretraining, rows: corrected }];
  });
}

function episodesOf(run: JoinedRun, pretraining: string, transfer: string): Measured[] {
  return run
    .measured(pretraining, transfer)
    .flatMap(({ seed, result }) => (result.episodes ? [{ seed, episodes: result.episodes }] : []));
}

function shares({ right, ways, queries }: EpisodesSummary): number[] {
  return right.map((count) => count / (ways * queries));
}

function differ(own: readonly Measured[], others: readonly Measured[]): PairedDifference | undefined {
  const pairs = own.flatMap(({ seed, episodes }) => {
    const other = others.find((one) => one.seed === seed);
    if (!other || other.episodes.digest !== episodes.digest) return [];
    const theirs = shares(other.episodes);
    return shares(episodes).map((value, i) => [value, theirs[i]!] as const);
  });
  if (pairs.length === 0) return undefined;
  return pairedDifference(
    pairs.map(([value]) => value),
    pairs.map(([, their]) => their),
  );
}
