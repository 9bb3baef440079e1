/** Measured batch-norm statistics against means and variances worked out from the first convolution's output. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveRandom } from '../../src/shared/random';
import { createAugmentPool } from '../../src/worker/augment/augmentPool';
import { createBackbone } from '../../src/worker/models/registry';
import { calibrateBatchNorm } from '../../src/worker/pretrain/calibrate';
import { startRuntime } from '../../src/worker/runtimes/startRuntime';
import { IMAGE_SIDE, makeContext, makeDataset, makeFolder, tinyBackbone } from './tinyWorld';

const folder = makeFolder();
beforeAll(async () => void (await startRuntime('wasm')));
afterAll(() => folder.remove());

/** Mean and unbiased variance per channel of a slow loop over [n, channels]. */
function moments(values: Float32Array, channels: number): { mean: number[]; variance: number[] } {
  const count = values.length / channels;
  const mean = new Array<number>(channels).fill(0);
  values.forEach((value, i) => (mean[i % channels]! += value / count));
  const variance = new Array<number>(channels).fill(0);
  values.forEach((value, i) => (variance[i % channels]! += (value - mean[i % channels]!) ** 2 / (count - 1)));
  return { mean, variance };
}

describe('calibrateBatchNorm', () => {
  it('averages the statistics of whole batches of 128, in data order', async () => {
    const dataset = makeDataset({ length: 300 });
    const backbone = createBackbone(tinyBackbone, deriveRandom(0, 'backbone'));
    const pool = createAugmentPool({ store: dataset.store, ops: [], size: IMAGE_SIDE, threads: 0 });
    const batches: { mean: number[]; variance: number[] }[] = [];
    for (const start of [0, 128]) {
      const { views } = await pool.evalBatch(Uint32Array.from({ length: 128 }, (_, i) => start + i));
      const output = tf.tidy(() => {
        const images = tf.tensor4d(views[0]!.slice(), [128, IMAGE_SIDE, IMAGE_SIDE, 3]);
        return backbone.forward(images, { training: false, taps: ['conv1'] }).taps.get('conv1')!;
      });
      batches.push(moments((await output.data()) as Float32Array, 4));
      output.dispose();
    }
    await pool.close();
    const before = tf.memory().numTensors;
    await calibrateBatchNorm(backbone, { dataset, imageSize: IMAGE_SIDE }, { ...makeContext(folder.path), threads: 0 });
    expect(tf.memory().numTensors).toBe(before);
    const read = async (name: string) => [...((await backbone.weights.get(`bn1.${name}`).data()) as Float32Array)];
    const [mean, variance] = [await read('running_mean'), await read('running_var')];
    for (let c = 0; c < 4; c++) {
      expect(mean[c]).toBeCloseTo((batches[0]!.mean[c]! + batches[1]!.mean[c]!) / 2, 5);
      expect(variance[c]! / ((batches[0]!.variance[c]! + batches[1]!.variance[c]!) / 2)).toBeCloseTo(1, 4);
    }
    backbone.dispose();
  });
});
