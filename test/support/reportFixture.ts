/**
 * Runs like the quickstart's, built in memory with plausible numbers, for everything that reads finished runs: reports,
 * panels, the run store. `createRun` takes what differs; `reportCases` are the awkward ones. `writeRun` puts one on disk.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deriveRandom } from '../../src/shared/random';
import type {
  LayerScore,
  PretrainingResult,
  StageRecord,
  StageResult,
  TransferResult,
} from '../../src/shared/results/records';
import type { PlannedStage, RunManifest } from '../../src/shared/results/runManifest';
import { recordChecksum } from '../../src/shared/results/recordChecksum';
import type { ReportInput } from '../../src/shared/views/report/transferReport';

export interface PretrainingSpec {
  readonly id: string;
  readonly method: string;
  /** Added to the random network's score at the last layer. */
  readonly gain: number;
  readonly steps?: number;
  readonly images?: number;
}

export interface TransferSpec {
  readonly id: string;
  readonly task: string;
  readonly data: string;
  /** The random network's score at the last layer. */
  readonly base: number;
  readonly trainImages?: number;
  readonly testImages?: number;
  readonly classes?: number;
}

export interface RunSpec {
  readonly run?: string;
  readonly about?: string;
  readonly state?: string;
  readonly seeds?: readonly number[];
  readonly layers?: readonly string[];
  readonly pretrainings?: readonly PretrainingSpec[];
  readonly transfers?: readonly TransferSpec[];
  /** Stages whose record is left out. */
  readonly isMissing?: (stage: PlannedStage) => boolean;
  readonly manifest?: Partial<RunManifest>;
  /** Spread over seeds of one score. */
  readonly noise?: number;
}

export const blockLayers = [
  'conv1',
  'maxpool',
  ...[1, 2, 3, 4].flatMap((n) => [`layer${n}.0`, `layer${n}.1`]),
  'layer4',
  'avgpool',
];

export const fourPretrainings: readonly PretrainingSpec[] = [
  { id: 'random', method: 'random', gain: 0 },
  { id: 'supervised', method: 'imported', gain: 0.12 },
  { id: 'moco', method: 'imported', gain: 0.07 },
  { id: 'exemplar', method: 'exemplar', gain: 0.085, steps: 2500, images: 1911 },
];

export const fourTransfers: readonly TransferSpec[] = [
  { id: 'probe', task: 'linear-probe', data: 'emoji', base: 0.13, classes: 95 },
  { id: 'neighbours', task: 'knn', data: 'emoji', base: 0.11, classes: 95 },
  { id: 'same-emoji', task: 'retrieval', data: 'emoji', base: 0.31, classes: 95 },
  {
    id: 'digits-probe',
    task: 'linear-probe',
    data: 'digits',
    base: 0.78,
    trainImages: 2000,
    testImages: 1000,
    classes: 10,
  },
];

const detection: TransferSpec = { id: 'detect', task: 'detection', data: 'scenes', base: 0.04, classes: 9 };

/** A finished run: every pretraining × transfer × seed with all layers. */
export function createRun(spec: RunSpec = {}): ReportInput {
  const { run = 'quickstart-1', state = 'done', seeds = [0, 1, 2], about } = spec;
  const { pretrainings = fourPretrainings, transfers = fourTransfers, layers = blockLayers, noise = 0.004 } = spec;
  const made: { stage: PlannedStage; result: StageResult; settings?: unknown }[] = [];
  for (const seed of seeds) {
    pretrainings.forEach((pretraining, p) => {
      const settings = {
        pretraining:
          pretraining.method === 'imported' ? { weights: `weights/${pretraining.id}-seed${seed}.safetensors` } : {},
      };
      made.push({
        stage: planStage({ kind: 'pretraining', pretraining: pretraining.id, seed }),
        result: pretrainingResult(pretraining, seed),
        settings,
      });
      made.push({
        stage: planStage({ kind: 'features', pretraining: pretraining.id, seed }),
        result: featuresResult(layers),
      });
      for (const transfer of transfers) {
        const stage = planStage({ kind: 'transfer', pretraining: pretraining.id, transfer: transfer.id, seed });
        made.push({ stage, result: transferResult({ pretraining, transfer, layers, noise, counters: [seed, p] }) });
      }
    });
  }
  const kept = made.filter(({ stage }) => !spec.isMissing?.(stage));
  const manifest = createManifest({ run, seeds, stages: made.map(({ stage }) => stage), ...spec.manifest });
  return { run, state, manifest, records: kept.map(createRecord), ...(about !== undefined && { about }) };
}

/** Only the headline values matter: values[pretraining][transfer][i] of seeds[i]; null is a missing record. */
export function createRunOfValues(
  values: Readonly<Record<string, Readonly<Record<string, readonly (number | null)[]>>>>,
  options: { readonly seeds?: readonly number[]; readonly layers?: readonly string[]; readonly state?: string } = {},
): ReportInput {
  const { seeds = [0, 1, 2], layers = ['avgpool'], state = 'done' } = options;
  const stages: PlannedStage[] = [];
  const records: StageRecord[] = [];
  for (const [pretraining, byTransfer] of Object.entries(values)) {
    const method = pretraining.startsWith('random') ? 'random' : 'imported';
    seeds.forEach((seed, s) => {
      const stage = planStage({ kind: 'pretraining', pretraining, seed });
      stages.push(stage);
      records.push(createRecord({ stage, result: pretrainingResult({ id: pretraining, method, gain: 0 }, seed) }));
      for (const [transfer, list] of Object.entries(byTransfer)) {
        const value = list[s];
        if (value === undefined) continue;
        const measured = planStage({ kind: 'transfer', pretraining, transfer, seed });
        stages.push(measured);
        if (value !== null)
          records.push(createRecord({ stage: measured, result: constantResult(transfer, layers, value) }));
      }
    });
  }
  return { run: 'values-1', state, manifest: createManifest({ run: 'values-1', seeds, stages }), records };
}

const nastyIds = [
  'a|b',
  'R&D',
  '<script>alert(1)</script>',
  '_under_score_',
  `"quoted" 'twice'`,
  '=1+1',
  '100% {x} $y$ \\z #1 ~ ^',
];
const longId = 'exemplar-v2-with-a-very-long-name-that-somebody-thought-was-a-good-idea-2025-07-31-take-17';

/** Runs that a report must survive, each with what is special in its name. */
export const reportCases = {
  full: () =>
    createRun({
      about: 'Which weights does a small network want to start from?\n\nTrain on one drawing style, test on the other.',
    }),
  oneSeed: () => createRun({ seeds: [7] }),
  missingStages: () =>
    createRun({
      state: 'interrupted',
      isMissing: ({ kind, pretraining, transfer, seed }) =>
        (pretraining === 'exemplar' && seed > 0) ||
        (kind === 'transfer' && transfer === 'digits-probe' && pretraining === 'moco'),
    }),
  onePretraining: () => createRun({ pretrainings: fourPretrainings.slice(1, 2) }),
  noReference: () => createRun({ pretrainings: fourPretrainings.slice(1) }),
  fourteen: () =>
    createRun({
      pretrainings: [
        fourPretrainings[0]!,
        ...Array.from({ length: 13 }, (_, i) => ({
          id: `ladder[step-${i}]`,
          method: 'moco',
          gain: 0.01 * i - 0.02,
          steps: 400,
          images: 1911,
        })),
      ],
    }),
  longIds: () =>
    createRun({
      pretrainings: [fourPretrainings[0]!, { id: longId, method: 'imported', gain: 0.1 }],
      transfers: [fourTransfers[0]!, { ...fourTransfers[1]!, id: `${longId}-transfer`, data: `${longId}-data` }],
    }),
  nastyIds: () =>
    createRun({
      about: 'A <b>bold</b> claim | with pipes & "quotes"\n# not a heading',
      pretrainings: [fourPretrainings[0]!, ...nastyIds.map((id, i) => ({ id, method: 'imported', gain: 0.02 * i }))],
      transfers: [fourTransfers[0]!, { ...fourTransfers[1]!, id: '<i>|&_"', data: '</td><td>' }],
    }),
  oneLayer: () => createRun({ layers: ['avgpool'] }),
  /** Beside probes, which have layers, a transfer that has none; `onlyDetection` has no layers at all. */
  withDetection: () => createRun({ transfers: [fourTransfers[0]!, detection] }),
  onlyDetection: () => createRun({ transfers: [detection] }),
  nothing: () => createRun({ state: 'failed', isMissing: () => true }),
} as const;

/** Writes a run folder and its stages under the `.transferscope` folder `out`. */
export function writeRun(out: string, { run, state, manifest, records, about }: ReportInput): void {
  const folder = join(out, 'runs', run);
  mkdirSync(folder, { recursive: true });
  const status = {
    version: 1,
    state,
    pid: 1,
    host: 'nowhere',
    startedAt: manifest.createdAt,
    heartbeatAt: manifest.createdAt,
    stages: {},
  };
  const files = { manifest, status, experiment: { name: manifest.name, about } };
  for (const [name, value] of Object.entries(files)) writeFileSync(join(folder, `${name}.json`), JSON.stringify(value));
  for (const record of records) {
    mkdirSync(join(out, 'stages', record.key), { recursive: true });
    writeFileSync(
      join(out, 'stages', record.key, 'record.json'),
      JSON.stringify({ ...record, checksum: recordChecksum(record) }),
    );
  }
}

function createManifest(changes: Partial<RunManifest> & Pick<RunManifest, 'run' | 'seeds' | 'stages'>): RunManifest {
  return {
    version: 1,
    name: 'quickstart',
    file: '/home/ada/project/examples/quickstart.transfer.yaml',
    baseDir: '/home/ada/project/examples',
    launch: {},
    versions: { transferscope: '0.1.0', node: '20.19.0', platform: 'linux-x64' },
    git: { commit: '0123456789abcdef0123456789abcdef01234567', dirty: false },
    runtime: { name: 'wasm', device: '2 × SIMD core', threads: 2, reason: 'no GPU' },
    createdAt: '2025-07-31T09:30:00.000Z',
    finishedAt: '2025-07-31T09:35:12.000Z',
    ...changes,
  };
}

let keys = 0;
export function planStage(part: Omit<PlannedStage, 'id' | 'key' | 'label'>): PlannedStage {
  const named = part.transfer ?? part.analysis;
  const rest = part.kind === 'features' ? '/features/emoji:train' : named === undefined ? '' : `/${named}`;
  const pair = part.against === undefined ? '' : `~${part.against}`;
  const id = `${part.pretraining}${pair}/seed-${part.seed}${rest}`;
  return { ...part, id, label: id, key: `key-${(keys++).toString(36)}` };
}

export function createRecord({
  stage,
  result,
  settings = {},
}: {
  stage: PlannedStage;
  result: StageResult;
  settings?: unknown;
}): StageRecord {
  const { key, kind, id, seed } = stage;
  const seconds = result.kind === 'pretraining' && result.steps > 0 ? 190 : result.kind === 'transfer' ? 2.5 : 0.4;
  const made = {
    startedAt: '2025-07-31T09:30:00.000Z',
    finishedAt: '2025-07-31T09:31:00.000Z',
    seconds,
    runtime: 'wasm',
    host: 'laptop',
    attempts: 1,
  };
  return { version: 1, key, kind, id, seed, settings, result, files: {}, made, checksum: '' };
}

function pretrainingResult({ id, method, steps = 0, images = 0 }: PretrainingSpec, seed: number): PretrainingResult {
  const random = deriveRandom(seed, `digest ${id}`);
  const weightsDigest = Array.from({ length: 64 }, () => random.integer(16).toString(16)).join('');
  return { kind: 'pretraining', method, parameters: 701_728, steps, images, weightsDigest, metrics: {}, notes: [] };
}

function featuresResult(layers: readonly string[]): StageResult {
  const entries = layers.map((layer) => ({ layer, dimension: 64, grid: 4 }));
  return { kind: 'features', data: 'emoji', split: 'train', images: 1911, layers: entries, problems: [] };
}

interface Scoring {
  readonly pretraining: PretrainingSpec;
  readonly transfer: TransferSpec;
  readonly layers: readonly string[];
  readonly noise: number;
  readonly counters: readonly [number, number];
}

/** Random networks lose with depth, trained ones gain; seeds shift all layers together. */
function transferResult({ pretraining, transfer, layers, noise, counters }: Scoring): TransferResult {
  const random = deriveRandom(counters[0], `score ${transfer.id}`, counters[1]);
  const shift = noise * (random.normal() + deriveRandom(counters[0], `shift ${transfer.id}`).normal());
  const scores = layers.map((_, i) => {
    const depth = layers.length > 1 ? i / (layers.length - 1) : 1;
    const shape = transfer.base * (1 + 0.25 * (1 - depth)) + pretraining.gain * depth ** 1.5;
    return Math.min(0.999, Math.max(0, shape + shift + 0.3 * noise * random.normal()));
  });
  return createTransferResult(transfer, layers, scores);
}

function constantResult(transfer: string, layers: readonly string[], value: number): TransferResult {
  return createTransferResult(
    { id: transfer, task: 'linear-probe', data: 'emoji', base: 0, classes: 4 },
    layers,
    layers.map(() => value),
  );
}

function createTransferResult(
  transfer: TransferSpec,
  layers: readonly string[],
  scores: readonly number[],
): TransferResult {
  const { task, data, trainImages = 1911, testImages = 1911, classes = 10 } = transfer;
  if (task === 'detection') {
    const metrics = { ap: scores.at(-1)!, ap50: 2 * scores.at(-1)! };
    const headline = { metric: 'ap', layer: '', value: metrics.ap };
    return { kind: 'transfer', task, data, trainImages, testImages, classes, layers: [], metrics, headline, notes: [] };
  }
  const metric = task === 'retrieval' ? 'top1' : 'accuracy';
  const entries: LayerScore[] = layers.map((layer, i) => ({
    layer,
    depth: layers.length > 1 ? i / (layers.length - 1) : 1,
    dimension: 16 * 2 ** Math.floor((3 * i) / layers.length),
    metrics: { [metric]: scores[i]! },
  }));
  const headline = { metric, layer: layers.at(-1)!, value: scores.at(-1)! };
  return { kind: 'transfer', task, data, trainImages, testImages, classes, layers: entries, headline, notes: [] };
}
