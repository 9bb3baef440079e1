/**
 * Features of a frozen backbone: every requested layer from one forward pass per batch, in eval mode, pooled to a vector.
 * Pooling to a bounded number of values per layer is VISSL's per-layer protocol (Goyal et al. 2019, arXiv 1905.01235,
 * section 4), so that early layers with large maps and late ones with many channels are compared at like sizes. Left out:
 * batch norm between pooling and probe (VISSL); standardizing the features takes its place.
 */
import * as tf from '@tensorflow/tfjs-core';
import { Cancelled, UserError } from '../../shared/errors';
import type { Backbone } from '../models/backbone';
import { adaptiveAveragePool } from '../ops/pool';

export type FeaturePool = 'average' | { readonly maxDimension: number };

/** Features of one layer over a split, image by image. */
export interface FeatureMatrix {
  readonly layer: string;
  readonly count: number;
  readonly dimension: number;
  /** Side of the pooling grid; 1 for a global average. dimension = grid² · channels. */
  readonly grid: number;
  /** [count, dimension], each row [grid, grid, channels] laid out flat. */
  readonly values: Float32Array;
}

export interface ExtractOptions {
  readonly backbone: Backbone;
  /** Normalised images, each [b, imageSize, imageSize, 3]; b may differ between batches. */
  readonly batches: AsyncIterable<Float32Array>;
  readonly imageSize: number;
  /** Images in all batches together. */
  readonly count: number;
  /** PyTorch's layer names, e.g. layer1.0, layer4, avgpool. */
  readonly layers: readonly string[];
  readonly pool: FeaturePool;
  /** Images done so far. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Pooled features of all layers, in the order of `layers`. Weights stay as they are. Throws Cancelled when asked to stop. */
export async function extractFeatures(options: ExtractOptions): Promise<Map<string, FeatureMatrix>> {
  const { backbone, count, imageSize, layers } = options;
  const matrices = new Map<string, FeatureMatrix>();
  let done = 0;
  for await (const pixels of options.batches) {
    if (options.signal?.aborted) throw new Cancelled();
    const size = pixels.length / (imageSize * imageSize * 3);
    if (!Number.isInteger(size) || done + size > count) {
      throw new Error(`internal: a batch of ${size} images after ${done} of ${count}`);
    }
    for await (const { names, values, grid } of readOutputs(backbone, pixels, options)) {
      const dimension = values.length / size;
      requireFinite(names[0]!, values, dimension, done);
      for (const [i, layer] of names.entries()) {
        if (size === count && i === 0) matrices.set(layer, { layer, count, dimension, grid, values });
        else {
          if (!matrices.has(layer)) matrices.set(layer, emptyMatrix(layer, count, dimension, grid));
          matrices.get(layer)!.values.set(values, done * dimension);
        }
      }
    }
    done += size;
    options.onProgress?.(done);
  }
  if (done !== count) throw new Error(`internal: ${done} images came instead of ${count}`);
  return new Map(layers.flatMap((layer) => (matrices.has(layer) ? [[layer, matrices.get(layer)!]] : [])));
}

type ReadOptions = Pick<ExtractOptions, 'imageSize' | 'layers' | 'pool'>;

/** Pooled features of one batch, in the order of `layers`; pixels: [n, imageSize, imageSize, 3], values: [n, dimension]. */
export async function readBatch(
  backbone: Backbone,
  pixels: Float32Array,
  options: ReadOptions,
): Promise<{ readonly layer: string; readonly values: Float32Array; readonly grid: number }[]> {
  const outputs: ReadOutput[] = [];
  for await (const output of readOutputs(backbone, pixels, options)) outputs.push(output);
  return options.layers.map((layer) => {
    const { values, grid } = outputs.find(({ names }) => names.includes(layer))!;
    return { layer, values, grid };
  });
}

interface ReadOutput {
  /** The layers whose output it is. */
  readonly names: readonly string[];
  readonly values: Float32Array;
  readonly grid: number;
}

/**
 * Each output once: the last block of a stage and the stage have the same, which is pooled and read for both. One after the
 * other, so that a caller who copies them leaves one array at a time for the garbage collector, which cost a fifth of a pass.
 */
async function* readOutputs(
  backbone: Backbone,
  pixels: Float32Array,
  { imageSize, layers, pool }: ReadOptions,
): AsyncGenerator<ReadOutput> {
  const pooled = tf.tidy(() => {
    const images = tf.tensor4d(pixels, [pixels.length / (imageSize * imageSize * 3), imageSize, imageSize, 3]);
    const { taps } = backbone.forward(images, { training: false, taps: layers });
    const outputs = [...new Set(layers.map((layer) => taps.get(layer)!))];
    return outputs.map((output) => ({
      names: layers.filter((layer) => taps.get(layer) === output),
      ...poolFeatures(output, pool),
    }));
  });
  try {
    for (const { names, features, grid } of pooled)
      yield { names, grid, values: (await features.data()) as Float32Array };
  } finally {
    tf.dispose(pooled.map(({ features }) => features));
  }
}

/** Side of the largest grid whose grid² · channels values are at most maxDimension; between 1 and the map's own side. */
export function poolingGrid(side: number, channels: number, maxDimension: number): number {
  return Math.min(side, Math.max(1, Math.floor(Math.sqrt(maxDimension / channels))));
}

/** x: [b, h, w, c], [b, tokens, c] or already [b, c]. Returns [b, grid · grid · c]; the caller disposes it. */
function poolFeatures(x: tf.Tensor, pool: FeaturePool): { features: tf.Tensor; grid: number } {
  if (x.rank === 2) return { features: tf.clone(x), grid: 1 };
  // Tokens may be a class token and patches: they have no grid, so their average is all there is.
  if (x.rank === 3) return { features: tf.mean(x, 1), grid: 1 };
  const map = x as tf.Tensor4D;
  const [batch, height, width, channels] = map.shape;
  const grid = pool === 'average' ? 1 : poolingGrid(Math.min(height, width), channels, pool.maxDimension);
  return { features: tf.reshape(averageBins(map, grid), [batch, grid * grid * channels]), grid };
}

/** As adaptiveAveragePool; equal bins go to the pooling kernel, which is ten times faster on wasm. */
function averageBins(map: tf.Tensor4D, grid: number): tf.Tensor4D {
  const [binHeight, binWidth] = [map.shape[1] / grid, map.shape[2] / grid];
  if (binHeight === 1 && binWidth === 1) return tf.clone(map);
  if (!Number.isInteger(binHeight) || !Number.isInteger(binWidth)) return adaptiveAveragePool(map, grid);
  return tf.avgPool(map, [binHeight, binWidth], [binHeight, binWidth], 'valid');
}

function emptyMatrix(layer: string, count: number, dimension: number, grid: number): FeatureMatrix {
  return { layer, count, dimension, grid, values: new Float32Array(count * dimension) };
}

/** values: [n, dimension], of images that come after `before` others. Throws a user error that names the layer. */
export function requireFinite(layer: string, values: Float32Array, dimension: number, before = 0): void {
  if (isFinite(values)) return;
  const bad = values.findIndex((value) => !Number.isFinite(value));
  throw new UserError(
    'numeric',
    `The features of ${layer} are not finite (${values[bad]} for image ${before + Math.floor(bad / dimension) + 1}); ` +
      'the pretraining diverged or its weights are damaged, so lower its learning rate or check the file.',
  );
}

/** Whether all are finite: 0 · x is 0 for these alone. Four sums, as one would wait for itself; there may be billions. */
function isFinite(values: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += 0 * values[i]!;
    b += 0 * values[i + 1]!;
    c += 0 * values[i + 2]!;
    d += 0 * values[i + 3]!;
  }
  for (let i = whole; i < values.length; i++) a += 0 * values[i]!;
  return a + b + c + d === 0;
}
