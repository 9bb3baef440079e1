/**
 * Batches of scenes for training and testing: read, transformed, normalised and brought to one size by zeros. The batch of
 * a step depends on seed and step alone; the next ones are read while the present one is used. Crowds and boxes without
 * an area are not learnt from, and images without anything to learn from are left out, as in detectron2.
 */
import * as tf from '@tensorflow/tfjs-core';
import { deriveRandom } from '../../../shared/random';
import { imagenetScale, writeNormalized } from '../../augment/normalize';
import { moveMask } from '../../augment/sceneMasks';
import {
  applySceneTransform,
  drawSceneTransform,
  moveBoxes,
  testSceneTransform,
  type RecordedSceneTransform,
  type SceneTransformOptions,
} from '../../augment/sceneTransform';
import { batchIndices } from '../../data/batchOrder';
import type { RgbImage } from '../../data/dataset';
import { readImage } from '../../data/imageStore';
import type { SceneDataset } from '../../data/scenes';
import { ReadAhead } from '../../train/readAhead';
import type { SceneImages, SceneTargets } from '../../models/detection/detector';

export interface SceneBatch extends SceneImages {
  /** Places in the data set. */
  readonly indices: readonly number[];
  readonly targets: readonly SceneTargets[];
  readonly transforms: readonly RecordedSceneTransform[];
}

/** Padded sides are multiples of this, the stride of the coarsest feature map of a pyramid (P5). */
const SIDE_MULTIPLE = 32;

export interface SceneBatchOptions {
  readonly scenes: SceneDataset;
  /** Places in the data set that batches are drawn from. */
  readonly images: Int32Array;
  readonly batch: number;
  readonly seed: number;
  readonly transform: SceneTransformOptions;
  readonly withMasks: boolean;
  /** An image that cannot be read is reported, and left grey without objects. */
  readonly onProblem: (name: string, message: string) => void;
}

interface ReadScene {
  readonly index: number;
  readonly image: RgbImage;
  readonly targets: SceneTargets;
  readonly transform: RecordedSceneTransform;
}

export class TrainingScenes {
  readonly stepsPerEpoch: number;
  private readonly ahead = new ReadAhead((step) => this.read(step));

  constructor(private readonly options: SceneBatchOptions) {
    this.stepsPerEpoch = Math.floor(options.images.length / options.batch);
  }

  async next(step: number): Promise<SceneBatch> {
    return joinScenes(await this.ahead.next(step));
  }

  private read(step: number): Promise<readonly ReadScene[]> {
    const { images, batch, seed, transform } = this.options;
    const chosen = batchIndices({ length: images.length, batch, seed, step });
    return Promise.all(
      Array.from(chosen, (place) => {
        const index = images[place]!;
        const random = deriveRandom(seed, 'scene', step, index);
        return readScene(index, this.options, (size) => drawSceneTransform(size, transform, random));
      }),
    );
  }
}

/** Images in order, a few at a time, as the test sees them. */
export async function* testScenes(
  options: Pick<SceneBatchOptions, 'scenes' | 'images' | 'batch' | 'onProblem'> & {
    readonly shortestSide: number;
    readonly longestSide: number;
  },
): AsyncGenerator<SceneBatch> {
  const { images, batch, shortestSide, longestSide } = options;
  const read = (from: number) =>
    Promise.all(
      Array.from(images.subarray(from, from + batch), (index) =>
        readScene(index, { ...options, withMasks: false }, (size) =>
          testSceneTransform(size, shortestSide, longestSide),
        ),
      ),
    );
  let next = read(0);
  for (let from = 0; from < images.length; from += batch) {
    const scenes = await next;
    if (from + batch < images.length) {
      next = read(from + batch);
      next.catch(() => undefined); // seen when it is awaited
    }
    yield joinScenes(scenes);
  }
}

/** Places of images with at least one object to learn from. */
export function learnableImages({ length, offsets, truth }: SceneDataset): Int32Array {
  const places = Array.from({ length }, (_, i) => i);
  return Int32Array.from(places.filter((i) => learnableObjects(truth, offsets[i]!, offsets[i + 1]!).length > 0));
}

function learnableObjects(truth: SceneDataset['truth'], start: number, end: number): number[] {
  const rows: number[] = [];
  for (let row = start; row < end; row++) {
    const hasArea = truth.boxes[4 * row + 2]! > 0 && truth.boxes[4 * row + 3]! > 0;
    if (truth.isCrowd[row] === 0 && hasArea) rows.push(row);
  }
  return rows;
}

async function readScene(
  index: number,
  { scenes, withMasks, onProblem }: Pick<SceneBatchOptions, 'scenes' | 'withMasks' | 'onProblem'>,
  choose: (size: { width: number; height: number }) => RecordedSceneTransform,
): Promise<ReadScene> {
  const { truth, offsets, names, store } = scenes;
  let image: RgbImage;
  let rows = learnableObjects(truth, offsets[index]!, offsets[index + 1]!);
  try {
    image = await readImage(store, index);
  } catch (error) {
    onProblem(names[index] ?? `image ${index}`, error instanceof Error ? error.message : String(error));
    const size = { width: truth.images.widths[index] || 32, height: truth.images.heights[index] || 32 };
    image = { ...size, pixels: new Uint8Array(size.width * size.height * 3).fill(128) };
    rows = [];
  }
  const transform = choose(image);
  const corners = new Float64Array(4 * rows.length);
  rows.forEach((row, i) => {
    const [x, y, width, height] = truth.boxes.subarray(4 * row, 4 * row + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    corners.set([x, y, x + width, y + height], 4 * i);
  });
  const { masks } = truth;
  const moved = moveBoxes(corners, transform);
  // What a crop has cut away altogether is no object of the picture.
  const seen = [...rows.keys()].filter(
    (i) => moved[4 * i + 2]! > moved[4 * i]! && moved[4 * i + 3]! > moved[4 * i + 1]!,
  );
  const targets: SceneTargets = {
    boxes: Float32Array.from(seen.flatMap((i) => [...moved.subarray(4 * i, 4 * i + 4)])),
    labels: Int32Array.from(seen, (i) => truth.category[rows[i]!]!),
    ...(withMasks && masks && { masks: seen.map((i) => moveMask(masks, rows[i]!, transform)) }),
  };
  return { index, image: applySceneTransform(image, transform), targets, transform };
}

function joinScenes(scenes: readonly ReadScene[]): SceneBatch {
  const side = (of: (image: RgbImage) => number) =>
    SIDE_MULTIPLE * Math.ceil(Math.max(...scenes.map(({ image }) => of(image))) / SIDE_MULTIPLE);
  const [height, width] = [side((image) => image.height), side((image) => image.width)];
  const values = new Float32Array(scenes.length * height * width * 3);
  scenes.forEach(({ image }, i) => {
    const row = new Float32Array(image.width * image.height * 3);
    writeNormalized(image, imagenetScale, row, 0);
    for (let y = 0; y < image.height; y++) {
      const from = y * image.width * 3;
      values.set(row.subarray(from, from + image.width * 3), (i * height + y) * width * 3);
    }
  });
  return {
    images: tf.tensor4d(values, [scenes.length, height, width, 3]),
    sizes: scenes.map(({ image }) => ({ height: image.height, width: image.width })),
    indices: scenes.map(({ index }) => index),
    targets: scenes.map(({ targets }) => targets),
    transforms: scenes.map(({ transform }) => transform),
  };
}
