/**
 * The key encoder of MoCo: a slow copy of the query encoder. He et al. 2019, arXiv 1911.05722, equation 2.
 * Parameters only: batch-norm running statistics of the copy are its own.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { WeightStore } from '../models/weightStore';
import { blend } from '../ops/blend';

/** theta_k ← m theta_k + (1 - m) theta_q for every parameter; once per step, before the keys are computed. */
export function updateMomentumEncoder(target: WeightStore, online: WeightStore, momentum: number): void {
  for (const [name, source] of online.parameters()) {
    const copy = target.get(name);
    tf.tidy(() => copy.assign(blend(copy as tf.Tensor, momentum, source as tf.Tensor, 1 - momentum)));
  }
}

/** Makes `target` equal to `online`, buffers included: how the key encoder starts. */
export function copyWeights(target: WeightStore, online: WeightStore): void {
  for (const name of online.names()) {
    tf.tidy(() => target.get(name).assign(tf.clone(online.get(name))));
  }
}
