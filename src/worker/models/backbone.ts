/** The contract every backbone fulfils: named layers, PyTorch's parameter names, one forward for training and features. */
import type * as tf from '@tensorflow/tfjs-core';
import type { BackboneConfig, LayerInfo } from '../../shared/experiment/layers';
import type { BackboneStage } from '../../shared/experiment/fineTuningFields';
import type { WeightStore } from './weightStore';

export type { BackboneConfig, LayerInfo };

export interface ForwardOptions {
  /** Batch statistics and updated running statistics (true) or running statistics (false). */
  readonly training: boolean;
  /** Split batch norm (MoCo on one device): statistics over this many equal groups of the batch. Default 1. */
  readonly batchNormGroups?: number;
  /** Share of this batch in the running statistics; default 0.1, torch's. 1/n at the n-th batch makes them plain averages. */
  readonly statisticsMomentum?: number;
  /** Layers whose outputs are wanted besides the pooled output. */
  readonly taps?: readonly string[];
  readonly offsets?: Offsets;
}

/**
 * Added to the outputs of layers before anything reads them, by name: zeros, whose gradients are those of the outputs. Class
 * tokens alone have none.
 */
export type Offsets = ReadonlyMap<string, tf.Tensor>;

/** For networks that are built on a backbone's feature maps. */
export interface StageOptions {
  /** Batch statistics and updated running statistics (true) or running statistics (false) outside frozen stages. */
  readonly training: boolean;
  /** Stages up to this one use their running statistics even in training. */
  readonly frozen?: BackboneStage | 'none';
  /** As in `ForwardOptions`. */
  readonly statisticsMomentum?: number;
  /** Of whole stages; not read by `applyStage`. */
  readonly offsets?: Offsets;
}

export interface BackboneOutput {
  /** What the network gives out for an image, such as the global average of the last map: [batch, featureSize]. */
  readonly pooled: tf.Tensor2D;
  /** [batch, height, width, channels] each; pooled outputs and class tokens [batch, channels], all tokens [batch, tokens, channels]. */
  readonly taps: ReadonlyMap<string, tf.Tensor>;
}

export interface Backbone {
  readonly config: BackboneConfig;
  readonly layers: readonly LayerInfo[];
  /** Channels of `pooled`. */
  readonly featureSize: number;
  /** Whether blocks are computed again for the gradient instead of keeping what is inside them; false at first. */
  recompute: boolean;
  /** Parameters and buffers under PyTorch's names, without a classifier. */
  readonly weights: WeightStore;
  /** images: [batch, height, width, 3], normalised. The caller disposes the outputs (or runs inside tidy). */
  forward(images: tf.Tensor4D, options: ForwardOptions): BackboneOutput;
  /**
   * Feature maps of layer1 … `through`: [batch, height, width, channels] each, by stage. images: as for `forward`. Throws a
   * user error where a network has no stages.
   */
  forwardStages(
    images: tf.Tensor4D,
    through: BackboneStage,
    options: StageOptions,
  ): ReadonlyMap<BackboneStage, tf.Tensor4D>;
  /** One stage alone on the output of the one before it; for heads that end in a backbone's last stage. */
  applyStage(stage: BackboneStage, x: tf.Tensor4D, options: StageOptions): tf.Tensor4D;
  /** Frees every variable. */
  dispose(): void;
}
