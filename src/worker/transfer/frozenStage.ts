/** The stage of a transfer on frozen features: a probe, neighbours or retrieval on stored features, layer by layer. The backbone is not touched. */
import type { FrozenStage } from '../../shared/experiment/plan';
import type { KnnTransfer, LinearProbeTransfer, RetrievalTransfer } from '../../shared/experiment/schema';
import { UserError } from '../../shared/errors';
import type { LayerScore, StageRecord, TransferResult } from '../../shared/results/records';
import type { Dataset } from '../data/dataset';
import type { StageContext, StageOutput } from '../stageContext';
import type { FeatureMatrix } from './features';
import { loadFeatures, type StoredFeatures } from './featuresStage';
import { runKnn } from './knn';
import { solveLinearProbe } from './linearProbe';
import { trainLinearProbe } from './linearProbeSgd';
import { runRetrieval } from './retrieval';

/** Features of one split with what a task needs to know of its images. */
interface Part {
  readonly features: StoredFeatures;
  /** [count] */
  readonly labels: Int32Array;
  /** [count], where the data knows them. */
  readonly instances: Int32Array | undefined;
  readonly classes: readonly string[];
}

export async function runFrozenTransfer(stage: FrozenStage, context: StageContext): Promise<StageOutput> {
  const { settings } = stage;
  const [train, test] = [
    await loadPart(context.needs.get(stage.trainFeatures), stage, context),
    await loadPart(context.needs.get(stage.testFeatures), stage, context),
  ];
  const scores: LayerScore[] = [];
  const notes: string[] = [];
  for (const [position, layer] of settings.layers.entries()) {
    const pair = { train: matrixOf(train, layer), test: matrixOf(test, layer) };
    const metrics = await scoreLayer(settings, { train, test, pair }, context);
    if (metrics.converged === 0) notes.push(`the probe of ${layer} stopped before its optimum`);
    const depth = settings.layers.length > 1 ? position / (settings.layers.length - 1) : 1;
    scores.push({ layer, depth, dimension: pair.test.dimension, metrics });
    context.progress(
      position + 1,
      settings.layers.length,
      'layers',
      `${layer} ${headlineOf(settings.task)} ${percent(metrics)}`,
    );
  }
  const metric = headlineOf(settings.task);
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
    notes,
  };
  return { result, files: {} };

  function percent(metrics: Readonly<Record<string, number>>): string {
    return `${(100 * metrics[headlineOf(settings.task)]!).toFixed(1)} %`;
  }
}

/** Which metric a task is judged by in tables. */
function headlineOf(task: FrozenStage['settings']['task']): string {
  return task === 'retrieval' ? 'top1' : 'accuracy';
}

interface LayerPair {
  readonly train: Part;
  readonly test: Part;
  readonly pair: { readonly train: FeatureMatrix; readonly test: FeatureMatrix };
}

async function scoreLayer(
  settings: FrozenStage['settings'],
  layer: LayerPair,
  context: StageContext,
): Promise<Record<string, number>> {
  switch (settings.task) {
    case 'linear-probe':
      return scoreProbe(settings, layer, context);
    case 'knn':
      return scoreNeighbours(settings, layer, context);
    case 'retrieval':
      return scoreRetrieval(settings, layer, context);
  }
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
    standardise: settings.standardise,
    signal: context.signal,
  };
  const { solver, l2, learningRate, momentum, weightDecay, epochs, milestones, batch } = settings;
  const solution =
    solver === 'lbfgs'
      ? await solveLinearProbe({ ...problem, l2 })
      : await trainLinearProbe({
          ...problem,
          ...{ learningRate, momentum, weightDecay, epochs, milestones, batch, seed: context.seed },
        });
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

async function loadPart(record: StageRecord | undefined, stage: FrozenStage, context: StageContext): Promise<Part> {
  if (record?.result.kind !== 'features') throw new Error('internal: a transfer needs its features');
  const features = await loadFeatures(record, context);
  const labels = stage.settings.labels;
  const dataset = await context.data.dataset({
    id: stage.settings.data,
    split: record.result.split,
    ...(labels && { labels }),
  });
  return { features, ...itemsOf(dataset, features.indices) };
}

function itemsOf(dataset: Dataset, indices: Int32Array): Omit<Part, 'features'> {
  const at = (values: Int32Array) => Int32Array.from(indices, (index) => values[index]!);
  return {
    labels: at(dataset.labels),
    instances: dataset.instances && at(dataset.instances),
    classes: dataset.classes,
  };
}

function matrixOf(part: Part, layer: string): FeatureMatrix {
  const matrix = part.features.layers.get(layer);
  if (!matrix) throw new Error(`internal: no features of ${layer}`);
  return matrix;
}
