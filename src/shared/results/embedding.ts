/**
 * What an embedding stage leaves beside its record for the Embedding panel: where each image lies on a plane, layer by layer,
 * which images its features are nearest to, and what those neighbours would call it. `embedding.json` holds names and sizes,
 * `embedding.safetensors` the numbers; thumbnails lie on sheets (sceneSheets.ts) in the order of `images`. Written by the
 * worker, read by panel and tests. Left out: features, which have stages of their own, and any fitting of one map
 * to another, which is the reader's.
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
  const index = readIndex<EmbeddingIndex>(json, kind, indexParts);
  const { read, places } = readArrays(arrays, kind);
  const images = index.images.length;
  const classes = index.classes.length;
  const labelled = classes > 0 ? images : 0;
  const nearest = images * index.neighbours;
  return {
    index,
    label: places('label', Int32Array, { length: labelled, count: classes }),
    layers: index.layers.map((layer) => ({
      layer,
      coordinates: read(`coordinates/${layer}`, Float32Array, images * 2),
      neighbour: places(`neighbour/${layer}`, Int32Array, { length: nearest, count: images }),
      similarity: read(`similarity/${layer}`, Float32Array, nearest),
      predicted: places(`predicted/${layer}`, Int32Array, { length: labelled, count: classes }),
    })),
  };
}

const kind: StageFilesKind = {
  json: EMBEDDING_FILE,
  arrays: EMBEDDING_ARRAYS_FILE,
  version: EMBEDDING_VERSION,
  advice: 'delete the stage and run the experiment again',
};

const indexParts: Readonly<Record<Exclude<keyof EmbeddingIndex, 'version'>, Fits>> = {
  method: (value) => value === 'pca' || value === 't-sne' || value === 'umap',
  data: isText,
  split: isText,
  classes: (value) => isListOf(value, isText),
  images: (value) => isListOf(value, (image) => isMapping(image) && isText(image.name) && isWhole(image.index)),
  pictureSize: isPositive,
  layers: (value) => isListOf(value, isText),
  neighbours: isWhole,
};
