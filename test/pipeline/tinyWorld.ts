/**
 * A world small enough to train in for a test: 64 patterned images in four classes that any network can tell apart, a
 * narrow ResNet-18, settings of every method, and a stage context without a run around it.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { deriveRandom } from '../../src/shared/random';
import type {
  BackboneSettings,
  MomentumPretraining,
  TrainedPretraining,
  TrainingSettings,
} from '../../src/shared/experiment/schema';
import { DataLibrary } from '../../src/worker/data/dataLibrary';
import type { Dataset } from '../../src/worker/data/dataset';
import type { StageContext } from '../../src/worker/stageContext';
import { StageStore } from '../../src/worker/storage/stageStore';

export const IMAGE_SIDE = 16;

export const tinyBackbone: BackboneSettings = {
  name: 'resnet18',
  width: 4,
  stem: 'small',
  dilate: [false, false, false],
};

/** The first images of the tiny set as PNG files `<target>/<i>.png`; returns their paths. */
export async function writePictures(target: string, count: number): Promise<string[]> {
  mkdirSync(target, { recursive: true });
  const pixels = new Uint8Array(packedBytes(makeDataset({ length: count })));
  const size = IMAGE_SIDE * IMAGE_SIDE * 3;
  const raw = { width: IMAGE_SIDE, height: IMAGE_SIDE, channels: 3 } as const;
  const paths = Array.from({ length: count }, (_, i) => join(target, `${i}.png`));
  for (const [i, file] of paths.entries()) {
    await sharp(pixels.slice(i * size, (i + 1) * size), { raw })
      .png()
      .toFile(file);
  }
  return paths;
}

function packedBytes({ store }: Dataset): SharedArrayBuffer {
  if (store.kind !== 'packed') throw new Error('the tiny set is packed');
  return store.buffer;
}

/** Vertical stripes, horizontal stripes, checks, a ramp: the class; tint and phase: the image. */
export function makeDataset({ length = 64, side = IMAGE_SIDE, distinctLabels = false } = {}): Dataset {
  const buffer = new SharedArrayBuffer(length * side * side * 3);
  const pixels = new Uint8Array(buffer);
  for (let i = 0; i < length; i++) paint(pixels.subarray(i * side * side * 3, (i + 1) * side * side * 3), i, side);
  const classes = distinctLabels ? length : 4;
  return {
    split: 'train',
    length,
    classes: Array.from({ length: classes }, (_, c) => `class ${c}`),
    labels: Int32Array.from({ length }, (_, i) => i % classes),
    names: Array.from({ length }, (_, i) => `image ${i}`),
    store: { kind: 'packed', count: length, width: side, height: side, buffer },
    problems: [],
  };
}

function paint(image: Uint8Array, index: number, side: number): void {
  const random = deriveRandom(7, 'tiny-images', index);
  const tint = [0, 1, 2].map(() => 0.4 + 0.6 * random.uniform());
  const phase = random.integer(4);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const level = shapes[index % 4]!(x + phase, y + phase, side);
      for (let c = 0; c < 3; c++) image[(y * side + x) * 3 + c] = Math.min(255, 255 * level * tint[c]!);
    }
  }
}

const shapes: readonly ((x: number, y: number, side: number) => number)[] = [
  (x) => (x % 4 < 2 ? 1 : 0),
  (_, y) => (y % 4 < 2 ? 1 : 0),
  (x, y) => ((x >> 1) + (y >> 1)) % 2,
  (x, y, side) => (x + y) / (2 * side),
];

const common: Omit<TrainingSettings, 'id'> = {
  data: 'tiny',
  split: 'train',
  imageSize: IMAGE_SIDE,
  steps: 30,
  batch: 16,
  accumulate: 1,
  processes: 1,
  recompute: false,
  learningRate: 0.05,
  momentum: 0.9,
  weightDecay: 1e-4,
  weightDecayExclude: 'none',
  optimizer: 'sgd',
  augment: 'none',
  batchNormGroups: 1,
  checkpointEvery: 1000,
  schedule: { kind: 'cosine', per: 'step', warmupSteps: 0 },
  monitor: { every: 5, knn: true, images: 64 },
};
// Rates at which the loss falls within thirty steps once the queue is full.
const momentumSettings = {
  ...common,
  learningRate: 0.005,
  head: 'mlp',
  dimension: 16,
  temperature: 0.2,
  queue: 32,
  encoderMomentum: 0.5,
  batchNormGroups: 2,
} as const;
const instDiscSettings = { ...common, method: 'instdisc', head: 'linear', dimension: 16 } as const;

/** One setting of each trained method, by name. */
export const tinyMethods: Readonly<Record<string, TrainedPretraining>> = {
  supervised: { ...common, id: 'supervised', method: 'supervised' },
  'instdisc nce': {
    ...instDiscSettings,
    id: 'nce',
    learningRate: 0.003,
    temperature: 0.3,
    bank: { negatives: 32, momentum: 0.5, form: 'nce' },
  },
  'instdisc softmax': {
    ...instDiscSettings,
    id: 'softmax',
    temperature: 0.07,
    bank: { negatives: 32, momentum: 0.5, form: 'softmax' },
  },
  moco: { ...momentumSettings, id: 'moco', method: 'moco' },
  exemplar: { ...momentumSettings, id: 'exemplar', method: 'exemplar' },
  supcon: {
    ...momentumSettings,
    id: 'supcon',
    method: 'supcon',
    learningRate: 0.01,
    temperature: 0.07,
    queue: 16,
    encoderMomentum: 0,
  },
};

export function tinyMomentum(changes: Partial<MomentumPretraining> = {}): MomentumPretraining {
  return { ...momentumSettings, id: 'moco', method: 'moco', ...changes };
}

/** The library of one data set, whatever is asked for. */
class OneDataset extends DataLibrary {
  constructor(private readonly only: Dataset) {
    super({}, '/', () => {});
  }

  override dataset(): Promise<Dataset> {
    return Promise.resolve(this.only);
  }
}

export interface TinyContext extends StageContext {
  readonly warnings: string[];
  readonly rows: { step: number; metrics: Readonly<Record<string, number>> }[];
}

/** A context as the pipeline would make it. `stopAt` asks for an orderly stop as soon as that many steps are reported. */
export function makeContext(
  out: string,
  options: { dataset?: Dataset; seed?: number; stopAt?: number; key?: string; needs?: StageContext['needs'] } = {},
): TinyContext {
  const { dataset = makeDataset(), seed = 0, stopAt = Infinity, key = 'stage', needs = new Map() } = options;
  const stopping = new AbortController();
  const warnings: string[] = [];
  const rows: TinyContext['rows'] = [];
  const stages = new StageStore(out);
  // The pipeline makes it when it claims the stage.
  mkdirSync(stages.folder(key), { recursive: true });
  return {
    key,
    seed,
    stages,
    data: new OneDataset(dataset),
    needs,
    baseDir: out,
    runtime: 'wasm',
    threads: 0,
    signal: stopping.signal,
    progress: (done) => void (done >= stopAt && stopping.abort()),
    metrics: (step, metrics) => void rows.push({ step, metrics }),
    warn: (message) => void warnings.push(message),
    warnings,
    rows,
  };
}

/** A folder that vanishes with `remove`. */
export function makeFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'transferscope-tiny-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
