/**
 * The residual block of deep ResNets: 1×1 down, 3×3, 1×1 up to four times the channels. He et al. 2016, arXiv 1512.03385,
 * figure 5 right; in ResNeXts the 3×3 has groups. Which of them strides is in the plan.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { BlockPlan, ConvPlan } from '../../../shared/experiment/backbones/resnet';
import { applyConvBatchNorm, type Pass } from './convBatchNorm';
import { applyShortcut } from './shortcut';

/** relu(branch(x) + shortcut(x)). x: [N, H, W, Cin]; returns [N, H', W', Cout], Cout = 4 · inner channels. */
export function applyBottleneckBlock(pass: Pass, block: BlockPlan, x: tf.Tensor4D): tf.Tensor4D {
  const [conv1, conv2, conv3] = block.branch as readonly [ConvPlan, ConvPlan, ConvPlan];
  const narrow = applyConvBatchNorm(pass, conv1, x, { relu: true }); // [N, H, W, Cout / 4]
  const spatial = applyConvBatchNorm(pass, conv2, narrow, { relu: true }); // [N, H', W', Cout / 4]
  const skip = applyShortcut(pass, block, x);
  return applyConvBatchNorm(pass, conv3, spatial, { skip }); // [N, H', W', Cout]
}
