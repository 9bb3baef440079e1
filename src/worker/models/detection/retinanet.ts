/**
 * RetinaNet (Lin et al. 2017, arXiv 1708.02002) as torchvision defines it: every anchor of every location says which class
 * it holds and how the box differs from it; focal loss and L1. Width of pyramid and heads follows the backbone's.
 */
import * as tf from '@tensorflow/tfjs-core';
import { focalLossSum, sumAll } from '../../objectives/focalLoss';
import { relu } from '../../ops/activation';
import { observe, reportMatch } from '../../ops/observe';
import type { StageOptions } from '../backbone';
import { anchoredBoxes } from './anchoredBoxes';
import { anchorsPerLocation, layAnchors, type AnchorShapes } from './anchors';
import { encodeBoxes } from './boxCoding';
import { addConvLayer, applyConvLayer } from './convLayer';
import { DenseDetector, PRIOR_BIAS, TOWER, type DenseImage, type DenseOutputs } from './denseDetector';
import type { DetectorOptions, LossPass, SceneImages, SceneTargets } from './detector';
import { pickRows, type Readout } from './evidence';
import { learningOptions } from './learningOptions';
import { describeLevels } from './levels';
import { BACKGROUND, BETWEEN, matchBoxes, nearestBoxes } from './matchBoxes';
import { applyPyramid } from './pyramid';
import { readOff } from './readOff';

const CODE_WEIGHTS = [1, 1, 1, 1] as const;
const matching = { high: 0.5, low: 0.4, keepBestOfEach: true };

/** Anchors of all levels, and how many each level has. */
interface Anchors {
  readonly levelSizes: readonly number[];
  /** [anchors, 4] */
  readonly anchors: Float32Array;
}

interface Outputs extends DenseOutputs {
  /** [anchors, 4] */
  readonly anchors: Float32Array;
  /** [N, anchors, 4] */
  readonly codes: tf.Tensor3D;
}

export class RetinaNet extends DenseDetector<Outputs, Anchors> {
  protected readonly perVector: number;
  private readonly shapes: AnchorShapes;

  constructor(options: DetectorOptions) {
    super(options);
    const { classes, settings } = options;
    this.shapes = octaveAnchors(settings.anchorSizes, settings.anchorRatios);
    this.perVector = anchorsPerLocation(this.shapes);
    this.addHead('head.classification_head', {
      ...{ name: 'cls_logits', size: this.perVector * classes, bias: PRIOR_BIAS },
    });
    this.addHead('head.regression_head', { name: 'bbox_reg', size: this.perVector * 4, bias: 0 });
  }

  losses(input: SceneImages, targets: readonly SceneTargets[], pass: LossPass): Readonly<Record<string, tf.Scalar>> {
    const outputs = this.forward(input.images, learningOptions(this.options.settings, pass));
    return retinaLosses(outputs, targets, this.options.classes);
  }

  /** images: [N, H, W, 3]. */
  forward(images: tf.Tensor4D, options: StageOptions): Outputs {
    const pyramid = applyPyramid(this.heads, this.plan, this.backbone.forwardStages(images, 'layer4', options));
    const [, height, width] = images.shape;
    const levels = describeLevels(pyramid, { height, width, firstSize: this.plan.firstStride });
    const towersOf = (head: string) => pyramid.map((map) => this.applyTower(head, map));
    const read = (end: string, maps: readonly tf.Tensor4D[], values: number) => {
      const parts = maps.map((map) => {
        const y = applyConvLayer(this.heads, end, map, { padding: 1 });
        return tf.reshape(y, [y.shape[0], -1, values]); // [N, locations · anchors, values]
      });
      return tf.concat(parts, 1) as tf.Tensor3D;
    };
    const towers = towersOf('head.classification_head');
    return {
      levels,
      towers,
      anchors: layAnchors(levels, this.shapes),
      classification: read('head.classification_head.cls_logits', towers, this.options.classes),
      codes: read('head.regression_head.bbox_reg', towersOf('head.regression_head'), 4),
    };
  }

  protected placesOf({ levels, anchors }: Outputs): Anchors {
    return { anchors, levelSizes: levels.map(({ height, width }) => height * width * this.perVector) };
  }

  protected scoresOf({ classification }: Outputs): tf.Tensor {
    return tf.sigmoid(classification);
  }

  protected codesOf({ codes }: Outputs): tf.Tensor {
    return codes;
  }

  protected boxesOf({ places: { anchors }, codes, size }: DenseImage<Anchors>): Float32Array {
    return anchoredBoxes({ anchors, codes, weights: CODE_WEIGHTS, size });
  }

  /** Boxes of candidates alone: there are very many anchors. */
  protected decode({ places: { levelSizes, anchors }, scores, codes, size }: DenseImage<Anchors>): Readout {
    const { settings } = this.options;
    return readOff({ levelSizes, scores, settings }, (rows) =>
      anchoredBoxes({
        ...{ anchors: pickRows(anchors, rows, 4), codes: pickRows(codes, rows, 4) },
        ...{ weights: CODE_WEIGHTS, size },
      }),
    );
  }

  protected placesFor({ anchors }: Anchors, objects: Float32Array): Int32Array {
    return nearestBoxes(anchors, objects);
  }

  private addHead(name: string, end: { name: string; size: number; bias: number }): void {
    const { channels } = this.plan;
    const { random } = this.options;
    const shape = { kernel: 3, inChannels: channels, initialisation: 'normal' as const };
    for (let i = 0; i < TOWER; i++)
      addConvLayer(this.heads, { ...shape, name: `${name}.conv.${i}.0`, outChannels: channels }, random);
    addConvLayer(this.heads, { ...shape, name: `${name}.${end.name}`, outChannels: end.size, bias: end.bias }, random);
  }

  private applyTower(name: string, map: tf.Tensor4D): tf.Tensor4D {
    let x = map;
    for (let i = 0; i < TOWER; i++) {
      const convolved = applyConvLayer(this.heads, `${name}.conv.${i}.0`, x, { padding: 1 });
      x = observe(`${name}.conv.${i}.1`, relu(convolved));
    }
    return x;
  }
}

/** Three sizes an octave on each level; whole numbers, as torchvision has them. */
function octaveAnchors(sizes: readonly number[], ratios: readonly number[]): AnchorShapes {
  const thirds = [1, 1.2599210498948732, 1.5874010519681994]; // 2^0, 2^⅓, 2^⅔
  return { sizes: sizes.map((size) => thirds.map((factor) => Math.trunc(size * factor))), ratios };
}

/** Of each image: sums over anchors divided by the number of objects' anchors, at least 1; then the mean over images. */
function retinaLosses(
  { anchors, classification, codes }: Outputs,
  targets: readonly SceneTargets[],
  classes: number,
): Record<'classification' | 'bbox_regression', tf.Scalar> {
  const rows = anchors.length / 4;
  const total = targets.length * rows;
  const known = {
    oneHot: new Float32Array(total * classes),
    /** 1 / (images · objects' anchors) where the class, and where the box, is learnt from; else 0. */
    classWeight: new Float32Array(total),
    boxWeight: new Float32Array(total),
    codes: new Float32Array(total * 4),
  };
  targets.forEach(({ boxes, labels }, image) => {
    const matches = matchBoxes(anchors, boxes, matching);
    const scores = { logits: classification, columns: classes, from: image * rows };
    reportMatch(() => ({ kind: 'boxes', stage: 'anchors', image, boxes: anchors, matches, scores }));
    const foreground = matches.reduce((sum, match) => sum + Number(match >= 0), 0);
    const weight = 1 / (targets.length * Math.max(1, foreground));
    const wanted = anchors.slice();
    matches.forEach((match, i) => {
      const row = image * rows + i;
      if (match !== BETWEEN) known.classWeight[row] = weight;
      if (match === BACKGROUND || match === BETWEEN) return;
      known.oneHot[row * classes + labels[match]!] = 1;
      known.boxWeight[row] = weight;
      wanted.set(boxes.subarray(4 * match, 4 * match + 4), 4 * i);
    });
    known.codes.set(encodeBoxes(wanted, anchors, CODE_WEIGHTS), 4 * image * rows);
  });
  return tf.tidy(() => {
    const difference = tf.abs(tf.sub(tf.reshape(codes, [total, 4]), tf.tensor2d(known.codes, [total, 4])));
    const logits = tf.reshape(classification, [total, classes]) as tf.Tensor2D;
    return {
      classification: focalLossSum(logits, tf.tensor2d(known.oneHot, [total, classes]), column(known.classWeight)),
      bbox_regression: sumAll(tf.mul(difference, column(known.boxWeight))),
    };
  });
}

function column(values: Float32Array): tf.Tensor2D {
  return tf.tensor2d(values, [values.length, 1]);
}
