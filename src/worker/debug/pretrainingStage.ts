/** A trained pretraining whose updates are looked at: assembled as a run does, in one process. */
import type { BackboneSettings, TrainedPretraining } from '../../shared/experiment/schema';
import { batchIndices } from '../data/batchOrder';
import type { Dataset } from '../data/dataset';
import { assembleTraining } from '../pretrain/assembleTraining';
import type { LearnerBatch } from '../pretrain/learner';
import type { StageContext } from '../stageContext';
import type { PartDescription, TrainedStage } from './lookedAt';
import { matchClasses } from './matchClasses';
import { matchQueue } from './matchQueue';
import { createBankLog, createQueueLog, type EntryLog } from './memory';

/** Fresh networks of the seed, as a run begins with them; the caller disposes. */
export async function openPretraining(
  settings: TrainedPretraining,
  backbone: BackboneSettings,
  context: StageContext,
): Promise<TrainedStage<LearnerBatch>> {
  const dataset = await context.data.dataset({ id: settings.data, split: settings.split });
  const { task, loop, learner, pool } = assembleTraining(settings, { backbone, dataset, context });
  const names = learner.views === 2 ? ['query', 'key'] : ['image'];
  const describe = ({ views, indices, labels }: LearnerBatch): PartDescription => ({
    views: views.map((images, i) => ({ name: names[i]!, images })),
    images: Array.from(indices, (index, row) => ({
      name: dataset.names[index]!,
      label: dataset.classes[labels[row]!]!,
      index,
    })),
  });
  let log: EntryLog | undefined;
  return {
    task,
    loop,
    describe,
    match: async (parts, { step }) => {
      if (settings.method === 'supervised') return matchClasses(parts, dataset.classes);
      log ??= openLog(settings, dataset, { step, seed: context.seed });
      const matched = matchQueue(parts, { log, dataset, step });
      log.note(
        step,
        parts.flatMap(({ images }) => images.map(({ index }) => index!)),
      );
      return matched;
    },
    dispose: async () => {
      await pool.close();
      learner.dispose();
    },
  };
}

/** step: updates made before the first one looked at. */
function openLog(
  settings: Exclude<TrainedPretraining, { method: 'supervised' }>,
  { length }: Dataset,
  { step, seed }: { readonly step: number; readonly seed: number },
): EntryLog {
  const batch = settings.batch * settings.accumulate;
  const earlier = { step, indicesOf: (one: number) => batchIndices({ length, batch, seed, step: one }) };
  return settings.method === 'instdisc' ? createBankLog(length, earlier) : createQueueLog(settings.queue, earlier);
}
