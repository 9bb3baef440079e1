/** Models of the Layers panel: a realistic study, and the awkward cases that its drawing must survive. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LayersModel } from '../../src/shared/protocol/panels/layersPanel';
import type { LayerScore, StageRecord } from '../../src/shared/results/records';
import { createLayersModel, type LayersInput } from '../../src/shared/views/layers/layersPanel';
import { withAnalyses } from './analysesFixture';
import {
  createRun,
  fourPretrainings,
  fourTransfers,
  writeRun,
  type PretrainingSpec,
  type RunSpec,
} from './reportFixture';

/** Ten places of a ResNet-18. */
export const tenLayers = [
  'conv1',
  'maxpool',
  ...[1, 2, 3, 4].map((n) => `layer${n}.0`),
  'layer1',
  'layer2',
  'layer3',
  'avgpool',
].sort((a, b) => order(a) - order(b));

function order(layer: string): number {
  if (layer === 'conv1') return 0;
  if (layer === 'maxpool') return 1;
  return layer === 'avgpool' ? 100 : 2 + 2 * Number(layer[5]) - (layer.endsWith('.0') ? 1 : 0);
}

export const sevenPretrainings: readonly PretrainingSpec[] = [
  ...fourPretrainings.slice(0, 3),
  { id: 'exemplar-v2', method: 'exemplar', gain: 0.098, steps: 2500, images: 1911 },
  { id: 'instdisc', method: 'instdisc', gain: 0.04, steps: 2500, images: 1911 },
  { id: 'supcon', method: 'supcon', gain: 0.104, steps: 2500, images: 1911 },
  { id: 'moco-v2-with-a-longer-schedule-and-no-colour-jitter-2025-07', method: 'moco', gain: 0.055 },
];

/** `createRun` with the metrics that probes and neighbours leave beside their headline. */
export function createLayersRun(spec: RunSpec = {}): ReturnType<typeof createRun> {
  const run = createRun({ pretrainings: sevenPretrainings, layers: tenLayers, noise: 0.002, ...spec });
  return { ...run, records: run.records.map(withMetrics) };
}

export function createLayersModelOf(spec: RunSpec = {}, changes: Partial<LayersInput> = {}): LayersModel {
  return modelOf(createLayersRun(spec), changes);
}

function modelOf(
  { run, state, manifest, records }: ReturnType<typeof createRun>,
  changes: Partial<LayersInput> = {},
): LayersModel {
  return createLayersModel({
    ...{ run, state, manifest, records },
    isUnderWay: state === 'running',
    launched: undefined,
    changed: new Set(),
    hasFile: true,
    problems: [],
    ...changes,
  });
}

export const layersCases = {
  full: () => createLayersModelOf({ run: 'voc07-three-ways-3' }),
  analyses: () =>
    modelOf(
      withAnalyses(
        createLayersRun({
          run: 'why-7',
          pretrainings: sevenPretrainings.slice(0, 4),
          transfers: fourTransfers.slice(0, 2),
        }),
        tenLayers,
      ),
    ),
  stale: () => createLayersModelOf({}, { changed: new Set(['instdisc', 'neighbours']) }),
  oneSeed: () => createLayersModelOf({ seeds: [7] }),
  oneLayer: () => createLayersModelOf({ layers: ['avgpool'] }),
  counted: () => modelOf(createCountedRun()),
  underWay: () =>
    createLayersModelOf({
      state: 'running',
      isMissing: ({ kind, pretraining, seed }) => kind === 'transfer' && (seed === 2 || pretraining === 'supcon'),
    }),
  nothingYet: () => createLayersModelOf({ state: 'running', isMissing: ({ kind }) => kind !== 'pretraining' }),
  many: () =>
    createLayersModelOf({
      pretrainings: Array.from({ length: 16 }, (_, i) => ({
        id: i === 0 ? 'random' : `ladder[augment=step-${i}]`,
        method: i === 0 ? 'random' : 'moco',
        gain: 0.012 * i,
      })),
    }),
  longNames: () => {
    const long = 'with-a-very-long-name-that-somebody-thought-was-a-good-idea-2025-07-31';
    return createLayersModelOf({
      run: `which-backbone-${long}-12`,
      pretrainings: sevenPretrainings.map((one, i) => ({ ...one, id: i === 0 ? 'random' : `${one.id}-${long}` })),
      transfers: fourTransfers.map((one) => ({ ...one, id: `${one.id}-${long}` })),
      layers: tenLayers.map((layer) => (layer === 'avgpool' ? layer : `${layer}.downsample.batchnorm`)),
    });
  },
} as const;

/** A curve over labels, a probe beside it, and a snapshot of one training. */
function createCountedRun(): ReturnType<typeof createRun> {
  const run = createRun({
    seeds: [0, 1, 2],
    layers: ['layer3', 'layer4'],
    pretrainings: [
      { id: 'random', method: 'random', gain: 0 },
      { id: 'moco', method: 'moco', gain: 0.2, steps: 400, images: 9 },
      { id: 'moco-early', method: 'moco', gain: 0.1, steps: 100, images: 9 },
    ],
    transfers: [
      { id: 'all', task: 'linear-probe', data: 'emoji', base: 0.5, trainImages: 1000 },
      { id: 'tenth', task: 'linear-probe', data: 'emoji', base: 0.3, trainImages: 100 },
      { id: 'few', task: 'linear-probe', data: 'emoji', base: 0.1, trainImages: 10 },
      { id: 'alone', task: 'knn', data: 'emoji', base: 0.3 },
    ],
  });
  const { stages } = run.manifest;
  const whole = stages.find(({ kind, pretraining }) => kind === 'pretraining' && pretraining === 'moco')!;
  const records = run.records.map((record): StageRecord => {
    const { result } = record;
    const { pretraining, transfer } = stages.find(({ key }) => key === record.key)!;
    if (result.kind === 'pretraining' && pretraining === 'moco-early')
      return { ...record, result: { ...result, takenOf: { key: whole.key, total: 400 } } };
    const budget = transfer === 'all' ? {} : { budget: transfer! };
    return result.kind === 'transfer' ? { ...record, settings: { id: transfer!, data: 'emoji', ...budget } } : record;
  });
  return { ...run, records };
}

/** Writes a finished run of an experiment file, as its worker leaves it. `experiment` is the file as it was launched. */
export function writeLayersRun(
  out: string,
  { file, experiment, ...spec }: RunSpec & { readonly file: string; readonly experiment: unknown },
): void {
  const run = createLayersRun({ ...spec, manifest: { file } });
  writeRun(out, run);
  const folder = join(out, 'runs', run.run);
  const stages = Object.fromEntries(run.manifest.stages.map(({ id }) => [id, { state: 'done' }]));
  const times = { startedAt: run.manifest.createdAt, heartbeatAt: run.manifest.createdAt };
  const status = { version: 1, state: 'done', pid: 1, host: 'nowhere', ...times, stages };
  writeFileSync(join(folder, 'status.json'), JSON.stringify(status));
  writeFileSync(join(folder, 'experiment.json'), JSON.stringify(experiment));
}

function withMetrics(record: StageRecord): StageRecord {
  const { result } = record;
  if (result.kind !== 'transfer' || result.task === 'retrieval') return record;
  const layers = result.layers.map((score) => ({ ...score, metrics: metricsOf(score, result.task) }));
  return { ...record, result: { ...result, layers } };
}

function metricsOf({ metrics }: LayerScore, task: string): Record<string, number> {
  const { accuracy = 0 } = metrics;
  const more = { accuracy, top5: Math.min(1, accuracy * (2.2 - accuracy)) };
  if (task === 'knn') return more;
  const loss = Math.max(0.01, 2.5 - 2.6 * accuracy);
  return { ...more, trainAccuracy: Math.min(1, accuracy + 0.18), loss, iterations: 40, converged: 1 };
}
