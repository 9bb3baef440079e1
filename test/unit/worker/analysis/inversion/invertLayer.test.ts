/** Single inversions: layers of every kind of network, gradients, memory, and what cannot be inverted. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InversionAnalysis } from '../../../../../src/shared/experiment/analysisSchema';
import { completeBackbone } from '../../../../../src/shared/experiment/backbones/complete';
import type { Backbone } from '../../../../../src/worker/models/backbone';
import { createBackbone } from '../../../../../src/worker/models/registry';
import { LayerInversion } from '../../../../../src/worker/analysis/inversion/invertLayer';
import { placesOf, readLayer } from '../../../../../src/worker/analysis/inversion/layerFeatures';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import { cheapRandom, fillWithFormula, formulaImages, formulaTensor, uniformByName } from '../../models/formulaWeights';

const size = 32;
const networks = [
  { name: 'resnet50', width: 4, stem: 'small' },
  { name: 'vit_tiny_patch16', width: 48, patch: 8, nativeSize: 32 },
  { name: 'convnext_tiny', width: 8 },
] as const;
const backbones = new Map<string, Backbone>();

beforeAll(async () => {
  await startRuntime('wasm');
  for (const written of networks) {
    const backbone = createBackbone(completeBackbone(written), cheapRandom);
    fillWithFormula(backbone.weights);
    backbones.set(written.name, backbone);
  }
});
afterAll(() => backbones.forEach((backbone) => backbone.dispose()));

const image = Float32Array.from(uniformByName('image', size * size * 3));

const base: InversionAnalysis = {
  ...{ id: 'inversion', kind: 'inversion', data: 'tiny', split: 'train', of: ['a'], images: [0], imageSize: size },
  ...{ layers: [], prior: 'deep', quick: false, iterations: 3, learningRate: 0.01, variation: 0 },
  network: { channels: [4, 4], kernels: [3, 3], skipChannels: 2, noiseChannels: 4, noiseScale: 0.1, side: size },
  ...{ snapshots: [3], trunk: 'alex', lpips: [], checkpointEvery: 500 },
};
const { network: _, ...pixels } = base;

const begin = (name: string, layer: string, settings: InversionAnalysis, picture = image) =>
  LayerInversion.begin({ backbone: backbones.get(name)!, layer, image: picture, size, place: 3, seed: 1 }, settings);

describe.each(networks)('layers of $name', ({ name }) => {
  it('are read as a forward pass reads them, with as many places as a map or patches have', () => {
    const backbone = backbones.get(name)!;
    const layers = backbone.layers.map((layer) => layer.name);
    tf.tidy(() => {
      const picture = formulaImages(1, size);
      const { taps } = backbone.forward(picture, { training: false, taps: layers });
      for (const layer of layers.filter((one) => !/\.\d+$|blocks\.[1-9]/.test(one) || one.endsWith('.0'))) {
        const [own, whole] = [readLayer(backbone, layer, picture), taps.get(layer)!];
        expect(own.shape, layer).toEqual(whole.shape);
        expect([...own.dataSync().slice(0, 50)], layer).toEqual([...whole.dataSync().slice(0, 50)]);
        const places = placesOf(own.shape);
        if (own.rank === 2) expect(places, layer).toBeUndefined();
        else expect(places!.grid[0] * places!.grid[1] * places!.channels + places!.skipped, layer).toBe(own.size);
      }
    });
  });

  it('are inverted, one step after the other, without leaving tensors behind', async () => {
    const before = tf.memory().numTensors;
    for (const { name: layer } of [backbones.get(name)!.layers[0]!, backbones.get(name)!.layers.at(-1)!]) {
      const inversion = await begin(name, layer, base);
      const held = tf.memory().numTensors;
      const losses = [await inversion.advance(), await inversion.advance(), await inversion.advance()];
      expect(losses[2], layer).toBeLessThan(losses[0]!);
      const { picture, features } = await inversion.look();
      expect(picture).toHaveLength(image.length);
      expect(features).toHaveLength((await inversion.wantedFeatures()).length);
      expect(tf.memory().numTensors).toBe(held);
      inversion.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('an inversion', () => {
  it('begins with the same picture whatever the weights, and with another for another layer', async () => {
    const pictureOf = async (name: string, layer: string) => {
      const inversion = await begin(name, layer, base);
      const { picture } = await inversion.look();
      inversion.dispose();
      return picture;
    };
    const first = await pictureOf('resnet50', 'layer1');
    backbones.get('resnet50')!.weights.importTensors(new Map([['conv1.weight', formulaTensor('other', [4, 3, 3, 3])]]));
    expect(await pictureOf('resnet50', 'layer1')).toEqual(first);
    expect(await pictureOf('resnet50', 'layer2')).not.toEqual(first);
  });

  it('goes on from its state as if it had not stopped', async () => {
    const settings = { ...pixels, prior: 'total-variation', variation: 0.5 } as const;
    const whole = await begin('resnet50', 'layer2', settings);
    await whole.advance();
    const state = await whole.exportState();
    const after = [await whole.advance(), await whole.advance()];
    const resumed = await begin('resnet50', 'layer2', settings);
    resumed.importState(state);
    expect([await resumed.advance(), await resumed.advance()]).toEqual(after);
    expect((await resumed.look()).picture).toEqual((await whole.look()).picture);
    whole.dispose();
    resumed.dispose();
  });

  it('moves the first pixels down the slope that finite differences see', async () => {
    const inversion = await begin('resnet50', 'layer1', { ...pixels, prior: 'none', learningRate: 1e-3 });
    const { picture: first } = await inversion.look();
    const errorOf = (values: Float32Array) =>
      tf.tidy(() => {
        const backbone = backbones.get('resnet50')!;
        const shape: [number, number, number, number] = [1, size, size, 3];
        const [own, wanted] = [values, image].map((one) => readLayer(backbone, 'layer1', tf.tensor4d(one, shape)));
        const differences = Float64Array.from(tf.sub(own!, wanted!).dataSync());
        return differences.reduce((sum, value) => sum + value * value, 0) / differences.length;
      });
    await inversion.advance();
    const { picture: second } = await inversion.look();
    inversion.dispose();
    // Adam's first step is the sign of the gradient.
    let agree = 0;
    const probed = Array.from({ length: 20 }, (__, i) => 151 * i);
    for (const pixel of probed) {
      const [up, down] = [1, -1].map((sign) =>
        errorOf(first.map((value, i) => (i === pixel ? value + 0.02 * sign : value))),
      );
      if (Math.sign(up! - down!) === -Math.sign(second[pixel]! - first[pixel]!)) agree++;
    }
    expect(agree).toBeGreaterThanOrEqual(19);
  });

  it('of a layer that answers with zeros alone is refused, with the layer’s name', async () => {
    const before = tf.memory().numTensors;
    const backbone = backbones.get('resnet50')!;
    const blocked = new Map(
      [...(await backbone.weights.exportTensors())].filter(([name]) => /^(conv1|bn1)\./.test(name)),
    );
    const zero = new Map([...blocked].map(([name, { shape, data }]) => [name, { shape, data: data.map(() => 0) }]));
    backbone.weights.importTensors(zero);
    await expect(begin('resnet50', 'conv1', base)).rejects.toThrow(
      /cannot invert conv1: its features of image 3 are all 0/,
    );
    backbone.weights.importTensors(blocked);
    expect(tf.memory().numTensors).toBe(before);
  });
});
