/**
 * ResNets, ResNeXts and Wide ResNets as torchvision defines them: same names, shapes, order, initialisation and outputs, so
 * weights travel both ways untouched. Papers and the plan of layers are in shared/experiment/backbones/resnet. Additions:
 * width, other stems, the stride's place, averaging shortcuts, features from any layer. Left out: the classifier (heads.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  planConvolutions,
  planResNet,
  type BlockPlan,
  type ResNetPlan,
} from '../../../shared/experiment/backbones/resnet';
import { describeLayers } from '../../../shared/experiment/layers';
import type { Random } from '../../../shared/random';
import { relu } from '../../ops/activation';
import { observe } from '../../ops/observe';
import { globalAveragePool, maxPool2d } from '../../ops/pool';
import { backboneStages, type BackboneStage } from '../../../shared/experiment/fineTuningFields';
import type { Backbone, BackboneConfig, BackboneOutput, ForwardOptions, LayerInfo, StageOptions } from '../backbone';
import { applyBlock } from '../applyBlock';
import { applyBasicBlock } from './basicBlock';
import { applyBottleneckBlock } from './bottleneckBlock';
import {
  addConvBatchNorm,
  applyBatchNorm,
  applyConv,
  applyConvBatchNorm,
  defaultStatisticsMomentum,
  type Pass,
} from './convBatchNorm';
import { inOrder, noTaps, Taps } from '../taps';
import { WeightStore } from '../weightStore';

/** A ResNet with freshly drawn weights; the caller disposes it. Basic blocks can be dilated here, unlike in torchvision. */
export function createResNet(config: BackboneConfig, random: Random): Backbone {
  return new ResNet(config, random);
}

class ResNet implements Backbone {
  readonly layers: readonly LayerInfo[];
  readonly featureSize: number;
  readonly weights = new WeightStore();
  recompute = false;
  private readonly plan: ResNetPlan;

  constructor(
    readonly config: BackboneConfig,
    random: Random,
  ) {
    this.plan = planResNet(config);
    this.layers = describeLayers(config);
    this.featureSize = this.plan.featureSize;
    for (const conv of planConvolutions(this.plan)) addConvBatchNorm(this.weights, conv, random);
  }

  forward(images: tf.Tensor4D, options: ForwardOptions): BackboneOutput {
    const { training, batchNormGroups = 1, statisticsMomentum = defaultStatisticsMomentum, taps = [] } = options;
    const outputs = tf.tidy(() => {
      const collected = new Taps(taps, this.layers, options.offsets);
      const pass = { weights: this.weights, training, batchNormGroups, statisticsMomentum };
      const stem = this.applyStem(pass, images, collected);
      const pooled = collected.keep('avgpool', globalAveragePool(this.applyStages(pass, stem, collected)));
      return { pooled, kept: collected.kept };
    });
    return { pooled: outputs.pooled, taps: inOrder(taps, outputs.kept) };
  }

  forwardStages(
    images: tf.Tensor4D,
    through: BackboneStage,
    options: StageOptions,
  ): ReadonlyMap<BackboneStage, tf.Tensor4D> {
    const none = noTaps;
    const count = backboneStages.indexOf(through);
    const maps = tf.tidy(() => {
      let x = this.applyStem(this.passOf('stem', options), images, none);
      return backboneStages.slice(1, count + 1).map((stage) => {
        const output = this.applyStage(stage, x, options);
        const offset = options.offsets?.get(stage);
        return (x = offset === undefined ? output : tf.add(output, offset));
      });
    });
    return new Map(maps.map((map, index) => [backboneStages[index + 1]!, map]));
  }

  applyStage(stage: BackboneStage, x: tf.Tensor4D, options: StageOptions): tf.Tensor4D {
    const pass = this.passOf(stage, options);
    if (stage === 'stem') return this.applyStem(pass, x, noTaps);
    const blocks = this.plan.stages[backboneStages.indexOf(stage) - 1]!;
    return observe(
      stage,
      blocks.reduce((y, block) => observe(block.name, this.applyBlock(pass, block, y)), x),
    );
  }

  dispose(): void {
    this.weights.dispose();
  }

  private passOf(stage: BackboneStage, options: StageOptions): Pass {
    const { training, frozen = 'none', statisticsMomentum = defaultStatisticsMomentum } = options;
    const isFrozen = frozen !== 'none' && backboneStages.indexOf(stage) <= backboneStages.indexOf(frozen);
    return {
      weights: this.weights,
      training: training && !isFrozen,
      batchNormGroups: 1,
      statisticsMomentum,
    };
  }

  /** images: [N, H, W, 3]. Returns [N, H', W', width]. */
  private applyStem(pass: Pass, images: tf.Tensor4D, taps: Taps): tf.Tensor4D {
    const { stem, hasMaxPool } = this.plan;
    const last = stem.at(-1)!;
    const before = stem.slice(0, -1).reduce((x, conv) => applyConvBatchNorm(pass, conv, x, { relu: true }), images);
    const convolved = taps.keep('conv1', applyConv(pass, last, before));
    const isSeen = taps.wants('bn1') || taps.offset('bn1') !== undefined;
    const rectified = taps.keep(
      'relu',
      isSeen
        ? relu(taps.keep('bn1', applyBatchNorm(pass, last, convolved)))
        : applyBatchNorm(pass, last, convolved, { relu: true }),
    );
    return hasMaxPool ? taps.keep('maxpool', maxPool2d(rectified, 3, 2, 1)) : rectified;
  }

  /** x: [N, H', W', width]. Returns layer4's output, [N, H'', W'', featureSize]. */
  private applyStages(pass: Pass, x: tf.Tensor4D, taps: Taps): tf.Tensor4D {
    return this.plan.stages.reduce((entry, blocks, index) => {
      const output = blocks.reduce((y, block) => taps.keep(block.name, this.applyBlock(pass, block, y)), entry);
      return taps.keep(`layer${index + 1}`, output);
    }, x);
  }

  private applyBlock(pass: Pass, block: BlockPlan, x: tf.Tensor4D): tf.Tensor4D {
    const apply = this.plan.kind === 'basic' ? applyBasicBlock : applyBottleneckBlock;
    return applyBlock(this, block.name, x, (entry, isAgain) => apply({ ...pass, isAgain }, block, entry));
  }
}
