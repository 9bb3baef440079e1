/**
 * MoCo v2's augmentation on one thread; bench/peer/augment.py is torchvision's on PIL. Two workloads: 256 views of 32 px from
 * packed emoji of 64 px, and two views of 224 px from each of 32 JPEG files of 500 × 375, decoding included. The files are
 * written to --images, where the peer finds them.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { augmentationPolicy } from '../src/shared/experiment/augmentation';
import { deriveRandom } from '../src/shared/random';
import { createAugmentPool } from '../src/worker/augment/augmentPool';
import type { Dataset } from '../src/worker/data/dataset';
import { openSource } from '../src/worker/data/openSource';

interface Workload {
  readonly name: string;
  readonly dataset: Dataset;
  readonly size: number;
  readonly images: number;
}

async function measure({ name, dataset, size, images }: Workload): Promise<void> {
  const ops = augmentationPolicy('moco-v2', { size });
  const pool = createAugmentPool({ store: dataset.store, ops, size, threads: 0 });
  const indices = Uint32Array.from({ length: images }, (_, i) => i);
  const times: number[] = [];
  for (let step = 0; step < 9; step++) {
    const start = performance.now();
    await pool.batch({ seed: 0, step, indices, views: 2 });
    times.push((performance.now() - start) / 1000);
  }
  await pool.close();
  console.log(JSON.stringify({ workload: name, threads: 1, times: times.slice(2) }));
}

/** Smooth noise: coloured patches that compress as photographs do, about 60 kB each. */
async function writeJpegs(folder: string): Promise<void> {
  if (readdirSync(folder).length > 0) return;
  for (let i = 0; i < 32; i++) {
    const random = deriveRandom(0, 'bench-jpeg', i);
    const patches = Uint8Array.from({ length: 50 * 38 * 3 }, () => random.integer(256));
    await sharp(patches, { raw: { width: 50, height: 38, channels: 3 } })
      .resize(500, 375, { fit: 'fill', kernel: 'cubic' })
      .jpeg({ quality: 90 })
      .toFile(path.join(folder, `${i}.jpg`));
  }
}

const { values } = parseArgs({ options: { images: { type: 'string', default: '/tmp/transferscope-bench-images' } } });
const emoji = await openSource(
  { kind: 'emoji', labels: 'subcategory', background: [255, 255, 255], train: 'twitter', test: 'google' },
  { baseDir: '.' },
);
const dataset = await emoji.open('twitter');
await measure({ name: 'augment-256-views-32px', dataset, size: 32, images: 128 });

const folder = path.join(values.images, 'train', 'only');
mkdirSync(folder, { recursive: true });
await writeJpegs(folder);
const photographs = await openSource(
  { kind: 'image-folder', root: values.images, train: 'train', test: 'train' },
  { baseDir: '.' },
);
await measure({ name: 'augment-64-views-224px-jpeg', dataset: await photographs.open('train'), size: 224, images: 32 });
