/**
 * LPIPS 0.1 (Zhang et al. 2018, arXiv 1801.03924, equation 1): pictures in −1..1, shifted and scaled as the trunk's training
 * images were; at each of five maps (SqueezeNet: seven), channels normalised to unit length at each place:
 *   d = Σ_l mean_places( Σ_c w_lc (â_lc − b̂_lc)² )
 * `lpips`: learned w ≥ 0. `unlearned-lpips`: w = 1. `random-lpips`: w = 1 and a trunk with random weights, always the same
 * ones, which needs no file and favours no pretraining. Pictures under 64 px are enlarged, since AlexNet halves them away.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { PerceptualTrunk } from '../../../shared/experiment/perceptualTrunks';
import type { PerceptualMeasure } from '../../../shared/results/inversion';
import type { WeightStore } from '../../models/weightStore';
import { resizeBilinear } from '../../ops/resize';
import { readTrunk } from './perceptualTrunk';

export interface PerceptualNetwork {
  readonly measure: PerceptualMeasure;
  readonly trunk: PerceptualTrunk;
  readonly weights: WeightStore;
  /** Weights of the channels of each map; absent: all 1. */
  readonly linear?: readonly Float32Array[];
}

const smallestSide = 64;
const shift = [-0.03, -0.088, -0.188];
const scale = [0.458, 0.448, 0.45];
const epsilon = 1e-10;

/** Distance of picture b to picture a. a, b: [H, W, 3], values in 0..1. At least 0; 0 for equal pictures. */
export async function perceptualDistance(
  network: PerceptualNetwork,
  a: Float32Array,
  { other, size }: { readonly other: Float32Array; readonly size: number },
): Promise<number> {
  const distance = tf.tidy(() => {
    const both = tf.concat([tf.tensor4d(a, [1, size, size, 3]), tf.tensor4d(other, [1, size, size, 3])]);
    const side = Math.max(size, smallestSide);
    const signed = tf.sub(tf.mul(resizeBilinear(both, [side, side]), 2), 1);
    const input = tf.div(tf.sub(signed, tf.tensor1d(shift)), tf.tensor1d(scale)) as tf.Tensor4D;
    const maps = readTrunk(network.trunk, network.weights, input);
    return tf.addN(maps.map((map, level) => mapDistance(map, network.linear?.[level])));
  });
  const value = (await distance.data())[0]!;
  distance.dispose();
  return value;
}

/** map: of both pictures, [2, H, W, C]; weights: [C]. */
function mapDistance(map: tf.Tensor4D, weights: Float32Array | undefined): tf.Tensor {
  const channels = map.shape[3];
  const lengths = tf.sqrt(tf.sum(tf.square(map), 3, true));
  const [a, b] = tf.split(tf.div(map, tf.add(lengths, epsilon)), 2) as [tf.Tensor, tf.Tensor];
  const squares: tf.Tensor2D = tf.reshape(tf.square(tf.sub(a, b)), [-1, channels]); // [places, C]
  const sums = tf.matMul(squares, weights ? tf.tensor2d(weights, [channels, 1]) : tf.ones([channels, 1]));
  return tf.mean(sums);
}
