/** Trains a backbone by a pretraining method, in this process or in several that share each update. */
import type { BackboneSettings, TrainedPretraining } from '../../shared/experiment/schema';
import type { Dataset } from '../data/dataset';
import type { StageContext } from '../stageContext';
import type { KeptSnapshot } from '../../shared/results/records';
import { runTrainingLoop } from '../train/trainingLoop';
import type { Trained } from '../train/trainingTask';
import { assembleTraining } from './assembleTraining';
import type { Learner } from './learner';
import { startPeers } from './startPeers';

export interface TrainedBackbone extends Trained {
  /** The caller disposes it. */
  readonly learner: Learner;
  readonly steps: number;
  readonly notes: readonly string[];
  readonly snapshots: readonly KeptSnapshot[];
}

export async function trainBackbone(
  settings: TrainedPretraining,
  plan: { readonly backbone: BackboneSettings; readonly dataset: Dataset },
  context: StageContext,
): Promise<TrainedBackbone> {
  const started = settings.processes > 1 ? await startPeers(settings, plan, context) : undefined;
  try {
    const training = assembleTraining(settings, { ...plan, context, ...(started && { peers: started.peers }) });
    const { learner, task, loop, snapshots } = training;
    try {
      const trained = await runTrainingLoop(task, loop, context);
      return { ...trained, learner, snapshots, steps: loop.steps, notes: task.notes() };
    } catch (error) {
      learner.dispose();
      throw error;
    } finally {
      await training.pool.close();
    }
  } finally {
    await started?.close();
  }
}
