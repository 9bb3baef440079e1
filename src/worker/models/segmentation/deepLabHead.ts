/**
 * The head of DeepLab-v3: atrous spatial pyramid pooling (a 1×1 convolution, three 3×3 ones whose taps lie `rates` apart,
 * and the mean of the whole map), joined by a 1×1, a 3×3 and one score for each class and place. Chen et al. 2017,
 * arXiv 1706.05587, section 3.3, in torchvision's form and names (DeepLabHead).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { globalAveragePool } from '../../ops/pool';
import { applyConvLayer } from '../detection/convLayer';
import type { WeightStore } from '../weightStore';
import { addHeadConv, applyDropout, applyHeadConv, type HeadConv, type HeadPass } from './headLayers';

export interface DeepLabHead {
  readonly inChannels: number;
  /** Channels of each branch and of what joins them; 256 in torchvision. */
  readonly channels: number;
  readonly classes: number;
  /** 12, 24 and 36 at output stride 8. */
  readonly rates: readonly [number, number, number];
  readonly dropout: number;
}

interface Parts {
  readonly branches: readonly HeadConv[];
  readonly pooled: HeadConv;
  readonly join: HeadConv;
  readonly last: HeadConv;
  readonly scores: HeadConv;
}

function partsOf({ inChannels, channels, classes, rates }: DeepLabHead): Parts {
  const pyramid = 'classifier.0';
  const branch = (index: number, place: string, rest: Pick<HeadConv, 'kernel' | 'dilation'>): HeadConv => ({
    name: `${pyramid}.convs.${index}.${place}`,
    batchNorm: `${pyramid}.convs.${index}.${Number(place) + 1}`,
    ...{ inChannels, outChannels: channels, ...rest },
  });
  const inner = { outChannels: channels };
  return {
    branches: [
      branch(0, '0', { kernel: 1 }),
      ...rates.map((dilation, i) => branch(i + 1, '0', { kernel: 3, dilation })),
    ],
    pooled: branch(4, '1', { kernel: 1 }),
    join: {
      name: `${pyramid}.project.0`,
      batchNorm: `${pyramid}.project.1`,
      ...{ kernel: 1, inChannels: 5 * channels, ...inner },
    },
    last: { name: 'classifier.1', batchNorm: 'classifier.2', kernel: 3, inChannels: channels, ...inner },
    scores: { name: 'classifier.4', kernel: 1, inChannels: channels, outChannels: classes },
  };
}

export function addDeepLabHead(weights: WeightStore, head: DeepLabHead, random: Random): void {
  const { branches, pooled, join, last, scores } = partsOf(head);
  for (const conv of [...branches, pooled, join, last, scores]) addHeadConv(weights, conv, random);
}

/** x: [N, H, W, Cin]. Returns scores [N, H, W, classes]. */
export function applyDeepLabHead(pass: HeadPass, head: DeepLabHead, x: tf.Tensor4D): tf.Tensor4D {
  const { branches, pooled, join, last, scores } = partsOf(head);
  const [count, height, width, inChannels] = x.shape;
  const mean = tf.reshape(globalAveragePool(x), [count, 1, 1, inChannels]) as tf.Tensor4D;
  const spread = tf.tile(applyHeadConv(pass, pooled, mean), [1, height, width, 1]); // [N, H, W, channels]
  const views = [...branches.map((conv) => applyHeadConv(pass, conv, x)), spread];
  const joined = applyDropout(pass, applyHeadConv(pass, join, tf.concat(views, 3)), head.dropout);
  return applyConvLayer(pass.weights, scores.name, applyHeadConv(pass, last, joined));
}
