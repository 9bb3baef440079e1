/** Outputs of layers as maps, whatever their kind: tokens go back to where their patches were, vectors have one place. */
import * as tf from '@tensorflow/tfjs-core';
import type { Backbone } from '../models/backbone';

/** [N, h, w, C] of each layer, in their order. images: [N, S, S, 3], normalised. Call it inside tidy. */
export function layerMaps(backbone: Backbone, images: tf.Tensor4D, layers: readonly string[]): tf.Tensor4D[] {
  const { taps } = backbone.forward(images, { training: false, taps: layers });
  return layers.map((layer) => asMap(taps.get(layer)!));
}

/** Maps stay, vectors [N, C] become [N, 1, 1, C], tokens [N, (1 +) g², C] of square images [N, g, g, C] without the class token. */
export function asMap(x: tf.Tensor): tf.Tensor4D {
  if (x.rank === 4) return x as tf.Tensor4D;
  const channels = x.shape.at(-1)!;
  if (x.rank === 2) return tf.reshape(x, [x.shape[0]!, 1, 1, channels]);
  const [count, tokens] = x.shape as [number, number, number];
  const before = Number.isInteger(Math.sqrt(tokens)) && tokens > 1 ? 0 : 1;
  const side = Math.sqrt(tokens - before);
  if (!Number.isInteger(side)) throw new Error(`internal: ${tokens} tokens lie on no square grid`);
  return tf.reshape(tf.slice(x, [0, before, 0], [count, tokens - before, channels]), [count, side, side, channels]);
}
