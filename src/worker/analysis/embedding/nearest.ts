/** Nearest neighbours by cosine over whole features, exactly; a block of similarities is held at a time. */
import type { CosineNeighbours } from '../../../shared/math/embedding/layOut';
import { rankExcess } from '../../../shared/math/embedding/mapQuality';
import { selectNeighbours } from '../../../shared/math/knn';
import { forEachSimilarity, type FeatureRows } from '../../transfer/knn';

/** The k most similar others of each row: [rows, k]. */
export async function findNearest(features: FeatureRows, k: number, signal: AbortSignal): Promise<CosineNeighbours> {
  const rows = features.values.length / features.dimension;
  const neighbour = new Int32Array(rows * k);
  const similarity = new Float32Array(rows * k);
  await forEachSimilarity({ queries: features, bank: features, signal }, (similarities, start, count) => {
    for (let i = 0; i < count; i++) similarities[i * rows + start + i] = -Infinity; // not itself
    const found = selectNeighbours(similarities, rows, k);
    neighbour.set(found.indices, start * k);
    similarity.set(found.similarities, start * k);
  });
  return { neighbour, similarity };
}

/** The first k of each row's list. */
export function firstNeighbours(
  { neighbour, similarity }: CosineNeighbours,
  rows: number,
  k: number,
): CosineNeighbours {
  const listed = neighbour.length / rows;
  const cut = <T extends Int32Array | Float32Array>(from: T, into: T): T => {
    for (let i = 0; i < rows; i++) into.set(from.subarray(i * listed, i * listed + k), i * k);
    return into;
  };
  return {
    neighbour: cut(neighbour, new Int32Array(rows * k)),
    similarity: cut(similarity, new Float32Array(rows * k)),
  };
}

/** Rank excess (mapQuality.ts) summed over the sampled rows; nearest: [sample, k] on the map. */
export async function sumRankExcess(
  features: FeatureRows,
  { sample, nearest }: { readonly sample: Int32Array; readonly nearest: Int32Array },
  signal: AbortSignal,
): Promise<number> {
  const { values, dimension } = features;
  const rows = values.length / dimension;
  const k = nearest.length / sample.length;
  const chosen = new Float32Array(sample.length * dimension);
  sample.forEach((row, i) => chosen.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension));
  let excess = 0;
  const queries = { values: chosen, dimension };
  await forEachSimilarity({ queries, bank: features, signal }, (similarities, start, count) => {
    for (let i = 0; i < count; i++) {
      const own = similarities.subarray(i * rows, (i + 1) * rows);
      const place = start + i;
      excess += rankExcess(own, sample[place]!, nearest.subarray(place * k, (place + 1) * k));
    }
  });
  return excess;
}
