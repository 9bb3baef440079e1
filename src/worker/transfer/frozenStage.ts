/** The stage of a transfer on frozen features: a probe, neighbours or retrieval on stored features, layer by layer. The backbone is not touched. */
import type { FrozenStage } from '../../shared/experiment/stages';
import type { KnnTransfer, LinearProbeTransfer, RetrievalTransfer } from '../../shared/experiment/transferSchema';
import { UserError } from '../../shared/errors';
import type { LayerScore, SweepResult, TransferResult } from '../../shared/results/records';
import type { StageContext, StageOutput } from '../stageContext';
import type { FeatureMatrix } from './features';
import { fitProbe } from './fitProbe';
import { runFewShot } from './fewShot/fewShotStage';
import { loadPart, matrixOf, takeRows, withinBudget, type FrozenPart } from './frozenPart';
import { runKnn } from './knn';
import { runLandmarkProbe } from './landmarks/runLandmarkProbe';
import { chooseBySweep, holdOut } from './probeSweep';
import { runMultilabel } from './multilabel';
import { runRetrieval } from './retrieval';

export async function runFrozenTransfer(stage: FrozenStage, context: StageContext): Promise<StageOutput> {
  const { settings } = stage;
  if (settings.task === 'landmark-probe') return runLandmarkProbe({ ...stage, settings }, context);
  if (settings.task === 'multilabel-probe') return runMultilabel(stage, settings, context);
  return settings.task === 'few-shot' ? runFewShot(stage, settings, context) : runLayerwise(stage, settings, context);
}

async function runLayerwise(
  stage: FrozenStage,
  settings: LayerwiseTransfer,
  context: StageContext,
): Promise<StageOutput> {
  const train = withinBudget(
    await loadPart(context.needs.get(stage.trainFeatures), stage, context),
    settings.task === 'retrieval' ? undefined : settings.budget,
    context.seed,
  );
  const test = await loadPart(context.needs.get(stage.testFeatures), stage, context);
  const metric = headlineOf(settings.task);
  const scores: LayerScore[] = [];
  const sweeps: SweepResult[] = [];
  const notes: string[] = [];
  for (const [position, layer] of settings.layers.entries()) {
    const pair = { train: matrixOf(train, layer), test: matrixOf(test, layer) };
    const { metrics, sweep } = await scoreLayer(settings, { train, test, pair }, context);
    if (sweep) sweeps.push({ layer, ...sweep });
    if (metrics.converged === 0) notes.push(`the probe of ${layer} stopped before its optimum`);
    const depth = settings.layers.length > 1 ? position / (settings.layers.length - 1) : 1;
    scores.push({ layer, depth, dimension: pair.test.dimension, metrics });
    context.progress(position + 1, settings.layers.length, 'layers', `${layer} ${metric} ${percent(metrics)}`);
  }
  const last = scores.at(-1)!;
  const result: TransferResult = {
    kind: 'transfer',
    task: settings.task,
    data: settings.data,
    trainImages: train.labels.length,
    testImages: test.labels.length,
    classes: test.classes.length,
    layers: scores,
    headline: { metric, layer: last.layer, value: last.metrics[metric]! },
    ...(sweeps.length > 0 && { sweeps }),
    notes,
  };
  return { result, files: {} };

  function percent(metrics: Readonly<Record<string, number>>): string {
    return `${(100 * metrics[metric]!).toFixed(1)} %`;
  }
}

type LayerwiseTransfer = LinearProbeTransfer | KnnTransfer | RetrievalTransfer;

/** Which metric a task is judged by in tables. */
function headlineOf(task: LayerwiseTransfer['task']): string {
  return task === 'retrieval' ? 'top1' : 'accuracy';
}

interface LayerResult {
  readonly metrics: Record<string, number>;
  readonly sweep?: Omit<SweepResult, 'layer'>;
}

interface LayerPair {
  readonly train: FrozenPart;
  readonly test: FrozenPart;
  readonly pair: { readonly train: FeatureMatrix; readonly test: FeatureMatrix };
}

async function scoreLayer(settings: LayerwiseTransfer, layer: LayerPair, context: StageContext): Promise<LayerResult> {
  switch (settings.task) {
    case 'linear-probe':
      return settings.sweep
        ? sweepProbe(settings, layer, context)
        : { metrics: await scoreProbe(settings, layer, context) };
    case 'knn':
      return { metrics: await scoreNeighbours(settings, layer, context) };
    case 'retrieval':
      return { metrics: await scoreRetrieval(settings, layer, context) };
  }
}

/** Tries every value of the sweep on held-out training images, then trains with the best one on all of them. */
async function sweepProbe(
  settings: LinearProbeTransfer,
  { train, test, pair }: LayerPair,
  context: StageContext,
): Promise<LayerResult> {
  const setting = settings.solver === 'sgd' ? 'learningRate' : 'l2';
  const { learnt, held } = holdOut(train.labels, train.classes.length, context.seed);
  const part = (rows: Int32Array) => ({
    labels: { ...train, labels: rows.map((row) => train.labels[row]!) },
    matrix: { ...pair.train, count: rows.length, values: takeRows(pair.train, rows) },
  });
  const [own, other] = [part(learnt), part(held)];
  const trial = { train: own.labels, test: other.labels, pair: { train: own.matrix, test: other.matrix } };
  const { chosen, tried } = await chooseBySweep(settings.sweep!, async (value) => {
    const { accuracy } = await scoreProbe({ ...settings, [setting]: value }, trial, context);
    return accuracy!;
  });
  const metrics = await scoreProbe({ ...settings, [setting]: chosen }, { train, test, pair }, context);
  return { metrics: { ...metrics, [setting]: chosen }, sweep: { setting, chosen, tried } };
}

async function scoreProbe(
  settings: LinearProbeTransfer,
  layer: LayerPair,
  context: StageContext,
): Promise<Record<string, number>> {
  const problem = {
    train: { values: layer.pair.train.values, labels: layer.train.labels },
    test: { values: layer.pair.test.values, labels: layer.test.labels },
    dimension: layer.pair.train.dimension,
    numClasses: layer.train.classes.length,
  };
  const solution = await fitProbe(settings, problem, context);
  const { accuracy, top5, trainAccuracy, loss, iterations, converged } = solution;
  return { accuracy, top5, trainAccuracy, loss, iterations, converged: Number(converged) };
}

async function scoreNeighbours(
  settings: KnnTransfer,
  layer: LayerPair,
  context: StageContext,
): Promise<Record<string, number>> {
  const { accuracy, top5 } = await runKnn({
    bank: layer.pair.train,
    bankLabels: layer.train.labels,
    queries: layer.pair.test,
    queryLabels: layer.test.labels,
    numClasses: layer.train.classes.length,
    k: settings.k,
    temperature: settings.temperature,
    signal: context.signal,
  });
  return { accuracy, top5 };
}

async function scoreRetrieval(
  settings: RetrievalTransfer,
  layer: LayerPair,
  context: StageContext,
): Promise<Record<string, number>> {
  const { train, test } = layer;
  if (!train.instances || !test.instances) {
    throw new UserError(
      'data',
      `"${settings.id}" looks for the same thing in two splits, but "${settings.data}" does not say which images show the same thing; use emoji data`,
    );
  }
  const { top1, top5, meanReciprocalRank } = await runRetrieval({
    gallery: layer.pair.train,
    galleryInstances: train.instances,
    queries: layer.pair.test,
    queryInstances: test.instances,
    signal: context.signal,
  });
  return { top1, top5, meanReciprocalRank };
}
