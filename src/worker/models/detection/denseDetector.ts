/**
 * What one-stage detectors share: a pyramid, two towers of convolutions over it, and how detections and single scores are
 * read off what the heads say at every place (a location, or an anchor). Losses and what a box is coded by are their own.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Backbone, StageOptions } from '../backbone';
import { WeightStore } from '../weightStore';
import type {
  DetectionScore,
  Detector,
  DetectorOptions,
  LossPass,
  OneDetection,
  RawDetections,
  SceneImages,
  SceneTargets,
} from './detector';
import { joinTowers, withEvidence, type Readout } from './evidence';
import type { Level } from './levels';
import { nearestBox } from './nearestBox';
import { addPyramid, densePyramid, type PyramidPlan } from './pyramid';

/** Convolutions of a tower. */
export const TOWER = 4;
/** Bias of logits whose classes start at a probability of 0.01. */
export const PRIOR_BIAS = -Math.log((1 - 0.01) / 0.01);

export interface DenseOutputs {
  readonly levels: readonly Level[];
  /** [N, places, classes], logits. */
  readonly classification: tf.Tensor3D;
  /** Of each level, what classes are read off: [N, H, W, channels]. */
  readonly towers: readonly tf.Tensor4D[];
}

/** What the heads say of one image. */
export interface DenseImage<Places> {
  /** What the places are. */
  readonly places: Places;
  /** [places, classes], 0..1. */
  readonly scores: Float32Array;
  /** [places, 4], as the detector codes boxes. */
  readonly codes: Float32Array;
  /** Without padding, px. */
  readonly size: { readonly height: number; readonly width: number };
}

interface ReadBatch<Places> {
  readonly places: Places;
  readonly scores: Float32Array;
  readonly codes: Float32Array;
  /** Of the towers' ends; the caller disposes it. */
  readonly vectors: tf.Tensor3D | undefined;
}

/** `Places`: what levels and images say of the places, without tensors. */
export abstract class DenseDetector<Outputs extends DenseOutputs, Places> implements Detector {
  readonly heads = new WeightStore();
  readonly backbone: Backbone;
  protected readonly plan: PyramidPlan;

  constructor(protected readonly options: DetectorOptions) {
    const { backbone, random, settings } = options;
    this.backbone = backbone;
    this.plan = densePyramid(backbone, settings.pyramidFrom);
    addPyramid(this.heads, this.plan, backbone, random);
  }

  get headParameters(): ReadonlyMap<string, tf.Variable> {
    return this.heads.parameters();
  }

  abstract losses(
    input: SceneImages,
    targets: readonly SceneTargets[],
    pass: LossPass,
  ): Readonly<Record<string, tf.Scalar>>;

  /** images: [N, H, W, 3]. */
  abstract forward(images: tf.Tensor4D, options: StageOptions): Outputs;

  /** Places that share a vector of a tower's end. */
  protected abstract readonly perVector: number;
  protected abstract placesOf(outputs: Outputs): Places;
  /** [N, places, classes], 0..1. */
  protected abstract scoresOf(outputs: Outputs): tf.Tensor;
  /** [N, places, 4] */
  protected abstract codesOf(outputs: Outputs): tf.Tensor;
  /** [places, 4]: the box that each place speaks of, inside the image. */
  protected abstract boxesOf(image: DenseImage<Places>): Float32Array;
  /** `boxes`: boxesOf(image), where they are known already. */
  protected abstract decode(image: DenseImage<Places>, boxes?: Float32Array): Readout;
  /** The place that speaks for each of the boxes [m, 4]. */
  protected abstract placesFor(places: Places, objects: Float32Array): Int32Array;

  async scoreOf(image: tf.Tensor4D, { box, label, confidence }: OneDetection): Promise<DetectionScore> {
    const { places, scores, codes } = await this.read(image, false);
    const [, height, width] = image.shape;
    const boxes = this.boxesOf({ places, scores, codes, size: { height, width } });
    const scoreOf = (row: number) => scores[row * this.options.classes + label]!;
    const place = nearestBox(boxes, box, { scoreOf, confidence });
    return (images, offsets) => {
      const { classification } = this.forward(images, { training: false, ...(offsets && { offsets }) });
      return tf.reshape(tf.slice(classification, [0, place, label], [-1, 1, 1]), [-1]);
    };
  }

  async detect(input: SceneImages, objects?: readonly Float32Array[]): Promise<RawDetections[]> {
    const { places, scores, codes, vectors } = await this.read(input.images, objects !== undefined);
    const count = codes.length / 4 / input.sizes.length;
    const { classes } = this.options;
    const found: RawDetections[] = [];
    for (const [i, size] of input.sizes.entries()) {
      const own = {
        ...{ places, size },
        scores: scores.subarray(i * count * classes, (i + 1) * count * classes),
        codes: codes.subarray(4 * i * count, 4 * (i + 1) * count),
      };
      const objectRows = objects && this.placesFor(places, objects[i]!);
      const boxes = objects && this.boxesOf(own);
      const dense = {
        ...{ scores: own.scores, boxes: boxes ?? new Float32Array() },
        ...{ vectors, image: i, perVector: this.perVector },
      };
      found.push(await withEvidence(this.decode(own, boxes), dense, objectRows));
    }
    tf.dispose(vectors ?? []);
    return found;
  }

  dispose(): void {
    this.backbone.dispose();
    this.heads.dispose();
  }

  private async read(images: tf.Tensor4D, withVectors: boolean): Promise<ReadBatch<Places>> {
    let places: Places | undefined;
    const { vectors, ...outputs } = tf.tidy(() => {
      const said = this.forward(images, { training: false });
      places = this.placesOf(said);
      const own = { scores: this.scoresOf(said), codes: this.codesOf(said) };
      return { ...own, vectors: withVectors ? joinTowers(said.towers) : undefined };
    });
    const read = async (tensor: tf.Tensor) => (await tensor.data()) as Float32Array;
    const [scores, codes] = await Promise.all([read(outputs.scores), read(outputs.codes)]);
    tf.dispose(outputs);
    return { places: places!, scores, codes, vectors };
  }
}
