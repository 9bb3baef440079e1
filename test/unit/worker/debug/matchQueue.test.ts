/** Contrastive matches against the loss functions themselves, which report what they compare. */
import type * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Matching } from '../../../../src/shared/results/batchInspection';
import { deriveRandom } from '../../../../src/shared/random';
import { matchQueue } from '../../../../src/worker/debug/matchQueue';
import { createQueueLog } from '../../../../src/worker/debug/memory';
import { Recorder } from '../../../../src/worker/debug/recorder';
import { exemplarLoss } from '../../../../src/worker/objectives/exemplar';
import { infoNceLoss } from '../../../../src/worker/objectives/infoNce';
import { drawUnitVectors } from '../../../../src/worker/objectives/randomVectors';
import { supConLoss } from '../../../../src/worker/objectives/supCon';
import { observing, reportMatch } from '../../../../src/worker/ops/observe';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';

beforeAll(async () => void (await startRuntime('wasm')));

const [rows, size, dimension, temperature] = [3, 12, 5, 0.2];
const labels = [0, 1, 2];
const queueLabels = Int32Array.from({ length: size }, (_, i) => (i < 8 ? i % 3 : -1));
const dataset = {
  names: Array.from({ length: 20 }, (_, i) => `image ${i}`),
  classes: ['a', 'b', 'c'],
  labels: new Int32Array(20),
};

async function compare(loss: typeof supConLoss) {
  const vectors = (name: string, count: number) => drawUnitVectors(deriveRandom(1, name), count, dimension);
  const [queries, keys, queue] = [vectors('q', rows), vectors('k', rows), vectors('m', size)];
  const recorder = new Recorder(true);
  const value = await observing(recorder, async () => {
    reportMatch(() => ({ kind: 'memory', of: 'queue', size, queue: { pointer: 8, filled: 8, labels: queueLabels } }));
    const output = loss({ queries, keys, queue, temperature, labels, queueLabels });
    return (await output.loss.data())[0]!;
  });
  await recorder.settle();
  const log = createQueueLog(size, { step: 0, indicesOf: () => [] });
  for (const step of [0, 1]) log.note(step, [4 * step, 4 * step + 1, 4 * step + 2, 4 * step + 3]);
  const reports = recorder.reports.map(({ report }) => report);
  const part = { images: [], first: 0, reports, size: [1, 1] as const };
  const matched = matchQueue([part], { log, dataset, step: 2 });
  const read = async (tensor: tf.Tensor2D) => (await tensor.array()) as number[][];
  const similarity = (await read(queries)).map((q) => async () => {
    const dot = (v: readonly number[]) => v.reduce((sum, x, i) => sum + x * q[i]!, 0);
    return { own: (await read(keys)).map(dot), others: (await read(queue)).map(dot) };
  });
  const slow = await Promise.all(similarity.map((make) => make()));
  return { value, matched, images: (matched.matching as Extract<Matching, { kind: 'queue' }>).images, slow };
}

describe.each([
  ['infoNce', infoNceLoss as typeof supConLoss, () => 0],
  ['exemplar', exemplarLoss, (row: number) => queueLabels.filter((label) => label === row).length],
  ['supCon', supConLoss, (row: number) => queueLabels.filter((label) => label === row).length],
] as const)('%s', (name, loss, excluded) => {
  it('has the loss of each image, and counts what takes no part', async () => {
    const { value, matched, images } = await compare(loss);
    const mean = [...matched.losses!.values()].reduce((sum, one) => sum + one, 0) / rows;
    expect(mean).toBeCloseTo(value, 5);
    for (const [row, image] of images.entries()) {
      expect(image.excluded).toBe(excluded(row));
      expect(image.negatives).toBe(size - excluded(row));
    }
  });

  it('names the most similar negatives with class, image and age', async () => {
    const { images, slow } = await compare(loss);
    for (const [row, { hardest, positive }] of images.entries()) {
      const allowed = [...slow[row]!.others.keys()].filter((j) => name === 'infoNce' || queueLabels[j] !== row);
      const order = allowed.sort((a, b) => slow[row]!.others[b]! - slow[row]!.others[a]!).slice(0, 10);
      expect(hardest.map(({ entry }) => entry)).toEqual(order);
      const friends = slow[row]!.others.filter((_, j) => name === 'supCon' && queueLabels[j] === row);
      const kind = [slow[row]!.own[row]!, ...friends];
      expect(positive).toBeCloseTo(kind.reduce((sum, x) => sum + x, 0) / kind.length, 5);
      for (const { entry, similarity, label, image, age } of hardest) {
        expect(similarity).toBeCloseTo(slow[row]!.others[entry]!, 5);
        const known = entry < 8;
        expect(label).toBe(known ? dataset.classes[entry % 3] : undefined);
        expect(image).toBe(known ? `image ${entry}` : undefined);
        expect(age).toBe(known ? 2 - Math.floor(entry / 4) : undefined);
      }
    }
  });
});
