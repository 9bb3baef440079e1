/** A backbone that ends after one of its stages: for heads that can stand on any of them. */
import * as tf from '@tensorflow/tfjs-core';
import { backboneStages, type BackboneStage } from '../../shared/experiment/fineTuningFields';
import type { FineTuningSettings } from '../../shared/experiment/transferSchema';
import type { Backbone, StageOptions } from './backbone';

/** The last stage that is part of the network. */
export function lastStage(cut: FineTuningSettings['cut']): BackboneStage {
  return cut === 'none' ? 'layer4' : cut;
}

/** Output of each stage from layer1 up to the last one, or of the stem where that is the last: [N, H, W, C]. */
export function stageOutputs(
  backbone: Backbone,
  images: tf.Tensor4D,
  { last, ...options }: StageOptions & { readonly last: BackboneStage },
): ReadonlyMap<BackboneStage, tf.Tensor4D> {
  if (last !== 'stem') return backbone.forwardStages(images, last, options);
  return new Map([['stem', tf.tidy(() => backbone.applyStage('stem', images, options))]]);
}

/** The stages that `stageOutputs` gives, in depth order. */
export function stagesUpTo(last: BackboneStage): BackboneStage[] {
  return last === 'stem' ? ['stem'] : backboneStages.slice(1, backboneStages.indexOf(last) + 1);
}

/** The stage whose output goes with the last one's to a second head; `layer1` and the stem have none before them. */
export function stageBefore(last: BackboneStage): BackboneStage | undefined {
  const place = backboneStages.indexOf(last);
  return place > 1 ? backboneStages[place - 1] : undefined;
}

export function channelsOf({ layers, config }: Backbone, stage: BackboneStage): number {
  return stage === 'stem' ? config.width : layers.find(({ name }) => name === stage)!.channels;
}
