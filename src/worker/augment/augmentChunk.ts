/**
 * The work of one thread on its part of a batch: read each image, draw, apply, write floats. The same function runs in the
 * calling thread when the pool has none, so that results cannot depend on the number of threads: every random stream is
 * derived from (seed, step, index, view) alone.
 */
import type { AugmentationOp } from '../../shared/experiment/augmentation';
import { UserError } from '../../shared/errors';
import { deriveRandom } from '../../shared/random';
import type { ImageStore, RgbImage } from '../data/dataset';
import { imageCount, readImage } from '../data/imageStore';
import { imagenetScale, writeNormalized } from './normalize';
import { applyTransforms, drawTransforms } from './policy';

/** What a thread knows from its start. Structured-clonable. */
export interface AugmentSetup {
  readonly store: ImageStore;
  /** Operations of training batches and of evaluation batches; both end at `size` px. */
  readonly ops: readonly AugmentationOp[];
  readonly evalOps: readonly AugmentationOp[];
  /** Side of the output, px. */
  readonly size: number;
}

/** One part of a batch. Structured-clonable; the shared arrays are written in place. */
export interface AugmentChunk {
  readonly use: 'train' | 'eval';
  readonly seed: number;
  readonly step: number;
  /** Number of the first view in the random stream. */
  readonly firstView: number;
  /** Items of the data set, of the whole batch. */
  readonly indices: Uint32Array;
  /** This part: items first .. end - 1 of the batch. */
  readonly first: number;
  readonly end: number;
  /** One [batch, size, size, 3] array of floats per view. */
  readonly outputs: readonly Float32Array[];
  /** In place of the thread's own. */
  readonly ops?: readonly AugmentationOp[];
}

/** An image that could not be read, and the one that took its place. */
export interface AugmentProblem {
  readonly index: number;
  readonly replacedBy: number;
  readonly message: string;
}

export interface ChunkResult {
  /** [end - first], the items whose pixels were used. */
  readonly used: Uint32Array;
  readonly problems: readonly AugmentProblem[];
}

/** How many unreadable neighbours in a row are a broken data set and not bad luck. */
const replacementTries = 16;

/** Fill this part of the batch. An unreadable image is replaced by the next one in the data set that can be read. */
export async function augmentChunk(setup: AugmentSetup, chunk: AugmentChunk): Promise<ChunkResult> {
  const used = new Uint32Array(chunk.end - chunk.first);
  const problems: AugmentProblem[] = [];
  let reading = readOrReplace(setup.store, chunk.indices[chunk.first]!);
  for (let item = chunk.first; item < chunk.end; item++) {
    const read = await reading;
    // Decode the next image while this one is being transformed.
    if (item + 1 < chunk.end) reading = readOrReplace(setup.store, chunk.indices[item + 1]!);
    if (read instanceof UserError) throw read;
    used[item - chunk.first] = read.index;
    problems.push(...read.problems);
    writeViews(setup, chunk, { item, image: read.image });
  }
  return { used, problems };
}

interface Item {
  /** Place in the batch. */
  readonly item: number;
  readonly image: RgbImage;
}

function writeViews(setup: AugmentSetup, chunk: AugmentChunk, { item, image }: Item): void {
  const { size } = setup;
  const ops = chunk.ops ?? (chunk.use === 'train' ? setup.ops : setup.evalOps);
  chunk.outputs.forEach((output, view) => {
    const random = deriveRandom(chunk.seed, 'augment', chunk.step, chunk.indices[item]!, chunk.firstView + view);
    const result = applyTransforms(image, drawTransforms(ops, image, random));
    if (result.width !== size || result.height !== size) {
      throw new Error(`internal: augmentation gave ${result.width} x ${result.height} px, expected ${size}`);
    }
    writeNormalized(result, imagenetScale, output, item * size * size * 3);
  });
}

interface ReadItem {
  readonly index: number;
  readonly image: RgbImage;
  readonly problems: readonly AugmentProblem[];
}

/** Never rejects: a read that is started ahead must not fail before anyone waits for it. */
async function readOrReplace(store: ImageStore, index: number): Promise<ReadItem | UserError> {
  const count = imageCount(store);
  const failed: { index: number; message: string }[] = [];
  for (let offset = 0; offset < Math.min(replacementTries, count); offset++) {
    const candidate = (index + offset) % count;
    try {
      const image = await readImage(store, candidate);
      return { index: candidate, image, problems: failed.map((f) => ({ ...f, replacedBy: candidate })) };
    } catch (error) {
      failed.push({ index: candidate, message: error instanceof Error ? error.message : String(error) });
    }
  }
  const first = failed[0]?.message ?? 'the data set has no images';
  const where = `${failed.length} images in a row could not be read, from item ${index} on`;
  return new UserError('data', `${where} (the first: ${first}); check that the data folder is complete and readable.`);
}
