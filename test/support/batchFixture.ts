/** Updates as the worker describes them, on composed scenes and with drawn numbers; and the Batch panel's model of them. */
import sharp from 'sharp';
import type { BatchModel, BatchNews } from '../../src/shared/protocol/panels/batchPanel';
import type {
  BatchInspection,
  BatchSession,
  Box,
  BoxMatches,
  InspectedImage,
  InspectedLayer,
  InspectedParameter,
  Matching,
  TensorSummary,
} from '../../src/shared/results/batchInspection';
import { deriveRandom } from '../../src/shared/random';
import { batchFacts } from '../../src/shared/views/batch/batchPanel';
import { readImage } from '../../src/worker/data/imageStore';
import type { SceneDataset } from '../../src/worker/data/scenes';
import { openScenes } from './detectionsFixture';
import { encodeLabels } from './predictionsFixture';
import type { StageFiles } from './transferRun';

export type BatchKind = Matching['kind'];

export interface BatchFixtureOptions {
  readonly kind: BatchKind;
  readonly images?: number;
  readonly steps?: number;
  /** Layers beyond those of a small ResNet. */
  readonly moreLayers?: number;
}

export interface BatchFixture {
  readonly model: BatchModel;
  readonly news: readonly BatchNews[];
  readonly inspections: readonly BatchInspection[];
  /** Served at https://stages.test/batch. */
  readonly files: StageFiles;
}

const SIDE = 128;
const classes = ['Smileys & Emotion', 'People & Body', 'Animals & Nature', 'Food & Drink', 'Travel & Places'];

const subjects: Readonly<Record<BatchKind, Pick<BatchSession, 'stage' | 'label' | 'kind' | 'method'>>> = {
  classes: { stage: 'supervised/seed-0', label: 'supervised, seed 0', kind: 'pretraining', method: 'supervised' },
  queue: { stage: 'moco/seed-0', label: 'moco, seed 0', kind: 'pretraining', method: 'moco' },
  boxes: { stage: 'moco/seed-0/scenes', label: 'scenes of moco, seed 0', kind: 'transfer', method: 'detection' },
  pixels: { stage: 'moco/seed-0/streets', label: 'streets of moco, seed 0', kind: 'transfer', method: 'segmentation' },
  landmarks: { stage: 'moco/seed-0/faces', label: 'faces of moco, seed 0', kind: 'transfer', method: 'landmarks' },
};

export async function makeBatch(options: BatchFixtureOptions): Promise<BatchFixture> {
  const { kind, images = 12, steps = 3 } = options;
  const scenes = await openScenes(images);
  const files: Record<string, Uint8Array> = {};
  const inspections: BatchInspection[] = [];
  for (let step = 0; step < steps; step++)
    inspections.push(await makeStep({ ...options, images, step, scenes, files }));
  const session: BatchSession = {
    ...{ ...subjects[kind], seed: 0, runtime: 'wasm', steps: 2000, batch: images, accumulate: 1, startedAt: 0 },
    ...{
      line: 12,
      isTrained: true,
      images: { data: 'scenes', split: 'train' },
      weights: 'Weights are drawn at random, as at the start of the training.',
    },
  };
  const news = inspections.map((inspection) => ({ kind: 'inspected', inspection }) as const);
  return { model: batchModel(session, { made: steps }), news: [{ kind: 'begin' }, ...news], inspections, files };
}

export function batchModel(session: BatchSession, changes: Partial<BatchModel> = {}): BatchModel {
  return {
    ...{ title: session.label, state: 'ready', isTrusted: true, session, facts: batchFacts(session) },
    ...{ folder: 'https://stages.test/batch', made: 1, wanted: 0, isStale: false },
    ...changes,
  };
}

interface StepParts extends BatchFixtureOptions {
  readonly images: number;
  readonly step: number;
  readonly scenes: SceneDataset;
  readonly files: Record<string, Uint8Array>;
}

async function makeStep(parts: StepParts): Promise<BatchInspection> {
  const { kind, images, step, moreLayers = 0 } = parts;
  const random = drawing(step + 1);
  const names = kind === 'queue' ? ['query', 'key'] : ['image'];
  const list: InspectedImage[] = [];
  for (let place = 0; place < images; place++) list.push(await makeImage(parts, place, names));
  const terms = kind === 'boxes' ? ['loss', 'objectness', 'proposalBoxes', 'classes', 'boxes'] : ['loss'];
  const layers = makeLayers(random, step, moreLayers);
  return {
    ...{
      step,
      learningRate: 0.03,
      gradientNorm: 2.31 - 0.1 * step,
      seconds: { batch: 0.21, gradients: 3.4, update: 0.05 },
      images: list,
    },
    views: names.map((name) => ({
      ...{ name, shape: [images, SIDE, SIDE, 3] },
      channels: [0, 1, 2].map((c) => summary(random, { mean: 0.1 * c - 0.1, std: 1 + 0.05 * c })),
    })),
    losses: terms.map((name, k) => ({ name, value: (4.6 - k) * (1 - 0.06 * step) + 0.05 * random() })),
    layers,
    parameters: makeParameters(random, layers),
    matching: await makeMatching(parts, random),
    findings: [
      {
        severity: 'warning',
        message: 'A quarter of the channels of layer3.0 are zero for the whole batch: 16 of 64 units are dead.',
        about: 'layer3.0',
      },
      {
        severity: 'info',
        message: 'The queue holds noise in 3,840 of its 4,096 entries; it fills as updates are made.',
      },
    ],
  };
}

async function makeImage(
  { scenes, step, files }: StepParts,
  place: number,
  names: readonly string[],
): Promise<InspectedImage> {
  const { pixels, width, height } = await readImage(scenes.store, place);
  const made: string[] = [];
  for (const [k, name] of names.entries()) {
    const file = `${step}-${place}-${name}.png`;
    const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
    // The second view is another crop.
    const cut =
      k === 0 ? picture : picture.extract({ left: 16, top: 10, width: 96, height: 96 }).resize(SIDE, SIDE).flop();
    files[file] = await cut.png().toBuffer();
    made.push(file);
  }
  const label = classes[place % classes.length]!;
  return {
    place,
    name: `train/${label}/scene-${String(place).padStart(4, '0')}.png`,
    label,
    files: made,
    loss: 4 - 0.1 * place,
  };
}

async function makeMatching({ kind, images, scenes, step, files }: StepParts, random: () => number): Promise<Matching> {
  const places = Array.from({ length: images }, (_, place) => place);
  switch (kind) {
    case 'classes':
      return { kind, classes, images: places.map((place) => ({ place, ...guess(place, random) })) };
    case 'queue':
      return {
        ...{ kind, of: 'queue', size: 4096, filled: 256, temperature: 0.2 },
        images: places.map((place) => ({
          ...{ place, positive: 0.95 - 0.02 * place, negatives: 4096, excluded: 0, probability: 0.02 + 0.01 * place },
          hardest: Array.from({ length: 10 }, (_, k) => ({
            ...{ entry: 40 * k + place, similarity: 0.8 - 0.07 * k + 0.01 * random(), age: k + 1 },
            ...(k < 8 && {
              label: classes[k % classes.length]!,
              image: `train/scene-${String(90 + k).padStart(4, '0')}.png`,
            }),
          })),
        })),
      };
    case 'boxes':
      return { kind, classes, images: places.map((place) => matchBoxes(scenes, place, random)) };
    case 'pixels':
      return {
        kind,
        classes: ['background', ...classes],
        images: await Promise.all(places.map((place) => labelImage(place, step, files))),
      };
    case 'landmarks':
      return {
        ...{ kind, names: ['left eye', 'right eye', 'nose'] },
        images: places.map((place) => ({ place, points: [40, 80, 60].map((x, k) => pointAt(x, 45 + 12 * k, random)) })),
      };
  }
}

function guess(
  place: number,
  random: () => number,
): { expected: string; predicted: { name: string; probability: number }[] } {
  const first = place % 3 === 0 ? place + 1 : place;
  const shares = [0.42 + 0.2 * random(), 0.2, 0.1, 0.05, 0.03];
  const predicted = shares.map((probability, k) => ({ name: classes[(first + k) % classes.length]!, probability }));
  return { expected: classes[place % classes.length]!, predicted };
}

function pointAt(x: number, y: number, random: () => number) {
  return { expected: [x, y], predicted: [x + 24 * (random() - 0.5), y + 24 * (random() - 0.5)] } as const;
}

async function labelImage(place: number, step: number, files: Record<string, Uint8Array>) {
  const sheet = (shift: number): Uint8Array =>
    Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
      const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
      if (y < 4) return 255;
      return Math.hypot(x - 64 - shift, y - 64) < 30 ? 1 + (place % classes.length) : 0;
    });
  const names = { truthFile: `${step}-${place}-truth.png`, predictedFile: `${step}-${place}-predicted.png` };
  files[names.truthFile] = await encodeLabels(sheet(0), { width: SIDE, height: SIDE });
  files[names.predictedFile] = await encodeLabels(sheet(10 + place), { width: SIDE, height: SIDE });
  return { place, ...names, ignoredShare: 4 / SIDE, accuracy: 0.9 - 0.01 * place };
}

/** Anchors around all objects but the last of each image, and some elsewhere. */
function matchBoxes({ truth }: SceneDataset, place: number, random: () => number): BoxMatches {
  const rows = Array.from({ length: truth.count }, (_, row) => row).filter((row) => truth.image[row] === place);
  const boxAt = (row: number): Box => [...truth.boxes.subarray(4 * row, 4 * row + 4)] as unknown as Box;
  const objects = rows.map((row) => ({
    box: boxAt(row),
    label: truth.categories.names[truth.category[row]!]!,
    isCrowd: false,
  }));
  const missed = objects.length - 1;
  const shake = ([x, y, w, h]: Box): Box => [
    x + 0.2 * w * (random() - 0.5),
    y + 0.2 * h * (random() - 0.5),
    w * (0.9 + 0.2 * random()),
    h,
  ];
  const positives = objects.slice(0, missed).flatMap(({ box }, matched) =>
    [0, 1, 2].map((k) => ({
      ...{
        box: shake(box),
        role: 'positive' as const,
        matched,
        iou: 0.8 - 0.05 * k,
        isDrawn: k < 2,
        score: 0.5 + 0.1 * k,
      },
    })),
  );
  const negatives = Array.from({ length: 14 }, (_, k) => ({
    ...{
      box: [100 * random(), 90 * random(), 24, 24] as const,
      role: 'negative' as const,
      iou: 0.1,
      isDrawn: k % 2 === 0,
      score: 0.4 * random(),
    },
  }));
  const counts = { positive: positives.length, negative: 11_800, neither: 190 };
  const drawn = { positive: positives.filter(({ isDrawn }) => isDrawn).length, negative: 240 };
  const stage = { counts, drawn, unmatched: [missed], candidates: [...positives, ...negatives] };
  return {
    place,
    truth: objects,
    stages: [
      { name: 'anchors', ...stage },
      { name: 'proposals', ...stage, unmatched: [] },
    ],
  };
}

/** Blocks of a ResNet, with outputs that shrink and gradients that grow towards the output. */
function makeLayers(random: () => number, step: number, more: number): InspectedLayer[] {
  const blocks = [1, 2, 3, 4].flatMap((group) => [0, 1].map((block) => `layer${group}.${block}`));
  const names = [
    'conv1',
    'bn1',
    'maxpool',
    ...blocks,
    'avgpool',
    'fc',
    ...Array.from({ length: more }, (_, k) => `head.${k}`),
  ];
  return names.map((name, place) => {
    const of = name === 'fc' ? 128 : 64;
    const dead = name === 'layer3.0' ? Array.from({ length: 16 }, (_, k) => 4 * k) : name === 'layer4.1' ? [3] : [];
    const side = Math.max(1, 64 >> Math.floor(place / 3));
    return {
      ...{ name, call: 1, shape: [12, side, side, of], dead: { units: dead, of } },
      activation: summary(random, {
        mean: 0.4,
        std: 0.9 * 0.85 ** place * (1 + 0.05 * step) + 0.02,
        zeros: place > 1 ? 0.45 : 0,
      }),
      gradient: summary(random, { mean: 0, std: 1e-5 * 1.9 ** Math.min(place, 20) * (1 - 0.08 * step) }),
    };
  });
}

function makeParameters(random: () => number, layers: readonly InspectedLayer[]): InspectedParameter[] {
  return layers.map(({ name }, place) => ({
    ...{ name: `${name}.weight`, shape: [64, 64, 3, 3], weight: summary(random, { mean: 0, std: 0.05 }) },
    ...(name !== 'bn1' && {
      gradient: summary(random, { mean: 0, std: 1e-4 * (place + 1) }),
      relativeUpdate: 1e-3 * (0.4 + random()),
    }),
  }));
}

export function summary(
  random: () => number,
  { mean, std, zeros = 0 }: { readonly mean: number; readonly std: number; readonly zeros?: number },
): TensorSummary {
  const count = 4096;
  const histogram = Array.from({ length: 32 }, (_, k) =>
    Math.round(400 * Math.exp(-(((k - 15.5) / 6) ** 2)) * (0.8 + 0.4 * random())),
  );
  const norm = Math.sqrt(count * (mean ** 2 + std ** 2));
  return { ...{ count, mean, std, min: mean - 3 * std, max: mean + 3 * std, norm, zeros, notFinite: 0 }, histogram };
}

function drawing(seed: number): () => number {
  const random = deriveRandom(seed, 'batch fixture');
  return () => random.uniform();
}
