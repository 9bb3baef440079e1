/** What a few-shot stage leaves for the episode browser: results/episodes.ts filled in, with sheets of pictures. */
import type { FewShotTransfer } from '../../../shared/experiment/transferSchema';
import type { ClassRows, Episodes } from '../../../shared/math/fewShot/drawEpisodes';
import { isLargeEnough } from '../../../shared/math/fewShot/drawEpisodes';
import type { EpisodeRows, EpisodeScores } from '../../../shared/math/fewShot/scoreEpisodes';
import { selectNeighbours } from '../../../shared/math/knn';
import type { EpisodeResults, LayerEpisodes } from '../../../shared/results/episodes';
import type { ImageStore } from '../../data/dataset';
import { forEachSimilarity } from '../knn';
import { pictureOf, type EpisodePool } from './episodePool';

const NEIGHBOURS = 8;

export interface EpisodeFilesInput {
  readonly settings: FewShotTransfer;
  readonly pool: EpisodePool;
  /** Rows of all novel pictures; episodes name places in it. */
  readonly rows: Int32Array;
  readonly episodes: Episodes;
  readonly layers: readonly { readonly layer: string; readonly scores: EpisodeScores }[];
  /** Features of `rows` at the last layer, as the classifier saw them. */
  readonly last: EpisodeRows;
  readonly signal: AbortSignal;
}

export async function describeEpisodes(input: EpisodeFilesInput): Promise<EpisodeResults> {
  const { settings, pool, rows, episodes, layers, last, signal } = input;
  const { neighbour, similarity, count } = await findNeighbours(last, rows.length, signal);
  const { ways, shots, queries } = settings;
  const usable = pool.novel.filter((one) => isLargeEnough(one, settings));
  const names = (list: readonly ClassRows[]) => list.map((one) => pool.classes[one.class]!);
  const classPlaces = new Map(usable.map((one, i) => [one.class, i]));
  const labelOf = (row: number) => {
    const isTest = pool.testFrom > 0 && row >= pool.testFrom;
    return isTest ? pool.test.labels[row - pool.testFrom]! : pool.train.labels[row]!;
  };
  const store = sheetStore(pool);
  return {
    index: {
      version: 1,
      ways,
      shots,
      queries,
      episodes: settings.episodes,
      classifier: settings.classifier,
      classes: names(usable),
      leftOut: names(pool.novel.filter((one) => !usable.includes(one))),
      pictures: Array.from(rows, (row) => {
        const { part, index } = pictureOf(pool, row);
        const name = part.dataset.names[index] ?? `image ${index}`;
        return { name, split: part.split, index, class: classPlaces.get(labelOf(row))! };
      }),
      ...(store && { pictureSize: store.width }),
      layers: layers.map(({ layer }) => layer),
      neighbours: count,
    },
    way: episodes.way.map((place) => classPlaces.get(place)!),
    support: episodes.support,
    query: episodes.query,
    layers: layers.map(({ layer, scores }): LayerEpisodes => ({
      layer,
      accuracy: scores.accuracy,
      predictions: scores.predictions,
    })),
    scores: layers.at(-1)!.scores.shares,
    neighbour,
    similarity,
  };
}

type PackedStore = Extract<ImageStore, { kind: 'packed' }>;

/** Both splits in one store, as sheets want it; undefined for pictures that are files. */
export function sheetStore({ train, test, testFrom }: EpisodePool): PackedStore | undefined {
  const [first, second] = [train.dataset.store, test.dataset.store];
  if (first.kind !== 'packed' || second.kind !== 'packed') return undefined;
  if (testFrom === 0) return first;
  if (first.width !== second.width || first.height !== second.height) return undefined;
  const bytes = new Uint8Array(new SharedArrayBuffer(first.buffer.byteLength + second.buffer.byteLength));
  bytes.set(new Uint8Array(first.buffer));
  bytes.set(new Uint8Array(second.buffer), first.buffer.byteLength);
  return { ...first, count: first.count + second.count, buffer: bytes.buffer as SharedArrayBuffer };
}

/** Places of rows in `sheetStore`. */
export function sheetPlaces(pool: EpisodePool, rows: Int32Array): Int32Array {
  const { train, testFrom } = pool;
  const trainCount = train.dataset.store.kind === 'packed' ? train.dataset.store.count : 0;
  return rows.map((row) => {
    const { index } = pictureOf(pool, row);
    return testFrom > 0 && row >= testFrom ? trainCount + index : index;
  });
}

/** The most similar other pictures of each, by cosine. */
async function findNeighbours(features: EpisodeRows, count: number, signal: AbortSignal) {
  const k = Math.max(0, Math.min(NEIGHBOURS, count - 1));
  const neighbour = new Int32Array(count * k);
  const similarity = new Float32Array(count * k);
  await forEachSimilarity({ queries: features, bank: features, signal }, (similarities, start, rows) => {
    const others = similarities.slice();
    for (let i = 0; i < rows; i++) others[i * count + start + i] = -Infinity; // not itself
    const found = selectNeighbours(others, count, k);
    neighbour.set(found.indices, start * k);
    similarity.set(found.similarities, start * k);
  });
  return { neighbour, similarity, count: k };
}
