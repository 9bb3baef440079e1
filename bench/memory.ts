/**
 * Two thousand steps of a real training on one runtime, for bench.mjs: MoCo v2 with augmentation, diagnostics, checkpoints.
 * Prints a JSON line: tensors and resident memory after a quarter of the steps and at the end. Memory that grows in between
 * leaks; the first quarter fills caches.
 *   node dist/bench/memory.js --runtime tensorflow [--steps 2000]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { deriveRandom } from '../src/shared/random';
import type { MomentumPretraining } from '../src/shared/experiment/schema';
import { DataLibrary } from '../src/worker/data/dataLibrary';
import type { Dataset } from '../src/worker/data/dataset';
import { trainBackbone } from '../src/worker/pretrain/trainBackbone';
import type { RuntimeName } from '../src/worker/runtimes/runtime';
import { startRuntime } from '../src/worker/runtimes/startRuntime';
import type { StageContext } from '../src/worker/stageContext';
import { StageStore } from '../src/worker/storage/stageStore';

const [side, images, batch] = [16, 64, 8];

function settings(steps: number): MomentumPretraining {
  return {
    ...{ id: 'moco', method: 'moco', data: 'noise', split: 'train', imageSize: side, steps, batch, accumulate: 1 },
    processes: 1,
    ...{ learningRate: 0.005, momentum: 0.9, weightDecay: 1e-4, weightDecayExclude: 'none', optimizer: 'sgd' },
    ...{ augment: 'moco-v2', batchNormGroups: 2, recompute: false, checkpointEvery: 500 },
    schedule: { kind: 'cosine', per: 'step', warmupSteps: 0 },
    monitor: { every: 100, knn: true, images: 32 },
    ...{ head: 'mlp', dimension: 16, temperature: 0.2, queue: 32, encoderMomentum: 0.9 },
  };
}

function makeNoise(): Dataset {
  const buffer = new SharedArrayBuffer(images * side * side * 3);
  const random = deriveRandom(0, 'bench-noise');
  new Uint8Array(buffer).forEach((_, i, pixels) => (pixels[i] = random.integer(256)));
  return {
    ...{ split: 'train', length: images, classes: ['even', 'odd'], problems: [] },
    labels: Int32Array.from({ length: images }, (_, i) => i % 2),
    names: Array.from({ length: images }, (_, i) => `image ${i}`),
    store: { kind: 'packed', count: images, width: side, height: side, buffer },
  };
}

function makeContext(out: string, progress: StageContext['progress']): StageContext {
  const stages = new StageStore(out);
  mkdirSync(stages.folder('memory'), { recursive: true });
  return {
    runtime: tf.getBackend(),
    ...{ key: 'memory', seed: 0, stages, needs: new Map(), baseDir: out, threads: 0 },
    data: new DataLibrary({}, out, () => undefined),
    signal: new AbortController().signal,
    progress,
    metrics: () => undefined,
    warn: (message) => process.stderr.write(`${message}\n`),
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runtime: { type: 'string', default: 'wasm' }, steps: { type: 'string', default: '2000' } },
  });
  const steps = Number(values.steps);
  const status = await startRuntime(values.runtime as RuntimeName);
  const out = mkdtempSync(path.join(os.tmpdir(), 'transferscope-memory-'));
  const seen: { tensors: number; residentMb: number }[] = [];
  const begun = performance.now();
  try {
    const backbone = { name: 'resnet18', width: 4, stem: 'small', dilate: [false, false, false] } as const;
    const context = makeContext(out, (step) => {
      // Losses are read there, so that none wait as tensors.
      if (step !== steps / 4 && step !== steps) return;
      globalThis.gc?.();
      seen.push({ tensors: tf.memory().numTensors, residentMb: process.memoryUsage.rss() / 2 ** 20 });
    });
    const { learner } = await trainBackbone(settings(steps), { backbone, dataset: makeNoise() }, context);
    learner.dispose();
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
  const [early, late] = seen as [(typeof seen)[0], (typeof seen)[0]];
  const growth = {
    steps,
    tensors: late.tensors - early.tensors,
    residentMb: Number((late.residentMb - early.residentMb).toFixed(1)),
  };
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const line = {
    workload: `memory over ${steps} MoCo v2 steps`,
    runtime: status.name,
    version: `${status.name} ${status.version}`,
  };
  console.log(JSON.stringify({ ...line, growth, peakMb, seconds: (performance.now() - begun) / 1000 }));
}

await main();
process.exit();
