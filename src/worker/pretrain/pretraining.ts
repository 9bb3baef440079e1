/** The pretraining stage: draws, imports or trains the backbone's weights and leaves them as a PyTorch-loadable checkpoint. */
import type { PretrainingStage } from '../../shared/experiment/stages';
import type { ImportedPretraining, PretrainingSettings } from '../../shared/experiment/schema';
import { deriveRandom } from '../../shared/random';
import type { FileStamp, PretrainingResult } from '../../shared/results/records';
import { useWeights } from '../../shared/weights/useWeights';
import { importWeights, type ImportReport } from '../checkpoint/importWeights';
import { weightPlatform } from '../checkpoint/weightPlatform';
import { encodeWeights } from '../checkpoint/weightsFile';
import type { Backbone } from '../models/backbone';
import { placePath } from '../data/placePath';
import { createBackbone } from '../models/registry';
import type { WeightStore } from '../models/weightStore';
import type { StageContext, StageOutput } from '../stageContext';
import { digestTensors, requireFinite } from '../train/trainingState';
import { calibrateBatchNorm } from './calibrate';
import { METRICS_FILE } from '../storage/metricsFile';
import { trainBackbone } from './trainBackbone';

export const CHECKPOINT_FILE = 'checkpoint.safetensors';

export async function runPretraining(stage: PretrainingStage, context: StageContext): Promise<StageOutput> {
  const { method } = stage.settings.pretraining;
  if (method === 'random' || method === 'imported') return untrained(stage, context);
  return trained(stage, context);
}

/** Random or imported weights: no step is taken. */
async function untrained(stage: PretrainingStage, context: StageContext): Promise<StageOutput> {
  const { pretraining } = stage.settings;
  const backbone = createBackbone(stage.settings.backbone, deriveRandom(context.seed, 'backbone'));
  try {
    const imported = pretraining.method === 'imported' ? await importInto(backbone, pretraining, context) : undefined;
    const images = await calibrateWhenAsked(backbone, pretraining, context);
    const saved = await saveCheckpoint([backbone.weights], context);
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

async function trained(stage: PretrainingStage, context: StageContext): Promise<StageOutput> {
  const { pretraining, backbone } = stage.settings;
  if (pretraining.method === 'random' || pretraining.method === 'imported')
    throw new Error('internal: nothing to train');
  const dataset = await context.data.dataset({ id: pretraining.data, split: pretraining.split });
  const training = await trainBackbone(pretraining, { backbone, dataset }, context);
  const { learner } = training;
  try {
    const saved = await saveCheckpoint([learner.backbone.weights, learner.headWeights], context);
    const result: PretrainingResult = {
      kind: 'pretraining',
      method: pretraining.method,
      parameters: countParameters(learner.backbone),
      steps: training.steps,
      images: dataset.length,
      weightsDigest: saved.digest,
      metrics: training.metrics,
      notes: training.notes,
    };
    const files = { [CHECKPOINT_FILE]: saved.stamp, [METRICS_FILE]: training.metricsStamp };
    return { result, files, earlier: training.earlier };
  } finally {
    learner.dispose();
  }
}

async function saveCheckpoint(
  stores: readonly WeightStore[],
  context: StageContext,
): Promise<{ stamp: FileStamp; digest: string }> {
  const backbone = await stores[0]!.exportTensors();
  requireFinite(backbone, 'the end of the pretraining');
  const stamp = await context.stages.writeFile(context.key, CHECKPOINT_FILE, await encodeWeights({ stores }));
  return { stamp, digest: digestTensors(backbone) };
}

function countParameters(backbone: Backbone): number {
  return [...backbone.weights.parameters().values()].reduce((sum, variable) => sum + variable.size, 0);
}
