/**
 * What can be read from a layer's features at one place of the image by a linear map: where the place is, and what colour the
 * image has there. Learnt on some images, scored on others, beside a control that learns shuffled answers (Hewitt & Liang 2019,
 * arXiv 1909.03368, control tasks). Zhao et al. 2021 (arXiv 2006.06606) argue that supervised training drops what serves no class.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ReadoutAnalysis } from '../../shared/experiment/analysisSchema';
import type { NetworkAnalysisStage } from '../../shared/experiment/stages';
import { ExplainedVariance, RidgeSums, type RidgeReadout } from '../../shared/math/ridge';
import { deriveRandom } from '../../shared/random';
import type { AnalysisResult, LayerScore } from '../../shared/results/records';
import type { StageContext } from '../stageContext';
import { requireFinite } from '../transfer/features';
import { depthOf, pauseFor, withImagePasses, type Batch, type ImagePasses } from './imagePasses';
import { readPlaces, TARGETS, type ReadPlaces } from './readPlaces';

/** Share of the images that is learnt from; the rest is scored. */
const TRAIN_SHARE = 0.7;

/** Targets that are scored together, by metric. */
const groups = { position: [0, 1], colour: [3, 4], brightness: [2] } as const;

interface Reader {
  /** Taken from features before sums: near their mean, which keeps float32 products accurate. [1, dimension] */
  readonly offset: tf.Tensor2D;
  readonly dimension: number;
  /** Whether the layer has more than one place. */
  readonly hasPlaces: boolean;
  readonly sums: RidgeSums;
}

interface Solved extends Omit<Reader, 'sums'> {
  readonly readout: RidgeReadout;
  readonly variance: ExplainedVariance;
}

export async function measureReadout(
  stage: NetworkAnalysisStage,
  settings: ReadoutAnalysis,
  context: StageContext,
): Promise<AnalysisResult> {
  const { kind, data, layers } = settings;
  return withImagePasses({ ...stage, settings }, context, async (passes) => {
    const { batches } = passes;
    const cut = Math.round(TRAIN_SHARE * batches.length);
    const work = { passes, settings, context, total: batches.length };
    const readers = await learn(batches.slice(0, cut), work);
    const solved = new Map<string, Solved>();
    for (const [layer, { sums, ...rest }] of readers) {
      await pauseFor(context);
      const readout = sums.solve(settings.l2);
      solved.set(layer, { ...rest, readout, variance: new ExplainedVariance(readout.mean) });
    }
    await score(batches.slice(cut), solved, { ...work, done: cut });
    const scores = layers.map((layer, position): LayerScore => {
      const { dimension } = solved.get(layer)!;
      return { layer, depth: depthOf(position, layers.length), dimension, metrics: metricsOf(solved.get(layer)!) };
    });
    for (const { offset } of solved.values()) offset.dispose();
    const images = passes.places.length;
    const notes = [...readers].flatMap(([layer, reader]) => noteOf(layer, reader, images) ?? []);
    return { kind: 'analysis', analysis: kind, data, images, layers: scores, notes };
  });
}

interface Work {
  readonly passes: ImagePasses;
  readonly settings: ReadoutAnalysis;
  readonly context: StageContext;
  readonly total: number;
}

async function learn(
  batches: readonly Batch[],
  { passes, settings, context, total }: Work,
): Promise<Map<string, Reader>> {
  const readers = new Map<string, Reader>();
  for (const [k, batch] of batches.entries()) {
    await pauseFor(context);
    await eachLayer(batch, { passes, settings, context }, async (layer, read) => {
      const { features, targets, hasPlaces } = read;
      const [rows, dimension] = features.shape;
      if (!readers.has(layer)) {
        const offset = tf.tidy(() => tf.mean(features, 0, true) as tf.Tensor2D);
        readers.set(layer, { offset, dimension, hasPlaces, sums: new RidgeSums(dimension, 2 * TARGETS) });
      }
      const { offset, sums } = readers.get(layer)!;
      const products = tf.tidy(() => {
        const x = tf.sub(features, offset) as tf.Tensor2D;
        const y = tf.tensor2d(targets, [rows, 2 * TARGETS]);
        return [tf.sum(x, 0), tf.sum(y, 0), tf.matMul(x, x, true, false), tf.matMul(x, y, true, false)];
      });
      const [sumX, sumY, xx, xy] = (await Promise.all(products.map((one) => one.data()))) as [
        ...[Float32Array, Float32Array, Float32Array, Float32Array],
      ];
      products.forEach((one) => one.dispose());
      requireFinite(layer, sumX, dimension);
      sums.add({ rows, sumX, sumY, xx, xy });
    });
    context.progress(k + 1, total, 'batches');
  }
  return readers;
}

async function score(
  batches: readonly Batch[],
  solved: ReadonlyMap<string, Solved>,
  { passes, settings, context, total, done }: Work & { readonly done: number },
): Promise<void> {
  for (const [k, batch] of batches.entries()) {
    await pauseFor(context);
    await eachLayer(batch, { passes, settings, context }, async (layer, { features, targets }) => {
      const { offset, readout, variance, dimension } = solved.get(layer)!;
      const predicted = tf.tidy(() => {
        const weights = tf.tensor2d(Float32Array.from(readout.weights), [dimension, 2 * TARGETS]);
        const bias = tf.tensor1d(Float32Array.from(readout.bias));
        return tf.add(tf.matMul(tf.sub(features, offset) as tf.Tensor2D, weights), bias);
      });
      variance.add((await predicted.data()) as Float32Array, targets);
      predicted.dispose();
    });
    context.progress(done + k + 1, total, 'batches');
  }
}

/** Calls with the places drawn from a batch, of each layer in turn; their tensors are freed afterwards. */
async function eachLayer(
  batch: Batch,
  { passes, settings, context }: Omit<Work, 'total'>,
  take: (layer: string, read: ReadPlaces) => Promise<void>,
): Promise<void> {
  const { layers, places, imageSize } = settings;
  const random = deriveRandom(context.seed, 'readout-places', batch.from);
  const read = readPlaces(passes.backbone, await passes.plain(batch), { layers, places, imageSize, random });
  try {
    for (const [layer, one] of read) await take(layer, one);
  } finally {
    for (const { features } of read.values()) features.dispose();
  }
}

/** Fewer places than this for each feature, and the map is of chance. */
const LEAST_PLACES = 5;

function noteOf(layer: string, { sums: { rows }, dimension }: Reader, images: number): string | undefined {
  if (rows >= LEAST_PLACES * dimension) return undefined;
  const enough = Math.ceil((images * LEAST_PLACES * dimension) / rows);
  return `${layer}: learnt from ${rows} places for ${dimension} features; its readouts come out too low, so set "images" to ${enough} or more`;
}

/** R² on held-out images, and of the control; position only where there is more than one. */
function metricsOf({ variance, hasPlaces }: Solved): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const [name, targets] of Object.entries(groups)) {
    if (name === 'position' && !hasPlaces) continue;
    const value = variance.of(targets);
    const control = variance.of(targets.map((target) => TARGETS + target));
    if (value === undefined || control === undefined) continue;
    metrics[`${name}Readout`] = value;
    metrics[`${name}Control`] = control;
  }
  return metrics;
}
