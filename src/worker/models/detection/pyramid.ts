/**
 * The feature pyramid network (Lin et al. 2017, arXiv 1612.03144) as torchvision builds it: 1 × 1 convolutions of the
 * stages' outputs, added from coarse to fine by nearest-neighbour enlargement, then 3 × 3 convolutions. Above it either two
 * strided convolutions (P6 and P7 of RetinaNet and FCOS) or a subsampled copy of the coarsest level (`pool`).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BackboneStage } from '../../../shared/experiment/fineTuningFields';
import type { Random } from '../../../shared/random';
import { relu } from '../../ops/activation';
import { maxPool2d } from '../../ops/pool';
import { resizeNearest } from '../../ops/resize';
import type { Backbone } from '../backbone';
import type { WeightStore } from '../weightStore';
import { addConvLayer, applyConvLayer } from './convLayer';

export interface PyramidPlan {
  /** Stages that feed the pyramid, finest first. */
  readonly stages: readonly BackboneStage[];
  readonly channels: number;
  /** Input pixels per step of the finest level. */
  readonly firstStride: number;
  readonly top: 'p6p7' | 'pool';
}

/** The pyramid of one-stage detectors; 256 channels at the published width of the backbone. */
export function densePyramid(backbone: Backbone, from: 'layer2' | 'layer3'): PyramidPlan {
  return {
    stages: from === 'layer2' ? ['layer2', 'layer3', 'layer4'] : ['layer3', 'layer4'],
    channels: 4 * backbone.config.width,
    firstStride: backbone.layers.find(({ name }) => name === from)!.stride,
    top: 'p6p7',
  };
}

/** The pyramid of two-stage detectors. */
export function regionPyramid(backbone: Backbone): PyramidPlan {
  return {
    stages: ['layer1', 'layer2', 'layer3', 'layer4'],
    channels: 4 * backbone.config.width,
    firstStride: backbone.layers.find(({ name }) => name === 'layer1')!.stride,
    top: 'pool',
  };
}

const prefix = 'backbone.fpn';

export function addPyramid(weights: WeightStore, plan: PyramidPlan, backbone: Backbone, random: Random): void {
  const { stages, channels, top } = plan;
  const layer = (name: string, kernel: number, inChannels: number) =>
    addConvLayer(
      weights,
      { name: `${prefix}.${name}`, kernel, inChannels, outChannels: channels, initialisation: 'kaiming' },
      random,
    );
  stages.forEach((stage, i) => {
    layer(`inner_blocks.${i}.0`, 1, backbone.layers.find(({ name }) => name === stage)!.channels);
    layer(`layer_blocks.${i}.0`, 3, channels);
  });
  if (top === 'pool') return;
  layer('extra_blocks.p6', 3, channels);
  layer('extra_blocks.p7', 3, channels);
}

/** maps: outputs of the plan's stages. Returns the levels, finest first: [N, H, W, channels] each. */
export function applyPyramid(
  weights: WeightStore,
  { stages, top }: PyramidPlan,
  maps: ReadonlyMap<BackboneStage, tf.Tensor4D>,
): tf.Tensor4D[] {
  const apply = (name: string, x: tf.Tensor4D, options = {}) =>
    applyConvLayer(weights, `${prefix}.${name}`, x, options);
  const levels: tf.Tensor4D[] = [];
  let inner: tf.Tensor4D | undefined;
  for (let i = stages.length - 1; i >= 0; i--) {
    const lateral: tf.Tensor4D = apply(`inner_blocks.${i}.0`, maps.get(stages[i]!)!);
    inner = inner ? addEnlarged(lateral, inner) : lateral;
    levels.unshift(apply(`layer_blocks.${i}.0`, inner, { padding: 1 }));
  }
  const last = levels.at(-1)!;
  if (top === 'pool') return [...levels, maxPool2d(last, 1, 2, 0)];
  const p6 = apply('extra_blocks.p6', last, { padding: 1, stride: 2 });
  const p7 = apply('extra_blocks.p7', relu(p6), { padding: 1, stride: 2 });
  return [...levels, p6, p7];
}

/** fine + coarse, the latter enlarged to the size of the former: pixel i takes the value of ⌊i · coarse / fine⌋. */
function addEnlarged(fine: tf.Tensor4D, coarse: tf.Tensor4D): tf.Tensor4D {
  return tf.add(fine, resizeNearest(coarse, [fine.shape[1], fine.shape[2]]));
}
