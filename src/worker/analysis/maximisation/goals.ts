/** What pictures are made for: the mean of a channel, one place of it, or a class's score. */
import * as tf from '@tensorflow/tfjs-core';
import type { MaximisationAnalysis } from '../../../shared/experiment/analysisSchema';
import { UserError } from '../../../shared/errors';
import { deriveRandom } from '../../../shared/random';
import type { Wish } from '../../../shared/results/maximisation';
import type { Backbone } from '../../models/backbone';
import { layerMaps } from '../layerMaps';

export interface Goal extends Pick<Wish, 'of' | 'layer' | 'index' | 'name'> {
  /** [N, S, S, 3] → the mean over images; differentiable. */
  value(images: tf.Tensor4D): tf.Scalar;
}

export interface GoalSource {
  readonly backbone: Backbone;
  /** Of classes. */
  readonly classifier?: { readonly classes: readonly string[]; logits(images: tf.Tensor4D): tf.Tensor2D };
}

export function listGoals(source: GoalSource, settings: MaximisationAnalysis, seed: number): Goal[] {
  const { classifier, backbone } = source;
  if (classifier) {
    const wanted = chooseNumbers(settings, { count: classifier.classes.length, what: 'classes', seed });
    return wanted.map((index) => ({
      ...{ of: 'class' as const, layer: '', index, name: classifier.classes[index]! },
      value: (images) => tf.mean(tf.slice(classifier.logits(images), [0, index], [-1, 1])),
    }));
  }
  return settings.layers.flatMap((layer) => {
    const { channels } = backbone.layers.find(({ name }) => name === layer)!;
    const wanted = chooseNumbers(settings, { count: channels, what: `channels of ${layer}`, seed });
    return wanted.map((index) => channelGoal(backbone, settings, { layer, index }));
  });
}

function channelGoal(
  backbone: Backbone,
  { maximise }: MaximisationAnalysis,
  { layer, index }: { readonly layer: string; readonly index: number },
): Goal {
  return {
    ...{ of: maximise, layer, index, name: `${layer}:${index}` },
    value: (images) => {
      const [map] = layerMaps(backbone, images, [layer]);
      const [, height, width] = map!.shape;
      const channel = tf.slice(map!, [0, 0, 0, index], [-1, -1, -1, 1]);
      if (maximise === 'channel') return tf.mean(channel);
      return tf.mean(tf.slice(channel, [0, Math.floor(height / 2), Math.floor(width / 2), 0], [-1, 1, 1, 1]));
    },
  };
}

function chooseNumbers(
  { id, channels }: MaximisationAnalysis,
  { count, what, seed }: { readonly count: number; readonly what: string; readonly seed: number },
): number[] {
  if (typeof channels === 'number') {
    const order = deriveRandom(seed, 'wishes', count).permutation(count);
    return [...order.subarray(0, Math.min(channels, count))].sort((a, b) => a - b);
  }
  const beyond = channels.find((channel) => channel >= count);
  if (beyond === undefined) return [...channels];
  throw new UserError(
    'config',
    `\`${id}\` asks for number ${beyond} of the ${count} ${what}; name some from 0 to ${count - 1}`,
  );
}
