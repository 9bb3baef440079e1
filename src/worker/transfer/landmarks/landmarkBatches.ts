/** Batches of faces and objects for training and testing. The batch of a step depends on seed and step alone. */
import * as tf from '@tensorflow/tfjs-core';
import { deriveRandom } from '../../../shared/random';
import { imagenetScale, writeNormalized } from '../../augment/normalize';
import { batchIndices } from '../../data/batchOrder';
import type { RgbImage } from '../../data/dataset';
import type { LandmarkDataset } from '../../data/landmarks';
import { ReadAhead } from '../../train/readAhead';
import { countedInCut, drawCut, pointsInCut, readCut, storedCut, type SquareCut } from './landmarkExamples';

export interface LandmarkBatch {
  /** [N, size, size, 3], normalised. */
  readonly images: tf.Tensor4D;
  /** [N, 2K] half pictures, and which of them count. */
  readonly wanted: tf.Tensor2D;
  readonly counted: tf.Tensor2D;
  /** [N]; places in the data set. */
  readonly examples: readonly number[];
}

export interface LandmarkBatchOptions {
  readonly dataset: LandmarkDataset;
  /** Places in the data set that batches are drawn from. */
  readonly examples: Int32Array;
  readonly batch: number;
  /** Side of the pictures, px. */
  readonly size: number;
  readonly seed: number;
  readonly jitter: number;
  readonly flip: boolean;
  readonly countsOccluded: boolean;
  /** A picture that cannot be read is reported, and left grey with nothing to learn. */
  readonly onProblem: (name: string, message: string) => void;
}

interface ReadExample {
  readonly example: number;
  readonly image: RgbImage;
  readonly wanted: Float32Array;
  readonly counted: Float32Array;
}

const GREY = 128;

export class TrainingLandmarks {
  readonly stepsPerEpoch: number;
  private readonly ahead = new ReadAhead((step) => this.read(step));

  constructor(private readonly options: LandmarkBatchOptions) {
    this.stepsPerEpoch = Math.floor(options.examples.length / options.batch);
  }

  async next(step: number): Promise<LandmarkBatch> {
    return join(await this.ahead.next(step), this.options.size);
  }

  private read(step: number): Promise<readonly ReadExample[]> {
    const { dataset, examples, batch, seed } = this.options;
    const chosen = batchIndices({ length: examples.length, batch, seed, step });
    return Promise.all(
      Array.from(chosen, (place) => {
        const example = examples[place]!;
        const random = deriveRandom(seed, 'landmark-cut', step, example);
        return readExample(this.options, example, drawCut(storedCut(dataset, example), this.options, random));
      }),
    );
  }
}

/** Test pictures in order as `[N, size, size, 3]`; the caller disposes each. */
export async function* testPictures(
  options: Pick<LandmarkBatchOptions, 'dataset' | 'examples' | 'batch' | 'size' | 'onProblem'>,
): AsyncGenerator<tf.Tensor4D> {
  const { dataset, examples, batch, size } = options;
  for (let from = 0; from < examples.length; from += batch) {
    const chosen = Array.from(examples.subarray(from, from + batch));
    const pictures = await Promise.all(
      chosen.map((example) => readOrGrey(options, example, storedCut(dataset, example))),
    );
    yield stack(
      pictures.map((picture) => picture ?? greyPicture(size)),
      size,
    );
  }
}

async function readExample(options: LandmarkBatchOptions, example: number, cut: SquareCut): Promise<ReadExample> {
  const { dataset, size, countsOccluded } = options;
  const image = await readOrGrey(options, example, cut);
  const { isFlipped } = cut;
  const counted = countedInCut(dataset, example, { isFlipped, countsOccluded });
  return {
    example,
    image: image ?? greyPicture(size),
    wanted: pointsInCut(dataset, example, cut),
    counted: image ? counted : counted.fill(0),
  };
}

async function readOrGrey(
  { dataset, size, onProblem }: Pick<LandmarkBatchOptions, 'dataset' | 'size' | 'onProblem'>,
  example: number,
  cut: SquareCut,
): Promise<RgbImage | undefined> {
  try {
    return await readCut(dataset, example, cut, size);
  } catch (error) {
    onProblem(dataset.names[example]!, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function greyPicture(size: number): RgbImage {
  return { width: size, height: size, pixels: new Uint8Array(size * size * 3).fill(GREY) };
}

function join(examples: readonly ReadExample[], size: number): LandmarkBatch {
  const rows = (of: (example: ReadExample) => Float32Array) => {
    const values = examples.map(of);
    return tf.tensor2d(Float32Array.from(values.flatMap((value) => [...value])), [examples.length, values[0]!.length]);
  };
  return {
    images: stack(
      examples.map(({ image }) => image),
      size,
    ),
    examples: examples.map(({ example }) => example),
    wanted: rows(({ wanted }) => wanted),
    counted: rows(({ counted }) => counted),
  };
}

function stack(images: readonly RgbImage[], size: number): tf.Tensor4D {
  const values = new Float32Array(images.length * size * size * 3);
  images.forEach((image, i) => writeNormalized(image, imagenetScale, values, i * size * size * 3));
  return tf.tensor4d(values, [images.length, size, size, 3]);
}
