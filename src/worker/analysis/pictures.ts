/** The images that an analysis of single images looks at, as the network sees them. */
import type { NetworkAnalysisBase } from '../../shared/experiment/analysisSchema';
import { UserError } from '../../shared/errors';
import { createAugmentPool } from '../augment/augmentPool';
import type { Dataset } from '../data/dataset';
import { takeSubset } from '../data/subset';
import type { StageContext } from '../stageContext';

export interface Pictures {
  /** Places in the split; where an image could not be read, that of the one that took its place. */
  readonly places: Int32Array;
  readonly names: readonly string[];
  /** Class names. */
  readonly labels: readonly string[];
  /** Side in px. */
  readonly size: number;
  /** Normalised: [count, size, size, 3]. */
  readonly values: Float32Array;
}

/** Reads the images that the settings choose: a number drawn with the stage's seed, in the order of the split, or named places. */
export async function openPictures(
  { id, data, split, images, imageSize: size }: NetworkAnalysisBase,
  context: StageContext,
): Promise<Pictures> {
  const dataset = await context.data.dataset({ id: data, split });
  const chosen = typeof images === 'number' ? draw(dataset, images, context.seed) : checked(images, dataset, id);
  const pool = createAugmentPool({ store: dataset.store, ops: [], size, threads: context.threads });
  try {
    const { views, indices: places, problems } = await pool.evalBatch(chosen);
    for (const { index, message } of problems)
      context.warn(`${dataset.names[index]!} cannot be read (${message}); another takes its place`);
    const named = Int32Array.from(places);
    return {
      places: named,
      names: Array.from(named, (place) => dataset.names[place]!),
      labels: Array.from(named, (place) => dataset.classes[dataset.labels[place]!] ?? ''),
      size,
      values: views[0]!.slice(),
    };
  } finally {
    await pool.close();
  }
}

function draw(dataset: Dataset, count: number, seed: number): Int32Array {
  if (count >= dataset.length) return Int32Array.from({ length: dataset.length }, (_, place) => place);
  return Int32Array.from(takeSubset(dataset, { count, seed, purpose: `pictures-${dataset.split}` }));
}

function checked(places: readonly number[], { length, split }: Dataset, id: string): Int32Array {
  const beyond = places.find((place) => place >= length);
  if (beyond === undefined) return Int32Array.from(places);
  throw new UserError(
    'data',
    `\`${id}\` asks for image ${beyond} of ${split}, which has ${length}; name places from 0 to ${length - 1}`,
  );
}
