/** Names, initialisation, taps, running statistics, errors: what the goldens of outputs and gradients do not show. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import type { BackboneConfig } from '../../../../src/worker/models/backbone';
import { createBackbone } from '../../../../src/worker/models/registry';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { cheapRandom, formulaImages } from './formulaWeights';

const goldenNames = JSON.parse(
  readFileSync(new URL('../../../golden/data/resnet-names.json', import.meta.url), 'utf8'),
) as Record<BackboneConfig['name'], { readonly state: readonly string[] }>;
const tiny: BackboneConfig = { name: 'resnet18', width: 4, stem: 'small', dilate: [false, false, false] };

beforeAll(async () => {
  await startRuntime('wasm');
});

describe('weights', () => {
  it.each(['resnet18', 'resnet34', 'resnet50', 'resnet101'] as const)(
    '%s has the names, shapes and order of torchvision',
    (name) => {
      const backbone = createBackbone({ ...tiny, name, width: 64, stem: 'imagenet' }, cheapRandom);
      const state = [...backbone.weights.shapes()].map(([key, shape]) => `${key} [${shape.join(', ')}]`);
      expect(state).toEqual(goldenNames[name].state.filter((line) => !line.startsWith('fc.')));
      backbone.dispose();
    },
  );

  it('are drawn as torchvision draws them', async () => {
    const backbone = createBackbone({ ...tiny, width: 32 }, deriveRandom(3, 'test'));
    const tensors = await backbone.weights.exportTensors();
    const { data } = tensors.get('layer3.1.conv2.weight')!; // [128, 128, 3, 3]
    const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
    const variance = data.reduce((sum, v) => sum + v * v, 0) / data.length;
    const expected = 2 / (9 * 128);
    // Standard errors: mean √(variance/n), variance variance·√(2/n); five of each.
    expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(expected / data.length));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / data.length));
    for (const [part, value] of Object.entries({
      weight: 1,
      bias: 0,
      running_mean: 0,
      running_var: 1,
      num_batches_tracked: 0,
    })) {
      expect(new Set(tensors.get(`layer2.0.bn1.${part}`)!.data)).toEqual(new Set([value]));
    }
    backbone.dispose();
  });

  it('depend on the seed alone', async () => {
    const draw = async (seed: number) => {
      const backbone = createBackbone(tiny, deriveRandom(seed, 'test'));
      const { data } = (await backbone.weights.exportTensors()).get('layer4.1.conv2.weight')!;
      backbone.dispose();
      return [...data];
    };
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
  });
});

describe('forward', () => {
  it('gives each tap the output it has when asked for alone', async () => {
    const backbone = createBackbone({ ...tiny, stem: 'imagenet' }, deriveRandom(0, 'test'));
    const images = formulaImages(2, 32);
    const all = backbone.layers.map(({ name }) => name);
    const together = backbone.forward(images, { training: false, taps: all });
    expect([...together.taps.keys()]).toEqual(all);
    for (const { name, channels, stride } of backbone.layers) {
      const alone = backbone.forward(images, { training: false, taps: [name] });
      const tap = alone.taps.get(name)!;
      expect(tap.shape).toEqual(stride === 0 ? [2, channels] : [2, 32 / stride, 32 / stride, channels]);
      expect(await tap.data()).toEqual(await together.taps.get(name)!.data());
      tf.dispose([alone.pooled, tap]);
    }
    expect(await together.taps.get('layer1.1')!.data()).toEqual(await together.taps.get('layer1')!.data());
    expect(await together.taps.get('avgpool')!.data()).toEqual(await together.pooled.data());
    tf.dispose([images, together.pooled, ...together.taps.values()]);
    backbone.dispose();
  });

  it('gives the same taps in training, with and without bn1, and leaks nothing', async () => {
    const images = formulaImages(4, 32);
    const before = tf.memory().numTensors;
    const outputs = [
      ['bn1', 'relu', 'layer1'],
      ['relu', 'layer1'],
    ].map((taps) => {
      const backbone = createBackbone(tiny, deriveRandom(0, 'test'));
      const { pooled, taps: tapped } = backbone.forward(images, { training: true, taps });
      backbone.dispose();
      pooled.dispose();
      return tapped;
    });
    for (const name of ['relu', 'layer1']) {
      const [a, b] = await Promise.all(outputs.map((output) => output.get(name)!.data()));
      const difference = Math.max(...a!.map((value, index) => Math.abs(value - b![index]!)));
      expect(difference).toBeLessThan(1e-5);
    }
    for (const output of outputs) tf.dispose([...output.values()]);
    expect(tf.memory().numTensors).toBe(before);
    images.dispose();
  });

  it('moves running statistics in training only', async () => {
    const backbone = createBackbone(tiny, deriveRandom(0, 'test'));
    const images = formulaImages(4, 16);
    const read = async () =>
      JSON.stringify([...(await backbone.weights.exportTensors())].map(([key, t]) => [key, [...t.data]]));
    const start = await read();
    tf.tidy(() => void backbone.forward(images, { training: false }));
    expect(await read()).toBe(start);
    tf.tidy(() => void backbone.forward(images, { training: true }));
    const moved = JSON.parse(await read()) as [string, number[]][];
    const unmoved = new Map(JSON.parse(start) as [string, number[]][]);
    const changed = moved.filter(([key, data]) => JSON.stringify(data) !== JSON.stringify(unmoved.get(key)));
    expect(changed.map(([key]) => key)).toEqual(backbone.weights.names('buffer'));
    images.dispose();
    backbone.dispose();
  });

  it('refuses layers that do not exist', () => {
    const backbone = createBackbone(tiny, deriveRandom(0, 'test'));
    const images = formulaImages(1, 8);
    expect(() => backbone.forward(images, { training: false, taps: ['maxpool'] })).toThrow('no layer called maxpool');
    images.dispose();
    backbone.dispose();
  });
});
