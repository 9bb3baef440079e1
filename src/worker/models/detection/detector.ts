/**
 * The contract every detector fulfils, whatever its heads: losses of a batch with known objects, and detections of a
 * batch. A detector owns its backbone; names of its other weights are torchvision's (`rpn.head.conv.weight` …).
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { DetectionTransfer } from '../../../shared/experiment/transferSchema';
import type { Random } from '../../../shared/random';
import type { Backbone, Offsets } from '../backbone';
import type { WeightStore } from '../weightStore';

/** Images of one batch, brought to one size by zeros on the right and below. */
export interface SceneImages {
  /** [batch, height, width, 3], normalised before padding. */
  readonly images: tf.Tensor4D;
  /** Height and width of each image without its padding, px. */
  readonly sizes: readonly { readonly height: number; readonly width: number }[];
}

/** What an image is known to hold, in px of the network's input. Crowds are not among it. */
export interface SceneTargets {
  /** [m, 4], x1, y1, x2, y2. */
  readonly boxes: Float32Array;
  /** [m], 0..classes-1. */
  readonly labels: Int32Array;
  /** [m]; there when the detector segments. */
  readonly masks?: readonly BitMask[];
}

/** A mask of the size of its unpadded input image, row by row: 1 is object. */
export interface BitMask {
  readonly height: number;
  readonly width: number;
  readonly bits: Uint8Array;
}

/** Detections of one image, best first, in px of the network's input. */
export interface RawDetections {
  /** [k, 4], x1, y1, x2, y2, inside the image. */
  readonly boxes: Float32Array;
  /** [k], 0..1. */
  readonly scores: Float32Array;
  /** [k], 0..classes-1. */
  readonly labels: Int32Array;
  /** [k, size, size], 0..1: probability inside each box; when the detector segments. */
  readonly masks?: { readonly size: number; readonly values: Float32Array };
  /** Where it was asked for. */
  readonly evidence?: Evidence;
}

/** Boxes [n, 4], x1, y1, x2, y2 in px of the network's input, with a score each, 0..1. */
export interface ScoredBoxes {
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
}

/** What the detections of an image were read off, for those who look at single boxes. */
export interface Evidence {
  /** [k, classes], 0..1: what was said of each detection's place, class by class. */
  readonly scores: Float32Array;
  /** [k, size]: the vectors that their classes are read off. */
  readonly vectors: Float32Array;
  /** [m, size]: such vectors of the objects that were asked about. */
  readonly objectVectors: Float32Array;
  /** What there was to choose from: proposals of the first stage, or of dense detectors the boxes of all places. */
  readonly proposals: ScoredBoxes;
}

/** One of `RawDetections`. */
export interface OneDetection {
  /** [4], x1, y1, x2, y2. */
  readonly box: Float32Array;
  /** 0..classes-1. */
  readonly label: number;
  /** 0..1 */
  readonly confidence: number;
}

/**
 * The score of the detection's class before softmax or sigmoid, [N], for changed copies of its image [N, H, W, 3]: of the same
 * box where regions are classified, of the same location or anchor elsewhere. Differentiable; call it inside tidy.
 */
export type DetectionScore = (images: tf.Tensor4D, offsets?: Offsets) => tf.Tensor1D;

/** What every detector is made from. */
export interface DetectorOptions {
  readonly settings: DetectionTransfer;
  /** The detector's from then on. */
  readonly backbone: Backbone;
  readonly classes: number;
  readonly random: Random;
}

/** What goes with a batch whose losses are asked for. */
export interface LossPass {
  /** Whatever is sampled comes from here. */
  readonly random: Random;
  /** Share of this batch in the running statistics; default 0.1, torch's. */
  readonly statisticsMomentum?: number;
  /** Hears figures of the batch that are no part of the loss. */
  readonly measure?: (name: string, value: number) => void;
}

export interface Detector {
  readonly backbone: Backbone;
  /** Everything but the backbone. */
  readonly heads: WeightStore;
  /** Heads' parameters, all of which are trained, by name. */
  readonly headParameters: ReadonlyMap<string, tf.Variable>;
  /**
   * Loss terms of one batch; their sum is what is minimised. Called inside tf.variableGrads: synchronous. Matching and
   * sampling look at values, not at gradients.
   */
  losses(input: SceneImages, targets: readonly SceneTargets[], pass: LossPass): Readonly<Record<string, tf.Scalar>>;
  /** How sure the detector is of one detection of an image; see `DetectionScore`. image: [1, H, W, 3] as `detect` saw it. */
  scoreOf(image: tf.Tensor4D, detection: OneDetection): Promise<DetectionScore>;
  /**
   * Running statistics, no gradients; leaks no tensor. `objects`: known boxes of each image, [m, 4] in px of the input;
   * where they are given, detections come with evidence. They change no detection.
   */
  detect(input: SceneImages, objects?: readonly Float32Array[]): Promise<RawDetections[]>;
  /** Frees every variable, the backbone's too. */
  dispose(): void;
}
