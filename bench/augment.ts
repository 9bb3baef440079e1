/** Augmenting one MoCo v2 batch (2 × 128 views at 32 px from 64 px) on one thread; bench/peer/augment.py is torchvision's on PIL. */
import { augmentationPolicy } from '../src/shared/experiment/augmentation';
import { createAugmentPool } from '../src/worker/augment/augmentPool';
import { openSource } from '../src/worker/data/openSource';

const settings = {
  kind: 'emoji',
  labels: 'subcategory',
  background: [255, 255, 255],
  train: 'twitter',
  test: 'google',
} as const;
const dataset = await (await openSource(settings, { baseDir: '.' })).open('twitter');
const pool = createAugmentPool({
  store: dataset.store,
  ops: augmentationPolicy('moco-v2', { size: 32 }),
  size: 32,
  threads: 0,
});
const indices = Uint32Array.from({ length: 128 }, (_, i) => i);
const times: number[] = [];
for (let step = 0; step < 12; step++) {
  const start = performance.now();
  await pool.batch({ seed: 0, step, indices, views: 2 });
  times.push((performance.now() - start) / 1000);
}
const seconds = times.slice(2).sort((a, b) => a - b)[5]!;
console.log(JSON.stringify({ workload: 'augment-moco-v2-256-views-32px', seconds }));
await pool.close();
