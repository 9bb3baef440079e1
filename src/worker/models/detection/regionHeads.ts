/**
 * What a region of the feature maps becomes before its class and box are read off: two fully connected layers on crops of
 * a pyramid (Lin et al. 2017, arXiv 1612.03144), or the backbone's last stage on crops of layer3 ("C4": Ren et al. 2015,
 * arXiv 1506.01497, with the extra batch norm of He et al. 2020, arXiv 1911.05722, appendix A.1).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { relu } from '../../ops/activation';
import { observe } from '../../ops/observe';
import { globalAveragePool } from '../../ops/pool';
import { roiAlign } from '../../ops/roiAlign';
import type { Backbone, StageOptions } from '../backbone';
import { addBatchNorm, applyBatchNorm, defaultStatisticsMomentum } from '../resnet/convBatchNorm';
import type { WeightStore } from '../weightStore';
import { addLinearLayer, applyLinearLayer } from './linearLayer';

export interface Regions {
  /** [K, 4], px of the input. */
  readonly boxes: Float32Array;
  /** [K] */
  readonly images: Int32Array;
}

export interface RegionHead {
  /** Length of a region's vector. */
  readonly size: number;
  addWeights(random: Random): void;
  /** [K, size]. */
  vectors(maps: readonly tf.Tensor4D[], regions: Regions, options: StageOptions): tf.Tensor2D;
  /** What a mask is read off: [K, side, side, maskChannels]. */
  crops(maps: readonly tf.Tensor4D[], regions: Regions, options: StageOptions): tf.Tensor4D;
  /**
   * Both of them in training: vectors of all regions, crops of the first `objects`. C4 runs its stage once for both, so
   * that batch norm sees every region and its running statistics move once, as in detectron2.
   */
  learn(maps: readonly tf.Tensor4D[], regions: LearntRegions, options: StageOptions): LearntCrops;
  readonly maskChannels: number;
}

export interface LearntRegions extends Regions {
  /** How many regions, the first ones, hold objects. */
  readonly objects: number;
}

export interface LearntCrops {
  readonly vectors: tf.Tensor2D;
  crops(): tf.Tensor4D;
}

const CANONICAL_SIDE = 224;
const CANONICAL_LEVEL = 4;

/** Heads of a feature pyramid: strides of its maps (without the topmost) are 4, 8, 16, 32 for the published stem. */
export class PyramidHead implements RegionHead {
  readonly size: number;
  readonly maskChannels: number;

  constructor(
    private readonly weights: WeightStore,
    private readonly plan: { readonly channels: number; readonly strides: readonly number[] },
  ) {
    this.size = 4 * plan.channels;
    this.maskChannels = plan.channels;
  }

  addWeights(random: Random): void {
    const inputs = 7 * 7 * this.plan.channels;
    addLinearLayer(
      this.weights,
      { name: 'roi_heads.box_head.fc6', inputs, outputs: this.size, deviation: 'torch' },
      random,
    );
    const second = {
      name: 'roi_heads.box_head.fc7',
      inputs: this.size,
      outputs: this.size,
      deviation: 'torch' as const,
    };
    addLinearLayer(this.weights, second, random);
  }

  vectors(maps: readonly tf.Tensor4D[], regions: Regions): tf.Tensor2D {
    const crops = this.align(maps, regions, 7); // [K, 7, 7, C]
    // PyTorch flattens channels first.
    const flat = tf.reshape(tf.transpose(crops, [0, 3, 1, 2]), [regions.images.length, -1]) as tf.Tensor2D;
    const layer = (name: string, x: tf.Tensor2D) =>
      observe(`${name}.relu`, relu(applyLinearLayer(this.weights, name, x)));
    return layer('roi_heads.box_head.fc7', layer('roi_heads.box_head.fc6', flat));
  }

  crops(maps: readonly tf.Tensor4D[], regions: Regions): tf.Tensor4D {
    return this.align(maps, regions, 14);
  }

  learn(maps: readonly tf.Tensor4D[], regions: LearntRegions): LearntCrops {
    const { boxes, images, objects } = regions;
    const own = { boxes: boxes.slice(0, 4 * objects), images: images.slice(0, objects) };
    return { vectors: this.vectors(maps, regions), crops: () => this.crops(maps, own) };
  }

  private align(maps: readonly tf.Tensor4D[], { boxes, images }: Regions, size: number): tf.Tensor4D {
    const { strides } = this.plan;
    const levels = images.map((_, i) => levelOf(boxes, i, strides));
    const scales = strides.map((stride) => 1 / stride);
    return roiAlign(maps.slice(0, strides.length), {
      boxes,
      images,
      levels,
      scales,
      size,
      sampling: 2,
      aligned: false,
    });
  }
}

/** The level whose stride suits a region: ⌊4 + log2(√area / 224)⌋ (arXiv 1612.03144, equation 1), 4 being stride 16. */
function levelOf(boxes: Float32Array, i: number, strides: readonly number[]): number {
  const area = (boxes[4 * i + 2]! - boxes[4 * i]!) * (boxes[4 * i + 3]! - boxes[4 * i + 1]!);
  const first = Math.round(Math.log2(strides[0]!));
  const level = Math.floor(CANONICAL_LEVEL + Math.log2(Math.sqrt(area) / CANONICAL_SIDE) + 1e-6);
  return Math.max(first, Math.min(first + strides.length - 1, level)) - first;
}

/** The backbone's last stage on 14 × 14 crops of layer3, aligned, as detectron2's Res5ROIHeads. */
export class StageHead implements RegionHead {
  readonly size: number;
  readonly maskChannels: number;

  constructor(
    private readonly weights: WeightStore,
    private readonly plan: { readonly backbone: Backbone; readonly stride: number; readonly extraNorm: boolean },
  ) {
    this.size = plan.backbone.featureSize;
    this.maskChannels = plan.backbone.featureSize;
  }

  addWeights(): void {
    if (this.plan.extraNorm) addBatchNorm(this.weights, EXTRA_NORM, this.size);
  }

  vectors(maps: readonly tf.Tensor4D[], regions: Regions, options: StageOptions): tf.Tensor2D {
    return globalAveragePool(this.crops(maps, regions, options));
  }

  learn(maps: readonly tf.Tensor4D[], regions: LearntRegions, options: StageOptions): LearntCrops {
    const all = this.crops(maps, regions, options);
    const crops = (): tf.Tensor4D => tf.slice(all, [0, 0, 0, 0], [regions.objects, -1, -1, -1]);
    return { vectors: globalAveragePool(all), crops };
  }

  crops(maps: readonly tf.Tensor4D[], { boxes, images }: Regions, options: StageOptions): tf.Tensor4D {
    const { backbone, stride, extraNorm } = this.plan;
    const levels = new Int32Array(images.length);
    const cut = roiAlign(maps, { boxes, images, levels, scales: [1 / stride], size: 14, sampling: 0, aligned: true });
    const x = backbone.applyStage('layer4', cut, options);
    if (!extraNorm) return x;
    const { training, statisticsMomentum = defaultStatisticsMomentum } = options;
    const pass = { training, batchNormGroups: 1, statisticsMomentum };
    return observe(EXTRA_NORM, applyBatchNorm({ ...pass, weights: this.weights }, { batchNorm: EXTRA_NORM }, x));
  }
}

const EXTRA_NORM = 'roi_heads.extra_norm';
