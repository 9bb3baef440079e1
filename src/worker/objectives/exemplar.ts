/**
 * Exemplar-based supervised pretraining: MoCo in which labels only remove false negatives.
 * Zhao et al. 2021, arXiv 2006.06606. Images of one class are neither repelled (MoCo) nor attracted (SupCon):
 * each instance keeps what is its own. v1 and v2 differ as MoCo v1 and v2 do, outside this file.
 */
import * as tf from '@tensorflow/tfjs-core';
import { contrastiveSoftmax, sameClass } from './contrastiveSoftmax';
import type { ContrastiveInput, ContrastiveOutput } from './contrastiveSoftmax';

export interface LabelledContrastiveInput extends ContrastiveInput {
  /** [N], class of each query; a negative label means unknown and removes nothing. */
  readonly labels: ArrayLike<number>;
  /** [K], class of each queue entry; -1 while the entry is initial noise. */
  readonly queueLabels: ArrayLike<number>;
}

/**
 * InfoNCE over the queue entries of other classes.
 *
 *   L = mean over N of  -log [ exp(q·k+/tau) / ( exp(q·k+/tau) + Σ_{j: y_j ≠ y} exp(q·k_j/tau) ) ]
 *   dL/dq = 1/(N tau) [ Σ_{j: y_j ≠ y} p_j k_j - (1 - p+) k+ ];  entries of the query's class contribute exactly 0
 *
 * queries, keys: [N, D]; queue: [K, D]; all L2-normalised. Gradient to the queries only. With no negative left the
 * loss and its gradient are exactly 0.
 */
export function exemplarLoss(input: LabelledContrastiveInput): ContrastiveOutput {
  return tf.tidy(() => contrastiveSoftmax(input, { removed: sameClass(input.labels, input.queueLabels) }));
}
