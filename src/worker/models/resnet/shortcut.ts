/** The shortcut of a residual block: the input itself, or brought to the branch's shape by a 1×1 convolution. */
import type * as tf from '@tensorflow/tfjs-core';
import type { BlockPlan } from '../../../shared/experiment/backbones/resnet';
import { averagePool2 } from '../../ops/averagePool';
import { applyConvBatchNorm, type Pass } from './convBatchNorm';

/** x: [N, H, W, Cin]; returns [N, H', W', Cout]. */
export function applyShortcut(pass: Pass, { downsample, averages }: BlockPlan, x: tf.Tensor4D): tf.Tensor4D {
  if (!downsample) return x;
  return applyConvBatchNorm(pass, downsample, averages ? averagePool2(x) : x);
}
