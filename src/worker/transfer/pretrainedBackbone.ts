/**
 * The backbone that a fine-tuning starts from: the pretraining's weights, with some stages drawn anew when that is asked
 * (the transplant study: which layers' weights matter), and which of its parameters are trained. Zhao et al. 2021, arXiv
 * 2006.06606, asks what of a pretraining transfers; Yosinski et al. 2014, arXiv 1411.1792, transplants layers.
 */
import { readFile } from 'node:fs/promises';
import type * as tf from '@tensorflow/tfjs-core';
import { backboneStages, type BackboneStage } from '../../shared/experiment/fineTuningFields';
import type { BackboneSettings } from '../../shared/experiment/schema';
import type { FineTuningSettings } from '../../shared/experiment/transferSchema';
import { deriveRandom } from '../../shared/random';
import { loadBackboneWeights } from '../checkpoint/weightsFile';
import type { Backbone } from '../models/backbone';
import { createBackbone } from '../models/registry';
import type { HostTensor } from '../models/weightStore';
import { CHECKPOINT_FILE } from '../pretrain/pretraining';
import type { StageContext } from '../stageContext';

export interface PretrainedBackbone {
  /** The caller disposes it. */
  readonly backbone: Backbone;
  /** Parameters outside frozen and cut stages, by name; without batch-norm scales and shifts where those stay as pretrained. */
  readonly trained: ReadonlyMap<string, tf.Variable>;
}

export interface BackboneSource {
  readonly backbone: BackboneSettings;
  /** Key of the pretraining. */
  readonly weights: string;
}

export async function loadPretrainedBackbone(
  source: BackboneSource,
  settings: Pick<FineTuningSettings, 'freeze' | 'reinitialise' | 'cut' | 'batchNorm' | 'recompute'>,
  context: StageContext,
): Promise<PretrainedBackbone> {
  const backbone = createBackbone(source.backbone, deriveRandom(context.seed, 'reinitialised'));
  try {
    const fresh = await freshWeights(backbone, settings.reinitialise);
    const checkpoint = context.stages.file(source.weights, CHECKPOINT_FILE);
    loadBackboneWeights(backbone, await readFile(checkpoint), checkpoint);
    backbone.weights.importTensors(fresh);
    backbone.recompute = settings.recompute;
    return { backbone, trained: trainedParameters(backbone, settings) };
  } catch (error) {
    backbone.dispose();
    throw error;
  }
}

/** The stage that a weight belongs to, by its torchvision name. */
export function stageOfWeight(name: string): BackboneStage {
  const stage = /^layer[1-4](?=\.)/.exec(name)?.[0];
  return (stage as BackboneStage | undefined) ?? 'stem';
}

/** Whether a stage keeps its pretrained weights and statistics. */
function isFrozen(stage: BackboneStage, freeze: FineTuningSettings['freeze']): boolean {
  return freeze !== 'none' && backboneStages.indexOf(stage) <= backboneStages.indexOf(freeze);
}

/** Whether a stage is part of the network at all. */
function isKept(stage: BackboneStage, cut: FineTuningSettings['cut']): boolean {
  return cut === 'none' || backboneStages.indexOf(stage) <= backboneStages.indexOf(cut);
}

/** The weights, as just drawn, of the stages from `from` on. */
async function freshWeights(
  backbone: Backbone,
  from: FineTuningSettings['reinitialise'],
): Promise<Map<string, HostTensor>> {
  if (from === 'none') return new Map();
  const isFresh = (name: string) => backboneStages.indexOf(stageOfWeight(name)) >= backboneStages.indexOf(from);
  return new Map([...(await backbone.weights.exportTensors())].filter(([name]) => isFresh(name)));
}

/** What a fine-tuning trains of a backbone, by name. */
export function trainedParameters(
  { weights }: Pick<Backbone, 'weights'>,
  { freeze, cut, batchNorm }: Pick<FineTuningSettings, 'freeze' | 'cut' | 'batchNorm'>,
): ReadonlyMap<string, tf.Variable> {
  const isNorm = (name: string) => weights.layout(name) === 'plain';
  return new Map(
    [...weights.parameters()].filter(
      ([name]) =>
        !isFrozen(stageOfWeight(name), freeze) &&
        isKept(stageOfWeight(name), cut) &&
        !(batchNorm === 'frozen' && isNorm(name)),
    ),
  );
}
