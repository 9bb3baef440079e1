/**
 * A network that gives every pixel a class: a dilated backbone, whole or cut short, a DeepLab-v3 or FCN head on its last
 * stage, and in training a second FCN head on the stage before. Weights are named as in torchvision's deeplabv3_resnet50 and fcn_resnet50, with
 * `backbone.` before the backbone's in files.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { BackboneStage } from '../../../shared/experiment/fineTuningFields';
import type { SegmentationTransfer } from '../../../shared/experiment/transferSchema';
import type { Random } from '../../../shared/random';
import { pixelCrossEntropy } from '../../ops/loss';
import { reportMatch } from '../../ops/observe';
import { resizeBilinear } from '../../ops/resize';
import type { Backbone } from '../backbone';
import { channelsOf, lastStage, stageBefore, stageOutputs } from '../cutBackbone';
import { WeightStore } from '../weightStore';
import { unusedRandom } from '../unusedRandom';
import { addDeepLabHead, applyDeepLabHead, type DeepLabHead } from './deepLabHead';
import { addFcnHead, applyFcnHead, type FcnHead } from './fcnHead';
import type { HeadPass } from './headLayers';

export type SegmenterSettings = Pick<
  SegmentationTransfer,
  | 'model'
  | 'atrousRates'
  | 'headChannels'
  | 'dropout'
  | 'auxiliaryHead'
  | 'auxiliaryWeight'
  | 'freeze'
  | 'cut'
  | 'batchNorm'
>;

export interface SegmenterOptions {
  readonly settings: SegmenterSettings;
  /** The segmenter's from then on; dilated to the wanted output stride. */
  readonly backbone: Backbone;
  readonly classes: number;
  readonly random: Random;
  /** Of the second head; torchvision's 0.1 unless said. */
  readonly auxiliaryDropout?: number;
}

/** True classes of a batch. Pixels without one have weight 0. */
export interface PixelTargets {
  /** int32 [N·H·W], 0..classes−1. */
  readonly labels: tf.Tensor1D;
  /** [N·H·W]; sum 1, or 0 where no pixel has a class. */
  readonly weights: tf.Tensor1D;
}

export class Segmenter {
  readonly backbone: Backbone;
  readonly classes: number;
  /** Everything but the backbone. */
  readonly heads = new WeightStore();
  private readonly settings: SegmenterSettings;
  private readonly main: ({ readonly kind: 'deeplabv3' } & DeepLabHead) | ({ readonly kind: 'fcn' } & FcnHead);
  private readonly last: BackboneStage;
  private readonly auxiliary: (FcnHead & { readonly stage: BackboneStage }) | undefined;

  constructor({ settings, backbone, classes, random, auxiliaryDropout = 0.1 }: SegmenterOptions) {
    this.settings = settings;
    this.backbone = backbone;
    this.classes = classes;
    const { model, atrousRates: rates, headChannels: channels, dropout } = settings;
    this.last = lastStage(settings.cut);
    const inChannels = channelsOf(backbone, this.last);
    if (model === 'deeplabv3') {
      this.main = { kind: model, inChannels, channels, classes, rates, dropout };
      addDeepLabHead(this.heads, this.main, random);
    } else {
      this.main = { kind: model, prefix: 'classifier', inChannels, classes, dropout };
      addFcnHead(this.heads, this.main, random);
    }
    const stage = stageBefore(this.last);
    if (!settings.auxiliaryHead || stage === undefined) return;
    const auxiliary = { prefix: 'aux_classifier', inChannels: channelsOf(backbone, stage), classes };
    this.auxiliary = { ...auxiliary, dropout: auxiliaryDropout, stage };
    addFcnHead(this.heads, this.auxiliary, random);
  }

  /**
   * Loss terms of one batch, to be added up: cross-entropy over the judged pixels of the scores brought to the size of the
   * images, and `auxiliaryWeight` times that of the second head. images: [N, H, W, 3]. Called inside tf.variableGrads.
   */
  losses(images: tf.Tensor4D, targets: PixelTargets, random: Random): Readonly<Record<string, tf.Scalar>> {
    const [, height, width] = images.shape;
    const { freeze, batchNorm, auxiliaryWeight } = this.settings;
    const options = { training: batchNorm === 'trained', frozen: freeze };
    const maps = stageOutputs(this.backbone, images, { ...options, last: this.last });
    const pass = { weights: this.heads, training: true, random };
    const enlarge = (scores: tf.Tensor4D) => resizeBilinear(scores, [height, width]);
    const lossOf = (logits: tf.Tensor4D) => pixelCrossEntropy(logits, targets.labels, targets.weights);
    const logits = enlarge(this.applyMain(pass, maps.get(this.last)!));
    reportMatch(() => ({ kind: 'pixels', logits, ...targets }));
    const classification = lossOf(logits);
    if (!this.auxiliary) return { classification };
    const second = lossOf(enlarge(applyFcnHead(pass, this.auxiliary, maps.get(this.auxiliary.stage)!)));
    return { classification, auxiliary: tf.mul(second, auxiliaryWeight) as tf.Scalar };
  }

  /** Scores at the head's resolution, with running statistics: [N, h, w, classes]. images: [N, H, W, 3]. */
  scores(images: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const map = stageOutputs(this.backbone, images, { training: false, last: this.last }).get(this.last)!;
      return this.applyMain({ weights: this.heads, training: false, random: unusedRandom }, map);
    });
  }

  /** Frees every variable, the backbone's too. */
  dispose(): void {
    this.backbone.dispose();
    this.heads.dispose();
  }

  private applyMain(pass: HeadPass, x: tf.Tensor4D): tf.Tensor4D {
    return this.main.kind === 'deeplabv3' ? applyDeepLabHead(pass, this.main, x) : applyFcnHead(pass, this.main, x);
  }
}
