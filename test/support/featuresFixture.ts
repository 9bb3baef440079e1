/**
 * What analyses of single images leave, made from emoji by formulas: pictures that blur with depth and sharpen with updates,
 * channels that answer to colours and edges. Files as the worker writes them, the Features panel's model, and whole runs.
 */
import sharp from 'sharp';
import type { FeaturesKind, FeaturesModel, FeaturesStage } from '../../src/shared/protocol/panels/featuresPanel';
import {
  ACTIVATIONS_VERSION,
  activationTensor,
  exampleSheetName,
  type ActivationsFile,
} from '../../src/shared/results/activations';
import { ATTRIBUTION_VERSION, type AttributionFile } from '../../src/shared/results/attribution';
import { INVERSION_VERSION, type InversionResults } from '../../src/shared/results/inversion';
import { MAXIMISATION_VERSION, wishSheetName, type MaximisationFile } from '../../src/shared/results/maximisation';
import type { AnalysisResult } from '../../src/shared/results/records';
import type { PlannedStage } from '../../src/shared/results/runManifest';
import { placeOnSheet, sheetLayout, sheetName } from '../../src/shared/results/sceneSheets';
import { encodeSafetensors, type FileTensor } from '../../src/shared/weights/safetensors';
import { openEmoji } from '../../src/worker/data/emoji';
import { readImage } from '../../src/worker/data/imageStore';
import { stageRecord, writeRunFolder, writeStageFolder, type StageFiles } from './transferRun';

const SIZE = 64;
const GRIDS = { layer1: 16, layer2: 8, layer3: 4, layer4: 2 } as const;
type Layer = keyof typeof GRIDS;
const LAYERS = Object.keys(GRIDS) as Layer[];
const STEPS = [0, 100, 300, 1000, 3000];
/** In the split. */
const PLACES = [3, 120, 400, 777, 1100, 1500];

interface Emoji {
  readonly place: number;
  readonly name: string;
  readonly label: string;
  /** [SIZE, SIZE, 3] */
  readonly pixels: Uint8Array;
}

async function readEmoji(places: readonly number[]): Promise<Emoji[]> {
  const source = await openEmoji({
    kind: 'emoji',
    labels: 'category',
    background: [250, 250, 250],
    train: 'twitter',
    test: 'google',
  });
  const { store, names, classes, labels } = await source.open('google');
  return Promise.all(
    places.map(async (place) => {
      const { pixels } = await readImage(store, place);
      return { place, name: names[place]!, label: classes[labels[place]!]!, pixels };
    }),
  );
}

/** `quality`: how much of the image a model keeps, 0..1. */
export async function makeFeaturesFiles(
  kind: FeaturesKind,
  quality: number,
  { pretraining = 'moco', places = PLACES }: { pretraining?: string; places?: readonly number[] } = {},
): Promise<StageFiles> {
  const emoji = await readEmoji(places);
  switch (kind) {
    case 'inversion':
      return inversionFiles(emoji, quality);
    case 'activations':
      return activationFiles(emoji, pretraining);
    case 'attribution':
      return attributionFiles(emoji, { pretraining, quality });
    case 'maximisation':
      return maximisationFiles(pretraining, quality);
  }
}

async function inversionFiles(emoji: readonly Emoji[], quality: number): Promise<StageFiles> {
  const files: Record<string, Uint8Array> = {};
  const raw = { raw: { width: SIZE, height: SIZE, channels: 3 } } as const;
  const inversions: InversionResults['inversions'][number][] = [];
  for (const [image, { pixels }] of emoji.entries()) {
    files[`image-${image}.png`] = await sharp(pixels, raw).png().toBuffer();
    for (const [layer, name] of LAYERS.entries()) {
      const snapshots = [];
      for (const iteration of STEPS) {
        // Deep layers and worse models keep less; the search starts from nothing.
        const sigma = 0.4 + (1.3 - quality) * (1 + layer) * 1.2 + 9 * Math.exp(-iteration / 250);
        const file = `inversion-${image}-${name}-${iteration}.png`;
        files[file] = await sharp(pixels, raw).blur(sigma).png().toBuffer();
        const distance = sigma / (sigma + 6) + 0.01 * image;
        const distances = {
          ...{ perceptual: distance, ssim: 1 - distance, psnr: 30 - 20 * distance },
          ...{ featureCosine: 1 - 0.5 * distance, featureError: distance * distance },
        };
        snapshots.push({ iteration, file, distances });
      }
      const grid = GRIDS[name];
      const error = Uint8Array.from({ length: grid * grid }, (_, i) => (37 * (i + image)) % 256);
      files[`error-${image}-${name}.png`] = await sharp(error, { raw: { width: grid, height: grid, channels: 1 } })
        .png()
        .toBuffer();
      const iterations = Array.from({ length: 61 }, (_, i) => 50 * i);
      inversions.push({
        ...{ image, layer, snapshots, errorMap: { file: `error-${image}-${name}.png`, max: 0.4, mean: 0.08 } },
        curve: {
          iterations,
          losses: iterations.map((at) => (2 - quality) * (0.02 * (layer + 1) + Math.exp(-at / 400))),
        },
      });
    }
  }
  const results: InversionResults = {
    ...{ version: INVERSION_VERSION, prior: 'deep', quick: true, iterations: STEPS.at(-1)!, size: SIZE },
    perceptual: { measure: 'random-lpips', trunk: 'alex' },
    images: emoji.map(({ place, name, label }, image) => ({ place, name, label, file: `image-${image}.png` })),
    layers: LAYERS.map((layer, i) => ({ layer, depth: (i + 1) / LAYERS.length, grid: [GRIDS[layer], GRIDS[layer]] })),
    inversions,
  };
  return { ...files, 'inversion.json': Buffer.from(JSON.stringify(results)) };
}

/** Red, green, blue, brightness, darkness, what is not white. */
const CHANNELS: readonly ((r: number, g: number, b: number) => number)[] = [
  (r, g, b) => Math.max(0, r - (g + b) / 2),
  (r, g, b) => Math.max(0, g - (r + b) / 2),
  (r, g, b) => Math.max(0, b - (r + g) / 2),
  (r, g, b) => (r + g + b) / 3,
  (r, g, b) => 1 - (r + g + b) / 3,
  (r, g, b) => Math.max(r, g, b) - Math.min(r, g, b),
];

/** Mean colours 0..1 of a grid over the picture: [grid², 3]. */
function coloursOf({ pixels }: Emoji, grid: number): number[][] {
  const step = SIZE / grid;
  return Array.from({ length: grid * grid }, (_, at) => {
    const [top, left] = [Math.floor(at / grid) * step, (at % grid) * step];
    const sum = [0, 0, 0];
    for (let y = top; y < top + step; y++)
      for (let x = left; x < left + step; x++)
        for (let c = 0; c < 3; c++) sum[c]! += pixels[3 * (y * SIZE + x) + c]! / 255;
    return sum.map((value) => value / (step * step));
  });
}

async function activationFiles(emoji: readonly Emoji[], pretraining: string): Promise<StageFiles> {
  const tensors = new Map<string, FileTensor>();
  const n = emoji.length;
  // Each model has the channels in another order.
  const turn = pretraining.length % CHANNELS.length;
  const channelOf = (k: number) => CHANNELS[(k + turn) % CHANNELS.length]!;
  const kept = CHANNELS.length;
  const layers: ActivationsFile['layers'] = LAYERS.map((layer, depth) => {
    const grid = GRIDS[layer];
    const colours = emoji.flatMap((one) => coloursOf(one, grid));
    const put = (part: Parameters<typeof activationTensor>[1], tensor: FileTensor): void =>
      void tensors.set(activationTensor(layer, part), tensor);
    const bytes = (values: number[], channels: number): FileTensor => ({
      ...{
        dtype: 'U8',
        shape: [n, grid, grid, channels],
        data: Uint8Array.from(values, (value) => Math.round(255 * value)),
      },
    });
    put(
      'maps',
      bytes(
        colours.flatMap(([r, g, b]) => CHANNELS.map((_, k) => channelOf(k)(r!, g!, b!))),
        kept,
      ),
    );
    put('colours', bytes(colours.flat(), 3));
    put('strength', {
      ...bytes(
        colours.map(([r, g, b]) => 1 - (r! + g! + b!) / 3),
        1,
      ),
      shape: [n, grid, grid],
    });
    const features = colours.flatMap((rgb) => {
      const length = Math.hypot(...rgb) || 1;
      return rgb.map((value) => value / length);
    });
    put('features', { dtype: 'F16', shape: [n, grid, grid, 3], data: Float32Array.from(features) });
    const channels = 16 * 2 ** depth;
    const statistics = Array.from({ length: channels }, (_, c) => [
      0.5 - 0.01 * c,
      2 - 0.05 * c,
      4 - 0.05 * c,
      0.4,
      0.6 - 0.02 * c,
      c % 5,
    ]);
    put('statistics', { dtype: 'F32', shape: [channels, 6], data: Float32Array.from(statistics.flat()) });
    return {
      ...{
        layer,
        depth: (depth + 1) / LAYERS.length,
        channels,
        height: grid,
        width: grid,
        field: 8 * (depth + 1),
        strongest: 3,
      },
      kept: CHANNELS.map((_, k) => ({
        ...{ channel: 2 * k, low: 0, high: 3.5 - 0.3 * k, firstTile: (depth * kept + k) * n },
        examples: emoji.map(({ place, name, label }, e) => ({
          place,
          name,
          label,
          value: 3 - 0.2 * e,
          at: [0, 0] as [number, number],
          crop: [0, 0, 32] as [number, number, number],
        })),
      })),
      orders: { meanPeak: [0, 2, 4, 6, 8, 10], mean: [10, 8, 6, 4, 2, 0], selectivity: [4, 0, 2, 6, 8, 10] },
      colours: { explained: [0.5, 0.2, 0.1] },
      features: { dimensions: 3, error: 0.02 },
    };
  });
  const tiles = LAYERS.flatMap(() => CHANNELS.flatMap(() => emoji.map(({ pixels }) => pixels)));
  const file: ActivationsFile = {
    ...{ version: ACTIVATIONS_VERSION, kind: 'activations', pretraining, data: 'emoji', split: 'google', size: SIZE },
    images: emoji.map(({ place, name, label }) => ({ place, name, label })),
    ...{ classes: ['Activities', 'Animals & Nature', 'Flags', 'Food & Drink', 'Objects'], scanned: 1911 },
    ...{ tiles: { size: 32, count: tiles.length }, layers },
  };
  return {
    'activations.json': Buffer.from(JSON.stringify(file)),
    'activations.safetensors': encodeSafetensors(tensors),
    [sheetName(0)]: await sheetOf(
      emoji.map(({ pixels }) => pixels),
      SIZE,
    ),
    [exampleSheetName(0)]: await sheetOf(tiles, 32),
  };
}

async function attributionFiles(
  emoji: readonly Emoji[],
  { pretraining, quality }: { pretraining: string; quality: number },
): Promise<StageFiles> {
  const tensors = new Map<string, FileTensor>();
  const put = (name: string, grid: number, value: (x: number, y: number) => number): string => {
    const data = Float32Array.from({ length: grid * grid }, (_, i) =>
      value(((i % grid) + 0.5) / grid, (Math.floor(i / grid) + 0.5) / grid),
    );
    tensors.set(name, { dtype: 'F32', shape: [grid, grid], data });
    return name;
  };
  const bump = (x: number, y: number): number => Math.exp(-((x - 0.5) ** 2 + (y - 0.4) ** 2) / (0.3 - 0.2 * quality));
  const explanations: AttributionFile['explanations'] = emoji.map(({ label }, image) => ({
    ...{ image, class: { index: 0, name: label }, score: 4 * quality, probability: 0.4 + 0.5 * quality },
    covers: [0, 0, SIZE, SIZE],
    maps: [
      ...LAYERS.map((layer) => ({
        ...{ method: 'grad-cam' as const, layer, height: GRIDS[layer], width: GRIDS[layer], peak: 1 },
        tensor: put(`${image}/${layer}`, GRIDS[layer], bump),
      })),
      {
        ...{ method: 'occlusion' as const, layer: '', height: 8, width: 8, peak: 1 },
        tensor: put(`${image}/occlusion`, 8, (x, y) => bump(x, y) - 0.4),
      },
    ],
  }));
  const file: AttributionFile = {
    ...{ version: ATTRIBUTION_VERSION, kind: 'attribution', pretraining, data: 'emoji', split: 'google', size: SIZE },
    images: emoji.map(({ place, name, label }) => ({ place, name, label })),
    by: { source: 'transfer', transfer: 'probe', task: 'linear-probe' },
    ...{ classes: [...new Set(emoji.map(({ label }) => label))], occlusion: { window: 16, step: 8 }, explanations },
  };
  return {
    'attribution.json': Buffer.from(JSON.stringify(file)),
    'attribution.safetensors': encodeSafetensors(tensors),
    [sheetName(0)]: await sheetOf(
      emoji.map(({ pixels }) => pixels),
      SIZE,
    ),
  };
}

async function maximisationFiles(pretraining: string, quality: number): Promise<StageFiles> {
  const snapshots = [0, 64, 256];
  const pictures: Uint8Array[] = [];
  const wishes = [3, 5, 7, 9].map((waves, index): MaximisationFile['wishes'][number] => {
    for (const step of snapshots) {
      const contrast = step / (step + 80);
      pictures.push(
        Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, i) => {
          const [x, y, c] = [Math.floor(i / 3) % SIZE, Math.floor(i / 3 / SIZE), i % 3];
          return 128 + 120 * contrast * Math.sin((waves * x) / 10 + (quality * waves * y) / 6 + c + index);
        }),
      );
    }
    const layer = LAYERS[index]!;
    return { of: 'channel', layer, index: 2 * index, name: `${layer}:${2 * index}`, values: [0.1, 2, 4.2], noise: 0.2 };
  });
  const file: MaximisationFile = {
    version: MAXIMISATION_VERSION,
    kind: 'maximisation',
    pretraining,
    size: SIZE,
    snapshots,
    wishes,
  };
  return { 'maximisation.json': Buffer.from(JSON.stringify(file)), [wishSheetName(0)]: await sheetOf(pictures, SIZE) };
}

/** Pictures [SIZE, SIZE, 3] as squares of `size` px on one sheet. */
async function sheetOf(pictures: readonly Uint8Array[], size: number): Promise<Uint8Array> {
  const layout = sheetLayout(pictures.length, size);
  const [width, height] = [
    Math.min(pictures.length, layout.columns) * size,
    Math.ceil(pictures.length / layout.columns) * size,
  ];
  const squares = new Map<Uint8Array, Promise<Buffer>>();
  const shrink = (pixels: Uint8Array): Promise<Buffer> => {
    const known =
      squares.get(pixels) ??
      sharp(pixels, { raw: { width: SIZE, height: SIZE, channels: 3 } })
        .resize(size)
        .raw()
        .toBuffer();
    squares.set(pixels, known);
    return known;
  };
  const sheet = new Uint8Array(width * height * 3);
  for (const [i, pixels] of pictures.entries()) {
    const small = await shrink(pixels);
    const { x, y } = placeOnSheet(i, layout, size);
    for (let row = 0; row < size; row++)
      sheet.set(small.subarray(3 * row * size, 3 * (row + 1) * size), 3 * ((y + row) * width + x));
  }
  return sharp(sheet, { raw: { width, height, channels: 3 } })
    .webp({ quality: 90 })
    .toBuffer();
}

/** The model as the host makes it, of stages that `serveStages` serves under their keys. */
export function featuresModel(
  stages: readonly (Pick<FeaturesStage, 'kind' | 'pretraining'> & Partial<FeaturesStage>)[],
  workerScript: string,
  changes: Partial<FeaturesModel> = {},
): FeaturesModel {
  const pretrainings = [...new Set(stages.map(({ pretraining }) => pretraining))];
  return {
    ...{ title: 'why', about: 'inversion and activations of 3 pretrainings', workerScript },
    pretrainings: pretrainings.map((id, look) => ({ id, look })),
    stages: stages.map((stage) => {
      const { kind, pretraining } = stage;
      const key = stage.key ?? `${pretraining}-${kind}`;
      return {
        ...{ key, kind, analysis: kind, pretraining, seed: 0, run: 'why-1', folder: `https://stages.test/${key}` },
        ...{ data: 'emoji', split: 'google', notes: [], ...stage },
      };
    }),
    offer: {
      kinds: [
        {
          kind: 'inversion',
          doc: 'What an image looks like that has the features of a given one.',
          settings: ['kind', 'of', 'data', 'split', 'images', 'layers'],
        },
        {
          kind: 'activations',
          doc: 'What layers answer to images.',
          settings: ['kind', 'of', 'data', 'split', 'images', 'layers'],
        },
        { kind: 'cka', doc: 'How alike layers are.', settings: ['kind', 'between', 'images', 'layers', 'pool'] },
      ],
      ...{
        pretrainings,
        layers: ['conv1', ...LAYERS, 'avgpool'],
        usual: LAYERS,
        data: [{ id: 'emoji', split: 'google' }],
      },
    },
    started: [],
    ...changes,
  };
}

export interface FeaturesRunFiles {
  readonly run: string;
  /** The experiment file. */
  readonly file: string;
  readonly stages: readonly { readonly kind: FeaturesKind; readonly pretraining: string; readonly files: StageFiles }[];
}

/** Writes a finished run of such analyses as its worker leaves it. */
export function writeFeaturesRun(out: string, { run, file, stages }: FeaturesRunFiles): void {
  const planned = stages.map(({ kind, pretraining }): PlannedStage => {
    const id = `${pretraining}/seed-0/${kind}`;
    return { id, label: id, key: `${pretraining}-${kind}`, kind: 'analysis', analysis: kind, pretraining, seed: 0 };
  });
  writeRunFolder(out, { run, name: 'why', file, stages: planned });
  stages.forEach(({ kind, files }, i) => {
    const { key, id, seed } = planned[i]!;
    const result: AnalysisResult = {
      kind: 'analysis',
      analysis: kind,
      data: 'emoji',
      images: 0,
      layers: [],
      notes: [],
    };
    const settings = { data: 'emoji', split: 'google' };
    const record = stageRecord({ key, kind: 'analysis', id, seed, settings, result }, Object.keys(files));
    writeStageFolder(out, record, files);
  });
}
