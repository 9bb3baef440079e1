/**
 * Stored stages are reused as long as their code version stays, so a change that moves one bit of a result must raise it.
 * This test keeps the bits: hashes of tiny results of each kind of stage on wasm, beside the versions they were made with.
 * Features and transfers start from formulas, not from the pretrainings, so that a change is found where it was made.
 * Rewrite with UPDATE_BITS=1; that is refused while a kind's bits changed and its version did not.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { episodeClassifierNames } from '../../src/shared/math/fewShot/episodeClassifiers';
import { similarityKinds } from '../../src/shared/experiment/analysisFields';
import type { FeaturesAnalysis } from '../../src/shared/experiment/analysisSchema';
import { embeddingMethods } from '../../src/shared/experiment/embeddingFields';
import { fillEmojiScenes } from '../../src/shared/experiment/resolveSceneData';
import { fillDetection } from '../../src/shared/experiment/resolveFineTuning';
import type {
  FeaturesAnalysisStage,
  FeaturesSettings,
  PretrainingStage,
  FrozenStage,
} from '../../src/shared/experiment/stages';
import type {
  DetectionTransfer,
  FrozenTransfer,
  LinearProbeTransfer,
} from '../../src/shared/experiment/transferSchema';
import type { PretrainingSettings } from '../../src/shared/experiment/schema';
import { EMBEDDING_ARRAYS_FILE } from '../../src/shared/results/embedding';
import type { FeaturesResult, StageKind, StageRecord, StageResult } from '../../src/shared/results/records';
import { decodeSafetensors, encodeSafetensors, type FileTensor } from '../../src/shared/weights/safetensors';
import { encodeWeights } from '../../src/worker/checkpoint/weightsFile';
import { codeVersions } from '../../src/worker/codeVersions';
import { DataLibrary } from '../../src/worker/data/dataLibrary';
import { createBackbone } from '../../src/worker/models/registry';
import { CHECKPOINT_FILE, runPretraining } from '../../src/worker/pretrain/pretraining';
import { startRuntime } from '../../src/worker/runtimes/startRuntime';
import type { StageContext } from '../../src/worker/stageContext';
import { DETECTIONS_FILE } from '../../src/worker/transfer/detection/resultFiles';
import { runAnalysis } from '../../src/worker/analysis/runAnalysis';
import { MODEL_FILE, runDetection } from '../../src/worker/transfer/detection/runDetection';
import { FEATURES_FILE, runFeatures } from '../../src/worker/transfer/featuresStage';
import { runFrozenTransfer } from '../../src/worker/transfer/frozenStage';
import { cheapRandom, fillWithFormula, uniformByName } from '../unit/worker/models/formulaWeights';
import { lookAll } from './analysisBits';
import { tuneAll } from './tuningBits';
import { tinyEmbedding } from './tinyEmbedding';
import { tinyInversion } from './tinyInversion';
import { IMAGE_SIDE, makeContext, makeDataset, makeFolder, tinyBackbone, tinyMethods } from './tinyWorld';

/** SHA-256 by result, by kind. */
type Bits = Readonly<Record<StageKind, Readonly<Record<string, string>>>>;
interface Kept {
  readonly versions: Readonly<Record<StageKind, string>>;
  readonly bits: Bits;
}

const kinds: readonly StageKind[] = ['pretraining', 'features', 'transfer', 'analysis'];
const keptFile = new URL('../golden/data/resultBits.json', import.meta.url);
const dataset = { ...makeDataset(), instances: Int32Array.from({ length: 64 }, (_, i) => i) };

let folder: ReturnType<typeof makeFolder>;
beforeAll(async () => {
  await startRuntime('wasm');
  folder = makeFolder();
});
afterAll(() => folder.remove());

it('results have the bits that the code versions promise', async () => {
  const bits: Bits = {
    pretraining: await pretrainingBits(),
    features: await featuresBits(),
    transfer: { ...(await transferBits()), ...(await detectionBits()), ...(await tuningBits()) },
    analysis: await analysisBits(),
  };
  const kept = existsSync(keptFile) ? (JSON.parse(readFileSync(keptFile, 'utf8')) as Kept) : undefined;
  const problem = kept && verdict(kept, { versions: codeVersions, bits });
  const mayWrite = problem === undefined || /^versions|^there are new/.test(problem);
  if (process.env.UPDATE_BITS === '1' && mayWrite) {
    writeFileSync(keptFile, `${JSON.stringify({ versions: codeVersions, bits }, null, 1)}\n`);
    return;
  }
  expect(kept, 'test/golden/data/resultBits.json is missing; write it with UPDATE_BITS=1').toBeDefined();
  expect(problem, problem).toBeUndefined();
  expect(bits).toEqual(kept!.bits);
});

it('a change is judged kind by kind', () => {
  const one: Kept = {
    versions: { pretraining: '1', features: '1', transfer: '1', analysis: '1' },
    bits: { pretraining: { moco: 'a' }, features: { layers: 'b' }, transfer: { probe: 'c' }, analysis: { cka: 'd' } },
  };
  const changed: Kept = { ...one, bits: { ...one.bits, features: { layers: 'z' } } };
  const raise = (kind: StageKind, now: Kept): Kept => ({ ...now, versions: { ...now.versions, [kind]: '2' } });
  const silent =
    'results changed but codeVersions.ts was not raised; raise features and rewrite with UPDATE_BITS=1 (layers)';
  const raised = 'versions were raised; rewrite with UPDATE_BITS=1';
  expect(verdict(one, one)).toBeUndefined();
  expect(verdict(one, changed)).toBe(silent);
  expect(verdict(one, raise('pretraining', changed))).toBe(silent);
  expect(verdict(one, raise('features', changed))).toBe(raised);
  expect(verdict(one, raise('transfer', one))).toBe(raised);
  const more = { ...one, bits: { ...one.bits, transfer: { probe: 'c', detection: 'd' } } };
  expect(verdict(one, more)).toBe('there are new results; keep them with UPDATE_BITS=1 (detection)');
  expect(verdict(more, one)).toContain('raise transfer');
});

/** What is wrong with today's results beside the kept ones, or undefined. */
function verdict(kept: Kept, now: Kept): string | undefined {
  const changed = (kind: StageKind) => {
    return Object.keys(kept.bits[kind]).filter((name) => kept.bits[kind][name] !== now.bits[kind][name]);
  };
  const silent = kinds.filter((kind) => kept.versions[kind] === now.versions[kind] && changed(kind).length > 0);
  if (silent.length > 0) {
    return `results changed but codeVersions.ts was not raised; raise ${silent.join(' and ')} and rewrite with UPDATE_BITS=1 (${silent.flatMap(changed).join(', ')})`;
  }
  const raised = kinds.some((kind) => kept.versions[kind] !== now.versions[kind]);
  if (raised) return 'versions were raised; rewrite with UPDATE_BITS=1';
  const added = kinds.flatMap((kind) => Object.keys(now.bits[kind]).filter((name) => !(name in kept.bits[kind])));
  return added.length > 0 ? `there are new results; keep them with UPDATE_BITS=1 (${added.join(', ')})` : undefined;
}

/** Three steps of every method, with augmentation where the method uses it, and the untrained weights. */
async function pretrainingBits(): Promise<Record<string, string>> {
  const brief = { steps: 3, batch: 8, monitor: { every: 3, knn: true, images: 16 } };
  const trained = Object.entries(tinyMethods).map(
    ([name, settings]) => [name, { ...settings, ...brief, augment: augmentOf(settings.method) }] as const,
  );
  const drawn: PretrainingSettings = { id: 'random', method: 'random', batchNorm: 'initial' };
  const calibrated: PretrainingSettings = {
    ...drawn,
    batchNorm: 'calibrated',
    data: 'tiny',
    split: 'train',
    imageSize: IMAGE_SIDE,
  };
  const all: (readonly [string, PretrainingSettings])[] = [...trained, ['random', drawn], ['calibrated', calibrated]];
  const bits: Record<string, string> = {};
  for (const [name, pretraining] of all) {
    const settings = { backbone: tinyBackbone, pretraining };
    const context = contextOf(`pretraining-${name}`);
    const stage: PretrainingStage = { ...stageBase(name), kind: 'pretraining', settings };
    const { result } = await runPretraining(stage, context);
    bits[name] = sha256(result, tensorsOf(context, CHECKPOINT_FILE));
  }
  return bits;
}

/** Between them, every operation of the augmentation. */
function augmentOf(method: string): 'moco-v2' | 'frcgb' | 'none' {
  if (method === 'supervised') return 'frcgb';
  return method === 'moco' ? 'moco-v2' : 'none';
}

/** Two layers of a network with formula weights, for all images and for a drawn subset. */
async function featuresBits(): Promise<Record<string, string>> {
  const backbone = createBackbone(tinyBackbone, cheapRandom);
  fillWithFormula(backbone.weights);
  const source = contextOf('weights');
  await source.stages.writeFile('weights', CHECKPOINT_FILE, await encodeWeights({ stores: [backbone.weights] }));
  backbone.dispose();
  const pretraining = recordOf('weights', { kind: 'pretraining' });
  const common = { data: 'tiny', split: 'train', imageSize: 20, layers: ['layer1', 'layer4'] };
  const cases: Record<string, FeaturesSettings> = {
    'average pool': { ...common, pool: 'average' },
    'grid pool of a subset': { ...common, pool: { maxDimension: 64 }, images: 20 },
  };
  const bits: Record<string, string> = {};
  for (const [name, settings] of Object.entries(cases)) {
    const context = contextOf(`features-${name}`);
    const { result } = await runFeatures(settings, { backbone: tinyBackbone, pretraining }, context);
    bits[name] = sha256(result, tensorsOf(context, FEATURES_FILE));
  }
  return bits;
}

/** Every task on features that are noise around one centre per class. */
async function transferBits(): Promise<Record<string, string>> {
  const needs = new Map([
    ['train', await writeFeatures('train')],
    ['test', await writeFeatures('test')],
  ]);
  const shared = {
    id: 'task',
    data: 'tiny',
    of: ['any'],
    imageSize: IMAGE_SIDE,
    layers: ['layer4'],
    pool: 'average',
  } as const;
  const parts = { ...shared, train: 'train', test: 'val' };
  const probe: LinearProbeTransfer = {
    ...{ ...parts, task: 'linear-probe', solver: 'lbfgs', l2: 1e-3, standardise: true, learningRate: 1 },
    ...{ momentum: 0.9, weightDecay: 0, epochs: 4, milestones: [2, 3], batch: 16 },
  };
  const tasks: Record<string, FrozenTransfer> = {
    'linear probe': probe,
    'linear probe by sgd': { ...probe, solver: 'sgd', standardise: false },
    'nearest neighbours': { ...parts, task: 'knn', k: 5, temperature: 0.07 },
    retrieval: { ...shared, task: 'retrieval', gallery: 'train', query: 'val' },
  };
  const classes = { base: 0.5, validation: 0, novel: 0.5, classSeed: 0, baseTask: 'linear-probe' } as const;
  const head = { learningRate: 0.01, momentum: 0.9, dampening: 0.9, weightDecay: 0.001, batch: 4, epochs: 3 };
  for (const classifier of episodeClassifierNames)
    tasks[`few-shot by ${classifier}`] = {
      ...{ ...parts, ...classes, ...head, task: 'few-shot', classifier, transform: 'centred-l2', l2: 0.1 },
      ...{ ways: 2, shots: 2, queries: 3, episodes: 12 },
    };
  const bits: Record<string, string> = {};
  for (const [name, settings] of Object.entries(tasks)) {
    const features = { trainFeatures: 'train', testFeatures: 'test' };
    const stage: FrozenStage = { ...stageBase(name), kind: 'transfer', transfer: name, settings, ...features };
    const { result } = await runFrozenTransfer(stage, contextOf(`transfer-${name}`, needs));
    bits[name] = sha256(result);
  }
  return bits;
}

/** Three steps and the model of each other task that trains the backbone further. */
async function tuningBits(): Promise<Record<string, string>> {
  const tuned = [...(await tuneAll(contextOf))];
  return Object.fromEntries(
    tuned.map(([name, { context, result }]) => [name, sha256(result, tensorsOf(context, MODEL_FILE))]),
  );
}

/** Three steps and the detections of one detector of each build, on composed scenes. */
async function detectionBits(): Promise<Record<string, string>> {
  const scenes = fillEmojiScenes({ size: 32, trainImages: 6, testImages: 3, objects: [1, 2] });
  const regions = { anchorSizes: [8, 12, 16, 24, 32], rpnProposalsTrain: [40, 20], rpnProposalsTest: [40, 10] };
  const brief = { steps: 3, batch: 2, scoreThreshold: 0.001, detections: 10, roiBatch: 8, warmupSteps: 2, clipNorm: 5 };
  const models = ['fcos', 'retinanet', 'mask-rcnn-fpn', 'mask-rcnn-c4'] as const;
  const bits: Record<string, string> = {};
  for (const model of models) {
    const filled = fillDetection({ ...brief, ...regions, model, photometric: true }, 32);
    const parts = {
      id: 'detect',
      task: 'detection',
      data: 'scenes',
      of: ['any'],
      train: 'train',
      test: 'test',
    } as const;
    const settings: DetectionTransfer = { ...filled, ...parts, imageSize: 32 };
    const data = new DataLibrary({ scenes }, '/', () => undefined);
    const context = { ...contextOf(`detection-${model}`), data };
    const { result } = await runDetection({ settings, backbone: tinyBackbone, weights: 'weights' }, context);
    const found = readFileSync(context.stages.file(context.key, DETECTIONS_FILE), 'utf8');
    bits[`detection by ${model}`] = sha256(result, tensorsOf(context, MODEL_FILE), found);
  }
  return bits;
}

/** Every kind of analysis on two sets of noise around the same centres. */
async function analysisBits(): Promise<Record<string, string>> {
  const needs = new Map([
    ['train', await writeFeatures('train')],
    ['test', await writeFeatures('test')],
  ]);
  const common = { id: 'analysis', data: 'tiny', split: 'train', images: 64, imageSize: IMAGE_SIDE } as const;
  const shared = { ...common, layers: ['layer4'], pool: 'average' } as const;
  const pair = { ...shared, between: ['a', 'b'], batch: 24, bandwidth: 0.5, variance: 0.99 };
  const all: readonly FeaturesAnalysis[] = [
    ...similarityKinds.map((kind) => ({ ...pair, kind })),
    { ...shared, kind: 'geometry', of: ['a'], neighbours: 10 },
    { ...shared, kind: 'transferability', of: ['a'] },
  ];
  const bits: Record<string, string> = {};
  for (const settings of all) {
    const { kind } = settings;
    const stage: FeaturesAnalysisStage = {
      ...{ ...stageBase(kind), kind: 'analysis', analysis: kind, settings, features: 'train', otherFeatures: 'test' },
    };
    const { result } = await runAnalysis(stage, contextOf(`analysis-${kind}`, needs));
    bits[kind] = sha256(result);
  }
  const { result } = await runAnalysis(tinyInversion(stageBase('inversion'), 'weights'), contextOf('inversion'));
  const looked = [...(await lookAll(contextOf))].map(
    ([name, one]) => [name, sha256(one.result, undefined, one.bytes)] as const,
  );
  return { ...bits, ...(await embeddingBits(needs)), ...Object.fromEntries(looked), inversion: sha256(result) };
}

/** Maps by every method. */
async function embeddingBits(needs: StageContext['needs']): Promise<Record<string, string>> {
  const bits: Record<string, string> = {};
  for (const method of embeddingMethods) {
    const stage = tinyEmbedding(stageBase(method), { method, features: 'train', imageSize: IMAGE_SIDE });
    const context = contextOf(`embedding-${method}`, needs);
    const { result } = await runAnalysis(stage, context);
    bits[`embedding by ${method}`] = sha256(result, tensorsOf(context, EMBEDDING_ARRAYS_FILE));
  }
  return bits;
}

async function writeFeatures(key: string): Promise<StageRecord> {
  const [count, dimension] = [dataset.length, 12];
  const noise = uniformByName(`features-${key}`, count * dimension);
  const values = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) {
    const centre = uniformByName(`centre-${dataset.labels[i]}`, dimension);
    for (let j = 0; j < dimension; j++) values[i * dimension + j] = centre[j]! + 1.5 * noise[i * dimension + j]!;
  }
  const file = new Map<string, FileTensor>([
    ['indices', { dtype: 'I32', shape: [count], data: Int32Array.from({ length: count }, (_, i) => i) }],
    ['layer4', { dtype: 'F32', shape: [count, dimension], data: values }],
  ]);
  await contextOf(key).stages.writeFile(key, FEATURES_FILE, encodeSafetensors(file));
  const result: Partial<FeaturesResult> = {
    kind: 'features',
    split: 'train',
    layers: [{ layer: 'layer4', dimension, grid: 1 }],
  };
  return recordOf(key, result);
}

function contextOf(key: string, needs: StageContext['needs'] = new Map()): StageContext {
  return makeContext(folder.path, { dataset, key, needs, seed: 3 });
}

function stageBase(id: string) {
  return { id, label: id, key: id, seed: 3, seeds: [3], pretraining: id, needs: [] };
}

/** As much of a stage's record as the stages after it read. */
function recordOf(key: string, result: Partial<StageResult>): StageRecord {
  return { key, result } as StageRecord;
}

function tensorsOf(context: StageContext, name: string): ReadonlyMap<string, FileTensor> {
  return decodeSafetensors(readFileSync(context.stages.file(context.key, name))).tensors;
}

/** Of a result's numbers, written out in full, and of tensors in the order of their names. */
function sha256(
  result: StageResult,
  tensors: ReadonlyMap<string, FileTensor> = new Map(),
  more: string | Uint8Array = '',
): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(numbersOf(result)))
    .update(more);
  for (const [name, { shape, data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name} ${shape.join()} `).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** A result without its sentences, which may be reworded. */
function numbersOf(result: StageResult) {
  if (result.kind === 'analysis') return [result.layers, result.matrix ?? null];
  if (result.kind === 'pretraining') return [result.images, result.metrics];
  return result.kind === 'transfer' && result.metrics ? [result.metrics, result.perClass] : result.layers;
}
