/**
 * One training step of ResNet-18 (forward, backward, SGD with momentum) on a runtime; bench/peer/trainStep.py is the same
 * in PyTorch. Prints one JSON line per workload: median seconds of a step. With --profile: seconds by kernel.
 *   node dist/bench/trainStep.js [--runtime wasm] [--profile] [--steps 5]
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { deriveRandom } from '../src/shared/random';
import type { BackboneConfig } from '../src/worker/models/backbone';
import { createResNet } from '../src/worker/models/resnet';
import { linear } from '../src/worker/ops/linear';
import { softmaxCrossEntropy } from '../src/worker/ops/loss';
import { startRuntime } from '../src/worker/runtimes/startRuntime';
import type { RuntimeName } from '../src/worker/runtimes/runtime';

interface Workload {
  readonly name: string;
  readonly width: number;
  readonly stem: BackboneConfig['stem'];
  readonly pixels: number;
  readonly batch: number;
  readonly classes: number;
}

const workloads: readonly Workload[] = [
  { name: 'resnet18-w64-imagenet-64px-b32', width: 64, stem: 'imagenet', pixels: 64, batch: 32, classes: 1000 },
  { name: 'resnet18-w16-small-32px-b128', width: 16, stem: 'small', pixels: 32, batch: 128, classes: 95 },
];

/** A step as a closure over everything it trains. */
function prepareStep({ width, stem, pixels, batch, classes }: Workload): () => number {
  const backbone = createResNet(
    { name: 'resnet18', width, stem, dilate: [false, false, false] },
    deriveRandom(0, 'bench'),
  );
  const weight = tf.variable(tf.randomNormal<tf.Rank.R2>([backbone.featureSize, classes], 0, 0.01, 'float32', 1));
  const bias = tf.variable(tf.zeros<tf.Rank.R1>([classes]));
  const images = tf.randomNormal<tf.Rank.R4>([batch, pixels, pixels, 3], 0, 1, 'float32', 2);
  const labels = tf.tensor1d(
    Int32Array.from({ length: batch }, (_, i) => i % classes),
    'int32',
  );
  const optimizer = tf.train.momentum(0.1, 0.9);
  return () =>
    tf.tidy(() => {
      const loss = () =>
        softmaxCrossEntropy(linear(backbone.forward(images, { training: true }).pooled, weight, bias), labels);
      const { value, grads } = tf.variableGrads(loss);
      optimizer.applyGradients(grads as Parameters<typeof optimizer.applyGradients>[0]);
      return value.dataSync()[0]!;
    });
}

async function profile(step: () => number): Promise<void> {
  const kernels = new Map<string, { seconds: number; calls: number }>();
  const engine = tf.engine();
  const original = engine.runKernel.bind(engine);
  let depth = 0;
  // Only outermost kernels are timed; wasm runs them synchronously.
  engine.runKernel = ((name: string, inputs: tf.NamedTensorMap, attributes?: tf.NamedAttrMap) => {
    const start = performance.now();
    depth++;
    const result = original(name, inputs, attributes);
    if (--depth === 0) {
      const entry = kernels.get(name) ?? { seconds: 0, calls: 0 };
      kernels.set(name, { seconds: entry.seconds + (performance.now() - start) / 1000, calls: entry.calls + 1 });
    }
    return result;
  }) as typeof engine.runKernel;
  const start = performance.now();
  step();
  console.log(`step under the profiler: ${((performance.now() - start) / 1000).toFixed(3)} s`);
  for (const [name, { seconds, calls }] of [...kernels].sort((a, b) => b[1].seconds - a[1].seconds).slice(0, 14)) {
    console.log(`  ${name.padEnd(42)} ${seconds.toFixed(4)} s  ${calls} calls`);
  }
  engine.runKernel = original;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runtime: { type: 'string' },
      profile: { type: 'boolean' },
      steps: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const steps = Number(values.steps ?? 5);
  const status = await startRuntime((values.runtime ?? 'wasm') as RuntimeName);
  for (const workload of workloads.filter(({ name }) => name.includes(values.only ?? ''))) {
    const step = prepareStep(workload);
    for (let i = 0; i < 2; i++) step();
    const times: number[] = [];
    let loss = 0;
    for (let i = 0; i < steps; i++) {
      const start = performance.now();
      loss = step();
      times.push((performance.now() - start) / 1000);
    }
    times.sort((a, b) => a - b);
    const seconds = Number(times[Math.floor(steps / 2)]!.toFixed(4));
    const fastest = Number(times[0]!.toFixed(4));
    console.log(
      JSON.stringify({
        workload: workload.name,
        runtime: status.name,
        threads: status.threads,
        seconds,
        fastest,
        loss,
      }),
    );
    if (values.profile) await profile(step);
  }
}

await main();
