/** The drawing network of the deep image prior against PyTorch (test/golden/make/inversion.py). */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { SkipNetwork } from '../../../../../src/worker/analysis/inversion/skipNetwork';
import { relu } from '../../../../../src/worker/ops/activation';
import { conv2d } from '../../../../../src/worker/ops/conv';
import { meanSquaredError } from '../../../../../src/worker/ops/meanSquaredError';
import { deriveRandom } from '../../../../../src/shared/random';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import { createAdam } from '../../../../../src/worker/train/adam';
import { takeLossStep } from '../../../../../src/worker/train/lossStep';
import { cheapRandom, fillWithFormula, formulaTensor, uniformByName } from '../../models/formulaWeights';

interface Sample {
  readonly norm: number;
  readonly values: readonly number[];
}
interface Golden {
  readonly parameters: number;
  readonly drawing: {
    readonly config: { inputs: number; channels: number[]; kernels: number[]; skipChannels: number };
    readonly side: number;
    readonly size: number;
    readonly picture: Sample;
    readonly losses: readonly number[];
    readonly gradients: Readonly<Record<string, Sample>>;
    readonly updated: Readonly<Record<string, Sample>>;
  };
}
const { parameters, drawing } = JSON.parse(
  readFileSync(new URL('../../../../golden/data/inversion.json', import.meta.url), 'utf8'),
) as Golden;

beforeAll(() => startRuntime('wasm'));

const released = {
  inputs: 32,
  channels: [16, 32, 64, 128, 128, 128],
  kernels: [7, 7, 5, 5, 3, 3],
  skipChannels: 4,
};

/** Channels-first pictures of formula values. */
function fromFormula(name: string, channels: number, side: number, scale = 1, offset = 0): tf.Tensor4D {
  const values = Float32Array.from(uniformByName(name, channels * side * side), (v) => scale * (v + offset));
  return tf.tidy(() => tf.transpose(tf.tensor4d(values, [1, channels, side, side]), [0, 2, 3, 1]));
}

/** Every fifth of the values in PyTorch's order, and their length. */
function expectSample(data: Float32Array, { norm, values }: Sample, what: string): void {
  const own = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
  expect(Math.abs(own - norm), what).toBeLessThan(2e-4 * norm + 1e-6);
  const step = Math.max(1, Math.floor(data.length / 5));
  const scale = norm / Math.sqrt(data.length);
  for (const [i, value] of values.entries())
    expect(Math.abs(data[i * step]! - value), `${what}, value ${i}`).toBeLessThan(2e-3 * scale + 1e-6);
}

/** Biases whose effect the batch norm behind them takes away: their gradients are rounding alone. */
const isIdle = (name: string) => name.endsWith('.bias') && !/(?:\.bn|joined)\.bias$|^output/.test(name);

describe('the drawing network', () => {
  it('has as many parameters as the released one', () => {
    const network = new SkipNetwork(released, cheapRandom);
    const count = [...network.weights.parameters().values()].reduce((sum, { size }) => sum + size, 0);
    network.dispose();
    expect(parameters).toBe(2_606_763);
    expect(count).toBe(parameters);
  });

  it('begins as torch’s layers do: uniform within one by the root of the inputs', async () => {
    const network = new SkipNetwork({ ...released, channels: [8, 8], kernels: [3, 3] }, deriveRandom(1, 'test'));
    for (const [name, { shape, data }] of await network.weights.exportTensors()) {
      if (/(?:bn|joined)\./.test(name)) expect(new Set(data)).toEqual(new Set([name.endsWith('bias') ? 0 : 1]));
      if (shape.length !== 4) continue;
      const bound = 1 / Math.sqrt(shape[1]! * shape[2]! * shape[3]!);
      const largest = data.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      expect(largest).toBeLessThanOrEqual(bound);
      if (data.length > 100) expect(largest).toBeGreaterThan(0.9 * bound);
    }
    network.dispose();
  });

  it('draws, differentiates and moves under Adam as in PyTorch, and leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const { config, side, size } = drawing;
    const network = new SkipNetwork(config, cheapRandom);
    fillWithFormula(network.weights);
    const noise = fromFormula('noise', config.inputs, side, 0.05, 1);
    const filters = tf.tidy(() => {
      const { shape, data } = formulaTensor('filters', [5, 3, 3, 3]);
      return tf.transpose(tf.tensor4d(data, shape as [number, number, number, number]), [2, 3, 1, 0]);
    });
    const featuresOf = (x: tf.Tensor4D) => relu(conv2d(x, filters as tf.Tensor4D, { stride: 2, padding: 1 }));
    const wanted = tf.tidy(() => featuresOf(fromFormula('wanted', 3, size)));
    const draw = () => tf.slice(network.draw(noise), [0, 0, 0, 0], [1, size, size, 3]);
    const first = tf.tidy(draw);
    expectSample((await first.data()) as Float32Array, drawing.picture, 'picture');
    first.dispose();
    const optimizer = createAdam(network.weights.parameters());
    for (const [step, expected] of drawing.losses.entries()) {
      const { losses, gradients } = await takeLossStep(network.weights.parameters(), () => ({
        features: meanSquaredError(featuresOf(draw()), wanted),
      }));
      expect(losses.loss! / expected, `loss ${step}`).toBeCloseTo(1, 3);
      if (step === 0) await expectGradients(network, gradients);
      optimizer.step(gradients, 0.01);
      tf.dispose([...gradients.values()]);
      if (step === 0) await expectUpdated(network);
    }
    optimizer.dispose();
    network.dispose();
    tf.dispose([noise, filters, wanted]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

async function expectGradients(network: SkipNetwork, gradients: ReadonlyMap<string, tf.Tensor>): Promise<void> {
  expect(new Set(gradients.keys())).toEqual(new Set(Object.keys(drawing.gradients)));
  for (const [name, gradient] of gradients) {
    if (isIdle(name)) continue;
    const isFilter = network.weights.layout(name) === 'conv';
    const inFile = tf.tidy(() => (isFilter ? tf.transpose(gradient, [3, 2, 0, 1]) : tf.clone(gradient)));
    expectSample((await inFile.data()) as Float32Array, drawing.gradients[name]!, `gradient of ${name}`);
    inFile.dispose();
  }
}

async function expectUpdated(network: SkipNetwork): Promise<void> {
  for (const [name, { data }] of await network.weights.exportTensors())
    if (!isIdle(name)) expectSample(data, drawing.updated[name]!, name);
}
