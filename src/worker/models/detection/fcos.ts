/**
 * FCOS, the fully convolutional one-stage detector (Tian et al. 2019, arXiv 1904.01355), as torchvision defines it: names,
 * layers, losses, post-processing. Every location of the pyramid says what is there, how far its edges are and how central
 * it is. Width of pyramid and heads follows the backbone's (256 channels at the published width).
 */
import * as tf from '@tensorflow/tfjs-core';
import { focalLossSum, sigmoidCrossEntropy, sumAll } from '../../objectives/focalLoss';
import { relu } from '../../ops/activation';
import { groupNorm } from '../../ops/groupNorm';
import { observe, reportMatch } from '../../ops/observe';
import type { StageOptions } from '../backbone';
import { addConvLayer, applyConvLayer } from './convLayer';
import { DenseDetector, PRIOR_BIAS, TOWER, type DenseImage, type DenseOutputs } from './denseDetector';
import type { DetectorOptions, LossPass, SceneImages, SceneTargets } from './detector';
import { pickRows, type Readout } from './evidence';
import { assignLocations, centralLocations, type FcosTargets } from './fcosTargets';
import { giouLossSum } from './giouLoss';
import { learningOptions } from './learningOptions';
import { describeLevels, forEachLocation, type Level } from './levels';
import { locationBoxes } from './locationBoxes';
import { applyPyramid } from './pyramid';
import { readOff } from './readOff';

/** What the heads say at every location of every level, level after level: [N, locations, …]. */
export interface FcosOutputs extends DenseOutputs {
  /** [N, locations, 4], distances in units of the level's size, not negative. */
  readonly distances: tf.Tensor3D;
  /** [N, locations, 1], logits. */
  readonly centerness: tf.Tensor3D;
}

export class Fcos extends DenseDetector<FcosOutputs, readonly Level[]> {
  protected readonly perVector = 1;
  private readonly groups: number;

  constructor(options: DetectorOptions) {
    super(options);
    this.groups = Math.min(32, this.plan.channels);
    this.addHead('head.classification_head', [{ name: 'cls_logits', size: options.classes, bias: PRIOR_BIAS }]);
    this.addHead('head.regression_head', [
      { name: 'bbox_reg', size: 4, bias: 0 },
      { name: 'bbox_ctrness', size: 1, bias: 0 },
    ]);
  }

  losses(input: SceneImages, targets: readonly SceneTargets[], pass: LossPass): Readonly<Record<string, tf.Scalar>> {
    const outputs = this.forward(input.images, learningOptions(this.options.settings, pass));
    const assigned = targets.map((target) => assignLocations(outputs.levels, target));
    assigned.forEach(({ objects }, image) => reportPoints(outputs, objects, image));
    return fcosLosses(outputs, assigned);
  }

  /** images: [N, H, W, 3]. */
  forward(images: tf.Tensor4D, options: StageOptions): FcosOutputs {
    const maps = this.backbone.forwardStages(images, 'layer4', options);
    const pyramid = applyPyramid(this.heads, this.plan, maps);
    const levels = describeLevels(pyramid, {
      height: images.shape[1],
      width: images.shape[2],
      firstSize: this.plan.firstStride,
    });
    const outputs = pyramid.map((map) => this.applyHeads(map));
    const join = (key: 'classification' | 'distances' | 'centerness') =>
      tf.concat(
        outputs.map((level) => level[key]),
        1,
      );
    return {
      levels,
      classification: join('classification'),
      distances: join('distances'),
      centerness: join('centerness'),
      towers: outputs.map(({ tower }) => tower),
    };
  }

  protected placesOf({ levels }: FcosOutputs): readonly Level[] {
    return levels;
  }

  protected scoresOf({ classification, centerness }: FcosOutputs): tf.Tensor {
    return tf.sqrt(tf.mul(tf.sigmoid(classification), tf.sigmoid(centerness)));
  }

  protected codesOf({ distances }: FcosOutputs): tf.Tensor {
    return distances;
  }

  protected boxesOf({ places: levels, codes: distances, size }: DenseImage<readonly Level[]>): Float32Array {
    return locationBoxes({ levels, distances, size });
  }

  protected decode(image: DenseImage<readonly Level[]>, boxes = this.boxesOf(image)): Readout {
    const { places: levels, scores } = image;
    const { settings } = this.options;
    const levelSizes = levels.map(({ height, width }) => height * width);
    return readOff({ levelSizes, scores, settings }, (rows) => pickRows(boxes, rows, 4));
  }

  protected placesFor(levels: readonly Level[], objects: Float32Array): Int32Array {
    return centralLocations(levels, objects);
  }

  /** A tower of convolutions, each normalised and rectified, and what is read off its end. */
  private addHead(name: string, ends: readonly { name: string; size: number; bias: number }[]): void {
    const { channels } = this.plan;
    const { random } = this.options;
    const shape = { kernel: 3, inChannels: channels, initialisation: 'normal' as const };
    for (let i = 0; i < TOWER; i++) {
      addConvLayer(this.heads, { ...shape, name: `${name}.conv.${3 * i}`, outChannels: channels }, random);
      tf.tidy(() => {
        this.heads.add(`${name}.conv.${3 * i + 1}.weight`, tf.ones([channels]), 'parameter', 'plain');
        this.heads.add(`${name}.conv.${3 * i + 1}.bias`, tf.zeros([channels]), 'parameter', 'plain');
      });
    }
    for (const end of ends)
      addConvLayer(
        this.heads,
        { ...shape, name: `${name}.${end.name}`, outChannels: end.size, bias: end.bias },
        random,
      );
  }

  private applyHeads(map: tf.Tensor4D) {
    const classes = this.applyTower('head.classification_head', map);
    const boxes = this.applyTower('head.regression_head', map);
    const end = (name: string, x: tf.Tensor4D): tf.Tensor3D => {
      const y = applyConvLayer(this.heads, name, x, { padding: 1 }); // [N, H, W, values]
      return tf.reshape(y, [y.shape[0], y.shape[1] * y.shape[2], y.shape[3]]);
    };
    return {
      classification: end('head.classification_head.cls_logits', classes),
      distances: relu(end('head.regression_head.bbox_reg', boxes)),
      centerness: end('head.regression_head.bbox_ctrness', boxes),
      tower: classes,
    };
  }

  private applyTower(name: string, map: tf.Tensor4D): tf.Tensor4D {
    let x = map;
    for (let i = 0; i < TOWER; i++) {
      const gamma = this.heads.get(`${name}.conv.${3 * i + 1}.weight`) as tf.Variable<tf.Rank.R1>;
      const beta = this.heads.get(`${name}.conv.${3 * i + 1}.bias`) as tf.Variable<tf.Rank.R1>;
      const convolved = applyConvLayer(this.heads, `${name}.conv.${3 * i}`, x, { padding: 1 });
      const normed = observe(`${name}.conv.${3 * i + 1}`, groupNorm(convolved, { gamma, beta, groups: this.groups }));
      x = observe(`${name}.conv.${3 * i + 2}`, relu(normed));
    }
    return x;
  }
}

/** Each point as the square of its step. objects: [locations], of one image. */
function reportPoints({ levels, classification }: FcosOutputs, objects: Int32Array, image: number): void {
  const [, places, columns] = classification.shape;
  const scores = { logits: classification, columns, from: image * places };
  reportMatch(() => {
    const boxes = new Float32Array(4 * places);
    forEachLocation(levels, ({ index, x, y, level }) => {
      const half = levels[level]!.size / 2;
      boxes.set([x - half, y - half, x + half, y + half], 4 * index);
    });
    return { kind: 'boxes', stage: 'points', image, boxes, matches: objects, scores };
  });
}

/** Sums over all locations divided by the number of those that answer for an object, at least 1. */
function fcosLosses(
  { levels, classification, distances, centerness }: FcosOutputs,
  targets: readonly FcosTargets[],
): Record<'classification' | 'bbox_regression' | 'bbox_ctrness', tf.Scalar> {
  const [batch, places, classes] = classification.shape;
  const rows = batch * places;
  const known = joinTargets(targets, { places, classes, levels });
  const count = Math.max(1, known.foreground);
  return tf.tidy(() => {
    const isObject = tf.tensor2d(known.isObject, [rows, 1]);
    const logits = tf.reshape(classification, [rows, classes]) as tf.Tensor2D;
    const central = sigmoidCrossEntropy(tf.reshape(centerness, [rows, 1]), tf.tensor2d(known.centerness, [rows, 1]));
    const regression = giouLossSum({
      distances: tf.reshape(distances, [rows, 4]),
      targets: tf.tensor2d(known.distances, [rows, 4]),
      sizes: tf.tensor2d(known.sizes, [rows, 1]),
      weights: isObject,
    });
    return {
      classification: tf.div(focalLossSum(logits, tf.tensor2d(known.oneHot, [rows, classes])), count),
      bbox_regression: tf.div(regression, count),
      bbox_ctrness: tf.div(sumAll(tf.mul(central, isObject)), count),
    };
  });
}

/** Targets of all images in one array each. */
function joinTargets(
  targets: readonly FcosTargets[],
  { places, classes, levels }: { readonly places: number; readonly classes: number; readonly levels: readonly Level[] },
) {
  const rows = targets.length * places;
  const joined = {
    foreground: 0,
    isObject: new Float32Array(rows),
    oneHot: new Float32Array(rows * classes),
    distances: new Float32Array(rows * 4),
    centerness: new Float32Array(rows),
    sizes: new Float32Array(rows),
  };
  const sizes = Float32Array.from(
    levels.flatMap(({ height, width, size }) => new Array<number>(height * width).fill(size)),
  );
  targets.forEach(({ labels, distances, centerness }, image) => {
    const start = image * places;
    joined.sizes.set(sizes, start);
    joined.distances.set(distances, 4 * start);
    joined.centerness.set(centerness, start);
    labels.forEach((label, place) => {
      if (label < 0) return;
      joined.foreground++;
      joined.isObject[start + place] = 1;
      joined.oneHot[(start + place) * classes + label] = 1;
    });
  });
  return joined;
}
