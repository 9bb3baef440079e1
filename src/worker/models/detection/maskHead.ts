/**
 * The mask branch (He et al. 2017, arXiv 1703.06870) as torchvision defines it: convolutions on a crop, a transposed
 * convolution that doubles it, one mask for each class. C4 detectors have no convolutions before it, as in detectron2.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { sigmoidCrossEntropy, sumAll } from '../../objectives/focalLoss';
import { relu } from '../../ops/activation';
import { observe } from '../../ops/observe';
import { addChannelBias } from '../../ops/linear';
import type { WeightStore } from '../weightStore';
import { addConvLayer, applyConvLayer } from './convLayer';

export interface MaskPlan {
  readonly inChannels: number;
  readonly channels: number;
  readonly convolutions: number;
  /** Background is one of them, as in torchvision. */
  readonly classes: number;
}

const DOUBLE = 'roi_heads.mask_predictor.conv5_mask';
const END = 'roi_heads.mask_predictor.mask_fcn_logits';

export function addMaskHead(weights: WeightStore, plan: MaskPlan, random: Random): void {
  const { inChannels, channels, convolutions, classes } = plan;
  const shape = { outChannels: channels, initialisation: 'he' as const };
  for (let i = 0; i < convolutions; i++) {
    const inner = {
      ...shape,
      name: `roi_heads.mask_head.${i}.0`,
      kernel: 3,
      inChannels: i === 0 ? inChannels : channels,
    };
    addConvLayer(weights, inner, random);
  }
  const inputs = convolutions > 0 ? channels : inChannels;
  const deviation = Math.sqrt(2 / (4 * inputs));
  const filter = Float32Array.from({ length: inputs * channels * 4 }, () => deviation * random.normal());
  tf.tidy(() => {
    // As PyTorch keeps it: [in, out, 2, 2].
    weights.add(`${DOUBLE}.weight`, tf.tensor4d(filter, [inputs, channels, 2, 2]), 'parameter', 'plain');
    weights.add(`${DOUBLE}.bias`, tf.zeros([channels]), 'parameter', 'plain');
  });
  addConvLayer(weights, { ...shape, name: END, kernel: 1, inChannels: channels, outChannels: classes }, random);
}

/** crops: [K, S, S, inChannels]. Returns logits [K, 2S, 2S, classes]. */
export function applyMaskHead(weights: WeightStore, { convolutions }: MaskPlan, crops: tf.Tensor4D): tf.Tensor4D {
  let x = crops;
  for (let i = 0; i < convolutions; i++)
    x = observe(
      `roi_heads.mask_head.${i}.1`,
      relu(applyConvLayer(weights, `roi_heads.mask_head.${i}.0`, x, { padding: 1 })),
    );
  const doubled = observe('roi_heads.mask_predictor.relu', relu(observe(DOUBLE, doubleSide(weights, x))));
  return applyConvLayer(weights, END, doubled);
}

/** A transposed convolution of size and stride 2 has no overlaps: each pixel becomes four, by one matrix product. */
function doubleSide(weights: WeightStore, x: tf.Tensor4D): tf.Tensor4D {
  const [count, height, width, inputs] = x.shape;
  const filter = weights.get(`${DOUBLE}.weight`) as tf.Variable<tf.Rank.R4>;
  const channels = filter.shape[1];
  const matrix = tf.reshape(tf.transpose(filter, [0, 2, 3, 1]), [inputs, 4 * channels]); // [in, 2·2·out]
  const four = tf.matMul(tf.reshape(x, [-1, inputs]), matrix);
  const grid = tf.reshape(four, [count * height, width, 2, 2, channels]);
  const rows = tf.transpose(grid, [0, 2, 1, 3, 4]); // [N·H, 2, W, 2, C]
  const doubled = tf.reshape(rows, [count, 2 * height, 2 * width, channels]) as tf.Tensor4D;
  return addChannelBias(doubled, weights.get(`${DOUBLE}.bias`) as tf.Variable<tf.Rank.R1>);
}

/**
 * Mean cross-entropy of the masks of the right classes. logits: [K, S, S, classes]; labels: [K], 1..classes-1;
 * targets: [K, S, S], 0..1. Zero without regions.
 */
export function maskLoss(logits: tf.Tensor4D, labels: Int32Array, targets: Float32Array): tf.Scalar {
  const [count, side, , classes] = logits.shape;
  if (count === 0) return tf.scalar(0);
  return tf.tidy(() => {
    // The right channel is chosen by a product with zeros and ones: a gather has no gradient on wasm.
    const chosen = new Float32Array(count * classes);
    labels.forEach((label, i) => (chosen[i * classes + label] = 1));
    const flat = tf.reshape(logits, [count, side * side, classes]);
    const right = tf.reshape(tf.matMul(flat, tf.tensor3d(chosen, [count, classes, 1])), [count, side * side]);
    const entropy = sigmoidCrossEntropy(right, tf.tensor2d(targets, [count, side * side]));
    return tf.div(sumAll(entropy), count * side * side);
  });
}
