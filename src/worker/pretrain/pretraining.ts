/** The pretraining stage: draws, imports or trains the backbone's weights and leaves them as a PyTorch-loadable checkpoint. */
import { readFile } from 'node:fs/promises';
import type { PretrainingStage } from '../../shared/experiment/stages';
import type {
  BackboneSettings,
  ImportedPretraining,
  PretrainingSettings,
  SnapshotPretraining,
  TrainedPretraining,
} from '../../shared/experiment/schema';
import { isTrained } from '../../shared/experiment/training';
import { deriveRandom } from '../../shared/random';
import type { FileStamp, PretrainingResult } from '../../shared/results/records';
import { useWeights } from '../../shared/weights/useWeights';
import { importWeights, type ImportReport } from '../checkpoint/importWeights';
import { weightPlatform } from '../checkpoint/weightPlatform';
import { encodeWeights, loadBackboneWeights } from '../checkpoint/weightsFile';
import type { Backbone } from '../models/backbone';
import { placePath } from '../data/placePath';
import { createBackbone } from '../models/registry';
import type { WeightStore } from '../models/weightStore';
import type { StageContext, StageOutput } from '../stageContext';
import { digestTensors, requireFinite } from '../train/trainingState';
import { calibrateBatchNorm } from './calibrate';
import { encodeLearner } from './encodeLearner';
import { METRICS_FILE } from '../storage/metricsFile';
import { trainBackbone } from './trainBackbone';

export const CHECKPOINT_FILE = 'checkpoint.safetensors';

export async function runPretraining(stage: PretrainingStage, context: StageContext): Promise<StageOutput> {
  const { backbone, pretraining } = stage.settings;
  if (isTrained(pretraining)) return trained(pretraining, backbone, context);
  return pretraining.method === 'snapshot' ? takeSnapshot(pretraining, backbone, context) : untrained(stage, context);
}

/** Random or imported weights: no step is taken. */
async function untrained(stage: PretrainingStage, context: StageContext): Promise<StageOutput> {
  const { pretraining } = stage.settings;
  const backbone = createBackbone(stage.settings.backbone, deriveRandom(context.seed, 'backbone'));
  try {
    const imported = pretraining.method === 'imported' ? await importInto(backbone, pretraining, context) : undefined;
    const images = await calibrateWhenAsked(backbone, pretraining, context);
    const saved = await saveCheckpoint(backbone.weights, context);
    const result: PretrainingResult = {
      kind: 'pretraining',
      method: pretraining.method,
      parameters: countParameters(backbone),
      steps: 0,
      images,
      weightsDigest: saved.digest,
      metrics: {},
      notes: imported?.notes ?? [],
      ...(imported && { origin: imported.origin }),
    };
    return { result, files: { [CHECKPOINT_FILE]: saved.stamp } };
  } finally {
    backbone.dispose();
  }
}

/** Returns how many images the statistics were measured on: 0 unless the settings ask for it. */
async function calibrateWhenAsked(
  backbone: Backbone,
  pretraining: PretrainingSettings,
  context: StageContext,
): Promise<number> {
  if (pretraining.method !== 'random' || pretraining.batchNorm === 'initial') return 0;
  const dataset = await context.data.dataset({ id: pretraining.data, split: pretraining.split });
  await calibrateBatchNorm(backbone, { dataset, imageSize: pretraining.imageSize }, context);
  return dataset.length;
}

/** Nothing is imported in part without a word: what lacks is an error, what is left over is said. */
async function importInto(
  backbone: Backbone,
  settings: ImportedPretraining,
  context: StageContext,
): Promise<ImportReport> {
  const place = { path: placePath(settings.weights, context.baseDir), name: settings.weights };
  return useWeights(place, weightPlatform, (weights) => importWeights(backbone, weights, settings.mapping));
}

async function trained(
  pretraining: TrainedPretraining,
  backbone: BackboneSettings,
  context: StageContext,
): Promise<StageOutput> {
  const dataset = await context.data.dataset({ id: pretraining.data, split: pretraining.split });
  const training = await trainBackbone(pretraining, { backbone, dataset }, context);
  const { learner } = training;
  try {
    const content = await encodeLearner(learner, 'the end of the pretraining');
    const stamp = await context.stages.writeFile(context.key, CHECKPOINT_FILE, content);
    const result: PretrainingResult = {
      kind: 'pretraining',
      method: pretraining.method,
      parameters: countParameters(learner.backbone),
      steps: training.steps,
      images: dataset.length,
      weightsDigest: digestTensors(await learner.backbone.weights.exportTensors()),
      metrics: training.metrics,
      notes: training.notes,
      ...(training.snapshots.length > 0 && { snapshots: training.snapshots }),
    };
    const files = { [CHECKPOINT_FILE]: stamp, [METRICS_FILE]: training.metricsStamp, ...training.kept };
    return { result, files, earlier: training.earlier };
  } finally {
    learner.dispose();
  }
}

async function saveCheckpoint(
  weights: WeightStore,
  context: StageContext,
): Promise<{ stamp: FileStamp; digest: string }> {
  const tensors = await weights.exportTensors();
  requireFinite(tensors, 'the end of the pretraining');
  const content = await encodeWeights({ stores: [weights] });
  return {
    stamp: await context.stages.writeFile(context.key, CHECKPOINT_FILE, content),
    digest: digestTensors(tensors),
  };
}

/** The weights that another pretraining kept on its way, as a pretraining of their own; what it is of need not be kept. */
async function takeSnapshot(
  { of, at }: SnapshotPretraining,
  settings: BackboneSettings,
  { needs, key, stages }: StageContext,
): Promise<StageOutput> {
  const [source] = needs.values();
  const made = source?.result;
  if (made?.kind !== 'pretraining') throw new Error('internal: a snapshot was started before its training');
  const kept = made.snapshots?.find((one) => one.at === at);
  if (!kept) throw new Error(`internal: the training of ${of} kept nothing at ${at}`);
  const content = await readFile(stages.file(source!.key, kept.file));
  const backbone = createBackbone(settings, deriveRandom(0, 'overwritten'));
  try {
    loadBackboneWeights(backbone, content, kept.file);
    const stamp = await stages.writeFile(key, CHECKPOINT_FILE, content);
    const { method, parameters, images } = made;
    const result: PretrainingResult = {
      ...{ kind: 'pretraining', method, parameters, steps: kept.step, images, metrics: {}, notes: [] },
      weightsDigest: digestTensors(await backbone.weights.exportTensors()),
      takenOf: { key: source!.key, total: made.steps },
    };
    return { result, files: { [CHECKPOINT_FILE]: stamp } };
  } finally {
    backbone.dispose();
  }
}

function countParameters(backbone: Backbone): number {
  return [...backbone.weights.parameters().values()].reduce((sum, variable) => sum + variable.size, 0);
}
