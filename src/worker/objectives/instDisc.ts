/**
 * Instance discrimination with a memory bank: every training image is its own class, its slot in the bank its weight
 * vector. Wu et al. 2018, arXiv 1805.01978: the NCE form (equations 4-8) and the softmax form (equation 2), the latter
 * over the whole bank or, as in the authors' later release, over uniformly drawn negatives.
 * Left out: the proximal regularisation of section 3.3, which the slow update of the bank replaces in the released code.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../shared/random';
import { reportMatch } from '../ops/observe';
import { defineOperation } from '../ops/operation';
import { contrastiveSoftmax, sameClass } from './contrastiveSoftmax';
import type { ContrastiveOutput } from './contrastiveSoftmax';

export interface NceInput {
  /** f(x), [N, D], L2-normalised; the only input that receives a gradient. */
  readonly features: tf.Tensor2D;
  /** Bank slots of the images themselves, [N, D]. */
  readonly positives: tf.Tensor2D;
  /** Bank slots drawn uniformly from the whole bank: [m, D] shared by the batch, or [N, m, D] drawn per image as in the paper. */
  readonly noise: tf.Tensor2D | tf.Tensor3D;
  readonly temperature: number;
  /** M, the number of training images. */
  readonly bankSize: number;
  /** Z of equation 8, estimated once; see `estimateNormaliser`. */
  readonly normaliser: number;
  /** [m], bank indices of noise that the batch shares; for reports alone. */
  readonly places?: Int32Array;
}

const estimation = defineOperation<{ readonly temperature: number; readonly offset: number }>({
  name: 'Transferscope.NoiseContrastiveEstimation',
  portable: (inputs, { temperature, offset }) => {
    const { features, positives, noise } = inputs as unknown as Pick<NceInput, 'features' | 'positives' | 'noise'>;
    const own = tf.div(tf.sum(tf.mul(features, positives), 1, true), temperature); // [N, 1]
    const others = tf.div(noiseProducts(features, noise), temperature); // [N, m]
    const ownMargin = tf.sub(own, offset);
    const otherMargin = tf.sub<tf.Tensor2D>(others, offset);
    const loss = tf.mean(tf.add(tf.softplus(tf.neg(ownMargin)), tf.sum(tf.softplus(otherMargin), 1, true)));
    const pulled = tf.mul(tf.sub(tf.sigmoid(ownMargin), 1), positives); // [N, D]
    const pushed = weightedNoise(tf.sigmoid(otherMargin), noise); // [N, D]
    const slope = tf.div(tf.add(pulled, pushed), temperature * features.shape[0]);
    return [loss, tf.squeeze(own, [1]), tf.max(others, 1), slope];
  },
  gradient: {
    saveInputs: [],
    saveOutputs: [false, false, false, true],
    backward: ([dy], [slope]) => ({ features: () => tf.mul(slope!, dy!) }),
  },
});

/**
 * Noise-contrastive estimation of P(i|v) = exp(v_i·f/tau) / Z against m uniform noise samples, Pn = 1/M.
 *
 *   h(i, v) = P / (P + m Pn) = sigmoid(s_i - c),  s = v·f/tau,  c = log(m Z / M)
 *   L = mean over N of  -log h(i, v) - Σ_{j noise} log(1 - h(j, v)) = softplus(c - s_i) + Σ_j softplus(s_j - c)
 *   dL/df = 1/(N tau) [ Σ_j h_j v_j - (1 - h_i) v_i ]
 *
 * The sigmoid form is the same quantity without the small constant that a quotient needs. Defaults: m 4096, tau 0.07.
 */
export function nceLoss({ features, positives, noise, ...rest }: NceInput): ContrastiveOutput {
  const { temperature, bankSize, normaliser, places } = rest;
  const offset = Math.log((noise.shape[noise.rank - 2]! * normaliser) / bankSize);
  if (places) {
    const told = { queries: features, keys: positives, entries: noise as tf.Tensor2D, temperature, offset, places };
    reportMatch(() => ({ kind: 'contrast', ...told }));
  }
  const [loss, positive, hardestNegative, slope] = estimation({ features, positives, noise }, { temperature, offset });
  slope!.dispose(); // The tape holds its own reference.
  return { loss, positive, hardestNegative } as ContrastiveOutput;
}

/** f·v for each noise vector: [N, m]. */
function noiseProducts(features: tf.Tensor2D, noise: NceInput['noise']): tf.Tensor2D {
  const [count, dimension] = features.shape;
  if (noise.rank === 2) return tf.matMul(features, tf.transpose(noise as tf.Tensor2D));
  const products = tf.matMul(noise as tf.Tensor3D, tf.reshape(features, [count, dimension, 1])); // [N, m, 1]
  return tf.reshape(products, [count, noise.shape[1]!]);
}

/** Σ_j w_j v_j for each image: [N, D]. */
function weightedNoise(weights: tf.Tensor2D, noise: NceInput['noise']): tf.Tensor2D {
  if (noise.rank === 2) return tf.matMul(weights, noise as tf.Tensor2D);
  const [count, samples] = weights.shape;
  const sums = tf.matMul(tf.reshape(weights, [count, 1, samples]), noise as tf.Tensor3D); // [N, 1, D]
  return tf.reshape(sums, [count, noise.shape[2]!]);
}

/**
 * Monte-Carlo estimate of the normalising constant from the first batch, equation 8:
 * Z = M · mean over images and noise samples of exp(v_j·f_i/tau). Held constant afterwards.
 */
export async function estimateNormaliser(input: Omit<NceInput, 'positives' | 'normaliser'>): Promise<number> {
  const { features, noise, temperature, bankSize } = input;
  const mean = tf.tidy(() => tf.mean(tf.exp(tf.div(noiseProducts(features, noise), temperature))));
  const [value] = await mean.data();
  mean.dispose();
  return value! * bankSize;
}

export interface InstanceSoftmaxInput {
  /** [N, D], L2-normalised; the only input that receives a gradient. */
  readonly features: tf.Tensor2D;
  /** Bank slots of the images themselves, [N, D]. */
  readonly positives: tf.Tensor2D;
  /** Bank slots of the candidates: the whole bank, or uniformly drawn ones; [K, D]. */
  readonly negatives: tf.Tensor2D;
  readonly temperature: number;
  /** [N], the images' own bank indices. */
  readonly indices: ArrayLike<number>;
  /** [K], bank index of each candidate; an image's own slot is never its negative. */
  readonly negativeIndices: ArrayLike<number>;
}

/**
 * Non-parametric softmax, equation 2: L = mean over N of -log [ exp(v_i·f/tau) / Σ_j exp(v_j·f/tau) ], j over the image's
 * own slot and the candidates. With the whole bank as candidates this is exact. Defaults: 65,536 candidates, tau 0.07.
 */
export function instanceSoftmaxLoss(input: InstanceSoftmaxInput): ContrastiveOutput {
  const { features, positives, negatives, temperature, indices, negativeIndices } = input;
  return tf.tidy(() => {
    const removed = sameClass(indices, negativeIndices);
    const places = Int32Array.from(negativeIndices);
    return contrastiveSoftmax(
      { queries: features, keys: positives, queue: negatives, temperature, places },
      { removed },
    );
  });
}

/** Bank indices drawn uniformly with replacement, as NCE's noise distribution wants. */
export function drawNoise(random: Random, count: number, bankSize: number): Int32Array {
  return Int32Array.from({ length: count }, () => random.integer(bankSize));
}

/** Candidates of the softmax form: the whole bank once it is no larger than `count`, else `count` uniform draws. */
export function drawCandidates(random: Random, count: number, bankSize: number): Int32Array {
  return count >= bankSize ? Int32Array.from({ length: bankSize }, (_, i) => i) : drawNoise(random, count, bankSize);
}
