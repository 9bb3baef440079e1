/**
 * Instance retrieval scores: where the first right gallery image stands when the gallery is sorted by similarity to a
 * query. Ties go to the lower gallery index. Left out: average precision, which needs several right images per query.
 */
import { shareWithin } from './accuracy';

export interface RetrievalScores {
  /** Share of queries whose instance comes first, or among the first five, in 0..1. NaN without queries. */
  readonly top1: number;
  readonly top5: number;
  /** Mean of 1 / rank, in 0..1. */
  readonly meanReciprocalRank: number;
  readonly medianRank: number;
  /** Queries that have their instance in the gallery; the others do not count. */
  readonly queries: number;
  readonly unmatched: number;
}

/**
 * Rank of the best right gallery image for each query row, 1 = first; 0 when the gallery lacks the instance.
 * similarities: [rows, gallery], queryInstances: [rows], galleryInstances: [gallery].
 */
export function instanceRanks(
  similarities: Float32Array,
  queryInstances: ArrayLike<number>,
  galleryInstances: ArrayLike<number>,
): Int32Array {
  const size = galleryInstances.length;
  const ranks = new Int32Array(queryInstances.length);
  for (let row = 0; row < ranks.length; row++) {
    const line = similarities.subarray(row * size, (row + 1) * size);
    let match = -1;
    for (let j = 0; j < size; j++) {
      if (galleryInstances[j] === queryInstances[row] && (match < 0 || line[j]! > line[match]!)) match = j;
    }
    if (match < 0) continue;
    let rank = 1;
    for (let j = 0; j < size; j++) if (line[j]! > line[match]! || (line[j] === line[match] && j < match)) rank++;
    ranks[row] = rank;
  }
  return ranks;
}

/** Recall at 1 and 5, mean reciprocal rank and median rank. ranks: [queries], 0 = no such instance in the gallery. */
export function scoreRanks(ranks: Int32Array): RetrievalScores {
  const matched = ranks.filter((rank) => rank > 0).sort();
  const middle = matched.length >> 1;
  return {
    top1: shareWithin(matched, 1),
    top5: shareWithin(matched, 5),
    meanReciprocalRank: matched.reduce((sum, rank) => sum + 1 / rank, 0) / matched.length,
    medianRank: matched.length % 2 === 1 ? matched[middle]! : (matched[middle - 1]! + matched[middle]!) / 2,
    queries: matched.length,
    unmatched: ranks.length - matched.length,
  };
}
