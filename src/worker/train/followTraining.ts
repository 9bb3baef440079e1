/**
 * The training loop of a process that helps another one: the same updates in the same order, and nothing else. It starts
 * where the process that has the stage starts, and neither logs, checkpoints nor decides when to stop.
 */
import { learningRateAt } from '../../shared/experiment/schedule';
import { splitState } from '../models/savedState';
import { agreeOnStart } from './peers';
import { loadTrainingState } from './trainingState';
import type { LoopSettings, TrainingTask } from './trainingTask';
import { createTaskOptimizer, takeUpdate } from './update';

/** Trains along to the last step. `file` holds the state of an interrupted training, if there is one. */
export async function followTraining<Batch>(
  task: TrainingTask<Batch>,
  settings: LoopSettings,
  file: string,
): Promise<void> {
  if (!task.peers) throw new Error('internal: nobody to follow');
  const optimizer = createTaskOptimizer(task, settings);
  try {
    const start = await agreeOnStart(task.peers, 0);
    if (start > 0) {
      const state = await loadTrainingState(file);
      if (state === 'none' || 'damaged' in state || state.step !== start)
        throw new Error(`internal: the state of step ${start} is not in ${file}`);
      task.importState(splitState('task', state));
      optimizer.importState(splitState('optimizer', state));
    }
    for (let step = start; step < settings.steps; step++) {
      const moment = { step, totalSteps: settings.steps, stepsPerEpoch: task.stepsPerEpoch };
      const rate = learningRateAt(settings.schedule, moment);
      await takeUpdate({ task, settings, optimizer }, { step, rate, isNormWanted: false, onLosses: () => {} });
    }
  } finally {
    optimizer.dispose();
  }
}
