/** What a layer answers to one picture: the tensor that an inversion fits, and how its numbers lie on the picture. */
import type * as tf from '@tensorflow/tfjs-core';
import { hasStages } from '../../../shared/experiment/layers';
import type { BackboneStage } from '../../../shared/experiment/fineTuningFields';
import type { Backbone } from '../../models/backbone';

/**
 * The output of a layer in evaluation mode. picture: [1, S, S, 3], normalised; differentiable in it. Where the network has
 * stages, nothing behind the layer's stage is computed. The caller disposes the result, or runs inside tidy.
 */
export function readLayer(backbone: Backbone, layer: string, picture: tf.Tensor4D): tf.Tensor {
  if (isStage(backbone, layer)) {
    const maps = backbone.forwardStages(picture, layer, { training: false });
    for (const [stage, map] of maps) if (stage !== layer) map.dispose();
    return maps.get(layer)!;
  }
  const { pooled, taps } = backbone.forward(picture, { training: false, taps: [layer] });
  pooled.dispose();
  return taps.get(layer)!;
}

function isStage({ config }: Backbone, layer: string): layer is BackboneStage {
  return /^layer[1-4]$/.test(layer) && hasStages(config);
}

/** How numbers of a layer belong to places of the picture. */
export interface PlacedFeatures {
  /** Rows and columns. */
  readonly grid: readonly [number, number];
  readonly channels: number;
  /** Numbers before the first place: a class token. */
  readonly skipped: number;
}

/** shape: of a layer's output. Maps have places, and so have patch tokens of square pictures; pooled outputs have none. */
export function placesOf(shape: readonly number[]): PlacedFeatures | undefined {
  if (shape.length === 4) return { grid: [shape[1]!, shape[2]!], channels: shape[3]!, skipped: 0 };
  if (shape.length !== 3) return undefined;
  const [, tokens, channels] = shape as [number, number, number];
  for (const classTokens of [0, 1]) {
    const side = Math.sqrt(tokens - classTokens);
    if (Number.isInteger(side) && side > 0) return { grid: [side, side], channels, skipped: classTokens * channels };
  }
  return undefined;
}
