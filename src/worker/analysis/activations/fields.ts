/** How much of a picture the answers of each layer rest on, measured with gradients: see effectiveField. */
import * as tf from '@tensorflow/tfjs-core';
import { hasBatchNorm } from '../../../shared/experiment/layers';
import { effectiveField } from '../../../shared/math/activations/effectiveField';
import type { Backbone } from '../../models/backbone';
import { layerMaps } from '../layerMaps';
import type { Pictures } from '../pictures';

/** Pictures that the gradients are averaged over at most. */
const MOST_PICTURES = 4;
const SHARE = 0.9;

/** Centre in px of a place of the map: convolutions with padding keep corners in place, patches their middles. */
export function centreOf(backbone: Backbone, layer: string, place: number): number {
  const stride = backbone.layers.find(({ name }) => name === layer)?.stride ?? 0;
  return hasBatchNorm(backbone.config) ? place * stride + 0.5 : (place + 0.5) * stride;
}

export interface MapPlace {
  readonly layer: string;
  readonly height: number;
  readonly width: number;
}

/** Side in px of the square that holds nine tenths of what the middle of the map rests on; the whole picture without a grid. */
export async function measureField(
  backbone: Backbone,
  { layer, height, width }: MapPlace,
  { values, size, places }: Pictures,
): Promise<number> {
  if (height * width === 1) return size;
  const [row, column] = [Math.floor(height / 2), Math.floor(width / 2)];
  const energy = new Float64Array(size * size);
  for (let i = 0; i < Math.min(MOST_PICTURES, places.length); i++) {
    const pixels = values.slice(i * size * size * 3, (i + 1) * size * size * 3);
    const gradient = tf.tidy(() => {
      const rests = (image: tf.Tensor): tf.Scalar => {
        const [map] = layerMaps(backbone, image as tf.Tensor4D, [layer]);
        return tf.sum(tf.square(tf.slice(map!, [0, row, column, 0], [1, 1, 1, -1])));
      };
      return tf.sum(tf.abs(tf.grad(rests)(tf.tensor4d(pixels, [1, size, size, 3]))), 3);
    });
    ((await gradient.data()) as Float32Array).forEach((value, pixel) => (energy[pixel]! += value));
    gradient.dispose();
  }
  const centre = [centreOf(backbone, layer, column), centreOf(backbone, layer, row)] as const;
  const stride = backbone.layers.find(({ name }) => name === layer)!.stride;
  return Math.min(size, Math.max(stride, effectiveField(energy, size, { centre, share: SHARE })));
}
