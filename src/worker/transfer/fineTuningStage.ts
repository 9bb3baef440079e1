/** The stage of a transfer that trains the backbone further; the registry of tasks. */
import type { FineTuningStage } from '../../shared/experiment/plan';
import type { StageContext, StageOutput } from '../stageContext';
import { runDetection } from './detection/runDetection';

export async function runFineTuning(stage: FineTuningStage, context: StageContext): Promise<StageOutput> {
  switch (stage.settings.task) {
    case 'detection':
      return runDetection({ settings: stage.settings, backbone: stage.backbone, weights: stage.weights }, context);
  }
}
