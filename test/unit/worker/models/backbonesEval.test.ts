/** Eval-mode outputs of layers against torchvision and timm (float64) on the same weights. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BackboneConfig } from '../../../../src/worker/models/backbone';
import { createBackbone } from '../../../../src/worker/models/registry';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { cheapRandom, fillWithFormula, formulaImages } from './formulaWeights';
import { compareToSummary, type TensorSummary } from './tensorSummary';

interface EvalCase {
  readonly config: BackboneConfig;
  readonly batch: number;
  readonly side: number;
  readonly layers: Readonly<Record<string, TensorSummary>>;
}

const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../../golden/data/${file}`, import.meta.url), 'utf8')) as Record<
    string,
    EvalCase
  >;
const cases = { ...read('resnet-eval.json'), ...read('backbones-eval.json') };

beforeAll(async () => {
  await startRuntime('wasm');
});

describe('eval outputs equal torchvision and timm within 1e-5 of the largest activation', () => {
  it.each(Object.keys(cases))('%s', async (name) => {
    const { config, batch, side, layers } = cases[name]!;
    const before = tf.memory().numTensors;
    const backbone = createBackbone(config, cheapRandom);
    fillWithFormula(backbone.weights);
    const images = formulaImages(batch, side);
    const taps = Object.keys(layers);
    const output = backbone.forward(images, { training: false, taps });
    const differences: Record<string, number> = {};
    for (const layer of taps) {
      const tensor = output.taps.get(layer)!;
      const data = (await tensor.data()) as Float32Array;
      differences[layer] = compareToSummary({ shape: tensor.shape, data }, layers[layer]!);
    }
    const worst = Math.max(...Object.values(differences));
    expect(worst, JSON.stringify(differences)).toBeLessThan(1e-5);
    expect(backbone.layers.map((layer) => layer.name)).toEqual(expect.arrayContaining(taps));
    tf.dispose([images, output.pooled, ...output.taps.values()]);
    backbone.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
