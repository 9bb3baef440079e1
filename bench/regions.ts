/**
 * Crops of regions as the two kinds of detection heads cut them, and their gradient, at the sizes of a published ResNet-50 on
 * one image of 800 × 1333 px; non-maximum suppression of its proposals. Prints one JSON line per workload: seconds of the
 * clock and of the processor for each repetition. --portable leaves the runtime's own kernels for them out.
 *   node dist/bench/regions.js [--runtime tensorflow] [--repetitions 5] [--only c4] [--portable]
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { suppressNonMaxima } from '../src/shared/math/detection/nms';
import { deriveRandom } from '../src/shared/random';
import { roiAlign } from '../src/worker/ops/roiAlign';
import { startRuntime } from '../src/worker/runtimes/startRuntime';
import type { RuntimeName } from '../src/worker/runtimes/runtime';

const [height, width] = [800, 1333];

/** Boxes inside the image, of 16 px to half the image; sides and places uniform in their logarithm and evenly. */
function drawBoxes(count: number): Float32Array {
  const random = deriveRandom(0, 'bench-regions');
  const side = () => 16 * Math.exp(random.uniformIn(0, Math.log(height / 2 / 16)));
  return Float32Array.from(
    Array.from({ length: count }, () => {
      const [w, h] = [side(), side()];
      const [x, y] = [random.uniformIn(0, width - w), random.uniformIn(0, height - h)];
      return [x, y, x + w, y + h];
    }).flat(),
  );
}

function prepareCrops(kind: 'c4' | 'fpn', hasGradient: boolean): () => Promise<void> {
  const strides = kind === 'c4' ? [16] : [4, 8, 16, 32];
  const channels = kind === 'c4' ? 1024 : 256;
  const maps = strides.map((stride, i) =>
    tf.randomNormal<tf.Rank.R4>(
      [1, Math.ceil(height / stride), Math.ceil(width / stride), channels],
      0,
      1,
      'float32',
      i,
    ),
  );
  const count = 512;
  const boxes = drawBoxes(count);
  const levels = Int32Array.from({ length: count }, (_, i) => {
    const area = (boxes[4 * i + 2]! - boxes[4 * i]!) * (boxes[4 * i + 3]! - boxes[4 * i + 1]!);
    return Math.max(0, Math.min(strides.length - 1, Math.floor(2 + Math.log2(Math.sqrt(area) / 224))));
  });
  const options = {
    ...{ boxes, levels, images: new Int32Array(count), scales: strides.map((stride) => 1 / stride) },
    ...(kind === 'c4' ? { size: 14, sampling: 0, aligned: true } : { size: 7, sampling: 2, aligned: false }),
  };
  const crop = (...inputs: tf.Tensor[]) => roiAlign(inputs as tf.Tensor4D[], options);
  return async () => {
    const results = tf.tidy(() => {
      if (!hasGradient) return [crop(...maps)];
      return tf.grads((...inputs: tf.Tensor[]) => tf.sum(crop(...inputs)))(maps);
    });
    await Promise.all(results.map((result) => tf.tidy(() => tf.slice(tf.reshape(result, [-1]), 0, 1)).data()));
    tf.dispose(results);
  };
}

/** 12,000 proposals of one map, or 2,000 of each of five, for at most 2,000 of an image. */
function prepareSuppression(kind: 'c4' | 'fpn'): () => Promise<void> {
  const count = kind === 'c4' ? 12_000 : 10_000;
  const boxes = drawBoxes(count);
  const random = deriveRandom(0, 'bench-scores');
  const scores = Float32Array.from({ length: count }, () => random.normal());
  const classes = Int32Array.from({ length: count }, (_, i) => (kind === 'c4' ? 0 : i % 5));
  return async () => {
    suppressNonMaxima({ boxes, scores, classes, threshold: 0.7, most: 2000 });
    await Promise.resolve();
  };
}

const workloads = (['c4', 'fpn'] as const).flatMap((kind) => [
  { name: `${kind}-512-regions-crops`, prepare: () => prepareCrops(kind, false) },
  { name: `${kind}-512-regions-crops-and-gradient`, prepare: () => prepareCrops(kind, true) },
  { name: `${kind}-proposals-suppression`, prepare: () => prepareSuppression(kind) },
]);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runtime: { type: 'string', default: 'wasm' },
      repetitions: { type: 'string', default: '5' },
      only: { type: 'string', default: '' },
      portable: { type: 'boolean', default: false },
    },
  });
  const { name: runtime } = await startRuntime(values.runtime as RuntimeName);
  if (values.portable)
    for (const kernel of ['Transferscope.RoiAlign', 'Transferscope.RoiAlignGradient'])
      if (tf.getKernel(kernel, tf.getBackend())) tf.unregisterKernel(kernel, tf.getBackend());
  for (const { name, prepare } of workloads.filter((workload) => workload.name.includes(values.only))) {
    const work = prepare();
    await work();
    const [times, processor]: [number[], number[]] = [[], []];
    for (let i = 0; i < Number(values.repetitions); i++) {
      const [start, used] = [performance.now(), process.cpuUsage()];
      await work();
      times.push((performance.now() - start) / 1000);
      const { user, system } = process.cpuUsage(used);
      processor.push((user + system) / 1e6);
    }
    console.log(JSON.stringify({ workload: name, runtime, times, processor }));
  }
}

await main();
process.exit();
