/**
 * Faster R-CNN and Mask R-CNN (Ren et al. 2015, arXiv 1506.01497; He et al. 2017, arXiv 1703.06870), on a pyramid as
 * torchvision defines them or on layer3 with the last stage as head ("C4", detectron2's). Proposals, then class, box and
 * mask of each. Losses and post-processing are torchvision's. Width of pyramid and heads follows the backbone's.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { softmaxCrossEntropy } from '../../ops/loss';
import { reportMatch } from '../../ops/observe';
import { sumAll } from '../../objectives/focalLoss';
import type { Backbone, StageOptions } from '../backbone';
import { WeightStore } from '../weightStore';
import { decodeRegions } from './decodeRegions';
import type {
  DetectionScore,
  Detector,
  DetectorOptions,
  LossPass,
  OneDetection,
  RawDetections,
  SceneImages,
  SceneTargets,
  ScoredBoxes,
} from './detector';
import { gatherRows, pickRows } from './evidence';
import { learningOptions } from './learningOptions';
import { addLinearLayer, applyLinearLayer } from './linearLayer';
import { addMaskHead, applyMaskHead, maskLoss, type MaskPlan } from './maskHead';
import { cropMask } from './maskTargets';
import { proposalRecall } from './proposalRecall';
import { ProposalNetwork } from './proposals';
import { addPyramid, applyPyramid, regionPyramid, type PyramidPlan } from './pyramid';
import { PyramidHead, StageHead, type RegionHead, type Regions } from './regionHeads';
import { sampleRegions, type SampledRegions } from './regions';
import { smoothL1 } from './smoothL1';

const SMOOTH = 1 / 9;

/** One image of a batch after the first stage. */
interface ProposedImage {
  readonly maps: readonly tf.Tensor4D[];
  /** Place in the batch. */
  readonly image: number;
  readonly size: SceneImages['sizes'][number];
  readonly proposals: ScoredBoxes;
}

export class TwoStageDetector implements Detector {
  readonly heads = new WeightStore();
  readonly backbone: Backbone;
  private readonly pyramid: PyramidPlan | undefined;
  private readonly proposals: ProposalNetwork;
  private readonly head: RegionHead;
  private readonly masks: MaskPlan | undefined;

  constructor(private readonly options: DetectorOptions) {
    const { backbone, settings, random, classes } = options;
    this.backbone = backbone;
    const isPyramid = settings.model.endsWith('-fpn');
    const layer3 = backbone.layers.find(({ name }) => name === 'layer3')!;
    this.pyramid = isPyramid ? regionPyramid(backbone) : undefined;
    this.proposals = new ProposalNetwork(this.heads, {
      channels: this.pyramid?.channels ?? layer3.channels,
      shapes: {
        sizes: isPyramid ? settings.anchorSizes.map((size) => [size]) : [settings.anchorSizes],
        ratios: settings.anchorRatios,
      },
      firstStride: this.pyramid?.firstStride ?? layer3.stride,
      settings,
    });
    this.head = this.pyramid
      ? new PyramidHead(this.heads, {
          channels: this.pyramid.channels,
          strides: [1, 2, 4, 8].map((factor) => factor * this.pyramid!.firstStride),
        })
      : new StageHead(this.heads, { backbone, stride: layer3.stride, extraNorm: settings.extraNorm });
    if (settings.model.startsWith('mask-')) this.masks = this.planMasks(isPyramid, classes + 1);
    this.addWeights(random);
  }

  get headParameters(): ReadonlyMap<string, tf.Variable> {
    return this.heads.parameters();
  }

  losses(input: SceneImages, targets: readonly SceneTargets[], pass: LossPass): Readonly<Record<string, tf.Scalar>> {
    const { settings } = this.options;
    const { random } = pass;
    const options = learningOptions(settings, pass);
    const maps = this.features(input.images, options);
    const proposed = this.proposals.forward(maps, input.images);
    const boxes = this.proposals.propose(proposed, input, true).map((one) => one.boxes);
    pass.measure?.('proposalRecall', proposalRecall(boxes, targets));
    const regions = sampleRegions(boxes, targets, { count: settings.roiBatch, random });
    const { vectors, crops } = this.head.learn(maps, regions, options);
    return {
      ...this.proposals.losses(proposed, targets, random),
      ...this.regionLosses(vectors, regions),
      ...(this.masks && { loss_mask: this.maskLosses(crops, regions, targets) }),
    };
  }

  async scoreOf(_: tf.Tensor4D, { box, label }: OneDetection): Promise<DetectionScore> {
    return (images, offsets) => {
      const count = images.shape[0];
      const options = { training: false, ...(offsets && { offsets }) };
      const boxes = Float32Array.from({ length: 4 * count }, (_, i) => box[i % 4]!);
      const regions = { boxes, images: Int32Array.from({ length: count }, (_, i) => i) };
      const { logits } = this.predict(this.head.vectors(this.features(images, options), regions, options));
      return tf.reshape(tf.slice(logits, [0, label + 1], [count, 1]), [count]); // the first class is background
    };
  }

  async detect(input: SceneImages, objects?: readonly Float32Array[]): Promise<RawDetections[]> {
    const options = { training: false };
    const maps = tf.tidy(() => this.features(input.images, options));
    try {
      let proposed: readonly ScoredBoxes[] = [];
      tf.tidy(() => void (proposed = this.proposals.propose(this.proposals.forward(maps, input.images), input, false)));
      const found: RawDetections[] = [];
      for (const [image, proposals] of proposed.entries()) {
        const view = { maps, image, size: input.sizes[image]!, proposals };
        const detections = await this.readRegions(view, objects?.[image]);
        found.push(this.masks ? await this.withMasks(maps, detections, image) : detections);
      }
      return found;
    } finally {
      tf.dispose(maps);
    }
  }

  private async readRegions(
    { maps, image, size, proposals }: ProposedImage,
    objects: Float32Array | undefined,
  ): Promise<RawDetections> {
    const regionsOf = (boxes: Float32Array): Regions => ({
      boxes,
      images: new Int32Array(boxes.length / 4).fill(image),
    });
    const vectorsOf = (boxes: Float32Array) => this.head.vectors(maps, regionsOf(boxes), { training: false });
    const outputs = tf.tidy(() => {
      const vectors = vectorsOf(proposals.boxes);
      const { logits, codes } = this.predict(vectors);
      return {
        ...{ scores: tf.softmax(logits), codes },
        ...(objects && { vectors }),
        ...(objects && objects.length > 0 && { objects: vectorsOf(objects) }),
      };
    });
    const read = async (tensor: tf.Tensor) => (await tensor.data()) as Float32Array;
    const [scores, codes] = await Promise.all([read(outputs.scores), read(outputs.codes)]);
    const { settings, classes } = this.options;
    const { rows, ...found } = decodeRegions({ boxes: proposals.boxes, scores, codes, size, settings });
    const evidence = outputs.vectors && {
      // Without the background, which stands first.
      scores: pickRows(scores, rows, classes + 1, 1),
      vectors: await gatherRows(outputs.vectors, rows),
      objectVectors: outputs.objects ? await read(outputs.objects) : new Float32Array(),
      proposals,
    };
    tf.dispose(outputs);
    return { ...found, ...(evidence && { evidence }) };
  }

  dispose(): void {
    this.backbone.dispose();
    this.heads.dispose();
  }

  private planMasks(isPyramid: boolean, classes: number): MaskPlan {
    const { maskChannels } = this.head;
    const channels = 4 * this.backbone.config.width;
    return { inChannels: maskChannels, channels, convolutions: isPyramid ? 4 : 0, classes };
  }

  private addWeights(random: Random): void {
    const { classes } = this.options;
    if (this.pyramid) addPyramid(this.heads, this.pyramid, this.backbone, random);
    this.proposals.addWeights(random);
    this.head.addWeights(random);
    const predictor = (name: string, outputs: number, deviation: number) =>
      addLinearLayer(
        this.heads,
        { name: `roi_heads.box_predictor.${name}`, inputs: this.head.size, outputs, deviation },
        random,
      );
    predictor('cls_score', classes + 1, 0.01);
    predictor('bbox_pred', 4 * (classes + 1), 0.001);
    if (this.masks) addMaskHead(this.heads, this.masks, random);
  }

  /** Levels of the pyramid, or layer3 alone. */
  private features(images: tf.Tensor4D, options: StageOptions): tf.Tensor4D[] {
    if (!this.pyramid) return [this.backbone.forwardStages(images, 'layer3', options).get('layer3')!];
    return applyPyramid(this.heads, this.pyramid, this.backbone.forwardStages(images, 'layer4', options));
  }

  /** vectors: [K, size] → logits [K, classes + 1] (0 is background), codes [K, 4 (classes + 1)]. */
  private predict(vectors: tf.Tensor2D): { logits: tf.Tensor2D; codes: tf.Tensor2D } {
    return {
      logits: applyLinearLayer(this.heads, 'roi_heads.box_predictor.cls_score', vectors),
      codes: applyLinearLayer(this.heads, 'roi_heads.box_predictor.bbox_pred', vectors),
    };
  }

  private regionLosses(
    vectors: tf.Tensor2D,
    regions: SampledRegions,
  ): Record<'loss_classifier' | 'loss_box_reg', tf.Scalar> {
    const { logits, codes } = this.predict(vectors);
    reportMatch(() => ({ kind: 'regions', logits, images: regions.images, rows: regions.rows }));
    const [count, columns] = codes.shape;
    // Only the box of the right class is learnt from.
    const [wanted, isWanted] = [new Float32Array(count * columns), new Float32Array(count * columns)];
    for (let i = 0; i < regions.objects; i++) {
      const start = i * columns + 4 * regions.labels[i]!;
      wanted.set(regions.codes.subarray(4 * i, 4 * i + 4), start);
      isWanted.fill(1, start, start + 4);
    }
    const difference = smoothL1(tf.sub(codes, tf.tensor2d(wanted, [count, columns])), SMOOTH);
    return {
      loss_classifier: softmaxCrossEntropy(logits, tf.tensor1d(regions.labels, 'int32')),
      loss_box_reg: tf.div(sumAll(tf.mul(difference, tf.tensor2d(isWanted, [count, columns]))), Math.max(1, count)),
    };
  }

  private maskLosses(
    crops: () => tf.Tensor4D,
    { boxes, objects, images, labels, matched }: SampledRegions,
    targets: readonly SceneTargets[],
  ): tf.Scalar {
    if (objects === 0) return tf.scalar(0);
    const logits = applyMaskHead(this.heads, this.masks!, crops());
    const side = logits.shape[1];
    const known = new Float32Array(objects * side * side);
    for (let i = 0; i < objects; i++) {
      const mask = targets[images[i]!]!.masks?.[matched[i]!];
      if (mask) known.set(cropMask(mask, boxes.subarray(4 * i, 4 * i + 4), side), i * side * side);
    }
    return maskLoss(logits, labels.slice(0, objects), known);
  }

  private async withMasks(maps: readonly tf.Tensor4D[], found: RawDetections, image: number): Promise<RawDetections> {
    const count = found.scores.length;
    if (count === 0) return { ...found, masks: { size: 0, values: new Float32Array(0) } };
    const regions: Regions = { boxes: found.boxes, images: new Int32Array(count).fill(image) };
    const probabilities = tf.tidy(() =>
      tf.sigmoid(applyMaskHead(this.heads, this.masks!, this.head.crops(maps, regions, { training: false }))),
    );
    const [, size, , classes] = probabilities.shape as [number, number, number, number];
    const all = (await probabilities.data()) as Float32Array;
    probabilities.dispose();
    const values = new Float32Array(count * size * size);
    found.labels.forEach((label, i) => {
      for (let p = 0; p < size * size; p++)
        values[i * size * size + p] = all[(i * size * size + p) * classes + label + 1]!;
    });
    return { ...found, masks: { size, values } };
  }
}
