/**
 * InfoNCE as in MoCo v1 and v2: tell the other view of the same image from a queue of other images' keys.
 * He et al. 2019, arXiv 1911.05722, equation 1; v2 (Chen et al. 2020, arXiv 2003.04297) changes head, augmentation
 * and temperature only. Left out: the symmetric variant (each view as query once).
 */
import { contrastiveSoftmax } from './contrastiveSoftmax';
import type { ContrastiveInput, ContrastiveOutput } from './contrastiveSoftmax';

/**
 * MoCo's loss: (K + 1)-way cross-entropy with the positive key as the right answer.
 *
 *   L = mean over N of  -log [ exp(q·k+/tau) / ( exp(q·k+/tau) + Σ_{j=1..K} exp(q·k_j/tau) ) ]
 *
 * queries, keys: [N, D]; queue: [K, D]; all L2-normalised. Gradient to the queries only.
 * Defaults of the paper: tau 0.07 (v1), 0.2 (v2); K 65,536.
 */
export function infoNceLoss(input: ContrastiveInput): ContrastiveOutput {
  return contrastiveSoftmax(input);
}
