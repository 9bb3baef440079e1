/**
 * Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391, equations 1 and 2): which places of a layer's map speak for a score.
 *   α_k = mean over places of ∂score / ∂A_k,   map = max(0, Σ_k α_k A_k)
 * The map keeps its own size; nothing is smoothed or scaled. Left out: Guided Grad-CAM.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Backbone } from '../../models/backbone';
import { asMap } from '../layerMaps';
import type { Score } from './subject';

export interface CamMap {
  readonly layer: string;
  readonly height: number;
  readonly width: number;
  /** [height, width], at least 0. */
  readonly values: Float32Array;
  /** Whether anything of the layer reaches the score at all. */
  readonly isReached: boolean;
}

/** One map for each layer from one pass back. image: [1, H, W, 3]. */
export async function gradCam(
  { backbone, score }: { readonly backbone: Backbone; readonly score: Score },
  image: tf.Tensor4D,
  layers: readonly string[],
): Promise<CamMap[]> {
  const read = tf.tidy(() => {
    const { taps } = backbone.forward(image, { training: false, taps: layers });
    const zeros = layers.map((layer) => tf.zerosLike(taps.get(layer)!));
    const gradients = tf.grads((...offsets: tf.Tensor[]) =>
      tf.sum(score(image, new Map(layers.map((layer, i) => [layer, offsets[i]!])))),
    )(zeros);
    return layers.flatMap((layer, i) => {
      const gradient = asMap(gradients[i]!);
      const importance = tf.mean(gradient, [1, 2], true); // [1, 1, 1, C]
      const map = tf.relu(tf.sum(tf.mul(asMap(taps.get(layer)!), importance), 3));
      return [tf.squeeze(map, [0]), tf.max(tf.abs(gradient))];
    });
  });
  const values = await Promise.all(read.map((tensor) => tensor.data() as Promise<Float32Array>));
  const maps = layers.map((layer, i) => {
    const [height, width] = read[2 * i]!.shape as [number, number];
    return { layer, height, width, values: values[2 * i]!, isReached: values[2 * i + 1]![0]! > 0 };
  });
  tf.dispose(read);
  return maps;
}
