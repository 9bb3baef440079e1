/** What losses say of their comparisons to whoever looks at an update from inside. Tensors stay the loss's own. */
import type * as tf from '@tensorflow/tfjs-core';

export type MatchReport =
  ClassReport | ContrastReport | MemoryReport | BoxReport | RegionReport | PixelReport | LandmarkReport;

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

/** The memory that entries come from, as it is while an update compares with it. */
export interface MemoryReport {
  readonly kind: 'memory';
  readonly of: 'queue' | 'memory-bank';
  readonly size: number;
  /** Of a queue: where the first key of the update will go, classes of its entries (−1: noise), and how many are keys. */
  readonly queue?: { readonly pointer: number; readonly labels: Int32Array; readonly filled: number };
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
  /** What the network thinks of each of them before the sigmoid; absent for proposals, of which a region report says it. */
  readonly scores?: BoxScores;
}

export interface BoxScores {
  /** Those of all images: [.., columns]; one column for all classes, or one for each. */
  readonly logits: tf.Tensor;
  readonly columns: number;
  /** Row that belongs to the first box. */
  readonly from: number;
}

/** What the second stage says of the proposals that were drawn, of all images together. */
export interface RegionReport {
  readonly kind: 'regions';
  /** [K, classes + 1], background first. */
  readonly logits: tf.Tensor2D;
  /** [K]: place of the image in the batch, and row among its candidates. */
  readonly images: Int32Array;
  readonly rows: Int32Array;
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
