/** The contract every backbone fulfils: named layers, torchvision parameter names, one forward for training and features. */
import type * as tf from '@tensorflow/tfjs-core';
import type { WeightStore } from './weightStore';

export interface BackboneConfig {
  readonly name: 'resnet18' | 'resnet34' | 'resnet50' | 'resnet101';
  /** Channels of the first stage; 64 is torchvision's. */
  readonly width: number;
  /** `imagenet`: 7×7/2 and max-pool; `cifar`: 3×3/1, no pool; `small`: 3×3/2, no pool. */
  readonly stem: 'imagenet' | 'cifar' | 'small';
  /** As torchvision's replace_stride_with_dilation, for layer2, layer3, layer4 (bottleneck nets only). */
  readonly dilate: readonly [boolean, boolean, boolean];
}

/** A place features can be read from, in depth order. */
export interface LayerInfo {
  /** torchvision's module name: conv1, bn1, relu, maxpool, layer1.0 …, layer1 … layer4, avgpool. */
  readonly name: string;
  readonly channels: number;
  /** Input pixels per feature step; avgpool has no grid and says 0. */
  readonly stride: number;
}

export interface ForwardOptions {
  /** Batch statistics and updated running statistics (true) or running statistics (false). */
  readonly training: boolean;
  /** Split batch norm (MoCo on one device): statistics over this many equal groups of the batch. Default 1. */
  readonly batchNormGroups?: number;
  /** Layers whose outputs are wanted besides the pooled output. */
  readonly taps?: readonly string[];
}

export interface BackboneOutput {
  /** Global average pool of layer4: [batch, featureSize]. */
  readonly pooled: tf.Tensor2D;
  /** [batch, height, width, channels] each ('avgpool': [batch, featureSize]). */
  readonly taps: ReadonlyMap<string, tf.Tensor>;
}

export interface Backbone {
  readonly config: BackboneConfig;
  readonly layers: readonly LayerInfo[];
  /** Channels of `pooled`. */
  readonly featureSize: number;
  /** Parameters and buffers under torchvision names, without fc. */
  readonly weights: WeightStore;
  /** images: [batch, height, width, 3], normalised. The caller disposes the outputs (or runs inside tidy). */
  forward(images: tf.Tensor4D, options: ForwardOptions): BackboneOutput;
  /** Frees every variable. */
  dispose(): void;
}
