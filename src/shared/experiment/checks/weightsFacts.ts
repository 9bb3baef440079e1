/** What the weight files that an experiment imports are, and whether they fit its backbone; read from their headers. */
import { UserError } from '../../errors';
import { backboneShapes, fitBackbone, requireFit } from '../../weights/fitBackbone';
import { recogniseOrRefuse } from '../../weights/recognise';
import type { WeightsFile } from '../../weights/weightsFile';
import { fillSeed } from '../plan';
import type { BackboneSettings, Experiment, ImportedPretraining } from '../schema';
import type { WeightsFacts } from './facts';

export interface WeightsOpener {
  /** False for files that are not there: that is said elsewhere. */
  exists(path: string): Promise<boolean>;
  /** Path as in the experiment, with `{seed}` filled in. Throws a user error for files that are malformed. */
  use<Result>(path: string, look: (weights: WeightsFile) => Promise<Result>): Promise<Result>;
}

/** More seeds than this are not looked at before the launch. */
const maxSeeds = 20;

/** By id of the pretraining; of those whose files are there. */
export async function gatherWeightsFacts(
  experiment: Pick<Experiment, 'backbone' | 'pretrainings' | 'seeds'>,
  opener: WeightsOpener,
): Promise<Record<string, WeightsFacts>> {
  const facts: Record<string, WeightsFacts> = {};
  for (const pretraining of experiment.pretrainings) {
    if (pretraining.method !== 'imported') continue;
    const seeds = experiment.seeds.slice(0, maxSeeds).map((seed) => fillSeed(pretraining.weights, seed));
    for (const path of new Set(seeds)) {
      if (!(await opener.exists(path))) continue;
      const found = await lookAt(path, { pretraining, backbone: experiment.backbone }, opener);
      facts[pretraining.id] ??= found;
      if (found.problem !== undefined) facts[pretraining.id] = found;
    }
  }
  return facts;
}

async function lookAt(
  path: string,
  { pretraining, backbone }: { pretraining: ImportedPretraining; backbone: BackboneSettings },
  opener: WeightsOpener,
): Promise<WeightsFacts> {
  try {
    return await opener.use(path, async (weights) => {
      const recognition = recogniseOrRefuse(weights, pretraining.mapping);
      const fit = fitBackbone(recognition, backboneShapes(backbone));
      requireFit(weights, fit, backbone);
      const strange = fit.strange[0];
      return {
        warnings: [
          ...(strange === undefined
            ? []
            : [
                `${fit.strange.length} tensors of ${path} beside the backbone have no place in it, the first: ${strange}`,
              ]),
          ...(recognition.family.notes ?? []),
        ],
      };
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problem: error.message, warnings: [] };
  }
}
