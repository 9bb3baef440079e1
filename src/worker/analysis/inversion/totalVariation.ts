/** Smoothness of a picture: what an inversion without a drawing network makes small beside the error of its features. */
import * as tf from '@tensorflow/tfjs-core';
import { meanSquaredError } from '../../ops/meanSquaredError';

/**
 * Total variation with β = 2 (Mahendran & Vedaldi 2015, arXiv 1412.0035, equation 4), in means so that it does not grow with
 * the picture: mean((right − x)²) + mean((below − x)²) over all pixels that have such a neighbour. picture: [1, H, W, C],
 * sides of at least 2 px; differentiable in it.
 */
export function totalVariation(picture: tf.Tensor4D): tf.Scalar {
  const [, height, width, channels] = picture.shape;
  const part = (y: number, x: number, [h, w]: readonly [number, number]) =>
    tf.slice(picture, [0, y, x, 0], [1, h, w, channels]);
  const across = [height, width - 1] as const;
  const down = [height - 1, width] as const;
  const right = meanSquaredError(part(0, 1, across), part(0, 0, across));
  const below = meanSquaredError(part(1, 0, down), part(0, 0, down));
  return tf.add(right, below);
}
