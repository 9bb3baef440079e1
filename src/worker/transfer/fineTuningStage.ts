/** The stage of a transfer that trains the backbone further; the registry of tasks. */
import type { FineTuningStage } from '../../shared/experiment/stages';
import type { StageContext, StageOutput } from '../stageContext';
import { runClassification } from './classification/runClassification';
import { runDetection } from './detection/runDetection';
import { runSegmentation } from './segmentation/runSegmentation';
import { runLandmarks } from './landmarks/runLandmarks';

export async function runFineTuning(stage: FineTuningStage, context: StageContext): Promise<StageOutput> {
  const source = { backbone: stage.backbone, weights: stage.weights };
  switch (stage.settings.task) {
    case 'detection':
      return runDetection({ settings: stage.settings, ...source }, context);
    case 'semantic-segmentation':
      return runSegmentation({ settings: stage.settings, ...source }, context);
    case 'classification':
      return runClassification({ settings: stage.settings, ...source }, context);
    case 'landmarks':
      return runLandmarks({ settings: stage.settings, ...source }, context);
  }
}
