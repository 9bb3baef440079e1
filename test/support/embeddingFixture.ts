/**
 * What embedding analyses leave, made by formulas: classes as clouds that are tighter the better a model and the deeper a layer is,
 * each map turned at random. Thumbnails are emoji, or squares whose colour tells which image they are.
 */
import sharp from 'sharp';
import type { EmbeddingMethod, EmbeddingModel, EmbeddingStage } from '../../src/shared/protocol/panels/embeddingPanel';
import { deriveRandom } from '../../src/shared/random';
import { encodeEmbedding, type LayerMap } from '../../src/shared/results/embedding';
import type { AnalysisResult } from '../../src/shared/results/records';
import type { PlannedStage } from '../../src/shared/results/runManifest';
import { placeOnSheet, sheetLayout, sheetName } from '../../src/shared/results/sceneSheets';
import { openEmoji } from '../../src/worker/data/emoji';
import { readImage } from '../../src/worker/data/imageStore';
import { stageRecord, writeRunFolder, writeStageFolder, type StageFiles } from './transferRun';

export interface EmbeddingFixture {
  readonly images: number;
  readonly classes: number;
  /** How well classes are told apart, 0..1. */
  readonly quality: number;
  readonly seed?: number;
  readonly layers?: readonly string[];
  readonly method?: EmbeddingMethod;
  /** First place in the split. */
  readonly from?: number;
  readonly neighbours?: number;
  /** px */
  readonly pictureSize?: number;
  /** Real pictures with their names and classes; `images` of them, spread over the data. */
  readonly isEmoji?: boolean;
}

const LAYERS = ['layer1', 'layer2', 'layer3', 'layer4'];
/** Dimensions of the features that neighbours are found by. */
const DIMENSIONS = 6;

export async function makeEmbeddingFiles(options: EmbeddingFixture): Promise<StageFiles> {
  const { method = 'umap', from = 0, neighbours = 8, pictureSize = 32, layers = LAYERS } = options;
  const content = options.isEmoji ? await readEmoji(options) : makeContent(options);
  const { names, label, classes, pictures } = content;
  const index = {
    ...{ version: 1, method, data: 'emoji', split: 'google', classes, pictureSize, layers, neighbours },
    images: names.map((name, i) => ({ name, index: content.places?.[i] ?? from + i })),
  };
  const maps = layers.map((layer, depth) =>
    makeMap(options, { layer, depth, label, neighbours, count: layers.length }),
  );
  const files = encodeEmbedding({ index, label, layers: maps });
  return { ...files, ...(await drawSheets(pictures, pictureSize)) };
}

interface Content {
  readonly names: readonly string[];
  readonly label: Int32Array;
  readonly classes: readonly string[];
  readonly pictures:
    readonly Uint8Array[] | { readonly count: number; readonly colour: (i: number) => readonly number[] };
  readonly places?: readonly number[];
}

/** Red and green of image i's square tell its place: 16 × its last two hexadecimal digits' halves. */
export function squareColour(i: number): readonly [number, number, number] {
  return [(i % 16) * 16, (Math.floor(i / 16) % 16) * 16, (Math.floor(i / 256) % 16) * 16];
}

function makeContent({ images, classes, from = 0 }: EmbeddingFixture): Content {
  return {
    names: Array.from({ length: images }, (_, i) => `class-${i % classes}/image ${from + i}.png`),
    label: Int32Array.from({ length: images }, (_, i) => i % classes),
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    pictures: { count: images, colour: squareColour },
  };
}

async function readEmoji({ images, pictureSize = 32 }: EmbeddingFixture): Promise<Content> {
  const source = await openEmoji({
    ...{ kind: 'emoji', labels: 'category', background: [250, 250, 250], train: 'twitter', test: 'google' },
  });
  const { store, names, classes, labels } = await source.open('google');
  const step = Math.max(1, Math.floor(names.length / images));
  const places = Array.from({ length: images }, (_, i) => i * step);
  const pictures = await Promise.all(
    places.map(async (place) => {
      const { pixels, width, height } = await readImage(store, place);
      const raw = { width, height, channels: 3 } as const;
      return new Uint8Array(await sharp(pixels, { raw }).resize(pictureSize, pictureSize).raw().toBuffer());
    }),
  );
  const label = Int32Array.from(places, (place) => labels[place]!);
  return { names: places.map((place) => names[place]!), label, classes, pictures, places };
}

interface MapOptions {
  readonly layer: string;
  readonly depth: number;
  readonly count: number;
  readonly label: Int32Array;
  readonly neighbours: number;
}

function makeMap(
  { images, classes, quality, seed = 0 }: EmbeddingFixture,
  { layer, depth, count, label, neighbours }: MapOptions,
): LayerMap {
  const centres = deriveRandom(7, 'embedding-fixture-centres');
  const centre = Array.from({ length: Math.max(classes, 32) }, () =>
    Array.from({ length: DIMENSIONS }, () => centres.normal()),
  );
  const random = deriveRandom(seed, 'embedding-fixture', depth, Math.round(100 * quality));
  const own = deriveRandom(11, 'embedding-fixture-images');
  const spread = 0.25 + (1 - quality) * 1.6 + (1.2 * (count - 1 - depth)) / count;
  const features = Float64Array.from({ length: images * DIMENSIONS }, (_, i) => {
    const k = label[Math.floor(i / DIMENSIONS)]!;
    return centre[k]![i % DIMENSIONS]! + spread * (0.8 * own.normal() + 0.5 * random.normal());
  });
  const angle = 6.28 * random.uniform();
  const mirror = random.uniform() < 0.5 ? -1 : 1;
  const coordinates = new Float32Array(2 * images);
  for (let i = 0; i < images; i++) {
    const [x, y] = [features[i * DIMENSIONS]!, mirror * features[i * DIMENSIONS + 1]!];
    coordinates[2 * i] = 3 * (x * Math.cos(angle) - y * Math.sin(angle));
    coordinates[2 * i + 1] = 3 * (x * Math.sin(angle) + y * Math.cos(angle));
  }
  const nearest = images <= 1500 ? nearestOf(features, images, neighbours) : sameClass(label, images, neighbours);
  const predicted = Int32Array.from({ length: images }, (_, i) =>
    mostNamed(Array.from(nearest.neighbour.subarray(i * neighbours, (i + 1) * neighbours), (j) => label[j]!)),
  );
  return { layer, coordinates, ...nearest, predicted };
}

interface Nearest {
  readonly neighbour: Int32Array;
  readonly similarity: Float32Array;
}

function nearestOf(features: Float64Array, images: number, neighbours: number): Nearest {
  const neighbour = new Int32Array(images * neighbours);
  const similarity = new Float32Array(images * neighbours);
  const row = (i: number): Float64Array => features.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS);
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, d) => sum + value * b[d]!, 0);
  const length = Float64Array.from({ length: images }, (_, i) => Math.sqrt(dot(row(i), row(i))));
  for (let i = 0; i < images; i++) {
    const cosine = Float64Array.from(length, (size, j) => (i === j ? -2 : dot(row(i), row(j)) / (size * length[i]!)));
    const order = Array.from(cosine.keys()).sort((a, b) => cosine[b]! - cosine[a]!);
    for (let k = 0; k < neighbours; k++) {
      neighbour[i * neighbours + k] = order[k]!;
      similarity[i * neighbours + k] = cosine[order[k]!]!;
    }
  }
  return { neighbour, similarity };
}

/** Of so many images that searching would take too long for a test. */
function sameClass(label: Int32Array, images: number, neighbours: number): Nearest {
  const classes = Math.max(...label) + 1;
  return {
    neighbour: Int32Array.from({ length: images * neighbours }, (_, at) => {
      const [i, k] = [Math.floor(at / neighbours), at % neighbours];
      return (i + classes * (k + 1)) % images;
    }),
    similarity: Float32Array.from({ length: images * neighbours }, (_, at) => 0.99 - 0.02 * (at % neighbours)),
  };
}

function mostNamed(names: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]![0];
}

async function drawSheets(pictures: Content['pictures'], size: number): Promise<StageFiles> {
  const count = 'colour' in pictures ? pictures.count : pictures.length;
  const layout = sheetLayout(count, size);
  const perSheet = layout.columns * layout.rows;
  const files: Record<string, Uint8Array> = {};
  for (let sheet = 0; sheet < layout.sheets; sheet++) {
    const own = Math.min(perSheet, count - sheet * perSheet);
    const [width, height] = [Math.min(own, layout.columns) * size, Math.ceil(own / layout.columns) * size];
    const pixels = Buffer.alloc(width * height * 3);
    for (let i = sheet * perSheet; i < sheet * perSheet + own; i++) {
      const { x, y } = placeOnSheet(i, layout, size);
      for (let row = 0; row < size; row++) {
        const to = ((y + row) * width + x) * 3;
        if (!('colour' in pictures)) pixels.set(pictures[i]!.subarray(row * size * 3, (row + 1) * size * 3), to);
        else for (let at = 0; at < 3 * size; at++) pixels[to + at] = pictures.colour(i)[at % 3]!;
      }
    }
    files[sheetName(sheet)] = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .webp({ lossless: true, effort: 0 })
      .toBuffer();
  }
  return files;
}

/** The model as the host makes it, of stages that `serveStages` serves under their keys. */
export function embeddingModel(
  stages: readonly (Pick<EmbeddingStage, 'pretraining'> & Partial<EmbeddingStage>)[],
  workerScript: string,
  changes: Partial<EmbeddingModel> = {},
): EmbeddingModel {
  const pretrainings = [...new Set(stages.map(({ pretraining }) => pretraining))];
  return {
    ...{ title: 'why', about: 'UMAP of 2 pretrainings', workerScript },
    pretrainings: pretrainings.map((id, look) => ({ id, look })),
    stages: stages.map((stage) => {
      const key = stage.key ?? `${stage.pretraining}-map`;
      return {
        ...{ key, analysis: 'map', seed: 0, run: 'why-1', folder: `https://stages.test/${key}` },
        ...{ data: 'emoji', split: 'google', notes: [], method: 'umap' as const, hasFiles: false },
        layers: LAYERS.map((layer, i) => ({
          layer,
          figures: { trustworthiness: 0.9 + 0.02 * i, mapPurity: 0.4 + 0.1 * i, featurePurity: 0.5 + 0.1 * i },
        })),
        ...stage,
      };
    }),
    offer: {
      kinds: [
        {
          kind: 'embedding',
          doc: 'A map of images on which like features lie together.',
          settings: ['kind', 'of', 'data', 'split', 'images', 'layers', 'method'],
        },
      ],
      ...{ pretrainings, layers: ['conv1', ...LAYERS], usual: LAYERS, data: [{ id: 'emoji', split: 'google' }] },
    },
    started: [],
    ...changes,
  };
}

export interface EmbeddingRunFiles {
  readonly run: string;
  /** The experiment file. */
  readonly file: string;
  readonly stages: readonly { readonly pretraining: string; readonly files: StageFiles }[];
}

/** Writes a finished run of such analyses as its worker leaves it. */
export function writeEmbeddingRun(out: string, { run, file, stages }: EmbeddingRunFiles): void {
  const planned = stages.map(({ pretraining }): PlannedStage => {
    const id = `${pretraining}/seed-0/map`;
    return { id, label: id, key: `${pretraining}-map`, kind: 'analysis', analysis: 'map', pretraining, seed: 0 };
  });
  writeRunFolder(out, { run, name: 'why', file, stages: planned });
  stages.forEach(({ files }, i) => {
    const { key, id, seed } = planned[i]!;
    const result: AnalysisResult = {
      ...{ kind: 'analysis', analysis: 'embedding', data: 'emoji', images: 0, notes: [] },
      layers: LAYERS.map((layer, depth) => ({
        ...{ layer, depth: (depth + 1) / LAYERS.length, dimension: 8 },
        metrics: { trustworthiness: 0.95, mapPurity: 0.5, featurePurity: 0.6 },
      })),
    };
    const settings = { data: 'emoji', split: 'google', method: 'umap' };
    const record = stageRecord({ key, kind: 'analysis', id, seed, settings, result }, Object.keys(files));
    writeStageFolder(out, record, files);
  });
}
