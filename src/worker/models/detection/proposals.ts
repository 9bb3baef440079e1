/**
 * The region proposal network (Ren et al. 2015, arXiv 1506.01497) as torchvision defines it: for each anchor whether it holds
 * any object and how the object's box differs; the best boxes are what the second stage looks at.
 */
import * as tf from '@tensorflow/tfjs-core';
import { suppressNonMaxima } from '../../../shared/math/detection/nms';
import type { DetectionTransfer } from '../../../shared/experiment/transferSchema';
import type { Random } from '../../../shared/random';
import { sigmoidCrossEntropy, sumAll } from '../../objectives/focalLoss';
import { relu } from '../../ops/activation';
import { observe, reportMatch } from '../../ops/observe';
import type { WeightStore } from '../weightStore';
import { anchorsPerLocation, layAnchors, type AnchorShapes } from './anchors';
import { clipBoxes, decodeBoxes, encodeBoxes } from './boxCoding';
import { addConvLayer, applyConvLayer } from './convLayer';
import type { SceneImages, SceneTargets, ScoredBoxes } from './detector';
import { describeLevels, type Level } from './levels';
import { matchBoxes } from './matchBoxes';
import { sampleMatches } from './sampleMatches';
import { smoothL1 } from './smoothL1';

const CODE_WEIGHTS = [1, 1, 1, 1] as const;
const matching = { high: 0.7, low: 0.3, keepBestOfEach: true };
/** Smaller proposals are dropped, px. */
const LEAST_SIDE = 1e-3;
const NMS_THRESHOLD = 0.7;
const SMOOTH = 1 / 9;

type Settings = Pick<DetectionTransfer, 'rpnBatch' | 'rpnProposalsTrain' | 'rpnProposalsTest'>;

export interface ProposalOutputs {
  readonly levels: readonly Level[];
  /** [anchors, 4] */
  readonly anchors: Float32Array;
  /** [N, anchors], logits. */
  readonly objectness: tf.Tensor2D;
  /** [N, anchors, 4] */
  readonly codes: tf.Tensor3D;
}

export class ProposalNetwork {
  constructor(
    private readonly weights: WeightStore,
    private readonly plan: {
      readonly channels: number;
      readonly shapes: AnchorShapes;
      /** Input pixels per step of the finest map. */
      readonly firstStride: number;
      readonly settings: Settings;
    },
  ) {}

  addWeights(random: Random): void {
    const { channels, shapes } = this.plan;
    const each = anchorsPerLocation(shapes);
    const layer = (name: string, kernel: number, outChannels: number) =>
      addConvLayer(
        this.weights,
        { name: `rpn.head.${name}`, kernel, inChannels: channels, outChannels, initialisation: 'normal' },
        random,
      );
    layer('conv.0.0', 3, channels);
    layer('cls_logits', 1, each);
    layer('bbox_pred', 1, 4 * each);
  }

  /** maps: [N, H, W, channels] each, of images of the given size. */
  forward(maps: readonly tf.Tensor4D[], images: tf.Tensor4D): ProposalOutputs {
    const { shapes, firstStride } = this.plan;
    const levels = describeLevels(maps, { height: images.shape[1], width: images.shape[2], firstSize: firstStride });
    const apply = (name: string, x: tf.Tensor4D, padding: number) =>
      applyConvLayer(this.weights, `rpn.head.${name}`, x, { padding });
    const towers = maps.map((map) => observe('rpn.head.conv.0.1', relu(apply('conv.0.0', map, 1))));
    const count = images.shape[0];
    const join = (name: string, values: number) =>
      tf.concat(
        towers.map((tower) => tf.reshape(apply(name, tower, 0), [count, -1, values])),
        1,
      ) as tf.Tensor3D;
    return {
      levels,
      anchors: layAnchors(levels, shapes),
      objectness: tf.reshape(join('cls_logits', 1), [count, -1]),
      codes: join('bbox_pred', 4),
    };
  }

  losses(
    { anchors, objectness, codes }: ProposalOutputs,
    targets: readonly SceneTargets[],
    random: Random,
  ): Record<'loss_objectness' | 'loss_rpn_box_reg', tf.Scalar> {
    const rows = anchors.length / 4;
    const total = targets.length * rows;
    const known = {
      labels: new Float32Array(total),
      codes: new Float32Array(4 * total),
      isSampled: new Float32Array(total),
      isObject: new Float32Array(total),
    };
    let sampled = 0;
    targets.forEach(({ boxes }, image) => {
      const matches = matchBoxes(anchors, boxes, matching);
      const wanted = anchors.slice();
      const chosen = sampleMatches(matches, { count: this.plan.settings.rpnBatch, share: 0.5, random });
      const scores = { logits: objectness, columns: 1, from: image * rows };
      reportMatch(() => ({ kind: 'boxes', stage: 'anchors', image, boxes: anchors, matches, drawn: chosen, scores }));
      for (const row of [...chosen.objects, ...chosen.background]) known.isSampled[image * rows + row] = 1;
      for (const row of chosen.objects) {
        known.labels[image * rows + row] = 1;
        known.isObject[image * rows + row] = 1;
        wanted.set(boxes.subarray(4 * matches[row]!, 4 * matches[row]! + 4), 4 * row);
      }
      known.codes.set(encodeBoxes(wanted, anchors, CODE_WEIGHTS), 4 * image * rows);
      sampled += chosen.objects.length + chosen.background.length;
    });
    const count = Math.max(1, sampled);
    return tf.tidy(() => {
      const column = (values: Float32Array) => tf.tensor2d(values, [total, 1]);
      const entropy = sigmoidCrossEntropy(tf.reshape(objectness, [total, 1]), column(known.labels));
      const difference = tf.sub(tf.reshape(codes, [total, 4]), tf.tensor2d(known.codes, [total, 4]));
      return {
        loss_objectness: tf.div(sumAll(tf.mul(entropy, column(known.isSampled))), count),
        loss_rpn_box_reg: tf.div(sumAll(tf.mul(smoothL1(difference, SMOOTH), column(known.isObject))), count),
      };
    });
  }

  /** The best boxes of each image, best first. Reads values back at once. */
  propose(
    { anchors, levels, objectness, codes }: ProposalOutputs,
    { sizes }: SceneImages,
    isTraining: boolean,
  ): ScoredBoxes[] {
    const [scores, deltas] = [objectness.dataSync() as Float32Array, codes.dataSync() as Float32Array];
    const rows = anchors.length / 4;
    const each = anchorsPerLocation(this.plan.shapes);
    const { rpnProposalsTrain, rpnProposalsTest } = this.plan.settings;
    const [before, after] = isTraining ? rpnProposalsTrain : rpnProposalsTest;
    return sizes.map((size, image) => {
      const own = scores.subarray(image * rows, (image + 1) * rows);
      const chosen = bestAnchors(own, { levelSizes: levels.map(({ height, width }) => height * width * each), before });
      const pick = (from: Float32Array) =>
        Float32Array.from(chosen.flatMap(({ row }) => [...from.subarray(4 * row, 4 * row + 4)]));
      const boxes = decodeBoxes(
        pick(deltas.subarray(4 * image * rows, 4 * (image + 1) * rows)),
        pick(anchors),
        CODE_WEIGHTS,
      );
      clipBoxes(boxes, size);
      const large = chosen.flatMap((_, i) => (isLarge(boxes, i) ? [i] : []));
      const kept = suppressNonMaxima({
        boxes: Float32Array.from(large.flatMap((i) => [...boxes.subarray(4 * i, 4 * i + 4)])),
        scores: large.map((i) => own[chosen[i]!.row]!),
        classes: large.map((i) => chosen[i]!.level),
        threshold: NMS_THRESHOLD,
        most: after,
      });
      return {
        boxes: Float32Array.from(kept.flatMap((i) => [...boxes.subarray(4 * large[i]!, 4 * large[i]! + 4)])),
        scores: Float32Array.from(kept, (i) => 1 / (1 + Math.exp(-own[chosen[large[i]!]!.row]!))),
      };
    });
  }
}

/** Rows of the `before` highest scored anchors of each level. */
function bestAnchors(
  scores: Float32Array,
  { levelSizes, before }: { readonly levelSizes: readonly number[]; readonly before: number },
): { readonly row: number; readonly level: number }[] {
  let start = 0;
  return levelSizes.flatMap((size, level) => {
    const rows = Array.from({ length: size }, (_, i) => start + i);
    start += size;
    return rows
      .sort((a, b) => scores[b]! - scores[a]! || a - b)
      .slice(0, before)
      .map((row) => ({ row, level }));
  });
}

function isLarge(boxes: Float32Array, i: number): boolean {
  return boxes[4 * i + 2]! - boxes[4 * i]! >= LEAST_SIDE && boxes[4 * i + 3]! - boxes[4 * i + 1]! >= LEAST_SIDE;
}
