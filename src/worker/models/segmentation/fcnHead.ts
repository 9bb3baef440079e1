/**
 * The head of a fully convolutional network: a 3×3 convolution to a quarter of the channels, then one score for each class
 * and place. Long et al. 2015, arXiv 1411.4038, in torchvision's form and names (FCNHead). Also the auxiliary head.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { applyConvLayer } from '../detection/convLayer';
import type { WeightStore } from '../weightStore';
import { addHeadConv, applyDropout, applyHeadConv, type HeadConv, type HeadPass } from './headLayers';

export interface FcnHead {
  /** `classifier`, `aux_classifier`. */
  readonly prefix: string;
  readonly inChannels: number;
  readonly classes: number;
  readonly dropout: number;
}

const innerConv = ({ prefix, inChannels }: FcnHead): HeadConv => ({
  name: `${prefix}.0`,
  batchNorm: `${prefix}.1`,
  kernel: 3,
  inChannels,
  outChannels: Math.max(1, Math.floor(inChannels / 4)),
});

export function addFcnHead(weights: WeightStore, head: FcnHead, random: Random): void {
  const inner = innerConv(head);
  addHeadConv(weights, inner, random);
  const { prefix, classes } = head;
  addHeadConv(weights, { name: `${prefix}.4`, kernel: 1, inChannels: inner.outChannels, outChannels: classes }, random);
}

/** x: [N, H, W, Cin]. Returns scores [N, H, W, classes]. */
export function applyFcnHead(pass: HeadPass, head: FcnHead, x: tf.Tensor4D): tf.Tensor4D {
  const inner = applyDropout(pass, applyHeadConv(pass, innerConv(head), x), head.dropout);
  return applyConvLayer(pass.weights, `${head.prefix}.4`, inner);
}
