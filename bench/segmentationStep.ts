/**
 * One training step (forward, backward, SGD with momentum) of torchvision's deeplabv3_resnet50 and of the narrow network that
 * emoji-scenes train. Prints one JSON line: median seconds of a step. With --profile: seconds by kernel.
 *   node dist/bench/segmentationStep.js [--runtime wasm] [--profile] [--repetitions 3] [--workload deeplabv3-w16-64px-b8-step]
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { dilateTo, type BackboneConfig } from '../src/shared/experiment/layers';
import { fillSegmentation } from '../src/shared/experiment/resolveFineTuning';
import type { SegmentationTransfer } from '../src/shared/experiment/transferSchema';
import { deriveRandom } from '../src/shared/random';
import { createBackbone } from '../src/worker/models/registry';
import { Segmenter } from '../src/worker/models/segmentation/segmenter';
import { startRuntime } from '../src/worker/runtimes/startRuntime';
import type { RuntimeName } from '../src/worker/runtimes/runtime';
import { createOptimizer } from '../src/worker/train/optimizer';
import { takeLossStep } from '../src/worker/train/lossStep';
import { printKernels } from './parts/printKernels';

interface Workload {
  readonly name: string;
  readonly backbone: BackboneConfig;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly side: number;
  readonly batch: number;
  readonly classes: number;
}

const plain = [false, false, false] as const;
const workloads: readonly Workload[] = [
  {
    name: 'deeplabv3-w16-64px-b8-step',
    backbone: { name: 'resnet18', width: 16, stem: 'small', dilate: plain },
    settings: { outputStride: 4, atrousRates: [2, 4, 6], headChannels: 32 },
    ...{ side: 64, batch: 8, classes: 10 },
  },
  {
    name: 'deeplabv3-resnet50-128px-b2-step',
    backbone: { name: 'resnet50', width: 64, stem: 'imagenet', dilate: plain },
    settings: {},
    ...{ side: 128, batch: 2, classes: 21 },
  },
];

function prepareStep({ backbone: config, settings, side, batch, classes }: Workload): () => Promise<number> {
  const filled = fillSegmentation(settings, side) as SegmentationTransfer;
  const backbone = createBackbone(dilateTo(config, filled.outputStride), deriveRandom(0, 'bench'));
  const segmenter = new Segmenter({ settings: filled, backbone, classes, random: deriveRandom(0, 'heads') });
  const parameters = new Map([...backbone.weights.parameters(), ...segmenter.heads.parameters()]);
  const optimizer = createOptimizer(parameters, { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4, exclude: 'none' });
  const images = tf.randomNormal<tf.Rank.R4>([batch, side, side, 3], 0, 1, 'float32', 2);
  const pixels = batch * side * side;
  const labels = tf.tensor1d(
    Int32Array.from({ length: pixels }, (_, i) => Math.floor(i / 97) % classes),
    'int32',
  );
  const weights = tf.fill([pixels], 1 / pixels) as tf.Tensor1D;
  let step = 0;
  return async () => {
    const random = deriveRandom(0, 'bench-step', step++);
    const { losses, gradients } = await takeLossStep(parameters, () =>
      segmenter.losses(images, { labels, weights }, random),
    );
    optimizer.step(gradients, 0.001);
    tf.dispose([...gradients.values()]);
    await [...parameters.values()][0]!.data(); // until the update is done
    return losses.loss!;
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runtime: { type: 'string' },
      profile: { type: 'boolean' },
      repetitions: { type: 'string' },
      workload: { type: 'string' },
    },
  });
  const { name: runtime, threads } = await startRuntime((values.runtime ?? 'wasm') as RuntimeName);
  for (const workload of workloads.filter(({ name }) => name === (values.workload ?? name))) {
    const step = prepareStep(workload);
    await step();
    const times: number[] = [];
    let loss = 0;
    for (let i = 0; i < Number(values.repetitions ?? 3); i++) {
      const start = performance.now();
      loss = await step();
      times.push((performance.now() - start) / 1000);
    }
    console.log(JSON.stringify({ workload: workload.name, runtime, threads, times, loss: Number(loss.toFixed(4)) }));
    if (values.profile) await printKernels(step);
  }
}

await main();
