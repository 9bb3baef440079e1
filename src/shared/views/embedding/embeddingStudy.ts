/**
 * Maps of all stages joined: images are the same where their place in the split is, classes where their name is. Every map is
 * brought to one size and turned onto one reference, so that an image moves as little as can be from map to map. Pure.
 */
import { findMove, movePoints } from '../../math/similarity/alignMap';
import type { AnalysedPretraining } from '../../protocol/panels/analysisStart';
import type { EmbeddingModel, EmbeddingStage } from '../../protocol/panels/embeddingPanel';
import type { EmbeddingResults, LayerMap } from '../../results/embedding';
import { placeOnSheet, sheetLayout, sheetName } from '../../results/sceneSheets';
import { PointGrid } from './pointGrid';

export interface ReadEmbedding {
  readonly stage: EmbeddingStage;
  readonly results: EmbeddingResults;
}

/** An image and the square that shows it. */
export interface StudyPoint {
  /** In the split. */
  readonly place: number;
  readonly name: string;
  readonly picture: { readonly url: string; readonly x: number; readonly y: number; readonly size: number };
}

export interface Neighbour {
  /** Among the study's images. */
  readonly image: number;
  /** Cosine of the features, -1..1. */
  readonly similarity: number;
}

/** Which map. */
export interface MapPlace {
  readonly model: string;
  readonly layer: string;
  readonly seed: number;
}

/** A map over the study's images; arrays are in their order. */
export interface PlacedMap extends MapPlace {
  readonly key: string;
  readonly stage: EmbeddingStage;
  /** [images, 2], mean squared distance from the centre 1; NaN where the map lacks an image. */
  readonly at: Float32Array;
  readonly grid: PointGrid;
  /** [images] class that the neighbours name, -1 where not known. */
  readonly predicted: Int32Array;
  /** Nearest first, by features. */
  neighbours(image: number): Neighbour[];
}

interface FoundLayer {
  readonly read: ReadEmbedding;
  readonly map: LayerMap;
  /** [images of the map] among the study's images. */
  readonly images: Int32Array;
}

/** Everything of one source of images and one method. */
export class EmbeddingStudy {
  readonly images: readonly StudyPoint[];
  readonly classes: readonly string[];
  /** [images] class, -1 where not known. */
  readonly label: Int32Array;
  /** In depth order. */
  readonly layers: readonly string[];
  readonly models: readonly AnalysedPretraining[];
  readonly seeds: readonly number[];
  private readonly byPlace = new Map<number, number>();
  private readonly found = new Map<string, FoundLayer>();
  private readonly placed = new Map<string, PlacedMap>();
  private reference: Float32Array | undefined;

  constructor(
    { pretrainings }: Pick<EmbeddingModel, 'pretrainings'>,
    /** In the order in which they count. */
    read: readonly ReadEmbedding[],
  ) {
    this.classes = [...new Set(read.flatMap(({ results }) => results.index.classes))];
    this.images = this.collectImages(read);
    this.label = new Int32Array(this.images.length).fill(-1);
    for (const one of read) this.fileStage(one);
    this.layers = mergeOrders(read.map(({ results }) => results.index.layers));
    this.models = pretrainings.filter(({ id }) => read.some(({ stage }) => stage.pretraining === id));
    this.seeds = [...new Set(read.map(({ stage }) => stage.seed))].sort((a, b) => a - b);
  }

  /** The map of a model that has no such seed is the one that it has. */
  map({ model, layer, seed }: MapPlace): PlacedMap | undefined {
    const key = [placeKey(model, layer, seed), ...this.seeds.map((one) => placeKey(model, layer, one))].find((one) =>
      this.found.has(one),
    );
    if (key === undefined) return undefined;
    const known = this.placed.get(key) ?? this.place(key);
    this.placed.set(key, known);
    return known;
  }

  /** Layers of which a model has a map. */
  layersOf(model: string): string[] {
    return this.layers.filter((layer) => this.seeds.some((seed) => this.found.has(placeKey(model, layer, seed))));
  }

  imageAt(place: number | undefined): number | undefined {
    return place === undefined ? undefined : this.byPlace.get(place);
  }

  private collectImages(read: readonly ReadEmbedding[]): StudyPoint[] {
    const images: StudyPoint[] = [];
    for (const { stage, results } of read) {
      const { images: own, pictureSize: size } = results.index;
      const layout = sheetLayout(own.length, size);
      own.forEach(({ name, index: place }, i) => {
        if (this.byPlace.has(place)) return;
        const { sheet, x, y } = placeOnSheet(i, layout, size);
        this.byPlace.set(place, images.length);
        images.push({ place, name, picture: { url: `${stage.folder}/${sheetName(sheet)}`, x, y, size } });
      });
    }
    return images;
  }

  private fileStage(read: ReadEmbedding): void {
    const { stage, results } = read;
    const images = Int32Array.from(results.index.images, ({ index }) => this.byPlace.get(index)!);
    const classes = this.classesOf(results);
    results.label.forEach((label, i) => {
      if (this.label[images[i]!]! < 0) this.label[images[i]!] = classes[label] ?? -1;
    });
    for (const map of results.layers) {
      const key = placeKey(stage.pretraining, map.layer, stage.seed);
      if (!this.found.has(key)) this.found.set(key, { read, map, images });
    }
  }

  /** Among the study's classes, by the stage's. */
  private classesOf({ index }: EmbeddingResults): number[] {
    return index.classes.map((name) => this.classes.indexOf(name));
  }

  private place(key: string): PlacedMap {
    const found = this.found.get(key)!;
    const { read, map, images } = found;
    const { stage, results } = read;
    const count = this.images.length;
    const reference = this.referenceMap();
    const at = alignWhereKnown(spread(map.coordinates, images, count), reference);
    const classes = this.classesOf(results);
    const predicted = new Int32Array(count).fill(-1);
    map.predicted.forEach((value, i) => (predicted[images[i]!] = classes[value] ?? -1));
    const inMap = new Int32Array(count).fill(-1);
    images.forEach((image, i) => (inMap[image] = i));
    const listed = results.index.neighbours;
    return {
      ...{ key, stage, model: stage.pretraining, layer: map.layer, seed: stage.seed, at, predicted },
      grid: new PointGrid(at),
      neighbours: (image) => {
        const from = (inMap[image] ?? -1) * listed;
        if (from < 0) return [];
        return Array.from({ length: listed }, (_, i) => ({
          image: images[map.neighbour[from + i]!]!,
          similarity: map.similarity[from + i]!,
        }));
      },
    };
  }

  /** The deepest layer of the first model that has one. */
  private referenceMap(): Float32Array {
    if (this.reference) return this.reference;
    const places = this.models.flatMap(({ id }) =>
      [...this.layers].reverse().flatMap((layer) => this.seeds.map((seed) => placeKey(id, layer, seed))),
    );
    const { map, images } = this.found.get(places.find((key) => this.found.has(key))!)!;
    this.reference = spread(map.coordinates, images, this.images.length);
    return this.reference;
  }
}

function placeKey(model: string, layer: string, seed: number): string {
  return `${model}\n${layer}\n${seed}`;
}

/** Coordinates over all images, centred and brought to a mean squared distance of 1. */
function spread(coordinates: Float32Array, images: Int32Array, count: number): Float32Array {
  let [x, y, square] = [0, 0, 0];
  for (let i = 0; i < images.length; i++) {
    x += coordinates[2 * i]!;
    y += coordinates[2 * i + 1]!;
    square += coordinates[2 * i]! ** 2 + coordinates[2 * i + 1]! ** 2;
  }
  const many = Math.max(1, images.length);
  [x, y] = [x / many, y / many];
  const radius = Math.sqrt(Math.max(0, square / many - x * x - y * y)) || 1;
  const at = new Float32Array(2 * count).fill(Number.NaN);
  images.forEach((image, i) => {
    at[2 * image] = (coordinates[2 * i]! - x) / radius;
    at[2 * image + 1] = (coordinates[2 * i + 1]! - y) / radius;
  });
  return at;
}

/** Moved as the images ask that both maps have; the others move along. */
function alignWhereKnown(at: Float32Array, reference: Float32Array): Float32Array {
  const both: number[] = [];
  for (let i = 0; i < at.length; i += 2) if (!Number.isNaN(at[i]! + reference[i]!)) both.push(i);
  if (both.length === 0) return at;
  const take = (from: Float32Array): Float32Array => {
    const taken = new Float32Array(2 * both.length);
    both.forEach((i, k) => taken.set(from.subarray(i, i + 2), 2 * k));
    return taken;
  };
  return movePoints(at, findMove(take(at), take(reference)));
}

/** Names in an order that agrees with all lists where they agree with each other. */
export function mergeOrders(lists: readonly (readonly string[])[]): string[] {
  const merged: string[] = [];
  for (const list of lists) {
    let after = -1;
    for (const name of list) {
      const known = merged.indexOf(name);
      if (known < 0) merged.splice(++after, 0, name);
      else after = Math.max(after, known);
    }
  }
  return merged;
}
