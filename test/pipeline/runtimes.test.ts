/**
 * Whole trainings on every runtime that is here: they take the path that wasm takes and go on after an interruption.
 * wasm itself is compared with PyTorch (pretrain/momentumLearner.test.ts).
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cancelled } from '../../src/shared/errors';
import type { TrainedPretraining } from '../../src/shared/experiment/schema';
import { trainBackbone } from '../../src/worker/pretrain/trainBackbone';
import { startRuntime } from '../../src/worker/runtimes/startRuntime';
import { presentRuntimes } from '../support/presentRuntimes';
import { makeContext, makeDataset, makeFolder, tinyBackbone, tinyMethods, type TinyContext } from './tinyWorld';

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => void (folder = makeFolder()));
afterEach(() => folder.remove());

const dataset = makeDataset();

interface Trained {
  readonly losses: readonly number[];
  readonly weights: ReadonlyMap<string, Float32Array>;
}

async function train(settings: TrainedPretraining, context: TinyContext): Promise<Trained> {
  const { learner } = await trainBackbone(settings, { backbone: tinyBackbone, dataset }, context);
  const exported = await learner.backbone.weights.exportTensors();
  learner.dispose();
  const weights = new Map([...exported].map(([name, { data }]) => [name, data]));
  return { losses: context.rows.map(({ metrics }) => metrics['loss']!), weights };
}

/** Largest difference of two trainings' weights, relative to the largest weight of each tensor. */
function distance(a: Trained, b: Trained): number {
  return Math.max(
    ...[...a.weights].map(([name, values]) => {
      const others = b.weights.get(name)!;
      const scale = Math.max(1e-3, ...others.map(Math.abs));
      return Math.max(...values.map((value, i) => Math.abs(value - others[i]!))) / scale;
    }),
  );
}

/**
 * Small steps: at the usual rates a net this narrow is chaotic, and wasm and the plain JavaScript backend part as well, by a
 * tenth of the weights after twelve steps.
 */
const short = (settings: TrainedPretraining): TrainedPretraining => ({
  ...settings,
  steps: 12,
  learningRate: settings.learningRate / 50,
  monitor: { every: 1, knn: false, images: 16 },
});
const methods = ['supervised', 'moco'].map((name) => [name, short(tinyMethods[name]!)] as const);

const runtimes = await presentRuntimes(); // a software GPU would take minutes for this

describe.each(runtimes.filter(({ backend }) => backend === 'tensorflow'))(
  'training on $title',
  ({ backend, isMissing, start }) => {
    if (isMissing) return void it.skip('takes the path that wasm takes', () => {});

    it.each(methods)('%s takes the path that wasm takes, for twelve steps', async (_, settings) => {
      await startRuntime('wasm');
      const onWasm = await train(settings, makeContext(folder.path, { key: 'wasm' }));
      await start();
      const here = await train(settings, makeContext(folder.path, { key: backend }));

      here.losses.forEach((loss, step) => expect(Math.abs(loss / onWasm.losses[step]! - 1)).toBeLessThan(1e-4));
      expect(distance(here, onWasm)).toBeLessThan(2e-3);
    });

    it.each(methods)('%s goes on after an interruption, to the same weights', async (_, settings) => {
      await start();
      const whole = await train(settings, makeContext(folder.path, { key: 'whole' }));
      const first = makeContext(folder.path, { key: 'halves', stopAt: 6 });
      await expect(train(settings, first)).rejects.toThrow(Cancelled);
      const halves = await train(settings, makeContext(folder.path, { key: 'halves' }));
      // Sums over threads may be taken in another order; on wasm they never are.
      expect(distance(halves, whole)).toBeLessThan(1e-4);
    });
  },
);
