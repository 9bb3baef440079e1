/**
 * What an embedding stage leaves beside its record for the Embedding panel: where each image lies on a plane, layer by layer,
 * which images its features are nearest to, and what those neighbours would call it. `embedding.json` holds names and sizes,
 * `embedding.safetensors` the numbers; thumbnails lie on sheets (sceneSheets.ts) in the order of `images`. Written by the
 * worker, read by panel and tests. Left out: features, which have stages of their own, and any fitting of one map
 * to another, which is the reader's.
 */
import { UserError } from '../errors';
import { decodeSafetensors, encodeSafetensors, type FileTensor } from '../weights/safetensors';

export const EMBEDDING_FILE = 'embedding.json';
export const EMBEDDING_ARRAYS_FILE = 'embedding.safetensors';
const EMBEDDING_VERSION = 1;

/** One point of every map. */
export interface EmbeddedImage {
  /** As the data call it: a path below the data's root, or what the picture shows. */
  readonly name: string;
  /** Place in the split. */
  readonly index: number;
}

/** Contents of `embedding.json`. */
export interface EmbeddingIndex {
  readonly version: number;
  readonly method: 'pca' | 't-sne' | 'umap';
  readonly data: string;
  readonly split: string;
  /** Empty where the data have no classes. */
  readonly classes: readonly string[];
  readonly images: readonly EmbeddedImage[];
  /** Side in px of the thumbnails on the sheets. */
  readonly pictureSize: number;
  /** In depth order. */
  readonly layers: readonly string[];
  /** Neighbours of each image that are listed. */
  readonly neighbours: number;
}

/** The map of one layer. */
export interface LayerMap {
  readonly layer: string;
  /** [images, 2] centred, in the method's own units; x and y have the same. */
  readonly coordinates: Float32Array;
  /** [images, neighbours] places in `images` of the nearest others by the features (not on the map), nearest first. */
  readonly neighbour: Int32Array;
  /** [images, neighbours] cosine similarities of those, in -1..1. */
  readonly similarity: Float32Array;
  /** [images] place in `classes` that most of the neighbours have, the image itself left out; empty without classes. */
  readonly predicted: Int32Array;
}

export interface EmbeddingResults {
  readonly index: EmbeddingIndex;
  /** [images] place in `classes`; empty without classes. */
  readonly label: Int32Array;
  readonly layers: readonly LayerMap[];
}

/** The two files by name. */
export function encodeEmbedding({ index, label, layers }: EmbeddingResults): Readonly<Record<string, Uint8Array>> {
  const { images, neighbours } = index;
  const tensors = new Map<string, FileTensor>([['label', { dtype: 'I32', shape: [label.length], data: label }]]);
  for (const { layer, coordinates, neighbour, similarity, predicted } of layers) {
    tensors.set(`coordinates/${layer}`, { dtype: 'F32', shape: [images.length, 2], data: coordinates });
    tensors.set(`neighbour/${layer}`, { dtype: 'I32', shape: [images.length, neighbours], data: neighbour });
    tensors.set(`similarity/${layer}`, { dtype: 'F32', shape: [images.length, neighbours], data: similarity });
    tensors.set(`predicted/${layer}`, { dtype: 'I32', shape: [predicted.length], data: predicted });
  }
  return {
    [EMBEDDING_FILE]: new TextEncoder().encode(JSON.stringify({ ...index, version: EMBEDDING_VERSION })),
    [EMBEDDING_ARRAYS_FILE]: encodeSafetensors(tensors),
  };
}

/** Reads the two files back. Throws a user error for files that are damaged, of another version or do not belong together. */
export function decodeEmbedding(json: Uint8Array, arrays: Uint8Array): EmbeddingResults {
  const index = readIndex(json);
  const { tensors } = decodeSafetensors(arrays, EMBEDDING_ARRAYS_FILE);
  const read = <T>(name: string, type: new (length: number) => T, length: number): T => {
    const data = tensors.get(name)?.data;
    if (!(data instanceof type) || (data as ArrayLike<number>).length !== length)
      throw unreadable(`does not fit ${EMBEDDING_ARRAYS_FILE} (${name})`);
    return data;
  };
  const places = (name: string, length: number, count: number): Int32Array => {
    const data = read(name, Int32Array, length);
    const wrong = data.find((place) => place < 0 || place >= count);
    if (wrong !== undefined)
      throw unreadable(`does not fit ${EMBEDDING_ARRAYS_FILE} (${name} names place ${wrong} of ${count})`);
    return data;
  };
  const images = index.images.length;
  const classes = index.classes.length;
  const labelled = classes > 0 ? images : 0;
  return {
    index,
    label: places('label', labelled, classes),
    layers: index.layers.map((layer) => ({
      layer,
      coordinates: read(`coordinates/${layer}`, Float32Array, images * 2),
      neighbour: places(`neighbour/${layer}`, images * index.neighbours, images),
      similarity: read(`similarity/${layer}`, Float32Array, images * index.neighbours),
      predicted: places(`predicted/${layer}`, labelled, classes),
    })),
  };
}

function readIndex(json: Uint8Array): EmbeddingIndex {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(json));
  } catch {
    throw unreadable('is damaged (no JSON)');
  }
  if (!isObject(value)) throw unreadable('is damaged (no mapping)');
  const { version } = value;
  if (version !== EMBEDDING_VERSION)
    throw unreadable(`is version ${JSON.stringify(version)}, not ${EMBEDDING_VERSION}`);
  const wrong = Object.entries(indexParts).find(([name, fits]) => !fits(value[name]));
  if (wrong) throw unreadable(`is damaged (${wrong[0]})`);
  return value as unknown as EmbeddingIndex;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isListOf = (value: unknown, fits: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(fits);

const indexParts: Readonly<Record<Exclude<keyof EmbeddingIndex, 'version'>, (value: unknown) => boolean>> = {
  method: (value) => value === 'pca' || value === 't-sne' || value === 'umap',
  data: isText,
  split: isText,
  classes: (value) => isListOf(value, isText),
  images: (value) => isListOf(value, (image) => isObject(image) && isText(image.name) && isWhole(image.index)),
  pictureSize: (value) => isWhole(value) && value !== 0,
  layers: (value) => isListOf(value, isText),
  neighbours: isWhole,
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadable(why: string): UserError {
  return new UserError('storage', `${EMBEDDING_FILE} ${why}; delete the stage and run the experiment again`);
}
