/** The network that an analysis of single images looks into: a pretraining's backbone, whose weights nothing may change. */
import { readFile } from 'node:fs/promises';
import type { NetworkAnalysisStage } from '../../shared/experiment/stages';
import { loadBackboneWeights } from '../checkpoint/weightsFile';
import type { Backbone } from '../models/backbone';
import { createBackbone } from '../models/registry';
import { unusedRandom } from '../models/unusedRandom';
import { CHECKPOINT_FILE } from '../pretrain/pretraining';
import type { StageContext } from '../stageContext';
import { weightsDigest } from '../transfer/unchangedWeights';

/** Lends the backbone out, and compares its weights afterwards. */
export async function withFrozenNetwork<Result>(
  { backbone: settings, weights }: Pick<NetworkAnalysisStage, 'backbone' | 'weights'>,
  context: Pick<StageContext, 'stages'>,
  use: (backbone: Backbone) => Promise<Result>,
): Promise<Result> {
  const backbone = createBackbone(settings, unusedRandom);
  try {
    const checkpoint = context.stages.file(weights, CHECKPOINT_FILE);
    loadBackboneWeights(backbone, await readFile(checkpoint), checkpoint);
    const before = await weightsDigest(backbone.weights);
    const result = await use(backbone);
    if (before !== (await weightsDigest(backbone.weights)))
      throw new Error('internal: looking at images changed the weights');
    return result;
  } finally {
    backbone.dispose();
  }
}
