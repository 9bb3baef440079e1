/**
 * Batches of training crops with their labels: read, cut, normalised and brought to one size by zeros that do not count. The
 * batch of a step depends on seed and step alone; the next ones are read while the present one is used.
 */
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../../shared/errors';
import { deriveRandom } from '../../../shared/random';
import { IGNORED_LABEL } from '../../../shared/results/segmentations';
import { imagenetScale, writeNormalized } from '../../augment/normalize';
import {
  cutLabels,
  cutPicture,
  drawSegmentationCrop,
  type SegmentationCropOptions,
} from '../../augment/segmentationCrop';
import { batchIndices } from '../../data/batchOrder';
import type { RgbImage } from '../../data/dataset';
import { readImage } from '../../data/imageStore';
import type { LabelledImages, PixelLabels } from '../../data/labelledImages';
import type { PixelTargets } from '../../models/segmentation/segmenter';
import { ReadAhead } from '../../train/readAhead';

export interface CropBatch {
  /** [batch, height, width, 3], normalised; zeros where a picture ends. */
  readonly images: tf.Tensor4D;
  readonly targets: PixelTargets;
  /** [batch]; places in the data set. */
  readonly indices: readonly number[];
}

export interface CropBatchOptions {
  readonly data: LabelledImages;
  /** Places in the data set that batches are drawn from. */
  readonly images: Int32Array;
  readonly batch: number;
  readonly seed: number;
  readonly crop: SegmentationCropOptions;
  /** A picture that cannot be read is reported, and left grey without labels. */
  readonly onProblem: (name: string, message: string) => void;
}

interface Crop {
  readonly index: number;
  readonly picture: RgbImage;
  readonly labels: PixelLabels;
}

export class TrainingCrops {
  readonly stepsPerEpoch: number;
  private readonly ahead = new ReadAhead((step) => this.read(step));

  constructor(private readonly options: CropBatchOptions) {
    this.stepsPerEpoch = Math.floor(options.images.length / options.batch);
  }

  async next(step: number): Promise<CropBatch> {
    return joinCrops(await this.ahead.next(step), this.options.crop.cropSize);
  }

  private read(step: number): Promise<readonly Crop[]> {
    const { images, batch, seed, data, crop, onProblem } = this.options;
    const chosen = batchIndices({ length: images.length, batch, seed, step });
    return Promise.all(
      Array.from(chosen, async (place): Promise<Crop> => {
        const index = images[place]!;
        const { picture, labels } = await readLabelled(data, index, onProblem);
        const drawn = drawSegmentationCrop(labels, crop, deriveRandom(seed, 'segmentation-crop', step, index));
        return { index, picture: cutPicture(picture, drawn), labels: cutLabels(labels, drawn) };
      }),
    );
  }
}

/** A picture and its label map, of one size. A picture that cannot be read is grey, and none of its pixels counts. */
export async function readLabelled(
  data: LabelledImages,
  index: number,
  onProblem: CropBatchOptions['onProblem'],
): Promise<Omit<Crop, 'index'>> {
  const name = data.names[index] ?? `image ${index}`;
  const labels = await data.readLabels(index);
  const { width, height } = labels;
  let picture: RgbImage;
  try {
    picture = await readImage(data.store, index);
  } catch (error) {
    onProblem(name, error instanceof Error ? error.message : String(error));
    const grey = new Uint8Array(width * height * 3).fill(128);
    const none = new Uint8Array(width * height).fill(IGNORED_LABEL);
    return { picture: { width, height, pixels: grey }, labels: { width, height, labels: none } };
  }
  if (picture.width !== width || picture.height !== height) {
    const sizes = `${picture.width} × ${picture.height} px and its label map ${width} × ${height}`;
    throw new UserError('data', `the picture of ${name} has ${sizes}; make them one size`);
  }
  return { picture, labels };
}

/** [height, width, 3] of each picture into its place of a batch of larger ones. */
export function joinPictures(pictures: readonly RgbImage[], [height, width]: readonly [number, number]): tf.Tensor4D {
  const values = new Float32Array(pictures.length * height * width * 3);
  pictures.forEach((picture, i) => {
    const row = new Float32Array(picture.width * picture.height * 3);
    writeNormalized(picture, imagenetScale, row, 0);
    for (let y = 0; y < picture.height; y++) {
      const from = y * picture.width * 3;
      values.set(row.subarray(from, from + picture.width * 3), (i * height + y) * width * 3);
    }
  });
  return tf.tensor4d(values, [pictures.length, height, width, 3]);
}

function joinCrops(crops: readonly Crop[], [height, width]: readonly [number, number]): CropBatch {
  const size = crops.length * height * width;
  const [classes, weights] = [new Int32Array(size), new Float32Array(size)];
  let judged = 0;
  crops.forEach(({ labels: { labels, ...cut } }, i) => {
    for (let y = 0; y < cut.height; y++)
      for (let x = 0; x < cut.width; x++) {
        const label = labels[y * cut.width + x]!;
        if (label === IGNORED_LABEL) continue;
        const to = (i * height + y) * width + x;
        classes[to] = label;
        weights[to] = 1;
        judged++;
      }
  });
  if (judged > 0) for (let i = 0; i < size; i++) weights[i] = weights[i]! / judged;
  const pictures = crops.map(({ picture }) => picture);
  return {
    indices: crops.map(({ index }) => index),
    images: joinPictures(pictures, [height, width]),
    targets: { labels: tf.tensor1d(classes, 'int32'), weights: tf.tensor1d(weights) },
  };
}
