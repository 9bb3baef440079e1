/** Names, shapes, order and counts of every backbone against torchvision and timm; each name's weights fit its network. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { architectureOf } from '../../../../src/shared/experiment/backbones/architectures';
import { completeBackbone, type WrittenBackbone } from '../../../../src/shared/experiment/backbones/complete';
import { backboneNames, layerDepths, layerNames, parameterCount } from '../../../../src/shared/experiment/layers';
import { backboneShapes } from '../../../../src/shared/weights/fitBackbone';
import { createBackbone } from '../../../../src/worker/models/registry';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { deriveRandom } from '../../../../src/shared/random';
import { cheapRandom, formulaImages } from './formulaWeights';

interface Golden {
  readonly parameters: number;
  readonly tensors: number;
  /** Of lines `name [shape]`. */
  readonly sha256: string;
}
const golden = JSON.parse(
  readFileSync(new URL('../../../golden/data/backbones-names.json', import.meta.url), 'utf8'),
) as Record<string, Golden>;

/** What the peers' names mean here. */
const written: Readonly<Record<string, WrittenBackbone>> = {
  resnet50d: { name: 'resnet50', stem: 'deep', shortcut: 'average' },
  vit_tiny_patch16_224: { name: 'vit_tiny_patch16' },
  vit_small_patch16_224: { name: 'vit_small_patch16' },
  vit_base_patch16_224: { name: 'vit_base_patch16' },
  vit_base_patch32_224: { name: 'vit_base_patch16', patch: 32 },
};

beforeAll(async () => {
  await startRuntime('wasm');
});

describe('the state equals that of torchvision or timm', () => {
  it.each(Object.keys(golden))('%s', (name) => {
    const config = completeBackbone(written[name] ?? ({ name } as WrittenBackbone));
    const state = [...backboneShapes(config)].map(([key, shape]) => `${key} [${shape.join(', ')}]`);
    expect(state.length).toBe(golden[name]!.tensors);
    expect(parameterCount(config)).toBe(golden[name]!.parameters);
    expect(createHash('sha256').update(state.join('\n')).digest('hex')).toBe(golden[name]!.sha256);
  });
});

describe.each([...backboneNames])('%s', (name) => {
  const width = name.startsWith('vit') ? 12 : name.startsWith('conv') ? 8 : 16;
  const config = completeBackbone({ name, width });

  it('has the planned weights and layers, each once, in depth order', () => {
    const backbone = createBackbone(config, cheapRandom);
    expect([...backbone.weights.shapes()]).toEqual([...backboneShapes(config)]);
    const parameters = architectureOf(config)
      .weights(config)
      .filter(({ role }) => role === 'parameter');
    expect(backbone.weights.names('parameter')).toEqual(parameters.map((weight) => weight.name));
    const depths = layerDepths(config);
    expect([...layerNames(config)].sort()).toEqual(
      [...depths.keys()].filter((key) => layerNames(config).includes(key)).sort(),
    );
    const inOrder = layerNames(config).map((layer) => depths.get(layer)!);
    expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
    expect(inOrder.at(-1)).toBe(1);
    for (const isAveraged of [true, false])
      expect(layerNames(config)).toEqual(
        expect.arrayContaining([...architectureOf(config).mainLayers(config, isAveraged)]),
      );
    backbone.dispose();
  });
});

describe('transformers and ConvNeXts', () => {
  it.each(['vit_tiny_patch16', 'convnext_tiny'] as const)(
    '%s gives each tap alone, recomputed or not, and leaks nothing',
    async (name) => {
      const config = completeBackbone({ name, width: 12 });
      const before = tf.memory().numTensors;
      const backbone = createBackbone(config, deriveRandom(1, 'test'));
      const images = formulaImages(2, 32);
      const all = backbone.layers.map((layer) => layer.name);
      const { pooled, taps } = backbone.forward(images, { training: false, taps: all });
      expect([...taps.keys()]).toEqual(all);
      expect(await taps.get(all.at(-1)!)!.data()).toEqual(await pooled.data());
      for (const { name: layer, channels, stride } of backbone.layers) {
        const alone = backbone.forward(images, { training: false, taps: [layer] });
        const tap = alone.taps.get(layer)!;
        expect(tap.shape.at(-1)).toBe(channels);
        if (tap.rank === 4) expect(tap.shape.slice(1, 3)).toEqual([32 / stride, 32 / stride]);
        expect(tap.rank === 2).toBe(stride === 0);
        expect(await tap.data()).toEqual(await taps.get(layer)!.data());
        tf.dispose([alone.pooled, tap]);
      }
      const gradients = async () => {
        const { grads, value } = tf.variableGrads(() => {
          const { pooled: y } = backbone.forward(images, { training: true });
          return tf.sum(tf.mul(y, tf.reshape(tf.range(0, y.size), y.shape)));
        });
        const read = await Promise.all(Object.values(grads).map((gradient) => gradient.data()));
        tf.dispose([value, ...Object.values(grads)]);
        return read.map((values) => [...values]);
      };
      const kept = await gradients();
      backbone.recompute = true;
      expect(await gradients()).toEqual(kept);
      tf.dispose([images, pooled, ...taps.values()]);
      backbone.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});
