/**
 * Label maps of whole pictures by a trained network: in one go, or in overlapping windows whose scores are averaged. Scores
 * are brought to the size that the picture was stored in before the best class is taken, as mmsegmentation does.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { SegmentationTransfer } from '../../../shared/experiment/transferSchema';
import { baseSize } from '../../augment/segmentationCrop';
import { resizeBox, type Size } from '../../augment/resample';
import type { RgbImage } from '../../data/dataset';
import type { Segmenter } from '../../models/segmentation/segmenter';
import { resizeBilinear } from '../../ops/resize';
import { joinPictures } from './cropBatches';

export type InferenceSettings = Pick<SegmentationTransfer, 'shortestSide' | 'inference' | 'window' | 'windowStride'>;

/** [height × width] the class of every pixel, for each of some pictures of one size. */
export async function segmentImages(
  segmenter: Segmenter,
  pictures: readonly RgbImage[],
  settings: InferenceSettings,
): Promise<Uint8Array[]> {
  const stored: Size = pictures[0]!;
  const size = baseSize(stored, settings.shortestSide);
  const images = joinPictures(
    pictures.map((picture) => scaleTo(picture, size)),
    [size.height, size.width],
  );
  try {
    const scores =
      settings.inference === 'whole' ? scoreWhole(segmenter, images) : await scoreWindows(segmenter, images, settings);
    return await bestClasses(scores, stored);
  } finally {
    images.dispose();
  }
}

function scaleTo(picture: RgbImage, size: Size): RgbImage {
  const { width, height } = picture;
  return width === size.width && height === size.height
    ? picture
    : resizeBox(picture, { top: 0, left: 0, width, height }, size);
}

/** [N, H, W, classes] for images [N, H, W, 3]. */
function scoreWhole(segmenter: Segmenter, images: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => resizeBilinear(segmenter.scores(images), [images.shape[1], images.shape[2]]).clone());
}

/** As scoreWhole: every window scored alone, each pixel the mean over the windows that it is in. */
async function scoreWindows(
  segmenter: Segmenter,
  images: tf.Tensor4D,
  { window, windowStride }: InferenceSettings,
): Promise<tf.Tensor4D> {
  const [count, height, width] = images.shape;
  const { classes } = segmenter;
  const sums = new Float32Array(count * height * width * classes);
  const times = new Uint16Array(height * width);
  for (const top of windowStarts(height, window[0], windowStride[0])) {
    for (const left of windowStarts(width, window[1], windowStride[1])) {
      const [rows, columns] = [Math.min(window[0], height), Math.min(window[1], width)];
      const part = tf.tidy(() => scoreWhole(segmenter, tf.slice(images, [0, top, left, 0], [count, rows, columns, 3])));
      const scores = await part.data();
      part.dispose();
      for (let row = 0; row < rows; row++) {
        for (let x = 0; x < columns; x++) times[(top + row) * width + left + x]!++;
        for (let n = 0; n < count; n++) {
          const from = (n * rows + row) * columns * classes;
          const to = ((n * height + top + row) * width + left) * classes;
          for (let i = 0; i < columns * classes; i++) sums[to + i]! += scores[from + i]!;
        }
      }
    }
  }
  for (let i = 0; i < sums.length; i++) sums[i]! /= times[Math.floor(i / classes) % (height * width)]!;
  return tf.tensor4d(sums, [count, height, width, classes]);
}

/** Where windows begin: `stride` apart, the last one moved back so that it ends with the picture. */
export function windowStarts(length: number, window: number, stride: number): number[] {
  const count = Math.floor(Math.max(length - window + stride - 1, 0) / stride) + 1;
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(i * stride, length - window)));
}

async function bestClasses(scores: tf.Tensor4D, { width, height }: Size): Promise<Uint8Array[]> {
  const best = tf.tidy(() => tf.argMax(resizeBilinear(scores, [height, width]), 3));
  scores.dispose();
  const values = await best.data();
  best.dispose();
  const pixels = width * height;
  return Array.from({ length: values.length / pixels }, (_, i) =>
    Uint8Array.from(values.subarray(i * pixels, (i + 1) * pixels)),
  );
}
