/**
 * What a few-shot stage leaves beside its record for the episode browser: every episode that was scored, what was predicted
 * and how surely, and for each picture the pictures nearest to it. `episodes.json` holds names and sizes,
 * `episodes.safetensors` the numbers; test pictures that are no files lie on sheets (sceneSheets.ts) in the order of
 * `pictures`. Written by the worker, read by panel and tests. Left out: features, which have stages of their own.
 */
import { encodeSafetensors, type FileTensor } from '../weights/safetensors';
import {
  isListOf,
  isMapping,
  isPositive,
  isText,
  isWhole,
  readArrays,
  readIndex,
  type Fits,
  type StageFilesKind,
} from './stageFiles';

export const EPISODES_FILE = 'episodes.json';
export const EPISODE_ARRAYS_FILE = 'episodes.safetensors';
const EPISODES_VERSION = 1;

/** One picture that episodes use. */
export interface EpisodePicture {
  /** As the data call it: a path below the data's root, or what the picture shows. */
  readonly name: string;
  readonly split: string;
  /** Place in that split. */
  readonly index: number;
  /** Place in `classes`. */
  readonly class: number;
}

/** Contents of `episodes.json`. */
export interface EpisodesIndex {
  readonly version: number;
  readonly ways: number;
  readonly shots: number;
  /** Of each class. */
  readonly queries: number;
  readonly episodes: number;
  readonly classifier: string;
  /** Names of the novel classes; those that are too small for an episode are in `leftOut`. */
  readonly classes: readonly string[];
  readonly leftOut: readonly string[];
  readonly pictures: readonly EpisodePicture[];
  /** Side in px of the pictures on sheets; absent where pictures are files. */
  readonly pictureSize?: number;
  /** In depth order; the last one is `detailed`, with scores and neighbours. */
  readonly layers: readonly string[];
  /** Neighbours of each picture. */
  readonly neighbours: number;
}

/** What episodes of one layer came to. */
export interface LayerEpisodes {
  readonly layer: string;
  /** [episodes], in 0..1 */
  readonly accuracy: Float64Array;
  /** [episodes, ways · queries] place of the predicted class among the episode's own, 0..ways-1. */
  readonly predictions: Uint8Array;
}

/** Index and numbers together. Queries and supports stand class by class, as `way` says. */
export interface EpisodeResults {
  readonly index: EpisodesIndex;
  /** [episodes, ways] places in `index.classes` */
  readonly way: Int32Array;
  /** [episodes, ways · shots] places in `index.pictures` */
  readonly support: Int32Array;
  /** [episodes, ways · queries] places in `index.pictures` */
  readonly query: Int32Array;
  readonly layers: readonly LayerEpisodes[];
  /** [episodes, ways · queries, ways] how strongly the last layer's classifier speaks for each class, as shares that sum to 1. */
  readonly scores: Float32Array;
  /** [pictures, neighbours] places of the most similar other pictures by the last layer's features, nearest first. */
  readonly neighbour: Int32Array;
  /** [pictures, neighbours] cosine similarities of those, in -1..1. */
  readonly similarity: Float32Array;
}

/** The two files by name. */
export function encodeEpisodes(results: EpisodeResults): Readonly<Record<string, Uint8Array>> {
  const { index, way, support, query, layers, scores, neighbour, similarity } = results;
  const { episodes, ways, shots, queries, pictures, neighbours } = index;
  const tensors = new Map<string, FileTensor>([
    ['way', { dtype: 'I32', shape: [episodes, ways], data: way }],
    ['support', { dtype: 'I32', shape: [episodes, ways * shots], data: support }],
    ['query', { dtype: 'I32', shape: [episodes, ways * queries], data: query }],
    ['scores', { dtype: 'F32', shape: [episodes, ways * queries, ways], data: scores }],
    ['neighbour', { dtype: 'I32', shape: [pictures.length, neighbours], data: neighbour }],
    ['similarity', { dtype: 'F32', shape: [pictures.length, neighbours], data: similarity }],
  ]);
  for (const { layer, accuracy, predictions } of layers) {
    tensors.set(`accuracy/${layer}`, { dtype: 'F64', shape: [episodes], data: accuracy });
    tensors.set(`predictions/${layer}`, { dtype: 'U8', shape: [episodes, ways * queries], data: predictions });
  }
  return {
    [EPISODES_FILE]: new TextEncoder().encode(JSON.stringify({ ...index, version: EPISODES_VERSION })),
    [EPISODE_ARRAYS_FILE]: encodeSafetensors(tensors),
  };
}

/** Reads the two files back. Throws a user error for files that are damaged, of another version or do not belong together. */
export function decodeEpisodes(json: Uint8Array, arrays: Uint8Array): EpisodeResults {
  const index = readIndex<EpisodesIndex>(json, kind, indexParts);
  const { read, places } = readArrays(arrays, kind);
  const { episodes, ways, shots, queries, neighbours } = index;
  const [pictures, classes] = [index.pictures.length, index.classes.length];
  const perEpisode = ways * queries;
  return {
    index,
    way: places('way', Int32Array, { length: episodes * ways, count: classes }),
    support: places('support', Int32Array, { length: episodes * ways * shots, count: pictures }),
    query: places('query', Int32Array, { length: episodes * perEpisode, count: pictures }),
    scores: read('scores', Float32Array, episodes * perEpisode * ways),
    neighbour: places('neighbour', Int32Array, { length: pictures * neighbours, count: pictures }),
    similarity: read('similarity', Float32Array, pictures * neighbours),
    layers: index.layers.map((layer) => ({
      layer,
      accuracy: read(`accuracy/${layer}`, Float64Array, episodes),
      predictions: places(`predictions/${layer}`, Uint8Array, { length: episodes * perEpisode, count: ways }),
    })),
  };
}

const kind: StageFilesKind = {
  json: EPISODES_FILE,
  arrays: EPISODE_ARRAYS_FILE,
  version: EPISODES_VERSION,
  advice: 'run the few-shot transfer again',
};

const isPicture: Fits = (value) =>
  isMapping(value) && isText(value.name) && isText(value.split) && isWhole(value.index) && isWhole(value.class);

const indexParts: Readonly<Record<Exclude<keyof EpisodesIndex, 'version'>, Fits>> = {
  ways: isPositive,
  shots: isPositive,
  queries: isPositive,
  episodes: isPositive,
  classifier: isText,
  classes: (value) => isListOf(value, isText),
  leftOut: (value) => isListOf(value, isText),
  pictures: (value) => isListOf(value, isPicture),
  pictureSize: (value) => value === undefined || isPositive(value),
  // The last one is shown first.
  layers: (value) => isListOf(value, isText) && (value as string[]).length > 0,
  neighbours: isWhole,
};
