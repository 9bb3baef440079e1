/**
 * One training step (forward, backward, SGD with momentum) of detectors on a narrow ResNet-18, as emoji-scenes train them,
 * and of Faster R-CNN R50-FPN at full width, which torchvision has, too (bench/peer/detectionStep.py).
 * Prints one JSON line per workload: median seconds of a step. With --profile: seconds by kernel.
 *   node dist/bench/detectionStep.js [--runtime wasm] [--profile] [--steps 5] [--only fcos]
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { fillDetection } from '../src/shared/experiment/resolveFineTuning';
import type { DetectionTransfer } from '../src/shared/experiment/transferSchema';
import { deriveRandom } from '../src/shared/random';
import { createDetector } from '../src/worker/models/detection/createDetector';
import type { SceneTargets } from '../src/worker/models/detection/detector';
import { createResNet } from '../src/worker/models/resnet/resnet';
import { startRuntime } from '../src/worker/runtimes/startRuntime';
import type { RuntimeName } from '../src/worker/runtimes/runtime';
import { createOptimizer } from '../src/worker/train/optimizer';
import { printKernels } from './parts/printKernels';

const regions = { anchorSizes: [16, 24, 32, 48, 64], rpnProposalsTrain: [400, 200], roiBatch: 64, rpnBatch: 64 };
const narrow = { name: 'resnet18', width: 16, stem: 'small' } as const;
const full = { name: 'resnet50', width: 64, stem: 'imagenet' } as const;
const workloads = [
  {
    name: 'fcos-layer3-w16-128px-b8',
    side: 128,
    batch: 8,
    backbone: narrow,
    settings: { model: 'fcos', pyramidFrom: 'layer3' },
  },
  { name: 'fcos-layer2-w16-128px-b8', side: 128, batch: 8, backbone: narrow, settings: { model: 'fcos' } },
  {
    name: 'faster-rcnn-fpn-w16-128px-b4',
    side: 128,
    batch: 4,
    backbone: narrow,
    settings: { model: 'faster-rcnn-fpn', ...regions },
  },
  {
    name: 'faster-rcnn-c4-w16-128px-b4',
    side: 128,
    batch: 4,
    backbone: narrow,
    settings: { model: 'faster-rcnn-c4', ...regions },
  },
  {
    name: 'faster-rcnn-r50-fpn-320px-b1-step',
    ...{ side: 320, batch: 1, backbone: full, settings: { model: 'faster-rcnn-fpn' } },
  },
] as const;

/** Three objects in each image. */
function makeTargets(batch: number, imageSide: number): SceneTargets[] {
  return Array.from({ length: batch }, (_, image) => {
    const random = deriveRandom(0, 'bench-objects', image);
    const boxes = Array.from({ length: 3 }, () => {
      const side = (imageSide / 128) * random.uniformIn(24, 64);
      const [x, y] = [random.uniformIn(0, imageSide - side), random.uniformIn(0, imageSide - side)];
      return [x, y, x + side, y + side];
    });
    return { boxes: Float32Array.from(boxes.flat()), labels: Int32Array.from([0, 3, 7]) };
  });
}

function prepareStep({ side, batch, backbone: network, settings }: (typeof workloads)[number]): () => Promise<number> {
  const backbone = createResNet({ ...network, dilate: [false, false, false] }, deriveRandom(0, 'bench'));
  const filled = fillDetection(settings, side) as DetectionTransfer;
  const detector = createDetector({ settings: filled, backbone, classes: 9, random: deriveRandom(0, 'heads') });
  const parameters = new Map([...backbone.weights.parameters(), ...detector.headParameters]);
  const optimizer = createOptimizer(parameters, { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4, exclude: 'none' });
  const images = tf.randomNormal<tf.Rank.R4>([batch, side, side, 3], 0, 1, 'float32', 2);
  const input = { images, sizes: new Array(batch).fill({ height: side, width: side }) };
  const targets = makeTargets(batch, side);
  let step = 0;
  return async () => {
    const { value, grads } = tf.variableGrads(
      () => tf.addN(Object.values(detector.losses(input, targets, { random: deriveRandom(0, 'bench-step', step++) }))),
      [...parameters.values()],
    );
    const gradients = new Map(
      [...parameters].map(([name, { name: key, shape }]) => [name, grads[key] ?? tf.zeros(shape)]),
    );
    optimizer.step(gradients, 0.001);
    const [loss] = await value.data();
    tf.dispose([value, ...gradients.values()]);
    return loss!;
  };
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
    for (let i = 0; i < 2; i++) await step();
    const times: number[] = [];
    let loss = 0;
    for (let i = 0; i < steps; i++) {
      const start = performance.now();
      loss = await step();
      times.push((performance.now() - start) / 1000);
    }
    times.sort((a, b) => a - b);
    const [seconds, fastest] = [times[Math.floor(steps / 2)]!, times[0]!].map((time) => Number(time.toFixed(4)));
    const { name, threads } = status;
    console.log(JSON.stringify({ workload: workload.name, runtime: name, threads, seconds, fastest, loss }));
    if (values.profile) await printKernels(step);
  }
}

await main();
