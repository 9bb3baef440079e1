import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Cancelled, UserError } from '../../../../src/shared/errors';
import { deriveRandom } from '../../../../src/shared/random';
import type { Backbone } from '../../../../src/worker/models/backbone';
import { createBackbone } from '../../../../src/worker/models/registry';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { extractFeatures, poolingGrid } from '../../../../src/worker/transfer/features';
import { solveLinearProbe } from '../../../../src/worker/transfer/linearProbe';
import { weightsDigest } from '../../../../src/worker/transfer/unchangedWeights';

const SIZE = 20;
const COUNT = 7;
const config = { name: 'resnet18', width: 4, stem: 'small', dilate: [false, false, false] } as const;
const random = deriveRandom(4, 'test');
const pixels = Float32Array.from({ length: COUNT * SIZE * SIZE * 3 }, () => random.normal());
let backbone: Backbone;

beforeAll(async () => {
  await startRuntime('wasm');
  backbone = createBackbone(config, deriveRandom(0, 'weights'));
});

/** The images in batches of the given sizes. */
async function* batchesOf(sizes: readonly number[], source = pixels): AsyncGenerator<Float32Array> {
  let start = 0;
  for (const size of sizes) {
    yield source.slice(start * SIZE * SIZE * 3, (start + size) * SIZE * SIZE * 3);
    start += size;
  }
}

const layers = ['relu', 'layer1.0', 'layer2', 'layer4', 'avgpool'];
const extract = (options: Partial<Parameters<typeof extractFeatures>[0]> = {}) =>
  extractFeatures({
    backbone,
    batches: batchesOf([3, 3, 1]),
    imageSize: SIZE,
    count: COUNT,
    layers,
    pool: 'average',
    ...options,
  });

async function tapOf(layer: string): Promise<{ values: Float32Array; shape: number[] }> {
  const tensor = tf.tidy(() => {
    return backbone
      .forward(tf.tensor4d(pixels, [COUNT, SIZE, SIZE, 3]), { training: false, taps: [layer] })
      .taps.get(layer)!;
  });
  return { values: (await tensor.data()) as Float32Array, shape: tensor.shape };
}

/** torch.nn.functional.adaptive_avg_pool2d by its definition, one bin at a time. */
function slowPool(values: Float32Array, [count, height, width, channels]: number[], grid: number): number[] {
  const result: number[] = [];
  const bin = (i: number, length: number) => [Math.floor((i * length) / grid), Math.ceil(((i + 1) * length) / grid)];
  for (let n = 0; n < count!; n++) {
    for (let i = 0; i < grid; i++) {
      for (let j = 0; j < grid; j++) {
        for (let c = 0; c < channels!; c++) {
          const [[top, bottom], [left, right]] = [bin(i, height!), bin(j, width!)];
          let [sum, cells] = [0, 0];
          for (let h = top!; h < bottom!; h++) {
            for (let w = left!; w < right!; w++, cells++)
              sum += values[((n * height! + h) * width! + w) * channels! + c]!;
          }
          result.push(sum / cells);
        }
      }
    }
  }
  return result;
}

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  expected.forEach((value, i) => expect(Math.abs(actual[i]! - value)).toBeLessThan(1e-5 * largest));
}

describe('extractFeatures', () => {
  it('pools every layer from one pass, whatever the batches', async () => {
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    const features = await extract({ onProgress: (done) => seen.push(done) });
    expect(tf.memory().numTensors).toBe(before);
    expect(seen).toEqual([3, 6, 7]);
    expect([...features.keys()]).toEqual(layers);
    for (const layer of layers) {
      const { values, shape } = await tapOf(layer);
      const matrix = features.get(layer)!;
      expect(matrix).toMatchObject({ layer, count: COUNT, dimension: shape.at(-1), grid: 1 });
      expectClose(matrix.values, shape.length === 2 ? [...values] : slowPool(values, shape, 1));
    }
    // The pooled output is the average of layer4.
    expectClose(features.get('avgpool')!.values, [...features.get('layer4')!.values]);
  });

  it('keeps a grid when the dimension allows one, with PyTorch bins', async () => {
    const features = await extract({ pool: { maxDimension: 40 } });
    const relu = features.get('relu')!; // 10 × 10 × 4: 3 × 3 bins that overlap
    expect(relu).toMatchObject({ grid: 3, dimension: 36 });
    const { values, shape } = await tapOf('relu');
    expect(shape).toEqual([COUNT, 10, 10, 4]);
    expectClose(relu.values, slowPool(values, shape, 3));
    expect(features.get('layer2')).toMatchObject({ grid: 2, dimension: 32 });
    expect(features.get('layer4')).toMatchObject({ grid: 1, dimension: 32 });
    // Equal bins, and a grid as fine as the map.
    const fine = await extract({ pool: { maxDimension: 100 }, layers: ['relu'] });
    expect(fine.get('relu')).toMatchObject({ grid: 5, dimension: 100 });
    expectClose(fine.get('relu')!.values, slowPool(values, shape, 5));
    const whole = await extract({ pool: { maxDimension: 10_000 }, layers: ['relu'] });
    expect(whole.get('relu')).toMatchObject({ grid: 10, dimension: 400 });
    expectClose(whole.get('relu')!.values, [...values]);
  });

  it('runs the backbone once per batch', async () => {
    let passes = 0;
    const counted: Backbone = Object.create(backbone, {
      forward: {
        value: (...given: Parameters<Backbone['forward']>) => {
          passes++;
          expect(given[1].training).toBe(false);
          return backbone.forward(...given);
        },
      },
    }) as Backbone;
    await extract({ backbone: counted });
    expect(passes).toBe(3);
  });

  it('leaves the weights bit-equal, through the probe as well', async () => {
    const before = await weightsDigest(backbone.weights);
    const features = await extract();
    const { values, dimension } = features.get('layer2')!;
    const split = { values, labels: Int32Array.from([0, 1, 0, 1, 0, 1, 2]) };
    await solveLinearProbe({ train: split, test: split, dimension, numClasses: 3, l2: 0.01, standardise: true });
    expect(await weightsDigest(backbone.weights)).toBe(before);
  });

  it('names the layer and image of features that are not finite', async () => {
    const broken = pixels.slice();
    broken[2 * SIZE * SIZE * 3 + 5] = Number.NaN;
    const extracting = extract({ batches: batchesOf([7], broken), layers: ['layer1'] });
    await expect(extracting).rejects.toThrow(UserError);
    await expect(extracting).rejects.toThrow(/features of layer1 are not finite \((NaN|-Infinity) for image 3\)/);
  });

  it('stops when cancelled and notices a wrong number of images', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(extract({ signal: controller.signal, onProgress })).rejects.toBeInstanceOf(Cancelled);
    await expect(extract({ batches: batchesOf([3]) })).rejects.toThrow(/internal: 3 images came instead of 7/);
    await expect(extract({ count: 4 })).rejects.toThrow(/internal: a batch of 3 images after 3 of 4/);
  });
});

describe('poolingGrid', () => {
  it('is the largest grid within the limit', () => {
    expect(poolingGrid(56, 64, 9216)).toBe(12);
    expect(poolingGrid(56, 64, 9215)).toBe(11);
    expect(poolingGrid(7, 64, 9216)).toBe(7); // never more than the map has
    expect(poolingGrid(7, 2048, 1000)).toBe(1); // never less than the average
  });
});

describe('weightsDigest', () => {
  it('changes with a single bit of any weight or buffer, and not otherwise', async () => {
    const other = createBackbone(config, deriveRandom(0, 'weights'));
    const digest = await weightsDigest(other.weights);
    expect(digest).toBe(await weightsDigest(backbone.weights));
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    for (const name of ['layer3.0.conv1.weight', 'bn1.running_var']) {
      const kept = await other.weights.get(name).data();
      const changed = Float32Array.from(kept);
      new Uint32Array(changed.buffer)[1]! ^= 1;
      const { shape } = other.weights.get(name);
      tf.tidy(() => other.weights.get(name).assign(tf.tensor(changed, shape)));
      expect(await weightsDigest(other.weights)).not.toBe(digest);
      tf.tidy(() => other.weights.get(name).assign(tf.tensor(Float32Array.from(kept), shape)));
      expect(await weightsDigest(other.weights)).toBe(digest);
    }
    other.dispose();
  });
});
