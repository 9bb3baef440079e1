/** Histograms of how alike views of one image, of one class and of different classes are, layer by layer. */
import * as tf from '@tensorflow/tfjs-core';
import { augmentationPolicy } from '../../shared/experiment/augmentation';
import type { LikenessAnalysis } from '../../shared/experiment/analysisSchema';
import type { NetworkAnalysisStage } from '../../shared/experiment/stages';
import { UserError } from '../../shared/errors';
import { viewLikeness } from '../../shared/math/geometry/viewLikeness';
import type { AnalysisResult, LayerScore } from '../../shared/results/records';
import type { StageContext } from '../stageContext';
import { readBatch, requireFinite } from '../transfer/features';
import { depthOf, pauseFor, withImagePasses, type ImagePasses } from './imagePasses';

/** Features of both views of all images: [images, dimension] each. */
interface TwoViews {
  readonly dimension: number;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

export async function measureLikeness(
  stage: NetworkAnalysisStage,
  settings: LikenessAnalysis,
  context: StageContext,
): Promise<AnalysisResult> {
  const { kind, data, layers } = settings;
  const { features, labels } = await withImagePasses({ ...stage, settings }, context, (passes) =>
    readViews(settings, passes, context),
  );
  const scores: LayerScore[] = [];
  const histograms: NonNullable<AnalysisResult['histograms']>[number][] = [];
  const notes: string[] = [];
  for (const [position, layer] of layers.entries()) {
    await pauseFor(context);
    const { first, second, dimension } = features.get(layer)!;
    const { histogram, ...metrics } = withProducts(first, second, dimension, (cosines) =>
      viewLikeness({ labels, cosines }),
    );
    const known = Object.entries(metrics).filter(([, value]) => Number.isFinite(value));
    if (known.length < Object.keys(metrics).length) notes.push(`${layer} gives all views the same features`);
    scores.push({ layer, depth: depthOf(position, layers.length), dimension, metrics: Object.fromEntries(known) });
    histograms.push({ layer, ...histogram });
  }
  return { kind: 'analysis', analysis: kind, data, images: labels.length, layers: scores, histograms, notes };
}

async function readViews(settings: LikenessAnalysis, passes: ImagePasses, context: StageContext) {
  const { augment, imageSize } = settings;
  const { backbone, batches, dataset, places } = passes;
  const labels = Int32Array.from(places, (place) => dataset.labels[place]!);
  requireClasses(labels, settings);
  const features = new Map<string, TwoViews>();
  const ops = augmentationPolicy(augment, { size: imageSize });
  for (const [k, batch] of batches.entries()) {
    await pauseFor(context);
    const seen = await passes.transformed(batch, { ops, stream: 0, views: 2 });
    seen.places.forEach((place, i) => (labels[batch.from + i] = dataset.labels[place]!));
    for (const [view, pixels] of seen.views.entries()) {
      const read = await readBatch(backbone, pixels, settings);
      if (features.size === 0) requireRoom(read, { count: batch.places.length, images: places.length, settings });
      for (const { layer, values } of read) {
        const dimension = values.length / batch.places.length;
        requireFinite(layer, values, dimension);
        if (!features.has(layer)) features.set(layer, makeRoom(places.length, dimension));
        const { first, second } = features.get(layer)!;
        (view === 0 ? first : second).set(unitRows(values, dimension), batch.from * dimension);
      }
    }
    context.progress(k + 1, batches.length, 'batches');
  }
  return { features, labels };
}

/** Bytes of features that are held at once. */
const MOST_BYTES = 2 ** 30;

function makeRoom(images: number, dimension: number): TwoViews {
  return { dimension, first: new Float32Array(images * dimension), second: new Float32Array(images * dimension) };
}

interface Wanted {
  /** Images in the batch that was read, and in all. */
  readonly count: number;
  readonly images: number;
  readonly settings: LikenessAnalysis;
}

function requireRoom(
  read: readonly { readonly values: Float32Array }[],
  { count, images, settings: { id, layers } }: Wanted,
): void {
  const bytes = (2 * images * read.reduce((sum, { values }) => sum + values.byteLength, 0)) / count;
  if (bytes <= MOST_BYTES) return;
  const fewer = Math.floor((images * MOST_BYTES) / bytes);
  throw new UserError(
    'data',
    `\`${id}\` would hold the features of ${images} images at ${layers.length} layers at once; set "images" to ${fewer} or name fewer layers`,
  );
}

function requireClasses(labels: Int32Array, { id, data }: LikenessAnalysis): void {
  const classes = new Set(labels);
  if (classes.size >= 2 && classes.size < labels.length) return;
  throw new UserError(
    'data',
    `\`${id}\` needs two classes and two images of one, not ${labels.length} images of ${classes.size} classes of "${data}"; raise "images"`,
  );
}

/** Rows scaled to length 1; a row of zeros stays. */
function unitRows(values: Float32Array, dimension: number): Float32Array {
  const unit = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += dimension) {
    let square = 0;
    for (let k = 0; k < dimension; k++) square += values[start + k]! ** 2;
    const length = Math.sqrt(square) || 1;
    for (let k = 0; k < dimension; k++) unit[start + k] = values[start + k]! / length;
  }
  return unit;
}

type Cosines = (from: number, count: number) => Float32Array;

/** Cosines of blocks of first views with all second views, by the runtime's kernel: [count, images]. */
function withProducts<T>(
  first: Float32Array,
  second: Float32Array,
  dimension: number,
  work: (cosines: Cosines) => T,
): T {
  const other = tf.tensor2d(second, [second.length / dimension, dimension]);
  try {
    return work((from, count) => {
      const product = tf.tidy(() => {
        const rows = tf.tensor2d(first.slice(from * dimension, (from + count) * dimension), [count, dimension]);
        return tf.matMul(rows, other, false, true);
      });
      const values = product.dataSync() as Float32Array;
      product.dispose();
      return values;
    });
  } finally {
    other.dispose();
  }
}
