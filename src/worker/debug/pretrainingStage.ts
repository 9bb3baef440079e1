/** A trained pretraining whose updates are looked at: assembled as a run does, in one process. */
import type { BackboneSettings, TrainedPretraining } from '../../shared/experiment/schema';
import { assembleTraining } from '../pretrain/assembleTraining';
import type { LearnerBatch } from '../pretrain/learner';
import type { StageContext } from '../stageContext';
import type { PartDescription, TrainedStage } from './lookedAt';
import { matchClasses } from './matchClasses';

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
  return {
    task,
    loop,
    describe,
    match: async (parts) => matchClasses(parts, dataset.classes),
    dispose: async () => {
      await pool.close();
      learner.dispose();
    },
  };
}
