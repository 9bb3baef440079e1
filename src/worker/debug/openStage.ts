/** From a stage of the plan to its batches, one after the other; the registry of what can be looked at. */
import type { Experiment } from '../../shared/experiment/schema';
import {
  isFineTuningStage,
  type FeaturesStage,
  type FrozenStage,
  type PretrainingStage,
  type Stage,
} from '../../shared/experiment/stages';
import { isTrained } from '../../shared/experiment/training';
import { UserError } from '../../shared/errors';
import type { BatchSession } from '../../shared/results/batchInspection';
import type { StageRecord } from '../../shared/results/records';
import { runFeatures } from '../transfer/featuresStage';
import { openFineTuning } from './fineTuningStages';
import { imagesFor, openPasses } from './passStage';
import { openPretraining } from './pretrainingStage';
import { openProbe } from './probeStage';
import { provideWeights } from './startWeights';
import { stepTraining, type SteppingOptions, type Steps } from './stepTraining';

export interface OpenedStage {
  readonly steps: Steps;
  /** Where the weights at the start come from, as a sentence. */
  readonly weights: string;
  readonly images: BatchSession['images'];
}

export interface StageToOpen extends SteppingOptions {
  readonly stage: Stage;
  /** The whole plan. */
  readonly stages: readonly Stage[];
  readonly experiment: Experiment;
}

export async function openStage(request: StageToOpen): Promise<OpenedStage> {
  const { stage } = request;
  switch (stage.kind) {
    case 'pretraining':
      return openPretrainingStage(stage, request);
    case 'features':
      return openFeaturesStage(stage, request);
    case 'transfer': {
      if (!isFineTuningStage(stage)) return openFrozenStage(stage, request);
      const weights = await provideWeights(stage.weights, request.stages, request.context);
      const steps = await openFineTuning(stage, request);
      const { data, train } = stage.settings;
      return { steps, weights: startOf(steps, weights, request), images: { data, split: train } };
    }
    case 'analysis':
      throw refusal(`"${stage.analysis}" is an analysis, which trains nothing`, `${stage.pretraining}`);
  }
}

async function openPretrainingStage(stage: PretrainingStage, request: StageToOpen): Promise<OpenedStage> {
  const { context, stages, experiment } = request;
  const { pretraining, backbone } = stage.settings;
  if (isTrained(pretraining)) {
    const steps = await stepTraining(await openPretraining(pretraining, backbone, context), request);
    const { data, split } = pretraining;
    return { steps, weights: startOf(steps, `Drawn from seed ${stage.seed}.`, request), images: { data, split } };
  }
  const settings = imagesFor(stage, stages, experiment);
  const weights = await provideWeights(stage.key, stages, context);
  const steps = await openPasses({ backbone, weights: stage.key, settings }, request);
  return { steps, weights, images: { data: settings.data, split: settings.split } };
}

async function openFeaturesStage(stage: FeaturesStage, request: StageToOpen): Promise<OpenedStage> {
  const { context, stages, experiment } = request;
  const [key] = stage.needs;
  const weights = await provideWeights(key!, stages, context);
  const { settings } = stage;
  const steps = await openPasses({ backbone: experiment.backbone, weights: key!, settings }, request);
  return { steps, weights, images: { data: settings.data, split: settings.split } };
}

async function openFrozenStage(stage: FrozenStage, request: StageToOpen): Promise<OpenedStage> {
  const { settings } = stage;
  if (settings.task !== 'linear-probe' || settings.solver !== 'sgd') {
    const how =
      settings.task === 'linear-probe'
        ? 'solves its probe as a whole (`solver: lbfgs`)'
        : 'is computed as a whole from stored features';
    const features = request.stages.find(({ key }) => key === stage.trainFeatures)!;
    throw refusal(`"${stage.transfer}" ${how}`, features.id);
  }
  const { record, weights, images } = await provideFeatures(stage.trainFeatures, request);
  const layer = settings.layers.at(-1)!;
  const steps = await openProbe({ stage, settings, features: record }, request);
  return { steps, weights: `A new classifier on ${layer}, drawn from seed ${stage.seed}. ${weights}`, images };
}

/** Stored features, or the same computed now. */
async function provideFeatures(
  key: string,
  { stages, context, experiment }: StageToOpen,
): Promise<Omit<OpenedStage, 'steps'> & { readonly record: Pick<StageRecord, 'key' | 'result'> }> {
  const found = await context.stages.lookUp(key);
  const stage = stages.find((one): one is FeaturesStage => one.key === key && one.kind === 'features')!;
  const { data, split } = stage.settings;
  const images = { data, split };
  const stored = `Features by "${stage.pretraining}" as stored.`;
  if (found.state === 'done') return { record: found.record, weights: stored, images };
  const [pretraining] = stage.needs;
  const weights = await provideWeights(pretraining!, stages, context);
  const own = { ...context, key, seed: stage.seed };
  const source = { backbone: experiment.backbone, pretraining: { key: pretraining! } };
  const { result } = await runFeatures(stage.settings, source, own);
  return { record: { key, result }, weights, images };
}

function startOf({ startedAt }: Steps, weights: string, { fromCheckpoint }: StageToOpen): string {
  if (startedAt > 0) return `From the checkpoint after ${startedAt} updates.`;
  return fromCheckpoint ? `${weights} There is no checkpoint of an interrupted run.` : weights;
}

function refusal(why: string, instead: string): UserError {
  return new UserError('config', `${why}, so it has no single batch to look at; look at "${instead}" instead`);
}
