/**
 * Weighted kNN on the current runtime: cosine similarities as matrix products, voting in shared/math/knn (Wu et al. 2018,
 * arXiv 1805.01978). Nothing is fitted, so it is the quickest look at a layer, and the one shown during pretraining.
 */
import * as tf from '@tensorflow/tfjs-core';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Cancelled } from '../../shared/errors';
import { perClassAccuracy } from '../../shared/math/accuracy';
import { normalizeRows, selectNeighbours, votedAccuracy, voteByNeighbours } from '../../shared/math/knn';

/** Features of images, row by row; a FeatureMatrix is one. */
export interface FeatureRows {
  /** [count, dimension] */
  readonly values: Float32Array;
  readonly dimension: number;
}

export interface KnnOptions {
  /** Images that vote. */
  readonly bank: FeatureRows;
  /** [bank rows] in 0..numClasses-1 */
  readonly bankLabels: Int32Array;
  readonly queries: FeatureRows;
  /** [query rows] */
  readonly queryLabels: Int32Array;
  readonly numClasses: number;
  /** Neighbours that vote; cut to the size of the bank. */
  readonly k: number;
  /** > 0; a vote weighs exp(similarity / temperature). */
  readonly temperature: number;
  readonly signal?: AbortSignal;
}

export interface KnnResult {
  /** In 0..1. A class without a vote never counts as right. */
  readonly accuracy: number;
  readonly top5: number;
  /** [numClasses]; NaN for a class without test images. */
  readonly perClass: Float64Array;
  readonly predictions: Int32Array;
  /** Neighbours that voted. */
  readonly k: number;
}

/** Rows of queries that are compared with the bank at once. */
const CHUNK_ROWS = 256;

/** Classifies every query by its nearest bank images. Features may have any scale: rows are normalised first. */
export async function runKnn(options: KnnOptions): Promise<KnnResult> {
  const { bank, bankLabels, queries, queryLabels, numClasses, temperature, signal } = options;
  const k = Math.min(options.k, bankLabels.length);
  const predictions = new Int32Array(queryLabels.length);
  let [hits1, hits5] = [0, 0];
  await forEachSimilarity({ queries, bank, signal }, (similarities, start, rows) => {
    const neighbours = selectNeighbours(similarities, bankLabels.length, k);
    const votes = voteByNeighbours({ neighbours, labels: bankLabels, numClasses, k, temperature });
    predictions.set(votes.predictions, start);
    const wanted = queryLabels.subarray(start, start + rows);
    hits1 += votedAccuracy(votes, wanted, 1) * rows;
    hits5 += votedAccuracy(votes, wanted, 5) * rows;
  });
  const count = queryLabels.length;
  const perClass = perClassAccuracy(predictions, queryLabels, numClasses);
  return { accuracy: hits1 / count, top5: hits5 / count, perClass, predictions, k };
}

/** Calls back with cosine similarities [rows, bank rows], a chunk of query rows at a time. */
export async function forEachSimilarity(
  options: { readonly queries: FeatureRows; readonly bank: FeatureRows; readonly signal?: AbortSignal },
  visit: (similarities: Float32Array, start: number, rows: number) => void,
): Promise<void> {
  const { dimension } = options.bank;
  const queryCount = options.queries.values.length / dimension;
  const bankCount = options.bank.values.length / dimension;
  const queries = normalizeRows(options.queries.values, queryCount, dimension);
  const isSame = options.queries === options.bank;
  const banked = isSame ? queries : normalizeRows(options.bank.values, bankCount, dimension);
  const bank = tf.tidy(() => tf.transpose(tf.tensor2d(banked, [bankCount, dimension]))); // [D, N]
  try {
    for (let start = 0; start < queryCount; start += CHUNK_ROWS) {
      await nextTurn();
      if (options.signal?.aborted) throw new Cancelled();
      const rows = Math.min(CHUNK_ROWS, queryCount - start);
      const part = queries.slice(start * dimension, (start + rows) * dimension);
      const product = tf.tidy(() => tf.matMul(tf.tensor2d(part, [rows, dimension]), bank)); // [rows, N]
      const similarities = (await product.data()) as Float32Array;
      product.dispose();
      visit(similarities, start, rows);
    }
  } finally {
    bank.dispose();
  }
}
