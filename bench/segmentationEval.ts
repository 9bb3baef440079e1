/**
 * Mean IoU of 500 label maps of 2048 × 1024 against 500 predictions (blocks of 19 classes with ragged edges, from a seed), as
 * PNGs on the disk that bench/peer/segmentationEval.py reads, too. Beside it what reading alone takes.
 */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { listLabelImages } from '../src/cli/evaluation/labelImages';
import { countInThreads } from '../src/cli/evaluation/countInThreads';
import { meaningsOf, readLabelPair } from '../src/cli/evaluation/labelPairs';
import { scoreSegmentation } from '../src/shared/math/segmentation/pixelConfusion';
import { deriveRandom, type Random } from '../src/shared/random';

const IMAGES = Number(process.env.TRANSFERSCOPE_BENCH_MAPS ?? 500);
const [WIDTH, HEIGHT, CLASSES] = [2048, 1024, 19];
const folder = join(tmpdir(), `transferscope-bench-segmentation-1-${IMAGES}`);

await makeFiles();
const folders = { truth: join(folder, 'truth'), predicted: join(folder, 'predicted') };
const names = listLabelImages(folders.truth);
const pairs = names.map((name) => ({ name, truth: name, predicted: name }));

const request = { pairs, folders, meanings: meaningsOf(undefined, CLASSES, []), hasBoundary: false };
let start = performance.now();
const { confusion } = await countInThreads(request, new URL('../labelThread.js', import.meta.url));
const all = (performance.now() - start) / 1000;
const { meanIou } = scoreSegmentation(confusion);
console.log(JSON.stringify({ workload: `segmentation-miou-${IMAGES}`, seconds: all, meanIou }));

start = performance.now();
let read = 0;
for (const names of pairs) read += readLabelPair(names, folders).truth.width > 0 ? 1 : 0;
const reading = (performance.now() - start) / 1000;
console.log(JSON.stringify({ workload: `segmentation-read-${IMAGES}`, seconds: reading, images: read }));

/** Written once; the name of the folder changes with what is in it. */
async function makeFiles(): Promise<void> {
  if (existsSync(folder)) return;
  const unfinished = `${folder}.${process.pid}`;
  for (const part of ['truth', 'predicted']) mkdirSync(join(unfinished, part), { recursive: true });
  for (let i = 0; i < IMAGES; i++) {
    const random = deriveRandom(0, 'bench-segmentation', i);
    const truth = drawMap(random);
    const predicted = truth.map((label) => (label === 255 ? 0 : label));
    for (let k = 0; k < 60; k++) paintBlob(predicted, random, random.integer(CLASSES));
    const name = `${String(i).padStart(4, '0')}.png`;
    await writeFile(join(unfinished, 'truth', name), await encode(truth));
    await writeFile(join(unfinished, 'predicted', name), await encode(predicted));
  }
  renameSync(unfinished, folder);
}

function drawMap(random: Random): Uint8Array {
  const labels = new Uint8Array(WIDTH * HEIGHT).fill(random.integer(CLASSES));
  for (let k = 0; k < 120; k++) paintBlob(labels, random, k % 12 === 0 ? 255 : random.integer(CLASSES));
  return labels;
}

/** A round blob whose edge moves from row to row, as outlines in photographs do. */
function paintBlob(labels: Uint8Array, random: Random, label: number): void {
  const [x, y] = [random.integer(WIDTH), random.integer(HEIGHT)];
  const [a, b] = [8 + random.integer(200), 8 + random.integer(120)];
  for (let dy = -b; dy <= b; dy++) {
    if (y + dy < 0 || y + dy >= HEIGHT) continue;
    const half = Math.round(a * Math.sqrt(1 - (dy / b) * (dy / b))) + random.integer(4);
    const row = (y + dy) * WIDTH;
    labels.fill(label, row + Math.max(0, x - half), row + Math.min(WIDTH, x + half));
  }
}

/** As libpng writes it by default, with a filter chosen for each row. */
function encode(labels: Uint8Array): Promise<Buffer> {
  return sharp(labels, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
    .toColourspace('b-w')
    .png({ adaptiveFiltering: true })
    .toBuffer();
}
