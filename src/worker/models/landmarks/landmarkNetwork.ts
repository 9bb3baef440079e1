/** A backbone, whole or cut short, with a head that finds landmarks, and the loss that trains both. */
import * as tf from '@tensorflow/tfjs-core';
import type { LandmarksTransfer } from '../../../shared/experiment/transferSchema';
import type { Random } from '../../../shared/random';
import type { Backbone } from '../backbone';
import { channelsOf, lastStage, stageOutputs, stagesUpTo } from '../cutBackbone';
import { smoothL1 } from '../detection/smoothL1';
import { createLandmarkHead, type LandmarkHead } from './landmarkHead';

export interface LandmarkNetwork {
  readonly backbone: Backbone;
  readonly head: LandmarkHead;
  /** images: [N, S, S, 3], normalised. Returns [N, 2K] in half pictures; the caller disposes it. */
  forward(images: tf.Tensor4D, options: { readonly training: boolean }): tf.Tensor2D;
  dispose(): void;
}

export interface LandmarkNetworkOptions {
  readonly backbone: Backbone;
  readonly settings: Pick<LandmarksTransfer, 'head' | 'virtualLandmarks' | 'freeze' | 'cut' | 'batchNorm'>;
  readonly landmarks: number;
  readonly random: Random;
}

/** Takes over the backbone. */
export function createLandmarkNetwork({
  backbone,
  settings,
  landmarks,
  random,
}: LandmarkNetworkOptions): LandmarkNetwork {
  const last = lastStage(settings.cut);
  const stages = settings.head === 'pooled' ? [last] : stagesUpTo(last);
  const head = createLandmarkHead(
    {
      kind: settings.head,
      landmarks,
      virtualLandmarks: settings.virtualLandmarks,
      channels: new Map(stages.map((stage) => [stage, channelsOf(backbone, stage)])),
    },
    random,
  );
  return {
    backbone,
    head,
    forward: (images, { training }) =>
      tf.tidy(() => {
        const options = { training: training && settings.batchNorm === 'trained', frozen: settings.freeze };
        const maps = stageOutputs(backbone, images, { ...options, last });
        return head.forward(maps);
      }),
    dispose: () => {
      backbone.dispose();
      head.weights.dispose();
    },
  };
}

/**
 * Mean over the counted coordinates of smooth L1 (½ d² below 1, |d| − ½ above), d² or |d|; torch's SmoothL1Loss, MSELoss and
 * L1Loss on those coordinates. predicted, wanted: [N, 2K]; counted: [N, 2K] of 0 and 1. 0 when nothing counts.
 */
export function landmarkLoss(
  kind: LandmarksTransfer['loss'],
  {
    predicted,
    wanted,
    counted,
  }: { readonly predicted: tf.Tensor2D; readonly wanted: tf.Tensor2D; readonly counted: tf.Tensor2D },
): tf.Scalar {
  return tf.tidy(() => {
    const difference = tf.sub(predicted, wanted);
    const losses =
      kind === 'smooth-l1' ? smoothL1(difference, 1) : kind === 'l2' ? tf.square(difference) : tf.abs(difference);
    return tf.div(tf.sum(tf.mul(losses, counted)), tf.maximum(tf.sum(counted), 1));
  });
}
