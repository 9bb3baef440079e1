/** What networks without the stages of a ResNet have in common; no detector can be built on them. */
import type * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../shared/errors';
import { describeLayers, featureSize } from '../../shared/experiment/layers';
import type { Backbone, BackboneConfig, BackboneOutput, ForwardOptions, LayerInfo } from './backbone';
import { WeightStore } from './weightStore';

export abstract class StagelessBackbone implements Backbone {
  readonly layers: readonly LayerInfo[];
  readonly featureSize: number;
  readonly weights = new WeightStore();
  recompute = false;

  constructor(readonly config: BackboneConfig) {
    this.layers = describeLayers(config);
    this.featureSize = featureSize(config);
  }

  abstract forward(images: tf.Tensor4D, options: ForwardOptions): BackboneOutput;

  forwardStages(): never {
    return this.refuseStages();
  }

  applyStage(): never {
    return this.refuseStages();
  }

  dispose(): void {
    this.weights.dispose();
  }

  private refuseStages(): never {
    throw new UserError(
      'config',
      `${this.config.name} does not have the stages of a ResNet, which detectors need; use a ResNet, a ResNeXt or a Wide ResNet`,
    );
  }
}
