/**
 * RetinaNet (Lin et al. 2017, arXiv 1708.02002) as torchvision defines it: every anchor of every location says which class
 * it holds and how the box differs from it; focal loss and L1. Width of pyramid and heads follows the backbone's.
 */
import * as tf from '@tensorflow/tfjs-core';
import { focalLossSum, sumAll } from '../../objectives/focalLoss';
import { relu } from '../../ops/activation';
import { observe, reportMatch } from '../../ops/observe';
import type { Backbone, StageOptions } from '../backbone';
import { WeightStore } from '../weightStore';
import { anchorsPerLocation, layAnchors, type AnchorShapes } from './anchors';
import { encodeBoxes } from './boxCoding';
import { addConvLayer, applyConvLayer } from './convLayer';
import { anchoredBoxes, decodeAnchored } from './decodeAnchored';
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
import { joinTowers, withEvidence } from './evidence';
import { learningOptions } from './learningOptions';
import { describeLevels, type Level } from './levels';
import { BACKGROUND, BETWEEN, matchBoxes, nearestBoxes } from './matchBoxes';
import { nearestBox } from './nearestBox';
import { addPyramid, applyPyramid, densePyramid, type PyramidPlan } from './pyramid';

const TOWER = 4;
const PRIOR = 0.01;
const CODE_WEIGHTS = [1, 1, 1, 1] as const;
const matching = { high: 0.5, low: 0.4, keepBestOfEach: true };

interface Outputs {
  readonly levels: readonly Level[];
  /** [anchors, 4] */
  readonly anchors: Float32Array;
  /** [N, anchors, classes], logits. */
  readonly classification: tf.Tensor3D;
  /** [N, anchors, 4] */
  readonly codes: tf.Tensor3D;
  /** Of each level, what classes are read off: [N, H, W, channels]. */
  readonly towers: readonly tf.Tensor4D[];
}

export class RetinaNet implements Detector {
  readonly heads = new WeightStore();
  readonly backbone: Backbone;
  private readonly plan: PyramidPlan;
  private readonly shapes: AnchorShapes;

  constructor(private readonly options: DetectorOptions) {
    const { backbone, classes, random, settings } = options;
    this.backbone = backbone;
    this.plan = densePyramid(backbone, settings.pyramidFrom);
    this.shapes = octaveAnchors(settings.anchorSizes, settings.anchorRatios);
    const each = anchorsPerLocation(this.shapes);
    addPyramid(this.heads, this.plan, backbone, random);
    const bias = -Math.log((1 - PRIOR) / PRIOR);
    this.addHead('head.classification_head', { name: 'cls_logits', size: each * classes, bias });
    this.addHead('head.regression_head', { name: 'bbox_reg', size: each * 4, bias: 0 });
  }

  get headParameters(): ReadonlyMap<string, tf.Variable> {
    return this.heads.parameters();
  }

  losses(input: SceneImages, targets: readonly SceneTargets[], pass: LossPass): Readonly<Record<string, tf.Scalar>> {
    const outputs = this.forward(input.images, learningOptions(this.options.settings, pass));
    return retinaLosses(outputs, targets, this.options.classes);
  }

  async scoreOf(image: tf.Tensor4D, { box, label, confidence }: OneDetection): Promise<DetectionScore> {
    let anchors = new Float32Array();
    const outputs = tf.tidy(() => {
      const { classification, codes, ...rest } = this.forward(image, { training: false });
      anchors = rest.anchors.slice();
      return { scores: tf.sigmoid(classification), codes };
    });
    const [scores, codes] = [
      (await outputs.scores.data()) as Float32Array,
      (await outputs.codes.data()) as Float32Array,
    ];
    tf.dispose(outputs);
    const [, height, width] = image.shape;
    const boxes = anchoredBoxes({ anchors, codes, weights: CODE_WEIGHTS, size: { height, width } });
    const scoreOf = (row: number) => scores[row * this.options.classes + label]!;
    const anchor = nearestBox(boxes, box, { scoreOf, confidence });
    return (images, offsets) => {
      const { classification } = this.forward(images, { training: false, ...(offsets && { offsets }) });
      return tf.reshape(tf.slice(classification, [0, anchor, label], [-1, 1, 1]), [-1]);
    };
  }

  async detect(input: SceneImages, objects?: readonly Float32Array[]): Promise<RawDetections[]> {
    let known: Pick<Outputs, 'levels' | 'anchors'> = { levels: [], anchors: new Float32Array() };
    const outputs = tf.tidy(() => {
      const { classification, codes, towers, ...rest } = this.forward(input.images, { training: false });
      known = rest;
      return { scores: tf.sigmoid(classification), codes, ...(objects && { vectors: joinTowers(towers) }) };
    });
    const read = async (tensor: tf.Tensor) => (await tensor.data()) as Float32Array;
    const [scores, codes] = await Promise.all([read(outputs.scores), read(outputs.codes)]);
    const each = anchorsPerLocation(this.shapes);
    const { anchors, levels } = known;
    const levelSizes = levels.map(({ height, width }) => height * width * each);
    const rows = anchors.length / 4;
    const { classes, settings } = this.options;
    const found: RawDetections[] = [];
    for (const [i, size] of input.sizes.entries()) {
      const own = {
        ...{ levelSizes, anchors, weights: CODE_WEIGHTS, size, settings },
        scores: scores.subarray(i * rows * classes, (i + 1) * rows * classes),
        codes: codes.subarray(4 * i * rows, 4 * (i + 1) * rows),
      };
      const objectRows = objects && nearestBoxes(anchors, objects[i]!);
      const dense = {
        ...{ scores: own.scores, vectors: outputs.vectors, image: i, perVector: each },
        boxes: objects ? anchoredBoxes(own) : new Float32Array(),
      };
      found.push(await withEvidence(decodeAnchored(own), dense, objectRows));
    }
    tf.dispose(outputs);
    return found;
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

  dispose(): void {
    this.backbone.dispose();
    this.heads.dispose();
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
