/**
 * A convolution followed by batch norm, the unit every ResNet is made of: its weights, their initialisation, its forward
 * pass and the running statistics. As torch's Conv2d (no bias) and BatchNorm2d (momentum 0.1, epsilon 1e-5). The split form
 * is MoCo's on one device: each group of the batch has its own statistics, the running ones are their average
 * (He et al. 2020, arXiv 1911.05722, section 3.3, stands in for shuffling over devices).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import type { ConvPlan } from '../../../shared/experiment/backbones/resnet';
import { batchNormInference, batchNormTraining } from '../../ops/batchNorm';
import { blend } from '../../ops/blend';
import { conv2d } from '../../ops/conv';
import type { WeightStore } from '../weightStore';

/** torch's share of a batch's statistics in the running ones. */
export const defaultStatisticsMomentum = 0.1;
const epsilon = 1e-5;

/** What stays the same over one forward pass. */
export interface Pass {
  readonly weights: WeightStore;
  readonly training: boolean;
  readonly batchNormGroups: number;
  readonly statisticsMomentum: number;
  /** The batch went through here before: running statistics know it already. */
  readonly isAgain?: boolean;
}

/**
 * Adds the weights of one convolution and its batch norm under torchvision's names and in its order. Filters are normal
 * with variance 2 / (k²·Cout) (He et al. 2015, arXiv 1502.01852, eq. 14, "fan out"; torch counts all groups); scale 1, shift 0.
 */
export function addConvBatchNorm(weights: WeightStore, plan: ConvPlan, random: Random): void {
  const { name, batchNorm, kernel, outChannels, groups } = plan;
  const inChannels = plan.inChannels / groups;
  const deviation = Math.sqrt(2 / (kernel ** 2 * outChannels));
  const filter = new Float32Array(kernel ** 2 * inChannels * outChannels);
  for (let index = 0; index < filter.length; index++) filter[index] = deviation * random.normal();
  tf.tidy(() => {
    weights.add(`${name}.weight`, tf.tensor4d(filter, [kernel, kernel, inChannels, outChannels]), 'parameter', 'conv');
  });
  addBatchNorm(weights, batchNorm, outChannels);
}

/** Adds the weights of a batch norm: scale 1, shift 0, statistics of nothing seen yet. */
export function addBatchNorm(weights: WeightStore, name: string, channels: number): void {
  tf.tidy(() => {
    weights.add(`${name}.weight`, tf.ones([channels]), 'parameter', 'plain');
    weights.add(`${name}.bias`, tf.zeros([channels]), 'parameter', 'plain');
    weights.add(`${name}.running_mean`, tf.zeros([channels]), 'buffer', 'plain');
    weights.add(`${name}.running_var`, tf.ones([channels]), 'buffer', 'plain');
    weights.add(`${name}.num_batches_tracked`, tf.scalar(0), 'buffer', 'plain');
  });
}

/** x: [N, H, W, Cin]. Returns the convolution's output, [N, H', W', Cout]. */
export function applyConv(pass: Pass, plan: ConvPlan, x: tf.Tensor4D): tf.Tensor4D {
  return conv2d(x, pass.weights.get(`${plan.name}.weight`) as tf.Variable<tf.Rank.R4>, plan);
}

/** What follows batch norm: nothing, a rectifier, or the shortcut of a residual block and then a rectifier. */
export interface After {
  readonly relu?: boolean;
  /** Same shape as the batch norm's output. */
  readonly skip?: tf.Tensor4D;
}

/**
 * x: [N, H, W, C]. Returns it normalised, scaled and shifted, then what `after` says; in training the running statistics
 * move as a side effect.
 */
export function applyBatchNorm(
  pass: Pass,
  plan: Pick<ConvPlan, 'batchNorm'>,
  x: tf.Tensor4D,
  after: After = {},
): tf.Tensor4D {
  const weight = (part: string) => pass.weights.get(`${plan.batchNorm}.${part}`) as tf.Variable<tf.Rank.R1>;
  const gamma = weight('weight');
  const beta = weight('bias');
  const fused = { relu: after.relu === true || after.skip !== undefined, skip: after.skip };
  if (!pass.training) {
    const statistics = { mean: weight('running_mean'), variance: weight('running_var') };
    return batchNormInference({ x, gamma, beta, ...statistics, epsilon, ...fused });
  }
  const result = batchNormTraining({ x, gamma, beta, epsilon, groups: pass.batchNormGroups, ...fused });
  if (pass.isAgain === true) return result.y;
  moveTowards(weight('running_mean'), result.mean, pass.statisticsMomentum);
  moveTowards(weight('running_var'), result.unbiasedVariance, pass.statisticsMomentum);
  countBatch(pass.weights.get(`${plan.batchNorm}.num_batches_tracked`));
  return result.y;
}

/** x: [N, H, W, Cin]. Returns batchNorm(conv(x)) and what follows, [N, H', W', Cout]. */
export function applyConvBatchNorm(pass: Pass, plan: ConvPlan, x: tf.Tensor4D, after: After = {}): tf.Tensor4D {
  return applyBatchNorm(pass, plan, applyConv(pass, plan, x), after);
}

/** running ← (1 − momentum) · running + momentum · batch. */
function moveTowards(running: tf.Variable<tf.Rank.R1>, batch: tf.Tensor1D, momentum: number): void {
  tf.tidy(() => running.assign(blend(running as tf.Tensor1D, 1 - momentum, batch, momentum)));
}

function countBatch(count: tf.Variable): void {
  tf.tidy(() => count.assign(tf.add(count, 1)));
}
