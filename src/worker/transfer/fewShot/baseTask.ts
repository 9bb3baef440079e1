/**
 * The base task of a few-shot transfer: how well a linear classifier tells the base classes apart on images that it has not
 * seen, beside how well novel classes are learnt. Base images of the training split are divided by class, four fifths to
 * learn from. A high base accuracy with a low few-shot one is what task misalignment looks like (Zhao et al. 2021).
 */
import { deriveRandom } from '../../../shared/random';
import { solveLinearProbe } from '../linearProbe';
import { gatherRows, type EpisodePool } from './episodePool';

const L2 = 1e-3;

export interface BaseSplit {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** Rows to learn from and to score; classes of one image are learnt from only. */
export function splitBaseRows({ baseRows, baseClasses, train }: EpisodePool, seed: number): BaseSplit {
  const learnt: number[] = [];
  const scored: number[] = [];
  for (const place of baseClasses) {
    const rows = baseRows.filter((row) => train.labels[row] === place);
    const order = deriveRandom(seed, 'base-images', place).permutation(rows.length);
    const held = Math.floor(rows.length / 5) || (rows.length > 1 ? 1 : 0);
    order.forEach((at, i) => (i < held ? scored : learnt).push(rows[at]!));
  }
  return { train: Int32Array.from(learnt).sort(), test: Int32Array.from(scored).sort() };
}

/** Top-1 accuracy in 0..1 on the held-out images. */
export async function scoreBaseTask(
  pool: EpisodePool,
  layer: string,
  split: BaseSplit,
  signal: AbortSignal,
): Promise<number> {
  const places = new Map(Array.from(pool.baseClasses, (place, i) => [place, i] as const));
  const labelled = (rows: Int32Array) => ({
    values: gatherRows(pool, layer, rows).values,
    labels: rows.map((row) => places.get(pool.train.labels[row]!)!),
  });
  const [train, test] = [labelled(split.train), labelled(split.test)];
  const { accuracy } = await solveLinearProbe({
    train,
    test,
    dimension: gatherRows(pool, layer, split.train.subarray(0, 1)).dimension,
    numClasses: pool.baseClasses.length,
    l2: L2,
    standardise: true,
    signal,
  });
  return accuracy;
}
