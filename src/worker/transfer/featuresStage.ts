/** The features stage: one pass of a frozen backbone over a split, pooled features of all layers into one file. */
import { readFile } from 'node:fs/promises';
import type { BackboneSettings } from '../../shared/experiment/schema';
import type { AugmentationOp } from '../../shared/experiment/augmentation';
import type { FeaturesSettings } from '../../shared/experiment/stages';
import { deriveRandom } from '../../shared/random';
import { Cancelled, UserError } from '../../shared/errors';
import type { FeaturesResult, StageRecord } from '../../shared/results/records';
import { createAugmentPool, type AugmentedBatch, type AugmentPool } from '../augment/augmentPool';
import { decodeSafetensors, encodeSafetensors, type FileTensor } from '../../shared/weights/safetensors';
import { loadBackboneWeights } from '../checkpoint/weightsFile';
import type { Dataset } from '../data/dataset';
import { takeSubset } from '../data/subset';
import { createBackbone } from '../models/registry';
import { CHECKPOINT_FILE } from '../pretrain/pretraining';
import type { StageContext, StageOutput } from '../stageContext';
import { extractFeatures, type FeatureMatrix } from './features';
import { weightsDigest } from './unchangedWeights';

export const FEATURES_FILE = 'features.safetensors';
/** Images of one pass. */
export const FEATURES_BATCH = 64;

/** Features as stored; indices name the images of the split they belong to. */
export interface StoredFeatures {
  readonly layers: ReadonlyMap<string, FeatureMatrix>;
  /** [count], places in the data set. */
  readonly indices: Int32Array;
}

export async function runFeatures(
  settings: FeaturesSettings,
  source: { readonly backbone: BackboneSettings; readonly pretraining: Pick<StageRecord, 'key'> },
  context: StageContext,
): Promise<StageOutput> {
  const { dataset, chosen, pool } = await openFeatureImages(settings, context);
  const indices = chosen.slice();
  const backbone = createBackbone(source.backbone, deriveRandom(0, 'unused'));
  try {
    const checkpoint = context.stages.file(source.pretraining.key, CHECKPOINT_FILE);
    loadBackboneWeights(backbone, await readFile(checkpoint), checkpoint);
    const before = await weightsDigest(backbone.weights);
    const problems: { file: string; message: string }[] = [];
    const layers = await extractFeatures({
      backbone,
      batches: evalBatches(pool, chosen, (from, batch) => {
        // Where an image could not be read, labels must follow the one that took its place.
        indices.set(batch.indices, from);
        for (const { index, message } of batch.problems) {
          problems.push({ file: dataset.names[index] ?? `image ${index}`, message });
        }
      }),
      count: indices.length,
      imageSize: settings.imageSize,
      layers: settings.layers,
      pool: settings.pool,
      onProgress: (done) => context.progress(done, indices.length, 'images'),
      signal: context.signal,
    });
    if (before !== (await weightsDigest(backbone.weights)))
      throw new Error('internal: reading features changed the weights');
    for (const { file, message } of problems)
      context.warn(`${file} cannot be read (${message}); another image takes its place`);
    const bytes = encodeSafetensors(toFile(layers, indices));
    const stamp = await context.stages.writeFile(context.key, FEATURES_FILE, bytes);
    const result: FeaturesResult = {
      kind: 'features',
      data: settings.data,
      split: settings.split,
      images: indices.length,
      layers: [...layers.values()].map(({ layer, dimension, grid }) => ({ layer, dimension, grid })),
      problems: [...dataset.problems, ...problems],
    };
    return { result, files: { [FEATURES_FILE]: stamp } };
  } finally {
    backbone.dispose();
    await pool.close();
  }
}

/** The images that features are read of. */
export interface FeatureImages {
  readonly dataset: Dataset;
  /** Places in the data set, in the order in which they are read. */
  readonly chosen: Int32Array;
  /** The caller closes it. */
  readonly pool: AugmentPool;
}

export async function openFeatureImages(
  settings: Omit<FeaturesSettings, 'layers' | 'pool'>,
  context: StageContext,
): Promise<FeatureImages> {
  const dataset = await openImages(settings, context);
  const pool = createAugmentPool({
    store: dataset.store,
    ops: [],
    ...(settings.margin !== undefined && { evalOps: wholeSquare(settings.imageSize) }),
    size: settings.imageSize,
    threads: context.threads,
  });
  return { dataset, chosen: chooseImages(dataset, settings.images, context.seed), pool };
}

/** Whole images, or the faces and objects in them one by one. */
function openImages(
  { data, split, margin }: Pick<FeaturesSettings, 'data' | 'split' | 'margin'>,
  context: StageContext,
): Promise<Dataset> {
  const place = { id: data, split };
  return margin === undefined ? context.data.dataset(place) : context.data.landmarks({ ...place, margin });
}

/** A landmark may lie at the rim, so nothing is cut off. size: px */
function wholeSquare(size: number): readonly AugmentationOp[] {
  return [{ kind: 'resizeCenterCrop', resize: size, size }];
}

/** Reads a finished features stage back. */
export async function loadFeatures(
  record: Pick<StageRecord, 'key' | 'result'>,
  context: StageContext,
): Promise<StoredFeatures> {
  if (record.result.kind !== 'features') throw new Error('internal: not a features stage');
  const file = context.stages.file(record.key, FEATURES_FILE);
  const { tensors } = decodeSafetensors(await readFile(file), file);
  const indices = tensors.get('indices')?.data;
  if (!(indices instanceof Int32Array))
    throw new UserError('storage', `${file} has no image indices; delete it and run again`);
  const layers = new Map<string, FeatureMatrix>();
  for (const { layer, dimension, grid } of record.result.layers) {
    const values = tensors.get(layer)?.data;
    if (!(values instanceof Float32Array))
      throw new UserError('storage', `${file} lacks ${layer}; delete it and run again`);
    layers.set(layer, { layer, count: indices.length, dimension, grid, values });
  }
  return { layers, indices };
}

/** All images, or a subset drawn with the seed in which every class of the data keeps its share. */
function chooseImages(dataset: Dataset, images: number | undefined, seed: number): Int32Array {
  if (images === undefined || images >= dataset.length) return Int32Array.from({ length: dataset.length }, (_, i) => i);
  return Int32Array.from(takeSubset(dataset, { count: images, seed, purpose: `subset-${dataset.split}` }));
}

/** Batches in order, the next one already under way. */
async function* evalBatches(
  pool: AugmentPool,
  indices: Int32Array,
  onBatch: (from: number, batch: AugmentedBatch) => void,
): AsyncGenerator<Float32Array> {
  const at = (from: number) =>
    from < indices.length ? pool.evalBatch(indices.slice(from, from + FEATURES_BATCH)) : undefined;
  let ahead = at(0);
  for (let from = 0; from < indices.length; from += FEATURES_BATCH) {
    const batch = await ahead;
    if (!batch) throw new Cancelled();
    ahead = at(from + FEATURES_BATCH);
    ahead?.catch(() => undefined); // seen when it is awaited
    onBatch(from, batch);
    yield batch.views[0]!.slice();
  }
}

function toFile(layers: ReadonlyMap<string, FeatureMatrix>, indices: Int32Array): Map<string, FileTensor> {
  const tensors = new Map<string, FileTensor>([['indices', { dtype: 'I32', shape: [indices.length], data: indices }]]);
  for (const { layer, count, dimension, values } of layers.values()) {
    tensors.set(layer, { dtype: 'F32', shape: [count, dimension], data: values });
  }
  return tensors;
}
