/** Both landmark heads against PyTorch: outputs, losses, gradients of weights and of the maps they stand on. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BackboneStage } from '../../../../../src/shared/experiment/fineTuningFields';
import type { LandmarksTransfer } from '../../../../../src/shared/experiment/transferSchema';
import { createLandmarkHead } from '../../../../../src/worker/models/landmarks/landmarkHead';
import { landmarkLoss } from '../../../../../src/worker/models/landmarks/landmarkNetwork';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import { cheapRandom } from '../formulaWeights';

interface Stored {
  readonly shape: number[];
  readonly data: number[];
}
interface HeadCase {
  readonly weights: Record<string, Stored>;
  readonly predicted: number[];
  readonly loss: number;
  readonly gradients: Record<string, number[]>;
  readonly mapGradients: Record<string, number[]>;
}
const { heads } = JSON.parse(readFileSync('test/golden/data/landmarks.json', 'utf8')) as {
  heads: {
    maps: Record<'layer1' | 'layer2', Stored>;
    landmarks: number;
    virtual: number;
    wanted: number[];
    counted: number[];
    cases: Record<string, HeadCase>;
  };
};

beforeAll(() => startRuntime('wasm'));

describe('landmark heads', () => {
  it.each(Object.keys(heads.cases))('compute and learn as PyTorch: %s', async (name) => {
    const golden = heads.cases[name]!;
    const [kind, loss] = name.split(' ') as ['pooled' | 'hypercolumn', LandmarksTransfer['loss']];
    const before = tf.memory().numTensors;
    const stages = Object.entries(heads.maps) as [BackboneStage, Stored][];
    const variables = stages.map(([, { shape, data }]) => tf.tidy(() => tf.variable(tf.tensor(data, shape))));
    const head = createLandmarkHead(
      {
        kind,
        landmarks: heads.landmarks,
        virtualLandmarks: heads.virtual,
        channels: new Map(stages.map(([stage, { shape }]) => [stage, shape[3]!])),
      },
      cheapRandom,
    );
    head.weights.importTensors(
      new Map(
        Object.entries(golden.weights).map(([key, { shape, data }]) => [key, { shape, data: Float32Array.from(data) }]),
      ),
    );
    const maps = new Map(stages.map(([stage], i) => [stage, variables[i] as unknown as tf.Tensor4D]));
    const [wanted, counted] = [heads.wanted, heads.counted].map((values) => tf.tensor2d(values, [2, 4]));
    const predicted = head.forward(maps);
    expectClose(await predicted.data(), golden.predicted);
    const used = kind === 'pooled' ? [variables[1]!] : variables;
    const { value, grads } = tf.variableGrads(
      () => landmarkLoss(loss, { predicted: head.forward(maps), wanted: wanted!, counted: counted! }),
      [...head.weights.parameters().values(), ...used],
    );
    expectClose(await value.data(), [golden.loss]);
    for (const [key, expected] of Object.entries(golden.gradients)) {
      const gradient = grads[head.weights.get(key).name]!;
      const axes =
        head.weights.layout(key) === 'conv' ? [3, 2, 0, 1] : head.weights.layout(key) === 'linear' ? [1, 0] : [0];
      const inFile = tf.transpose(gradient, axes);
      expectClose(await inFile.data(), expected);
      inFile.dispose();
    }
    for (const [stage, expected] of Object.entries(golden.mapGradients)) {
      const place = stages.findIndex(([one]) => one === stage);
      expectClose(await grads[variables[place]!.name]!.data(), expected);
    }
    tf.dispose([predicted, value, wanted!, counted!, ...variables, ...Object.values(grads)]);
    head.weights.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('have a loss of 0 when nothing counts', async () => {
    const some = tf.ones([2, 4]) as tf.Tensor2D;
    const loss = landmarkLoss('l2', { predicted: some, wanted: tf.zeros([2, 4]), counted: tf.zeros([2, 4]) });
    expect((await loss.data())[0]).toBe(0);
  });
});

function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(2e-5 * (1 + Math.abs(value))));
}
