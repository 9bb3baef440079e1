/** What losses say of their comparisons to whoever looks at an update from inside. Tensors stay the loss's own. */
import type * as tf from '@tensorflow/tfjs-core';

export type MatchReport = ClassReport | ContrastReport | EnqueueReport | BoxReport | PixelReport | LandmarkReport;

/** A classifier's. */
export interface ClassReport {
  readonly kind: 'classes';
  /** [N, C] */
  readonly logits: tf.Tensor2D;
  /** int32 [N], 0..C−1. */
  readonly labels: tf.Tensor1D;
}

/** Each query against its own key and entries of a memory, all of length 1. */
export interface ContrastReport {
  readonly kind: 'contrast';
  /** [N, D] */
  readonly queries: tf.Tensor2D;
  /** [N, D] */
  readonly keys: tf.Tensor2D;
  /** [K, D] */
  readonly entries: tf.Tensor2D;
  readonly temperature: number;
  /** [N, K], 1 where an entry takes no part. */
  readonly removed?: tf.Tensor2D;
  /** [N, K], 1 where an entry is a further positive. */
  readonly positives?: tf.Tensor2D;
  /** Of noise-contrastive estimation: log(m Z / M), which is subtracted from each logit. A softmax where absent. */
  readonly offset?: number;
  /** [K], places of the entries in their memory; 0, 1, … where absent. */
  readonly places?: Int32Array;
}

/** Keys of an update went into a queue: the `skipped`-th and later ones, from `start` on, in a ring. */
export interface EnqueueReport {
  readonly kind: 'enqueued';
  readonly start: number;
  readonly skipped: number;
  readonly kept: number;
}

/** Candidates of one image, boxes [n, 4], x1, y1, x2, y2 in px of the input, and what they were matched to. */
export interface BoxReport {
  readonly kind: 'boxes';
  readonly stage: 'anchors' | 'proposals' | 'points';
  /** Place in the batch. */
  readonly image: number;
  readonly boxes: Float32Array;
  /** [n]: row of the object, −1 for background, −2 for neither. */
  readonly matches: Int32Array;
  /** Rows that the loss looks at; all that are not neither where absent. */
  readonly drawn?: { readonly objects: readonly number[]; readonly background: readonly number[] };
  /** What the network thinks of each row, as logits [rows, columns]; background stands first where `hasBackground`. */
  readonly scores?: BoxScores;
}

export interface BoxScores {
  readonly logits: tf.Tensor;
  readonly columns: number;
  /** Row of the tensor that belongs to the first box. */
  readonly from: number;
  /** `sigmoid`: the highest column; `softmax`: of the matched class, or the highest but the first. */
  readonly by: 'sigmoid' | 'softmax';
}

export interface PixelReport {
  readonly kind: 'pixels';
  /** [N, H, W, C] */
  readonly logits: tf.Tensor4D;
  /** int32 [N·H·W]; pixels whose weight is 0 have no class. */
  readonly labels: tf.Tensor1D;
  readonly weights: tf.Tensor1D;
}

export interface LandmarkReport {
  readonly kind: 'landmarks';
  /** [N, 2K] half pictures from the middle. */
  readonly predicted: tf.Tensor2D;
  readonly wanted: tf.Tensor2D;
  readonly counted: tf.Tensor2D;
}
