/**
 * Episodes scored on the features of one layer: accuracy of each, predictions, and the mean with its interval over episodes,
 * x̄ ± t·s/√E (for 600 episodes the usual 1.96·s/√600 to three digits).
 */
import { argMax } from '../accuracy';
import { normalizeRows } from '../knn';
import { meanInterval, type MeanInterval } from '../statistics';
import type { Episodes } from './drawEpisodes';
import { scoreEpisode, type EpisodeClassifier } from './episodeClassifiers';

/** What is done to features before a classifier sees them (Wang et al. 2019, arXiv 1911.04623: UN, L2N, CL2N). */
export const featureTransforms = ['none', 'l2', 'centred-l2'] as const;
export type FeatureTransform = (typeof featureTransforms)[number];

/** Features of pictures, row by row. */
export interface EpisodeRows {
  /** [rows, dimension] */
  readonly values: Float32Array;
  readonly dimension: number;
}

export interface EpisodeScores {
  /** [episodes] in 0..1 */
  readonly accuracy: Float64Array;
  /** [episodes] right answers */
  readonly right: Int32Array;
  /** [episodes, ways · queries] in 0..ways-1 */
  readonly predictions: Uint8Array;
  /** [episodes, ways · queries, ways] shares that sum to 1. */
  readonly shares: Float32Array;
  readonly interval: MeanInterval;
}

/** Rows as they are, at length 1, or at length 1 after taking away `centre` (the mean of the base classes' images). */
export function transformRows(
  { values, dimension }: EpisodeRows,
  transform: FeatureTransform,
  centre: Float64Array | undefined,
): EpisodeRows {
  if (transform === 'none') return { values, dimension };
  if (transform === 'l2') return { values: normalizeRows(values, values.length / dimension, dimension), dimension };
  if (!centre) throw new Error('internal: centring needs a mean');
  const centred = values.map((value, i) => value - centre[i % dimension]!);
  return { values: normalizeRows(centred, values.length / dimension, dimension), dimension };
}

/**
 * Scores every episode; `rows` holds the support and query rows of `episodes`. Yields how many are done after each, so that
 * a caller may give others a turn; `finishEpisodes` runs it through.
 */
export function* scoreEpisodes(
  episodes: Episodes,
  rows: EpisodeRows,
  classifier: EpisodeClassifier,
): Generator<number, EpisodeScores> {
  const { ways, shots, queries, episodes: count } = episodes;
  const { dimension } = rows;
  const perEpisode = ways * queries;
  const support = new Float32Array(ways * shots * dimension);
  const query = new Float32Array(perEpisode * dimension);
  const right = new Int32Array(count);
  const predictions = new Uint8Array(count * perEpisode);
  const shares = new Float32Array(count * perEpisode * ways);
  for (let episode = 0; episode < count; episode++) {
    gather(rows, episodes.support.subarray(episode * ways * shots, (episode + 1) * ways * shots), support);
    gather(rows, episodes.query.subarray(episode * perEpisode, (episode + 1) * perEpisode), query);
    const scores = scoreEpisode(classifier, { ways, shots, dimension, support, query }, episode);
    for (let q = 0; q < perEpisode; q++) {
      const predicted = argMax(scores, q * ways, ways);
      predictions[episode * perEpisode + q] = predicted;
      if (predicted === Math.floor(q / queries)) right[episode]!++;
      writeShares(scores, q * ways, shares, { to: (episode * perEpisode + q) * ways, ways });
    }
    yield episode + 1;
  }
  const accuracy = Float64Array.from(right, (value) => value / perEpisode);
  return { accuracy, right, predictions, shares, interval: meanInterval(accuracy) };
}

/** The result of a scoring without pauses. */
export function finishEpisodes(scoring: Generator<number, EpisodeScores>): EpisodeScores {
  for (;;) {
    const step = scoring.next();
    if (step.done) return step.value;
  }
}

function gather({ values, dimension }: EpisodeRows, rows: Int32Array, target: Float32Array): void {
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * dimension;
    target.set(values.subarray(from, from + dimension), i * dimension);
  }
}

/** Softmax of one row. */
function writeShares(
  scores: Float64Array,
  from: number,
  shares: Float32Array,
  { to, ways }: { readonly to: number; readonly ways: number },
): void {
  let top = -Infinity;
  for (let c = 0; c < ways; c++) top = Math.max(top, scores[from + c]!);
  let sum = 0;
  for (let c = 0; c < ways; c++) sum += Math.exp(scores[from + c]! - top);
  for (let c = 0; c < ways; c++) shares[to + c] = Math.exp(scores[from + c]! - top) / sum;
}
