/** From the runs of an experiment to where the Features panel finds what analyses of single images have left. Pure. */
import {
  featuresKinds,
  type FeaturesKind,
  type FeaturesModel,
  type FeaturesStage,
} from '../../protocol/panels/featuresPanel';
import type { StageRecord } from '../../results/records';
import { analysesModel, selectAnalysisStages, type AnalysesInput } from '../analyses/analysisStages';
import { formatList, formatNumberOf } from '../formatNumbers';

/** The kind of a finished analysis of single images; undefined for other stages. */
export function featuresKind(record: StageRecord | undefined): FeaturesKind | undefined {
  if (record?.result.kind !== 'analysis') return undefined;
  const { analysis } = record.result;
  return featuresKinds.find((kind) => kind === analysis);
}

export function createFeaturesModel(input: AnalysesInput): Omit<FeaturesModel, 'workerScript'> {
  const stages = selectAnalysisStages(input, (record) => {
    const kind = featuresKind(record);
    return kind && { kind };
  });
  const model = analysesModel(input, stages);
  return { ...model, about: describe(stages, model.pretrainings.length) };
}

function describe(stages: readonly FeaturesStage[], pretrainings: number): string {
  const kinds = featuresKinds.filter((kind) => stages.some((stage) => stage.kind === kind));
  if (kinds.length === 0) return 'No image has been looked at yet.';
  return `${formatList(kinds)} of ${formatNumberOf(pretrainings, 'pretraining')}`;
}
