/** From a stage of the plan to its batches, one after the other; the registry of what can be looked at. */
import type { Stage } from '../../shared/experiment/stages';
import { isTrained } from '../../shared/experiment/training';
import { UserError } from '../../shared/errors';
import { openPretraining } from './pretrainingStage';
import { stepTraining, type SteppingOptions, type Steps } from './stepTraining';

export interface OpenedStage {
  readonly steps: Steps;
  /** Where the weights at the start come from, as a sentence. */
  readonly weights: string;
}

export interface StageToOpen extends SteppingOptions {
  readonly stage: Stage;
  /** The whole plan. */
  readonly stages: readonly Stage[];
}

export async function openStage(request: StageToOpen): Promise<OpenedStage> {
  const { stage, context } = request;
  if (stage.kind === 'pretraining') {
    const { pretraining, backbone } = stage.settings;
    if (isTrained(pretraining)) {
      const steps = await stepTraining(await openPretraining(pretraining, backbone, context), request);
      return { steps, weights: startOf(steps, `Drawn from seed ${stage.seed}.`) };
    }
  }
  throw new UserError('config', `"${stage.id}" has no batches to look at`);
}

function startOf({ startedAt }: Steps, weights: string): string {
  return startedAt === 0 ? weights : `From the checkpoint after ${startedAt} updates.`;
}
