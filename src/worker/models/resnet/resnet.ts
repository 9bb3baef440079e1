/**
 * ResNet-18/34/50/101 as torchvision defines them: same names, shapes, order, initialisation and outputs, so weights travel
 * both ways untouched. Architecture: He et al. 2016, arXiv 1512.03385; the plan of layers is in shared/experiment/layers.
 * Additions: width, stems for small images, and features from any layer. Left out: the classifier (heads.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import { describeLayers, planConvolutions, planResNet } from '../../shared/experiment/layers';
import type { BlockPlan, ResNetPlan } from '../../shared/experiment/layers';
import type { Random } from '../../shared/random';
import { relu } from '../ops/activation';
import { isGradientWanted, recomputed } from '../ops/recompute';
import { globalAveragePool, maxPool2d } from '../ops/pool';
import { backboneStages, type BackboneStage } from '../../shared/experiment/fineTuningFields';
import type { Backbone, BackboneConfig, BackboneOutput, ForwardOptions, LayerInfo, StageOptions } from './backbone';
import { applyBasicBlock } from './basicBlock';
import { applyBottleneckBlock } from './bottleneckBlock';
import { addConvBatchNorm, applyBatchNorm, applyConv, type Pass, defaultStatisticsMomentum } from './convBatchNorm';
import { WeightStore } from './weightStore';

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
  private readonly layerNames: ReadonlySet<string>;

  constructor(
    readonly config: BackboneConfig,
    random: Random,
  ) {
    this.plan = planResNet(config);
    this.layers = describeLayers(config);
    this.layerNames = new Set(this.layers.map(({ name }) => name));
    this.featureSize = this.plan.featureSize;
    for (const conv of planConvolutions(this.plan)) addConvBatchNorm(this.weights, conv, random);
  }

  forward(images: tf.Tensor4D, options: ForwardOptions): BackboneOutput {
    const { training, batchNormGroups = 1, statisticsMomentum = defaultStatisticsMomentum, taps = [] } = options;
    for (const name of taps) if (!this.layerNames.has(name)) throw new Error(`internal: no layer called ${name}`);
    const outputs = tf.tidy(() => {
      const collected = new Taps(taps);
      const pass = { weights: this.weights, training, batchNormGroups, statisticsMomentum };
      const stem = this.applyStem(pass, images, collected);
      const pooled = collected.keep('avgpool', globalAveragePool(this.applyStages(pass, stem, collected)));
      return { pooled, kept: collected.kept };
    });
    return { pooled: outputs.pooled, taps: new Map(taps.map((name) => [name, outputs.kept[name]!])) };
  }

  forwardStages(
    images: tf.Tensor4D,
    through: BackboneStage,
    options: StageOptions,
  ): ReadonlyMap<BackboneStage, tf.Tensor4D> {
    const none = new Taps([]);
    const count = backboneStages.indexOf(through);
    const maps = tf.tidy(() => {
      let x = this.applyStem(this.passOf('stem', options), images, none);
      return backboneStages.slice(1, count + 1).map((stage) => (x = this.applyStage(stage, x, options)));
    });
    return new Map(maps.map((map, index) => [backboneStages[index + 1]!, map]));
  }

  applyStage(stage: BackboneStage, x: tf.Tensor4D, options: StageOptions): tf.Tensor4D {
    const pass = this.passOf(stage, options);
    if (stage === 'stem') return this.applyStem(pass, x, new Taps([]));
    const blocks = this.plan.stages[backboneStages.indexOf(stage) - 1]!;
    return blocks.reduce((y, block) => this.applyBlock(pass, block, y), x);
  }

  dispose(): void {
    this.weights.dispose();
  }

  private passOf(stage: BackboneStage, { training, frozen = 'none' }: StageOptions): Pass {
    const isFrozen = frozen !== 'none' && backboneStages.indexOf(stage) <= backboneStages.indexOf(frozen);
    return {
      weights: this.weights,
      training: training && !isFrozen,
      batchNormGroups: 1,
      statisticsMomentum: defaultStatisticsMomentum,
    };
  }

  /** images: [N, H, W, 3]. Returns [N, H', W', width]. */
  private applyStem(pass: Pass, images: tf.Tensor4D, taps: Taps): tf.Tensor4D {
    const { stem, hasMaxPool } = this.plan;
    const convolved = taps.keep('conv1', applyConv(pass, stem, images));
    const rectified = taps.wants('bn1')
      ? relu(taps.keep('bn1', applyBatchNorm(pass, stem, convolved)))
      : applyBatchNorm(pass, stem, convolved, { relu: true });
    taps.keep('relu', rectified);
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
    // Without a gradient to compute, only the block's output outlives it.
    if (!this.recompute || !isGradientWanted()) return tf.tidy(() => apply(pass, block, x));
    const names = this.weights.names('parameter').filter((name) => name.startsWith(`${block.name}.`));
    const parameters = names.map((name) => this.weights.get(name));
    return recomputed(x, parameters, (entry, isAgain) => apply({ ...pass, isAgain }, block, entry));
  }
}

/** Collects the outputs asked for, on the way through the network. */
class Taps {
  readonly kept: Record<string, tf.Tensor> = {};
  private readonly wanted: ReadonlySet<string>;

  constructor(names: readonly string[]) {
    this.wanted = new Set(names);
  }

  wants(name: string): boolean {
    return this.wanted.has(name);
  }

  keep<T extends tf.Tensor>(name: string, value: T): T {
    // A clone costs no memory and lets the caller dispose every output on its own.
    if (this.wanted.has(name)) this.kept[name] = tf.clone(value);
    return value;
  }
}
