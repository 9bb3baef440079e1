/**
 * Supervised contrastive learning in MoCo form: queue entries of the query's class are further positives.
 * Khosla et al. 2020, arXiv 2004.11362, equation 2 (L_out: the mean over positives outside the logarithm), with the
 * queue as the contrast set. The natural ablation of the exemplar loss: same machinery, same-class images attracted.
 * Left out: positives among the current batch's other keys (MoCo enqueues them afterwards), the factor tau/tau_base
 * of the authors' code, and UniMoCo's product form.
 */
import * as tf from '@tensorflow/tfjs-core';
import { contrastiveSoftmax, sameClass } from './contrastiveSoftmax';
import type { ContrastiveOutput } from './contrastiveSoftmax';
import type { LabelledContrastiveInput } from './exemplar';

/**
 * Mean over positives of -log softmax over {key, whole queue}; P_i = { j : y_j = y_i }.
 *
 *   L = mean over i of  -1/(1 + |P_i|) Σ_{p in {+} ∪ P_i} log [ exp(q·k_p/tau) / ( exp(q·k+/tau) + Σ_{j=1..K} exp(q·k_j/tau) ) ]
 *
 * queries, keys: [N, D]; queue: [K, D]; all L2-normalised. Gradient to the queries only. With all labels distinct it
 * equals MoCo's loss. `hardestNegative` is taken over other classes.
 */
export function supConLoss(input: LabelledContrastiveInput): ContrastiveOutput {
  return tf.tidy(() => contrastiveSoftmax(input, { positives: sameClass(input.labels, input.queueLabels) }));
}
