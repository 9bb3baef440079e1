/**
 * The pretrained weights that a looked-at stage begins with. A pretraining that is not finished stands in with its weights before
 * the first update, which are drawn from the same seed as a run draws them.
 */
import type { PretrainingStage, Stage } from '../../shared/experiment/stages';
import { deriveRandom } from '../../shared/random';
import { encodeWeights } from '../checkpoint/weightsFile';
import { createBackbone } from '../models/registry';
import { CHECKPOINT_FILE, runPretraining } from '../pretrain/pretraining';
import type { StageContext } from '../stageContext';

/** Makes the checkpoint of a pretraining readable through `context.stages`, and says what it holds, as a sentence. */
export async function provideWeights(key: string, stages: readonly Stage[], context: StageContext): Promise<string> {
  const stage = stages.find((one): one is PretrainingStage => one.key === key && one.kind === 'pretraining');
  if (!stage) throw new Error('internal: weights of no pretraining');
  const name = `"${stage.pretraining}"`;
  const { pretraining } = stage.settings;
  const found = await context.stages.lookUp(key);
  if (found.state === 'done') return `Weights of the finished pretraining ${name}.`;
  if (pretraining.method === 'imported') {
    await runPretraining(stage, { ...context, key, seed: stage.seed });
    return `Weights of ${pretraining.weights}.`;
  }
  await drawFresh(stage, context);
  if (pretraining.method !== 'random') return `${name} is not pretrained yet: its weights before the first update.`;
  const isMeasured = pretraining.batchNorm !== 'initial';
  return `Random weights of seed ${stage.seed}${isMeasured ? ', without the batch-norm statistics that a run measures' : ''}.`;
}

async function drawFresh({ key, seed, settings }: PretrainingStage, { stages }: StageContext): Promise<void> {
  const backbone = createBackbone(settings.backbone, deriveRandom(seed, 'backbone'));
  try {
    await stages.writeFile(key, CHECKPOINT_FILE, await encodeWeights({ stores: [backbone.weights] }));
  } finally {
    backbone.dispose();
  }
}
