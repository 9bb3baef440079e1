/**
 * What turns a backbone's outputs into landmarks: K points, each in half pictures from the middle (−1 the left or upper rim,
 * 1 the right or lower). `pooled`: one linear layer on the averaged output of the last stage. `hypercolumn`: virtual
 * landmarks on all stages together, as Cheng et al. 2021, arXiv 2006.14787, and Thewlis et al. 2019, arXiv 1908.06427,
 * regress them: each is the mean place under the softmax of its map, and the K points are a linear function of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import { backboneStages, type BackboneStage } from '../../../shared/experiment/fineTuningFields';
import type { Random } from '../../../shared/random';
import { conv2d } from '../../ops/conv';
import { observe } from '../../ops/observe';
import { globalAveragePool } from '../../ops/pool';
import { resizeBilinear } from '../../ops/resize';
import { addLinearLayer, applyLinearLayer } from '../detection/linearLayer';
import { WeightStore } from '../weightStore';

export interface LandmarkHeadConfig {
  readonly kind: 'pooled' | 'hypercolumn';
  readonly landmarks: number;
  /** Channels of the outputs that it gets, by stage, in depth order; `pooled` uses the last. */
  readonly channels: ReadonlyMap<BackboneStage, number>;
  /** Maps of `hypercolumn`. */
  readonly virtualLandmarks: number;
}

export interface LandmarkHead {
  readonly weights: WeightStore;
  /** maps: [N, H, W, C] of each stage. Returns [N, 2K]: x, y of each landmark; the caller disposes it. */
  forward(maps: ReadonlyMap<BackboneStage, tf.Tensor4D>): tf.Tensor2D;
}

/** A head with freshly drawn weights. */
export function createLandmarkHead(config: LandmarkHeadConfig, random: Random): LandmarkHead {
  return config.kind === 'pooled' ? createPooled(config, random) : createHypercolumn(config, random);
}

function createPooled({ landmarks, channels }: LandmarkHeadConfig, random: Random): LandmarkHead {
  const weights = new WeightStore();
  const [stage, inputs] = [...channels].at(-1)!;
  addLinearLayer(weights, { name: 'fc', inputs, outputs: 2 * landmarks, deviation: 'torch' }, random);
  const forward: LandmarkHead['forward'] = (maps) =>
    tf.tidy(() => applyLinearLayer(weights, 'fc', globalAveragePool(maps.get(stage)!)));
  return { weights, forward };
}

function createHypercolumn(
  { landmarks, channels, virtualLandmarks }: LandmarkHeadConfig,
  random: Random,
): LandmarkHead {
  const weights = new WeightStore();
  const all = [...channels.values()].reduce((sum, count) => sum + count, 0);
  const bound = 1 / Math.sqrt(all); // torch's 1 × 1 convolution on the concatenated maps
  for (const [stage, inputs] of channels) {
    const values = Float32Array.from({ length: inputs * virtualLandmarks }, () => random.uniformIn(-bound, bound));
    tf.tidy(() =>
      weights.add(`maps.${stage}.weight`, tf.tensor4d(values, [1, 1, inputs, virtualLandmarks]), 'parameter', 'conv'),
    );
  }
  const linear = { name: 'fc', inputs: 2 * virtualLandmarks, outputs: 2 * landmarks, deviation: 'torch' } as const;
  addLinearLayer(weights, linear, random);
  const forward: LandmarkHead['forward'] = (maps) =>
    tf.tidy(() => {
      const stages = backboneStages.filter((stage) => channels.has(stage));
      const [, height, width] = maps.get(stages[0]!)!.shape;
      // Enlarging and a 1 × 1 convolution are both linear: convolving the small maps first gives the same for less work.
      const parts = stages.map((stage) => {
        const filter = weights.get(`maps.${stage}.weight`) as tf.Variable<tf.Rank.R4>;
        return resizeBilinear(observe(`maps.${stage}`, conv2d(maps.get(stage)!, filter)), [height, width]);
      });
      return applyLinearLayer(weights, 'fc', meanPlaces(tf.addN(parts) as tf.Tensor4D));
    });
  return { weights, forward };
}

/** Mean place under the softmax of each map, in −1..1, pixel centres at (2i + 1) / n − 1. maps: [N, H, W, V] → [N, 2V]. */
function meanPlaces(maps: tf.Tensor4D): tf.Tensor2D {
  const [count, height, width, virtual] = maps.shape;
  const rows = tf.reshape(tf.transpose(maps, [0, 3, 1, 2]), [count * virtual, height * width]);
  const places = new Float32Array(height * width * 2);
  for (let p = 0; p < height * width; p++) {
    places[2 * p] = (2 * (p % width) + 1) / width - 1;
    places[2 * p + 1] = (2 * Math.floor(p / width) + 1) / height - 1;
  }
  const mean = tf.matMul(tf.softmax(rows as tf.Tensor2D), tf.tensor2d(places, [height * width, 2])); // [N · V, 2]
  return tf.reshape(mean, [count, 2 * virtual]);
}
