/**
 * Directions of a layer's features over the places of the chosen images: principal components for colours, and those that keep
 * most of the features themselves for comparing places. Fitted to a sample of bounded size, every image having its share.
 */
import * as tf from '@tensorflow/tfjs-core';
import { topDirections, type TopDirections } from '../../../shared/math/activations/topDirections';
import type { Matrix } from '../../../shared/math/rank';
import { deriveRandom } from '../../../shared/random';

/** Numbers in a sample: 32 MB. */
const MOST_SAMPLED = 8_000_000;
const PAIRS = 512;

export interface LayerDirections {
  /** [channels] */
  readonly mean: Float32Array;
  /** Of the centred features: three components, as red, green and blue. */
  readonly colours: TopDirections;
  /** Mean squared distance from the mean. */
  readonly variance: number;
  /** Of the features as they are. */
  readonly features: TopDirections;
  /** Mean absolute error of cosines when only those directions are kept. */
  readonly error: number;
}

/** Places sampled of each image. */
export function samplesPerImage(images: number, channels: number, places: number): number {
  return Math.max(1, Math.min(places, Math.floor(MOST_SAMPLED / (images * channels))));
}

/** `count` rows of an image's map, evenly spread. values: [places, channels]. */
export function samplePlaces(values: Float32Array, channels: number, count: number): Float32Array {
  const places = values.length / channels;
  const sample = new Float32Array(count * channels);
  for (let i = 0; i < count; i++) {
    const place = Math.floor((i * places) / count);
    sample.set(values.subarray(place * channels, (place + 1) * channels), i * channels);
  }
  return sample;
}

export function fitDirections(sample: Matrix, dimensions: number): LayerDirections {
  const { data, rows, columns } = sample;
  const { mean, covariance, moments } = secondMoments(sample);
  try {
    const colours = topDirections({ side: columns, multiply: productWith(covariance) }, 3);
    const features = topDirections({ side: columns, multiply: productWith(moments) }, dimensions);
    let variance = 0;
    for (let i = 0; i < data.length; i++) variance += (data[i]! - mean[i % columns]!) ** 2 / rows;
    return { mean, colours, variance, features, error: cosineError(sample, features) };
  } finally {
    tf.dispose([covariance, moments]);
  }
}

function secondMoments({ data, rows, columns }: Matrix) {
  const [mean, covariance, moments] = tf.tidy(() => {
    const x = tf.tensor2d(data as Float32Array, [rows, columns]);
    const centre = tf.mean(x, 0);
    const centred: tf.Tensor2D = tf.sub(x, centre);
    const inner = (y: tf.Tensor2D): tf.Tensor2D => tf.div(tf.matMul(y, y, true), rows);
    return [centre, inner(centred), inner(x)] as const;
  }) as readonly [tf.Tensor1D, tf.Tensor2D, tf.Tensor2D];
  const values = Float32Array.from(mean.dataSync());
  mean.dispose();
  return { mean: values, covariance, moments };
}

function productWith(matrix: tf.Tensor2D): (block: Float64Array, columns: number) => Float64Array {
  return (block, columns) => {
    const side = matrix.shape[0];
    const product = tf.tidy(() => tf.matMul(matrix, tf.tensor2d(Float32Array.from(block), [side, columns])));
    const values = Float64Array.from(product.dataSync());
    product.dispose();
    return values;
  };
}

/** Over pairs of places drawn at random; where a place has no features at all, it is left out. */
function cosineError({ data, rows, columns }: Matrix, directions: TopDirections): number {
  const random = deriveRandom(0, 'cosines', rows);
  const row = (i: number) => data.subarray(i * columns, (i + 1) * columns) as Float32Array;
  let [sum, count] = [0, 0];
  for (let pair = 0; pair < PAIRS; pair++) {
    const [a, b] = [row(random.integer(rows)), row(random.integer(rows))];
    const lengths = Math.sqrt(inner(a, a) * inner(b, b));
    if (!(lengths > 0)) continue;
    sum += Math.abs(inner(a, b) - inner(reduce(a, directions), reduce(b, directions))) / lengths;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

function reduce(values: ArrayLike<number>, { vectors, count }: TopDirections): Float64Array {
  const reduced = new Float64Array(count);
  for (let c = 0; c < values.length; c++)
    for (let k = 0; k < count; k++) reduced[k]! += values[c]! * vectors[c * count + k]!;
  return reduced;
}

function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
