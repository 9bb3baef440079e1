/** The stage of an analysis; the registry of their kinds. */
import type { EmbeddingAnalysis, FeaturesAnalysis } from '../../shared/experiment/analysisSchema';
import {
  isNetworkStage,
  isTransferAnalysis,
  type AnalysisStage,
  type FeaturesAnalysisStage,
  type NetworkAnalysisStage,
} from '../../shared/experiment/stages';
import type { AnalysisResult } from '../../shared/results/records';
import type { StageContext, StageOutput } from '../stageContext';
import { analyseActivations } from './activations/analyseActivations';
import { analyseAttribution } from './attribution/analyseAttribution';
import { diagnoseTransfer } from './detectionErrors';
import { analyseEmbedding } from './embedding/analyseEmbedding';
import { analyseGeometry } from './geometry';
import { runInversion } from './inversion/runInversion';
import { analyseMaximisation } from './maximisation/analyseMaximisation';
import { measureInvariance } from './invariance';
import { scoreSourceLabels } from './leep';
import { measureLikeness } from './likeness';
import { measureReadout } from './readout';
import { compareLayers } from './similarity';
import { scoreTransferability } from './transferability';

export async function runAnalysis(stage: AnalysisStage, context: StageContext): Promise<StageOutput> {
  if (isTransferAnalysis(stage)) return { result: diagnoseTransfer(stage, context), files: {} };
  if (isNetworkStage(stage)) return lookAtImages(stage, context);
  const { settings } = stage;
  if (settings.kind === 'embedding') return analyseEmbedding(stage, settings, context);
  return { result: await analyse(stage, settings, context), files: {} };
}

async function lookAtImages(stage: NetworkAnalysisStage, context: StageContext): Promise<StageOutput> {
  const { settings } = stage;
  switch (settings.kind) {
    case 'likeness':
      return { result: await measureLikeness(stage, settings, context), files: {} };
    case 'invariance':
      return { result: await measureInvariance(stage, settings, context), files: {} };
    case 'leep':
      return { result: await scoreSourceLabels(stage, settings, context), files: {} };
    case 'readout':
      return { result: await measureReadout(stage, settings, context), files: {} };
    case 'inversion':
      return runInversion(stage, settings, context);
    case 'activations':
      return analyseActivations({ stage, settings }, context);
    case 'attribution':
      return analyseAttribution({ stage, settings }, context);
    case 'maximisation':
      return analyseMaximisation({ stage, settings }, context);
  }
}

function analyse(
  stage: FeaturesAnalysisStage,
  settings: Exclude<FeaturesAnalysis, EmbeddingAnalysis>,
  context: StageContext,
): Promise<AnalysisResult> {
  switch (settings.kind) {
    case 'geometry':
      return analyseGeometry(stage, settings, context);
    case 'transferability':
      return scoreTransferability(stage, context);
    default:
      return compareLayers(stage, settings, context);
  }
}
