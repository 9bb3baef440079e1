/**
 * The classification stage: backbone and a new classifier trained on labelled images, all of them or within a budget, and
 * scored on the test split. With `freeze: layer4` and frozen batch norm it is the linear readoff on fresh random crops
 * (He et al. 2020, arXiv 1911.05722, section 4.1), which cached features cannot give.
 */
import * as tf from '@tensorflow/tfjs-core';
import { augmentationPolicy } from '../../../shared/experiment/augmentation';
import type { ClassificationTransfer } from '../../../shared/experiment/transferSchema';
import { Cancelled, UserError } from '../../../shared/errors';
import { argMax, perClassAccuracy, ranksOfLabels, shareWithin } from '../../../shared/math/accuracy';
import { deriveRandom } from '../../../shared/random';
import type { TransferResult } from '../../../shared/results/records';
import { createAugmentPool, type AugmentedBatch, type AugmentPool } from '../../augment/augmentPool';
import { prefetchBatches } from '../../augment/prefetch';
import { encodeWeights } from '../../checkpoint/weightsFile';
import { batchIndices } from '../../data/batchOrder';
import type { Dataset } from '../../data/dataset';
import { takeBudget } from '../../data/labelBudget';
import { takeSubset } from '../../data/subset';
import type { Backbone } from '../../models/backbone';
import { channelsOf, lastStage } from '../../models/cutBackbone';
import { createHead, type Head } from '../../models/heads';
import type { StageContext, StageOutput } from '../../stageContext';
import { METRICS_FILE } from '../../storage/metricsFile';
import { fineTune, type FineTuneTask } from '../../train/fineTune';
import { loadPretrainedBackbone, type BackboneSource } from '../pretrainedBackbone';
import { classify, createClassificationTask, type LabelledBatch } from './classificationTask';

const MODEL_FILE = 'model.safetensors';
const TEST_BATCH = 64;
const PREFETCH = 2;

export interface ClassificationWork extends BackboneSource {
  readonly settings: ClassificationTransfer;
}

export interface Images {
  readonly dataset: Dataset;
  /** Places in the data set. */
  readonly chosen: Int32Array;
  readonly pool: AugmentPool;
}

/** A classifier with its data and its task, before the first update. */
export interface AssembledClassification {
  readonly backbone: Backbone;
  readonly head: Head;
  readonly task: FineTuneTask<LabelledBatch>;
  readonly train: Images;
  readonly test: Images;
  /** Frees the networks and ends the threads for images. */
  dispose(): Promise<void>;
}

export async function assembleClassification(
  work: ClassificationWork,
  context: StageContext,
): Promise<AssembledClassification> {
  const { settings } = work;
  const { train, test } = await openImages(settings, context);
  const { backbone, trained } = await loadPretrainedBackbone(work, settings, context);
  const head = createHead(
    {
      kind: 'classifier',
      inputSize: channelsOf(backbone, lastStage(settings.cut)),
      outputSize: train.dataset.classes.length,
      initialisation: settings.headInitialisation,
    },
    deriveRandom(context.seed, 'classifier'),
  );
  const evaluate = async () => (await score({ backbone, head }, test, settings, context)).metrics;
  const task = createClassificationTask({
    ...{ backbone, head, trained, settings, evaluate },
    ...trainingBatches(train, settings, context),
  });
  const dispose = async (): Promise<void> => {
    backbone.dispose();
    head.dispose();
    await Promise.all([train.pool.close(), test.pool.close()]);
  };
  return { backbone, head, task, train, test, dispose };
}

export async function runClassification(work: ClassificationWork, context: StageContext): Promise<StageOutput> {
  const { settings } = work;
  const { backbone, head, task, train, test, dispose } = await assembleClassification(work, context);
  const classes = train.dataset.classes.length;
  try {
    const tuned = await fineTune(task, settings, context);
    const { metrics, perClass } = await score({ backbone, head }, test, settings, context);
    const model = await encodeWeights({ stores: [backbone.weights, head.weights] });
    const result: TransferResult = {
      kind: 'transfer',
      task: settings.task,
      data: settings.data,
      trainImages: train.chosen.length,
      testImages: test.chosen.length,
      classes,
      layers: [],
      metrics,
      perClass,
      headline: { metric: 'accuracy', layer: '', value: metrics.accuracy },
      notes: [],
    };
    const files = {
      [METRICS_FILE]: tuned.metricsStamp,
      [MODEL_FILE]: await context.stages.writeFile(context.key, MODEL_FILE, model),
    };
    return { result, files, earlier: tuned.earlier };
  } finally {
    await dispose();
  }
}

async function openImages(
  settings: ClassificationTransfer,
  context: StageContext,
): Promise<{ readonly train: Images; readonly test: Images }> {
  const { data: id, labels, imageSize: size } = settings;
  const open = (split: string) => context.data.dataset({ id, split, ...(labels && { labels }) });
  const [train, test] = [await open(settings.train), await open(settings.test)];
  const trainChosen = withinBudget(train, choose(train, settings.trainImages, context.seed), settings, context.seed);
  if (trainChosen.length < settings.batch) {
    throw new UserError(
      'data',
      `the batch of ${settings.batch} is larger than the ${trainChosen.length} training images of "${settings.id}"; set batch to ${Math.max(1, trainChosen.length)} or less`,
    );
  }
  const ops = augmentationPolicy(settings.augment, { size });
  const poolOf = (dataset: Dataset) => createAugmentPool({ store: dataset.store, ops, size, threads: context.threads });
  return {
    train: { dataset: train, chosen: trainChosen, pool: poolOf(train) },
    test: { dataset: test, chosen: choose(test, settings.testImages, context.seed), pool: poolOf(test) },
  };
}

function choose(dataset: Dataset, images: number | undefined, seed: number): Int32Array {
  const count = images ?? dataset.length;
  return Int32Array.from(takeSubset(dataset, { count, seed, purpose: `subset-${dataset.split}` }));
}

function withinBudget(
  dataset: Dataset,
  chosen: Int32Array,
  { budget }: ClassificationTransfer,
  seed: number,
): Int32Array {
  if (budget === undefined) return chosen;
  const labels = chosen.map((place) => dataset.labels[place]!);
  return takeBudget(labels, { classes: dataset.classes.length, budget, seed }).map((row) => chosen[row]!);
}

/** Batches by step; the next ones are in the making. */
function trainingBatches(
  { dataset, chosen, pool }: Images,
  { batch, steps, accumulate, imageSize }: ClassificationTransfer,
  context: StageContext,
): { readonly stepsPerEpoch: number; nextBatch(step: number): Promise<LabelledBatch> } {
  const { seed } = context;
  const warned = new Set<number>();
  const prefetch = prefetchBatches(
    pool,
    (step) => {
      if (step >= steps * accumulate) return undefined;
      const places = batchIndices({ length: chosen.length, batch, seed, step });
      return { seed, step, indices: places.map((place) => chosen[place]!), views: 1 };
    },
    PREFETCH,
  );
  return {
    stepsPerEpoch: Math.floor(chosen.length / batch),
    nextBatch: async (step) => {
      const augmented = await prefetch.next(step);
      warnOfProblems(augmented, { dataset, warned }, context);
      return {
        images: toImages(augmented, imageSize),
        labels: Int32Array.from(augmented.indices, (index) => dataset.labels[index]!),
        indices: augmented.indices,
      };
    },
  };
}

function toImages({ views, indices }: AugmentedBatch, size: number): tf.Tensor4D {
  // The view lies in shared memory; the runtime wants its own copy.
  return tf.tensor4d(views[0]!.slice(), [indices.length, size, size, 3]);
}

function warnOfProblems(
  { problems }: AugmentedBatch,
  { dataset, warned }: { readonly dataset: Dataset; readonly warned: Set<number> },
  context: StageContext,
): void {
  for (const { index, message } of problems) {
    if (warned.has(index)) continue;
    warned.add(index);
    const name = dataset.names[index] ?? `image ${index}`;
    context.warn(`${name} cannot be read (${message}); another image takes its place`);
  }
}

async function score(
  { backbone, head }: { readonly backbone: Backbone; readonly head: Head },
  { dataset, chosen, pool }: Images,
  { imageSize, cut }: ClassificationTransfer,
  context: StageContext,
): Promise<{
  readonly metrics: Record<'accuracy' | 'top5' | 'loss', number>;
  readonly perClass: Record<string, number>;
}> {
  const classes = dataset.classes.length;
  const labels = new Int32Array(chosen.length);
  const ranks = new Int32Array(chosen.length);
  const predictions = new Int32Array(chosen.length);
  let loss = 0;
  for (let from = 0; from < chosen.length; from += TEST_BATCH) {
    if (context.signal.aborted) throw new Cancelled();
    const batch = await pool.evalBatch(chosen.slice(from, from + TEST_BATCH));
    const images = toImages(batch, imageSize);
    const logits = await readLogits(() => classify({ backbone, head }, images, { training: false, cut }), images);
    const wanted = Int32Array.from(batch.indices, (index) => dataset.labels[index]!);
    labels.set(wanted, from);
    ranks.set(ranksOfLabels(logits, wanted, classes), from);
    wanted.forEach((label, i) => {
      predictions[from + i] = argMax(logits, i * classes, classes);
      loss += crossEntropy(logits.subarray(i * classes, (i + 1) * classes), label) / chosen.length;
    });
    context.progress(Math.min(chosen.length, from + TEST_BATCH), chosen.length, 'test images');
  }
  const perClass = perClassAccuracy(predictions, labels, classes);
  return {
    metrics: { accuracy: shareWithin(ranks, 1), top5: shareWithin(ranks, 5), loss },
    perClass: Object.fromEntries(
      dataset.classes.flatMap((name, c) => (Number.isNaN(perClass[c]!) ? [] : [[name, perClass[c]!]])),
    ),
  };
}

/** Frees the images. */
async function readLogits(compute: () => tf.Tensor2D, images: tf.Tensor4D): Promise<Float32Array> {
  const logits = tf.tidy(compute);
  const values = (await logits.data()) as Float32Array;
  tf.dispose([images, logits]);
  return values;
}

/** −log softmax(logits)[label], in nats. */
function crossEntropy(logits: Float32Array, label: number): number {
  const top = logits.reduce((highest, value) => Math.max(highest, value), -Infinity);
  return Math.log(logits.reduce((sum, value) => sum + Math.exp(value - top), 0)) + top - logits[label]!;
}
