/**
 * UMAP of 10,000 images with 512 features, from the features to the map: exact neighbours by cosine, the start by principal
 * components, 500 epochs. `processor` is the time of all cores together, which a machine's load does not change; `purity` is the share of a point's 15 nearest on the map that are of its class.
 *   node dist/bench/embedding.js
 */
import { centreMap, startUmap } from '../src/shared/math/embedding/layOut';
import { nearestOnMap, neighbourPurity } from '../src/shared/math/embedding/mapQuality';
import { normalizeRows } from '../src/shared/math/knn';
import { deriveRandom } from '../src/shared/random';
import { mainPlane } from '../src/worker/analysis/embedding/mainPlane';
import { findNearest } from '../src/worker/analysis/embedding/nearest';
import { roundCentred } from '../src/worker/analysis/similarity';
import { startRuntime } from '../src/worker/runtimes/startRuntime';

const [IMAGES, DIMENSION, CLASSES, NEIGHBOURS] = [10_000, 512, 50, 15];
const signal = new AbortController().signal;

const { name: runtime } = await startRuntime('wasm');
const random = deriveRandom(0, 'bench');
const centres = Float32Array.from({ length: CLASSES * DIMENSION }, () => 0.5 * random.normal());
const labels = Int32Array.from({ length: IMAGES }, (_, i) => i % CLASSES);
const values = Float32Array.from({ length: IMAGES * DIMENSION }, (_, at) => {
  const centre = centres[labels[Math.floor(at / DIMENSION)]! * DIMENSION + (at % DIMENSION)]!;
  return Math.max(0, centre + random.normal());
});

const [start, used] = [performance.now(), process.cpuUsage()];
const near = await findNearest({ values, dimension: DIMENSION }, NEIGHBOURS - 1, signal);
const searched = (performance.now() - start) / 1000;
const unit = { data: normalizeRows(values, IMAGES, DIMENSION), rows: IMAGES, columns: DIMENSION };
const { points } = mainPlane(roundCentred(unit, 'bench'));
const descent = startUmap(near, points, { minDistance: 0.1, spread: 1, negativeSamples: 5, seed: 0 });
for (const _ of descent.moves);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(used);
const processor = (user + system) / 1e6;

const all = Int32Array.from({ length: IMAGES }, (_, i) => i);
const purity = neighbourPurity(nearestOnMap(centreMap(descent.points), all, NEIGHBOURS), labels);
const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({ workload: 'umap-10000x512', runtime, seconds, processor, searched, purity, peakMb }));
