/**
 * Many images through a pretraining's network, batch by batch, for analyses that keep sums: the network with its weights
 * watched, the images they look at, and batches of them as they are or transformed.
 */
import { readFile } from 'node:fs/promises';
import type { ManyImagesAnalysis } from '../../shared/experiment/analysisSchema';
import type { AugmentationOp } from '../../shared/experiment/augmentation';
import type { NetworkAnalysisStage } from '../../shared/experiment/stages';
import { Cancelled, UserError } from '../../shared/errors';
import { deriveRandom } from '../../shared/random';
import { createAugmentPool, type AugmentedBatch, type AugmentPool } from '../augment/augmentPool';
import { loadBackboneWeights } from '../checkpoint/weightsFile';
import type { Dataset } from '../data/dataset';
import { takeSubset } from '../data/subset';
import type { Backbone } from '../models/backbone';
import { createBackbone } from '../models/registry';
import { unusedRandom } from '../models/unusedRandom';
import { CHECKPOINT_FILE } from '../pretrain/pretraining';
import type { StageContext } from '../stageContext';

const BATCH = 32;

export interface ImagePasses {
  readonly backbone: Backbone;
  readonly dataset: Dataset;
  /** Places in the split, drawn with the seed, in an order drawn with it as well: any part of them is a fair sample. */
  readonly places: Int32Array;
  /** Batches of `places` of all but equal size, four or more, none with a single image. */
  readonly batches: readonly Batch[];
  /** Normalised pixels of a batch as the network sees them: [n, size, size, 3]. */
  plain(batch: Batch): Promise<Float32Array>;
  /** Transformed copies of a batch, drawn with the seed, each as `plain`. */
  transformed(batch: Batch, how: Transformation): Promise<SeenBatch>;
}

export interface SeenBatch {
  readonly views: readonly Float32Array[];
  /** The images seen: where one could not be read, that which took its place. */
  readonly places: Uint32Array;
}

export interface Batch {
  /** Place of its first image in `places`. */
  readonly from: number;
  readonly places: Int32Array;
}

export interface Transformation {
  readonly ops: readonly AugmentationOp[];
  /** Different ones give different draws. */
  readonly stream: number;
  readonly views: number;
}

/** Opens network and images for `work`, and closes them. */
export async function withImagePasses<T>(
  { settings, backbone: config, weights }: NetworkAnalysisStage & { readonly settings: ManyImagesAnalysis },
  context: StageContext,
  work: (passes: ImagePasses) => Promise<T>,
): Promise<T> {
  const { id, data, split, images, imageSize: size } = settings;
  const dataset = await context.data.dataset({ id: data, split });
  const places = chooseImages(dataset, images, context.seed);
  if (places.length < 8)
    throw new UserError('data', `\`${id}\` needs eight images or more, and ${data} ${split} has ${places.length}`);
  const backbone = createBackbone(config, unusedRandom);
  const pool = createAugmentPool({ store: dataset.store, ops: [], size, threads: context.threads });
  try {
    const checkpoint = context.stages.file(weights, CHECKPOINT_FILE);
    loadBackboneWeights(backbone, await readFile(checkpoint), checkpoint);
    const warned = new Set<number>();
    const read = async (batch: Promise<AugmentedBatch>) => {
      const { views, indices, problems } = await batch;
      for (const { index, message } of problems) {
        if (warned.has(index)) continue;
        warned.add(index);
        context.warn(`${dataset.names[index]!} cannot be read (${message}); another takes its place`);
      }
      return { views: views.map((view) => view.slice()), places: indices };
    };
    return await work({
      ...{ backbone, dataset, places, batches: cutBatches(places) },
      plain: async (batch) => (await read(pool.evalBatch(batch.places))).views[0]!,
      transformed: (batch, how) => read(draw(pool, batch, how, context.seed)),
    });
  } finally {
    backbone.dispose();
    await pool.close();
  }
}

function draw(pool: AugmentPool, { places }: Batch, { ops, stream, views }: Transformation, seed: number) {
  return pool.batch({ seed, step: stream, indices: places, views, ops });
}

function chooseImages(dataset: Dataset, count: number, seed: number): Int32Array {
  const chosen = takeSubset(dataset, { count, seed, purpose: `images-${dataset.split}` });
  return Int32Array.from(deriveRandom(seed, 'images-order').permutation(chosen.length), (k) => chosen[k]!);
}

/** As few batches as there must be, as equal as can be, and at least four: a readout learns from some and is scored on others. */
function cutBatches(places: Int32Array): Batch[] {
  const count = Math.max(4, Math.ceil(places.length / BATCH));
  const ends = Array.from({ length: count + 1 }, (_, k) => Math.round((k * places.length) / count));
  return ends.slice(1).map((end, k) => ({ from: ends[k]!, places: places.slice(ends[k], end) }));
}

/** Between batches: lets a request to stop be heard. */
export async function pauseFor({ signal }: StageContext): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal.aborted) throw new Cancelled();
}

/** Place of a layer among those looked at, in 0..1, as records count depth. */
export function depthOf(position: number, layers: number): number {
  return layers > 1 ? position / (layers - 1) : 1;
}
