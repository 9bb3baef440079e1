/** The segmentation stage: a segmenter on the pretrained backbone, trained on crops, scored on whole pictures. */
import * as tf from '@tensorflow/tfjs-core';
import { dilateTo } from '../../../shared/experiment/layers';
import type { SegmentationTransfer } from '../../../shared/experiment/transferSchema';
import { Cancelled, UserError } from '../../../shared/errors';
import { deriveRandom } from '../../../shared/random';
import type { FileStamp, TransferResult } from '../../../shared/results/records';
import { encodeWeights } from '../../checkpoint/weightsFile';
import type { LabelledImages } from '../../data/labelledImages';
import { Segmenter } from '../../models/segmentation/segmenter';
import type { StageContext, StageOutput } from '../../stageContext';
import { METRICS_FILE } from '../../storage/metricsFile';
import { fineTune, type FineTuneTask } from '../../train/fineTune';
import { takeLossStep } from '../../train/lossStep';
import { chooseScenes } from '../detection/sceneSubset';
import { loadPretrainedBackbone, type BackboneSource } from '../pretrainedBackbone';
import { TrainingCrops, type CropBatch } from './cropBatches';
import { encodeSegmentation } from './segmentationFiles';
import { testSegmenter } from './testSegmenter';

const MODEL_FILE = 'model.safetensors';

export interface SegmentationWork extends BackboneSource {
  readonly settings: SegmentationTransfer;
}

/** A segmenter with its data and its task, before the first update. */
export interface AssembledSegmentation {
  /** The caller disposes it. */
  readonly segmenter: Segmenter;
  readonly task: FineTuneTask<CropBatch>;
  readonly data: OpenData;
}

export async function assembleSegmentation(
  work: SegmentationWork,
  context: StageContext,
): Promise<AssembledSegmentation> {
  const { settings } = work;
  const { seed } = context;
  const data = await openData(settings, context);
  const dilated = { ...work, backbone: dilateTo(work.backbone, settings.outputStride) };
  const { backbone, trained } = await loadPretrainedBackbone(dilated, settings, context);
  const classes = data.train.classes.length;
  const segmenter = new Segmenter({ settings, backbone, classes, random: deriveRandom(seed, 'heads') });
  const crops = new TrainingCrops({
    ...{ data: data.train, images: data.trainImages, batch: settings.batch, seed, crop: settings },
    onProblem: (name, message) => context.warn(`${name} cannot be read (${message}); it is left out of its batch`),
  });
  const parameters = new Map([...trained, ...segmenter.heads.parameters()]);
  const evaluate = async () => (await testOnImages(segmenter, data, work, context)).metrics;
  return { segmenter, data, task: createTask({ segmenter, parameters, crops, seed, evaluate }) };
}

export async function runSegmentation(work: SegmentationWork, context: StageContext): Promise<StageOutput> {
  const { settings } = work;
  const { segmenter, task, data } = await assembleSegmentation(work, context);
  const classes = data.train.classes.length;
  try {
    const tuned = await fineTune(task, settings, context);
    const { images, metrics, perClass } = await testOnImages(segmenter, data, work, context);
    const result: TransferResult = {
      kind: 'transfer',
      task: settings.task,
      data: settings.data,
      trainImages: data.trainImages.length,
      testImages: data.testImages.length,
      classes,
      layers: [],
      metrics,
      perClass,
      headline: { metric: 'meanIou', layer: '', value: metrics.meanIou ?? 0 },
      notes: metrics.meanIou === undefined ? ['no test pixel has a class, so nothing was scored'] : [],
    };
    const stores = [segmenter.backbone.weights, segmenter.heads];
    const model = await encodeWeights({ stores, prefixes: ['backbone.', ''] });
    const files: Record<string, FileStamp> = {
      [METRICS_FILE]: tuned.metricsStamp,
      [MODEL_FILE]: await context.stages.writeFile(context.key, MODEL_FILE, model),
    };
    for await (const { name, bytes } of encodeSegmentation(data.test, images))
      files[name] = await context.stages.writeFile(context.key, name, bytes);
    return { result, files, earlier: tuned.earlier };
  } finally {
    segmenter.dispose();
  }
}

export interface OpenData {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
  /** Places in the data sets. */
  readonly trainImages: Int32Array;
  readonly testImages: Int32Array;
}

async function openData(settings: SegmentationTransfer, context: StageContext): Promise<OpenData> {
  const train = await context.data.labelled({ id: settings.data, split: settings.train });
  const test = await context.data.labelled({ id: settings.data, split: settings.test });
  const { seed } = context;
  const all = ({ length }: LabelledImages) => Int32Array.from({ length }, (_, i) => i);
  const trainImages = chooseScenes(all(train), { count: settings.trainImages, seed, purpose: 'scenes-train' });
  const testImages = chooseScenes(all(test), { count: settings.testImages, seed, purpose: 'scenes-test' });
  if (trainImages.length < settings.batch) {
    throw new UserError(
      'data',
      `the batch of ${settings.batch} is larger than the ${trainImages.length} images of "${settings.data}" (${settings.train}); set batch to ${Math.max(1, trainImages.length)} or less`,
    );
  }
  return { train, test, trainImages, testImages };
}

interface TaskParts {
  readonly segmenter: Segmenter;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly crops: TrainingCrops;
  readonly seed: number;
  evaluate(): Promise<Readonly<Record<string, number>>>;
}

function createTask({ segmenter, parameters, crops, seed, evaluate }: TaskParts): FineTuneTask<CropBatch> {
  return {
    parameters,
    weights: { backbone: segmenter.backbone.weights, heads: segmenter.heads },
    stepsPerEpoch: crops.stepsPerEpoch,
    nextBatch: (step) => crops.next(step),
    step: ({ images, targets }, step) =>
      takeLossStep(parameters, () => segmenter.losses(images, targets, deriveRandom(seed, 'dropout', step))),
    disposeBatch: ({ images, targets }) => tf.dispose([images, targets.labels, targets.weights]),
    evaluate,
  };
}

function testOnImages(segmenter: Segmenter, data: OpenData, { settings }: SegmentationWork, context: StageContext) {
  return testSegmenter(segmenter, {
    data: data.test,
    images: data.testImages,
    settings,
    seed: context.seed,
    onProblem: (name, message) => context.warn(`${name} cannot be read (${message}); its pixels are not judged`),
    onProgress: async (done) => {
      if (context.signal.aborted) throw new Cancelled();
      context.progress(done, data.testImages.length, 'test images');
      // A synchronous runtime would otherwise starve heartbeats and messages.
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
}
