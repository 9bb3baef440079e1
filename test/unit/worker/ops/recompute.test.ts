/** Recomputing residual blocks for the gradient changes no bit of the gradients, moves statistics once, and needs less memory. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backbone, BackboneConfig } from '../../../../src/worker/models/backbone';
import { createBackbone } from '../../../../src/worker/models/registry';
import { recomputed } from '../../../../src/worker/ops/recompute';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { cheapRandom, fillWithFormula, formulaImages } from '../models/formulaWeights';

const plain = { width: 4, stem: 'small', dilate: [false, false, false] } as const;
const configs: Readonly<Record<string, BackboneConfig>> = {
  resnet18: { name: 'resnet18', ...plain },
  resnet50: { name: 'resnet50', ...plain },
};

beforeAll(async () => void (await startRuntime('wasm')));

interface Step {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** Bytes of tensors at the worst moment, beyond those before the step. */
  readonly peakBytes: number;
}

async function takeStep(config: BackboneConfig, recompute: boolean): Promise<Step> {
  const backbone = createBackbone(config, cheapRandom);
  fillWithFormula(backbone.weights);
  backbone.recompute = recompute;
  const images = formulaImages(4, 32, 'recompute');
  const before = tf.memory().numBytes;
  let taken: ReturnType<typeof gradientsOf> | undefined;
  const { peakBytes } = await tf.profile(() => void (taken = gradientsOf(backbone, images)));
  const { value, gradients } = taken!;
  const loss = (await value.data())[0]!;
  const read = new Map<string, Float32Array>();
  for (const [name, gradient] of gradients) read.set(name, (await gradient.data()).slice() as Float32Array);
  const exported = await backbone.weights.exportTensors();
  const weights = new Map([...exported].map(([name, { data }]) => [name, data]));
  tf.dispose([value, images, ...gradients.values()]);
  backbone.dispose();
  return { loss, gradients: read, weights, peakBytes: peakBytes - before };
}

function gradientsOf(backbone: Backbone, images: tf.Tensor4D) {
  const parameters = backbone.weights.parameters();
  const { value, grads } = tf.variableGrads(
    () => tf.sum(tf.square(backbone.forward(images, { training: true, batchNormGroups: 2 }).pooled)),
    [...parameters.values()],
  );
  return { value, gradients: new Map([...parameters].map(([name, { name: own }]) => [name, grads[own]!])) };
}

describe.each(Object.entries(configs))('%s', (_, config) => {
  it('has the same loss, gradients and running statistics, bit for bit, and a lower peak of memory', async () => {
    const before = tf.memory().numTensors;
    const kept = await takeStep(config, false);
    const again = await takeStep(config, true);
    expect(again.loss).toBe(kept.loss);
    expect(again.gradients).toEqual(kept.gradients);
    expect(again.weights).toEqual(kept.weights);
    expect(again.weights.get('layer1.0.bn1.num_batches_tracked')).toEqual(Float32Array.of(8));
    expect(again.peakBytes).toBeLessThan(0.75 * kept.peakBytes);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('changes nothing where no gradient is asked for', () => {
    const backbone = createBackbone(config, cheapRandom);
    fillWithFormula(backbone.weights);
    const images = formulaImages(2, 32, 'recompute');
    const pooled = (recompute: boolean) => {
      backbone.recompute = recompute;
      return tf.tidy(() => backbone.forward(images, { training: false }).pooled.dataSync().slice());
    };
    expect(pooled(true)).toEqual(pooled(false));
    backbone.dispose();
    images.dispose();
  });
});

it('the gradient of a recomputed part is that of its formula, one inside another and several in a row', async () => {
  const [a, b] = [tf.variable(tf.tensor1d([2, -1])), tf.variable(tf.tensor1d([0.5, 3]))];
  const x = tf.tensor1d([1, 4]);
  // y = a (b x)²; dy/dx = 2 a b² x, dy/da = (b x)², dy/db = 2 a b x²
  const inner = (from: tf.Tensor1D) => recomputed(from, [b], (part) => tf.square(tf.mul<tf.Tensor1D>(part, b)));
  const outer = (from: tf.Tensor1D) => recomputed(from, [a, b], (part) => tf.mul<tf.Tensor1D>(inner(part), a));
  const before = tf.memory().numTensors;
  const gradients = tf.grads((...inputs) => tf.sum(outer(inputs[0] as tf.Tensor1D)))([x]);
  const { value, grads } = tf.variableGrads(() => tf.sum(outer(outer(x))), [a, b]);
  expect([...(await gradients[0]!.data())]).toEqual([2 * 2 * 0.25 * 1, 2 * -1 * 9 * 4]);
  // z = a (b y)² with y as above; dz/da = (b y)² + 2 a b² y (b x)²
  const y = [0.5, -144];
  const expected = [0, 1].map((i) => {
    const [ai, bi, xi, yi] = [[2, -1][i]!, [0.5, 3][i]!, [1, 4][i]!, y[i]!];
    return (bi * yi) ** 2 + 2 * ai * bi ** 2 * yi * (bi * xi) ** 2;
  });
  expect([...(await grads[a.name]!.data())]).toEqual(expected);
  tf.dispose([value, ...gradients, ...Object.values(grads)]);
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([a, b, x]);
});
