/** Networks that do not learn: features, and pretrainings whose weights are drawn or read. A step is the next batch of images. */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { BackboneSettings, Experiment } from '../../shared/experiment/schema';
import {
  isFineTuningStage,
  type FeaturesSettings,
  type FeaturesStage,
  type Stage,
} from '../../shared/experiment/stages';
import { UserError } from '../../shared/errors';
import { deriveRandom } from '../../shared/random';
import type { BatchInspection } from '../../shared/results/batchInspection';
import { loadBackboneWeights } from '../checkpoint/weightsFile';
import type { Backbone } from '../models/backbone';
import { createBackbone } from '../models/registry';
import { observing } from '../ops/observe';
import { CHECKPOINT_FILE } from '../pretrain/pretraining';
import { FEATURES_BATCH, openFeatureImages, type FeatureImages } from '../transfer/featuresStage';
import { findSuspicious } from './findings';
import { PictureWriter } from './pictures';
import { Recorder } from './recorder';
import type { SteppingOptions, Steps } from './stepTraining';

type PassSettings = Omit<FeaturesSettings, 'pool'>;

/** The images that somebody reads with a pretraining's network: of its first features, or of its first transfer. */
export function imagesFor(pretraining: Stage, stages: readonly Stage[], { imageSize }: Experiment): PassSettings {
  const readers = stages.filter(({ needs }) => needs.includes(pretraining.key));
  const features = readers.find((one): one is FeaturesStage => one.kind === 'features');
  if (features) return features.settings;
  for (const reader of readers)
    if (reader.kind === 'transfer' && isFineTuningStage(reader)) {
      const { data, train } = reader.settings;
      return { data, split: train, imageSize: imageSize ?? USUAL_SIZE, layers: [] };
    }
  throw new UserError(
    'config',
    `nothing is read with "${pretraining.pretraining}", so there are no images to look at; add a transfer to the experiment`,
  );
}

const USUAL_SIZE = 224;

/** `weights`: key of the pretraining. */
export async function openPasses(
  source: { readonly backbone: BackboneSettings; readonly weights: string; readonly settings: PassSettings },
  options: SteppingOptions,
): Promise<Steps> {
  const { context } = options;
  const images = await openFeatureImages(source.settings, context);
  const backbone = createBackbone(source.backbone, deriveRandom(0, 'overwritten'));
  const dispose = async (): Promise<void> => {
    backbone.dispose();
    await images.pool.close();
  };
  try {
    const checkpoint = context.stages.file(source.weights, CHECKPOINT_FILE);
    loadBackboneWeights(backbone, await readFile(checkpoint), checkpoint);
  } catch (error) {
    await dispose();
    throw error;
  }
  const steps = Math.ceil(images.chosen.length / FEATURES_BATCH);
  let step = 0;
  return {
    ...{ steps, batch: Math.min(FEATURES_BATCH, images.chosen.length), accumulate: 1, startedAt: 0, isTrained: false },
    next: async () => {
      if (step >= steps) throw new UserError('config', `all ${images.chosen.length} images were looked at; start over`);
      const inspection = await inspectPass({ backbone, images, settings: source.settings, step }, options);
      step++;
      return inspection;
    },
    dispose,
  };
}

interface Pass {
  readonly backbone: Backbone;
  readonly images: FeatureImages;
  readonly settings: PassSettings;
  readonly step: number;
}

async function inspectPass(
  { backbone, images: { dataset, chosen, pool }, settings, step }: Pass,
  { context, folder, readsAtOnce, takeWarnings }: SteppingOptions,
): Promise<BatchInspection> {
  const { imageSize: size, layers: taps } = settings;
  const begun = performance.now();
  const places = chosen.slice(step * FEATURES_BATCH, (step + 1) * FEATURES_BATCH);
  const { views, indices, problems } = await pool.evalBatch(places);
  const read = performance.now();
  for (const { index, message } of problems)
    context.warn(`${dataset.names[index]!} cannot be read (${message}); another image takes its place`);
  const pixels = tf.tensor4d(views[0]!.slice(), [indices.length, size, size, 3]);
  const recorder = new Recorder(readsAtOnce);
  const pictures = new PictureWriter(folder, step);
  const described = Array.from(indices, (index) => {
    const label = dataset.classes[dataset.labels[index]!];
    return { name: dataset.names[index]!, ...(label !== undefined && { label }) };
  });
  try {
    await pictures.add([{ name: 'image', images: pixels }], described);
    const started = performance.now();
    await observing(recorder, async () => void tf.tidy(() => void backbone.forward(pixels, { training: false, taps })));
    const computed = performance.now() - started - recorder.spent;
    await recorder.settle();
    const inspection = {
      step,
      seconds: { batch: (read - begun) / 1000, gradients: computed / 1000, update: 0 },
      views: pictures.views(),
      images: await pictures.images(),
      ...{ losses: [], layers: recorder.layers, parameters: [] },
    };
    return { ...inspection, findings: findSuspicious(inspection, takeWarnings()) };
  } finally {
    pixels.dispose();
  }
}
