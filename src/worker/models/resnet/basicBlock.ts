/** The residual block of ResNet-18 and -34: two 3×3 convolutions. He et al. 2016, arXiv 1512.03385, figure 5 left. */
import type * as tf from '@tensorflow/tfjs-core';
import type { BlockPlan, ConvPlan } from '../../../shared/experiment/backbones/resnet';
import { applyConvBatchNorm, type Pass } from './convBatchNorm';
import { applyShortcut } from './shortcut';

/** relu(bn(conv(relu(bn(conv(x))))) + shortcut(x)). x: [N, H, W, Cin]; returns [N, H', W', Cout]. */
export function applyBasicBlock(pass: Pass, block: BlockPlan, x: tf.Tensor4D): tf.Tensor4D {
  const [conv1, conv2] = block.branch as readonly [ConvPlan, ConvPlan];
  const inner = applyConvBatchNorm(pass, conv1, x, { relu: true }); // [N, H', W', Cout]
  const skip = applyShortcut(pass, block, x);
  return applyConvBatchNorm(pass, conv2, inner, { skip });
}
