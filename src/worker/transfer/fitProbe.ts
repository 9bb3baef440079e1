/** A linear probe of one layer with the settings of its transfer, and the same once more from what is stored. */
import type { LinearProbeTransfer } from '../../shared/experiment/transferSchema';
import type { StageRecord } from '../../shared/results/records';
import type { StageContext } from '../stageContext';
import type { FeatureMatrix } from './features';
import { loadPart, matrixOf, withinBudget } from './frozenPart';
import { solveLinearProbe, type LinearProbeResult } from './linearProbe';
import type { LabelledFeatures, LinearClassifier } from './linearProbeScore';
import { trainLinearProbe } from './linearProbeSgd';

export interface ProbeProblem {
  readonly train: LabelledFeatures;
  readonly test: LabelledFeatures;
  readonly dimension: number;
  readonly numClasses: number;
}

export async function fitProbe(
  settings: LinearProbeTransfer,
  problem: ProbeProblem,
  context: Pick<StageContext, 'signal' | 'seed'>,
): Promise<LinearProbeResult> {
  const { solver, l2, learningRate, momentum, weightDecay, epochs, milestones, batch, standardise } = settings;
  const common = { ...problem, standardise, signal: context.signal };
  if (solver === 'lbfgs') return solveLinearProbe({ ...common, l2 });
  return trainLinearProbe({
    ...common,
    ...{ learningRate, momentum, weightDecay, epochs, milestones, batch, seed: context.seed },
  });
}

export interface FittedProbe {
  readonly classifier: LinearClassifier;
  readonly classes: readonly string[];
  readonly features: FeatureMatrix;
}

/** The classifier of a finished probe, which its record does not hold: fitted again to the same features, to the same result. */
export async function refitProbe(
  settings: LinearProbeTransfer,
  { transfer, features }: { readonly transfer: StageRecord; readonly features: StageRecord },
  context: StageContext,
): Promise<FittedProbe> {
  const train = withinBudget(await loadPart(features, { settings }, context), settings.budget, context.seed);
  const layer = settings.layers.at(-1)!;
  const matrix = matrixOf(train, layer);
  const labelled = { values: matrix.values, labels: train.labels };
  const problem = { train: labelled, test: labelled, dimension: matrix.dimension, numClasses: train.classes.length };
  const { weights } = await fitProbe({ ...settings, ...chosenBySweep(settings, transfer, layer) }, problem, context);
  return { classifier: weights, classes: train.classes, features: matrix };
}

function chosenBySweep(settings: LinearProbeTransfer, { result }: StageRecord, layer: string) {
  if (!settings.sweep || result.kind !== 'transfer') return {};
  const sweep = result.sweeps?.find((one) => one.layer === layer);
  return sweep ? { [sweep.setting]: sweep.chosen } : {};
}
