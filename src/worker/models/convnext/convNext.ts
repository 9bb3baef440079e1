/**
 * ConvNeXts as their authors, torchvision and timm define them (plan and paper in shared/experiment/backbones/convNext), under
 * timm's names. Left out: stochastic depth, the second version's response normalisation.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  planConvNext,
  stemStride,
  type ConvNextPlan,
  type ConvNextStage,
} from '../../../shared/experiment/backbones/convNext';
import type { Random } from '../../../shared/random';
import { gelu } from '../../ops/gelu';
import { globalAveragePool } from '../../ops/pool';
import { applyBlock } from '../applyBlock';
import type { Backbone, BackboneConfig, BackboneOutput, ForwardOptions } from '../backbone';
import { addBiasedConv, addNorm, addNormalLinear } from '../initialise';
import { applyBiasedConv, applyLinear, applyNorm } from '../layers';
import { StagelessBackbone } from '../stageless';
import { inOrder, Taps } from '../taps';

/** A ConvNeXt with freshly drawn weights; the caller disposes it. */
export function createConvNext(config: BackboneConfig, random: Random): Backbone {
  return new ConvNext(config, random);
}

/** What a block's branch is multiplied by in the beginning, channel by channel (arXiv 2201.03545, appendix A.1). */
const initialScale = 1e-6;

class ConvNext extends StagelessBackbone {
  private readonly plan: ConvNextPlan;

  constructor(config: BackboneConfig, random: Random) {
    super(config);
    this.plan = planConvNext(config);
    this.addWeights(random);
  }

  forward(images: tf.Tensor4D, { taps = [], offsets }: ForwardOptions): BackboneOutput {
    const outputs = tf.tidy(() => {
      const collected = new Taps(taps, this.layers, offsets);
      const stem = collected.keep('stem', this.applyStem(images));
      const last = this.plan.stages.reduce((x, stage) => this.applyConvStage(stage, x, collected), stem);
      const pooled = collected.keep('head.norm', applyNorm(this.weights, 'head.norm', globalAveragePool(last)));
      return { pooled, kept: collected.kept };
    });
    return { pooled: outputs.pooled, taps: inOrder(taps, outputs.kept) };
  }

  private addWeights(random: Random): void {
    const { weights, plan } = this;
    const addConv = (name: string, kernel: number, [inChannels, outChannels]: readonly [number, number]) =>
      addBiasedConv(weights, { name, kernel, inChannels, outChannels }, { random, initialisation: 'normal' });
    addConv('stem.0', stemStride, [3, plan.width]);
    addNorm(weights, 'stem.1', plan.width);
    for (const { name, blocks, inChannels, channels, downsamples } of plan.stages) {
      if (downsamples) {
        addNorm(weights, `${name}.downsample.0`, inChannels);
        addConv(`${name}.downsample.1`, 2, [inChannels, channels]);
      }
      for (const block of blocks) {
        tf.tidy(() => weights.add(`${block}.gamma`, tf.fill([channels], initialScale), 'parameter', 'plain'));
        addConv(`${block}.conv_dw`, 7, [1, channels]);
        addNorm(weights, `${block}.norm`, channels);
        addNormalLinear(weights, { name: `${block}.mlp.fc1`, inputs: channels, outputs: 4 * channels }, random);
        addNormalLinear(weights, { name: `${block}.mlp.fc2`, inputs: 4 * channels, outputs: channels }, random);
      }
    }
    addNorm(weights, 'head.norm', plan.featureSize);
  }

  /** images: [N, H, W, 3]. Returns [N, ⌊H/4⌋, ⌊W/4⌋, width]. */
  private applyStem(images: tf.Tensor4D): tf.Tensor4D {
    const { weights } = this;
    return applyNorm(weights, 'stem.1', applyBiasedConv(weights, 'stem.0', images, { stride: stemStride }));
  }

  private applyConvStage(stage: ConvNextStage, x: tf.Tensor4D, taps: Taps): tf.Tensor4D {
    const { name, blocks, downsamples } = stage;
    const entry = downsamples ? this.downsample(name, x) : x;
    const output = blocks.reduce(
      (y, block) =>
        taps.keep(
          block,
          applyBlock(this, block, y, (z) => this.applyBlock(block, z)),
        ),
      entry,
    );
    return taps.keep(name, output);
  }

  private downsample(stage: string, x: tf.Tensor4D): tf.Tensor4D {
    const normed = applyNorm(this.weights, `${stage}.downsample.0`, x);
    return applyBiasedConv(this.weights, `${stage}.downsample.1`, normed, { stride: 2 });
  }

  /** x + γ · fc2(gelu(fc1(norm(conv(x))))). x: [N, H, W, C]. */
  private applyBlock(block: string, x: tf.Tensor4D): tf.Tensor4D {
    const { weights } = this;
    const channels = x.shape[3];
    const seen = applyBiasedConv(weights, `${block}.conv_dw`, x, { padding: 3, groups: channels });
    const rows: tf.Tensor2D = tf.reshape(applyNorm(weights, `${block}.norm`, seen), [-1, channels]);
    const hidden = gelu(applyLinear(weights, `${block}.mlp.fc1`, rows));
    const branch = applyLinear(weights, `${block}.mlp.fc2`, hidden);
    const scaled = tf.mul(branch, weights.get(`${block}.gamma`));
    return tf.add(x, tf.reshape(scaled, x.shape));
  }
}
