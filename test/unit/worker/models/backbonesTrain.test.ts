/** One training step, forward and backward, against torchvision and timm (float64): loss, gradients, running statistics. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backbone, BackboneConfig } from '../../../../src/worker/models/backbone';
import { createHead, type Head } from '../../../../src/worker/models/heads';
import { createBackbone } from '../../../../src/worker/models/registry';
import type { HostTensor, WeightStore } from '../../../../src/worker/models/weightStore';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { cheapRandom, fillWithFormula, formulaImages } from './formulaWeights';
import { compareToSummary, type TensorSummary } from './tensorSummary';

interface TrainCase {
  readonly config: BackboneConfig;
  readonly side: number;
  readonly batch: number;
  /** Name the images are computed from. */
  readonly images: string;
  readonly groups: number;
  readonly classes: number;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, TensorSummary>>;
  readonly buffers: Readonly<Record<string, TensorSummary>>;
}

const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../../golden/data/${file}`, import.meta.url), 'utf8')) as Record<
    string,
    TrainCase
  >;
const cases = { ...read('resnet-train.json'), ...read('backbones-train.json') };

beforeAll(async () => {
  await startRuntime('wasm');
});

describe('a training step equals torchvision and timm', () => {
  it.each(Object.keys(cases))('%s', async (name) => {
    const golden = cases[name]!;
    const before = tf.memory().numTensors;
    const backbone = createBackbone(golden.config, cheapRandom);
    const head = createHead(
      { kind: 'classifier', inputSize: backbone.featureSize, outputSize: golden.classes },
      cheapRandom,
    );
    fillWithFormula(backbone.weights);
    fillWithFormula(head.weights);
    const own = tf.memory().numTensors;
    const { value, grads } = step(backbone, head, golden);
    expect(tf.memory().numTensors).toBe(own + 1 + Object.keys(grads).length);
    expect(Math.abs((await value.data())[0]! - golden.loss) / golden.loss).toBeLessThan(1e-5);

    const differences: Record<string, number> = {};
    for (const [key, summary] of Object.entries(golden.gradients)) {
      const gradient = await gradientInFileLayout(key.startsWith('fc') ? head.weights : backbone.weights, key, grads);
      differences[key] = compareToSummary(gradient, summary);
    }
    const exported = await backbone.weights.exportTensors();
    for (const [key, summary] of Object.entries(golden.buffers)) {
      differences[key] = compareToSummary(exported.get(key)!, summary);
    }
    expect(Math.max(...Object.values(differences)), JSON.stringify(differences)).toBeLessThan(1e-4); // 3e-5 measured
    const counters = [...exported].filter(([key]) => key.endsWith('num_batches_tracked'));
    for (const [, counter] of counters) expect(counter.data[0]).toBe(8);
    tf.dispose([value, ...Object.values(grads)]);
    backbone.dispose();
    head.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

function step(backbone: Backbone, head: Head, golden: TrainCase) {
  const { batch, groups, classes } = golden;
  return tf.tidy(() => {
    const images = formulaImages(batch, golden.side, golden.images);
    const labels = tf.oneHot(
      tf.tensor1d(
        [...Array(batch).keys()].map((i) => (i * 3) % 10),
        'int32',
      ),
      classes,
    );
    const variables = [...backbone.weights.parameters().values(), ...head.weights.parameters().values()];
    return tf.variableGrads(() => {
      const { pooled } = backbone.forward(images, { training: true, batchNormGroups: groups });
      const logits = head.forward(pooled);
      return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(tf.logSoftmax(logits), labels), 1)));
    }, variables);
  });
}

async function gradientInFileLayout(weights: WeightStore, name: string, grads: tf.NamedTensorMap): Promise<HostTensor> {
  const gradient = grads[weights.get(name).name]!;
  const layout = weights.layout(name);
  const turned =
    layout === 'plain' ? tf.clone(gradient) : tf.transpose(gradient, layout === 'conv' ? [3, 2, 0, 1] : [1, 0]);
  const data = (await turned.data()) as Float32Array;
  turned.dispose();
  return { shape: turned.shape, data };
}
