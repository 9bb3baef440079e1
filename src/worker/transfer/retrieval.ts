/**
 * Instance retrieval: for each image of one split, find the same thing in another split (the same emoji by another vendor)
 * by cosine similarity of frozen features. Ranking is in shared/math/retrieval.
 */
import { instanceRanks, scoreRanks, type RetrievalScores } from '../../shared/math/retrieval';
import { forEachSimilarity, type FeatureRows } from './knn';

export interface RetrievalResult extends RetrievalScores {
  /** Place of the right image for each query, 1 = first; 0 when the gallery lacks it. */
  readonly ranks: Int32Array;
}

/** Looks every query up in the gallery. Instances: [rows]; equal numbers show the same thing in both splits. */
export async function runRetrieval(options: {
  readonly gallery: FeatureRows;
  readonly galleryInstances: Int32Array;
  readonly queries: FeatureRows;
  readonly queryInstances: Int32Array;
  readonly signal?: AbortSignal;
}): Promise<RetrievalResult> {
  const { gallery, galleryInstances, queries, queryInstances, signal } = options;
  const ranks = new Int32Array(queryInstances.length);
  await forEachSimilarity({ queries, bank: gallery, signal }, (similarities, start, rows) => {
    ranks.set(instanceRanks(similarities, queryInstances.subarray(start, start + rows), galleryInstances), start);
  });
  return { ...scoreRanks(ranks), ranks };
}
