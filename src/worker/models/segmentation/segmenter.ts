/**
 * A network that gives every pixel a class: a dilated backbone, a DeepLab-v3 or FCN head on its last stage, and in training
 * a second FCN head on the stage before. Weights are named as in torchvision's deeplabv3_resnet50 and fcn_resnet50, with
 * `backbone.` before the backbone's in files.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { SegmentationTransfer } from '../../../shared/experiment/transferSchema';
import type { Random } from '../../../shared/random';
import { pixelCrossEntropy } from '../../ops/loss';
import { resizeBilinear } from '../../ops/resize';
import type { Backbone, StageOptions } from '../backbone';
import { WeightStore } from '../weightStore';
import { unusedRandom } from '../unusedRandom';
import { addDeepLabHead, applyDeepLabHead, type DeepLabHead } from './deepLabHead';
import { addFcnHead, applyFcnHead, type FcnHead } from './fcnHead';
import type { HeadPass } from './headLayers';

export type SegmenterSettings = Pick<
  SegmentationTransfer,
  'model' | 'atrousRates' | 'headChannels' | 'dropout' | 'auxiliaryHead' | 'auxiliaryWeight' | 'freeze' | 'batchNorm'
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
  private readonly auxiliary: FcnHead | undefined;

  constructor({ settings, backbone, classes, random, auxiliaryDropout = 0.1 }: SegmenterOptions) {
    this.settings = settings;
    this.backbone = backbone;
    this.classes = classes;
    const { model, atrousRates: rates, headChannels: channels, dropout } = settings;
    const inChannels = channelsOf(backbone, 'layer4');
    if (model === 'deeplabv3') {
      this.main = { kind: model, inChannels, channels, classes, rates, dropout };
      addDeepLabHead(this.heads, this.main, random);
    } else {
      this.main = { kind: model, prefix: 'classifier', inChannels, classes, dropout };
      addFcnHead(this.heads, this.main, random);
    }
    if (!settings.auxiliaryHead) return;
    const inner = channelsOf(backbone, 'layer3');
    this.auxiliary = { prefix: 'aux_classifier', inChannels: inner, classes, dropout: auxiliaryDropout };
    addFcnHead(this.heads, this.auxiliary, random);
  }

  /**
   * Loss terms of one batch, to be added up: cross-entropy over the judged pixels of the scores brought to the size of the
   * images, and `auxiliaryWeight` times that of the second head. images: [N, H, W, 3]. Called inside tf.variableGrads.
   */
  losses(images: tf.Tensor4D, targets: PixelTargets, random: Random): Readonly<Record<string, tf.Scalar>> {
    const [, height, width] = images.shape;
    const { freeze, batchNorm, auxiliaryWeight } = this.settings;
    const maps = this.backbone.forwardStages(images, 'layer4', { training: batchNorm === 'trained', frozen: freeze });
    const pass = { weights: this.heads, training: true, random };
    const lossOf = (scores: tf.Tensor4D): tf.Scalar =>
      pixelCrossEntropy(resizeBilinear(scores, [height, width]), targets.labels, targets.weights);
    const classification = lossOf(this.applyMain(pass, maps.get('layer4')!));
    if (!this.auxiliary) return { classification };
    const second = lossOf(applyFcnHead(pass, this.auxiliary, maps.get('layer3')!));
    return { classification, auxiliary: tf.mul(second, auxiliaryWeight) as tf.Scalar };
  }

  /** Scores at the head's resolution, with running statistics: [N, h, w, classes]. images: [N, H, W, 3]. */
  scores(images: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const options: StageOptions = { training: false };
      const map = this.backbone.forwardStages(images, 'layer4', options).get('layer4')!;
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

function channelsOf({ layers }: Backbone, stage: string): number {
  return layers.find(({ name }) => name === stage)!.channels;
}
