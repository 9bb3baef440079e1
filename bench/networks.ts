/**
 * One workload of a ResNet on one runtime, for bench.mjs; bench/peer/networks.py is the same in PyTorch. Prints a JSON line:
 * seconds of each repetition by the clock and of the processor, peak memory of the process in MiB. With --profile: seconds by kernel, on stderr.
 *   node dist/bench/networks.js --workload resnet18-64px-b32-step --runtime tensorflow [--repetitions 5] [--profile]
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { deriveRandom } from '../src/shared/random';
import type { Backbone } from '../src/worker/models/backbone';
import { createHead } from '../src/worker/models/heads';
import { createResNet } from '../src/worker/models/resnet/resnet';
import { KeyQueue } from '../src/worker/objectives/keyQueue';
import type { Learner, LearnerBatch } from '../src/worker/pretrain/learner';
import { MomentumLearner } from '../src/worker/pretrain/momentumLearner';
import { SupervisedLearner } from '../src/worker/pretrain/supervisedLearner';
import { TrainingPasses } from '../src/worker/pretrain/trainingPasses';
import { startRuntime } from '../src/worker/runtimes/startRuntime';
import { printKernels } from './parts/printKernels';
import type { RuntimeName } from '../src/worker/runtimes/runtime';
import { createOptimizer } from '../src/worker/train/optimizer';
import { extractFeatures } from '../src/worker/transfer/features';

type Kind = 'forward' | 'step' | 'moco' | 'features';
type Work = () => Promise<void>;

const classes = 1000;

/** resnet50-224px-b8-step: network, image side, batch, what is done. */
function parseWorkload(text: string): { name: 'resnet18' | 'resnet50'; pixels: number; batch: number; kind: Kind } {
  const parts = /^(resnet18|resnet50)-(\d+)px-b(\d+)-(forward|step|moco|features)$/.exec(text);
  if (!parts) throw new Error(`no workload is called ${text}`);
  return {
    name: parts[1] as 'resnet18' | 'resnet50',
    pixels: Number(parts[2]),
    batch: Number(parts[3]),
    kind: parts[4] as Kind,
  };
}

function prepare({ name, pixels, batch, kind }: ReturnType<typeof parseWorkload>): Work {
  const config = { name, width: 64, stem: 'imagenet', dilate: [false, false, false] } as const;
  const backbone = createResNet(config, deriveRandom(0, 'bench'));
  const images = (seed: number) => tf.randomNormal<tf.Rank.R4>([batch, pixels, pixels, 3], 0, 1, 'float32', seed);
  if (kind === 'forward') return prepareForward(backbone, images(1));
  if (kind === 'features') return prepareFeatures(backbone, images(1).dataSync<'float32'>(), { pixels, batch });
  const views = kind === 'moco' ? [images(1), images(2)] : [images(1)];
  const labels = Int32Array.from({ length: batch }, (_, i) => i % classes);
  const learner =
    kind === 'moco'
      ? prepareMoco(backbone, createResNet(config, deriveRandom(0, 'bench')))
      : prepareSupervised(backbone);
  return prepareStep(learner, { views, labels, indices: new Uint32Array(batch), step: 0, part: 0 });
}

function prepareForward(backbone: Backbone, images: tf.Tensor4D): Work {
  return async () => {
    const pooled = tf.tidy(() => backbone.forward(images, { training: false }).pooled);
    await pooled.data();
    pooled.dispose();
  };
}

/** Every layer in one pass, pooled to at most 9,216 numbers: what a probe of all layers asks for. */
function prepareFeatures(backbone: Backbone, pixels: Float32Array, size: { pixels: number; batch: number }): Work {
  const layers = backbone.layers.map(({ name }) => name);
  return async () => {
    const batches = (async function* () {
      yield await Promise.resolve(pixels);
    })();
    const shape = { imageSize: size.pixels, count: size.batch };
    await extractFeatures({ backbone, batches, ...shape, layers, pool: { maxDimension: 9216 } });
  };
}

function prepareSupervised(backbone: Backbone): Learner {
  const config = { kind: 'classifier', inputSize: backbone.featureSize, outputSize: classes } as const;
  return new SupervisedLearner(backbone, createHead(config, deriveRandom(0, 'head')), new TrainingPasses(1));
}

function prepareMoco(backbone: Backbone, copy: Backbone): Learner {
  const head = () =>
    createHead({ kind: 'mlp', inputSize: backbone.featureSize, outputSize: 128 }, deriveRandom(0, 'head'));
  const queue = new KeyQueue({ size: 4096, dimension: 128, random: deriveRandom(0, 'queue') });
  return new MomentumLearner({
    ...{ method: 'moco', online: { backbone, head: head() }, slow: { backbone: copy, head: head() }, queue },
    ...{ temperature: 0.2, encoderMomentum: 0.999, training: new TrainingPasses(1), seed: 0 },
  });
}

function prepareStep(learner: Learner, batch: LearnerBatch): Work {
  const settings = { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4, exclude: 'none' } as const;
  const optimizer = createOptimizer(learner.parameters, settings);
  return async () => {
    const { loss, gradients } = await learner.step(batch);
    optimizer.step(gradients, 0.03);
    tf.dispose([...gradients.values()]);
    await learner.afterUpdate([batch]);
    await loss.data();
    loss.dispose();
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      workload: { type: 'string' },
      runtime: { type: 'string', default: 'wasm' },
      repetitions: { type: 'string', default: '5' },
      profile: { type: 'boolean', default: false },
    },
  });
  const workload = values.workload ?? '';
  const status = await startRuntime(values.runtime as RuntimeName);
  const work = prepare(parseWorkload(workload));
  for (let i = 0; i < 2; i++) await work();
  const times: number[] = [];
  const processor: number[] = [];
  for (let i = 0; i < Number(values.repetitions); i++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    await work();
    times.push((performance.now() - start) / 1000);
    const { user, system } = process.cpuUsage(used);
    processor.push((user + system) / 1e6);
  }
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const version = `${status.name} ${status.version}`;
  console.log(
    JSON.stringify({ workload, runtime: status.name, version, threads: status.threads, times, processor, peakMb }),
  );
  if (values.profile) await printKernels(work);
}

await main();
process.exit();
