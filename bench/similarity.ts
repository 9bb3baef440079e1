/**
 * What comparing networks costs beside reading them: two forward passes of a ResNet-50 at 224 px with all 17 places tapped, and CKA of
 * these 17 layers of both over 2,000 images, by the processor's time. The passes are measured on a few images and scaled to as many.
 *   node dist/bench/similarity.js [--images 8]
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { layerNames } from '../src/shared/experiment/layers';
import { KernelAlignment } from '../src/shared/math/similarity/unbiasedHsic';
import { deriveRandom } from '../src/shared/random';
import { innerProducts } from '../src/worker/analysis/products';
import { roundCentred } from '../src/worker/analysis/similarity';
import { createResNet } from '../src/worker/models/resnet/resnet';
import { startRuntime } from '../src/worker/runtimes/startRuntime';
import { readBatch } from '../src/worker/transfer/features';

const { values: options } = parseArgs({ options: { images: { type: 'string', default: '8' } } });
const [IMAGES, BATCH, SIDE] = [2000, 256, 224];
const config = { name: 'resnet50', width: 64, stem: 'imagenet', dilate: [false, false, false] } as const;
const layers = layerNames(config).filter((name) => /^(conv1|layer\d\.\d+)$/.test(name));

/** Seconds of all cores together. */
async function processorTime(work: () => Promise<void> | void): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

const { name: runtime } = await startRuntime('wasm');
const seen = Number(options.images);
const dimensions = new Map<string, number>();
const backbone = createResNet(config, deriveRandom(0, 'bench'));
const pixels = tf.tidy(() => tf.randomNormal([seen, SIDE, SIDE, 3], 0, 1, 'float32', 1).dataSync<'float32'>().slice());
const forward = await processorTime(async () => {
  for (const { layer, values } of await readBatch(backbone, pixels, { imageSize: SIDE, layers, pool: 'average' }))
    dimensions.set(layer, values.length / seen);
});
backbone.dispose();
const passes = (2 * forward * IMAGES) / seen;

const random = deriveRandom(1, 'bench');
/** As stored features are read; what they hold does not change the time. */
const sides = [0, 1].map(() =>
  layers.map((layer) => {
    const columns = dimensions.get(layer)!;
    const noise = Float32Array.from({ length: 4099 }, () => Math.max(0, random.normal()));
    const data = Float32Array.from({ length: IMAGES * columns }, (_, i) => noise[(i * 31 + (i >> 7)) % 4099]!);
    return { data, rows: IMAGES, columns };
  }),
);
const alignment = new KernelAlignment(layers.length, layers.length);
const compared = await processorTime(() => {
  const [rows, columns] = sides.map((side) => side.map((one, i) => roundCentred(one, layers[i]!)));
  for (let from = 0; from < IMAGES; from += BATCH) {
    const n = Math.min(BATCH, IMAGES - from);
    const grams = [rows!, columns!].map((side) => side.map((one) => innerProducts(one, from, n)));
    alignment.add(grams[0]!, grams[1]!, n);
  }
});
const finite = alignment.values().flat().every(Number.isFinite);
const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({ workload: 'two-resnet50-passes-2000', runtime, seconds: passes, images: seen }));
const line = { workload: 'cka-17-layers-2000', runtime, seconds: passes + compared, peakMb, finite };
console.log(JSON.stringify({ ...line, beside: (passes + compared) / passes }));
