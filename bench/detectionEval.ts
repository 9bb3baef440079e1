/**
 * Evaluation of a COCO-size set (5,000 images, 36,000 objects, 80 classes, 100 detections each, from a seed), as files on
 * the disk that bench/peer/detectionEval.py reads, too: pycocotools, faster-coco-eval, tidecv.
 */
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCocoGroundTruth } from '../src/shared/detection/cocoGroundTruth';
import { parseCocoResults } from '../src/shared/detection/cocoResults';
import { COCO_AREAS, matchCoco } from '../src/shared/math/detection/cocoMatching';
import { evaluateCoco, findCocoCandidates, summarizeCoco } from '../src/shared/math/detection/cocoSummary';
import { computeBudget } from '../src/shared/math/detection/errorBudget';
import { meanApAbove } from '../src/shared/math/detection/movedThreshold';
import { rasterizePolygon } from '../src/shared/math/detection/polygons';
import { formatRuns } from '../src/shared/math/detection/rleText';
import { judgeTide } from '../src/shared/math/detection/tide';
import { findTidePairs } from '../src/shared/math/detection/tidePairs';
import { deriveRandom, type Random } from '../src/shared/random';
import type { Detections, GroundTruth, IouType } from '../src/shared/results/detections';
import { figureRun, prepareRun } from '../src/shared/views/detections/detectionsFigures';

const [IMAGES, OBJECTS, CLASSES, PER_IMAGE] = [5000, 36_000, 80, 100];
const [WIDTH, HEIGHT] = [640, 480];
const folder = join(tmpdir(), 'transferscope-bench-detection-1');
type Box = readonly [number, number, number, number];

makeFiles();
for (const iouType of ['bbox', 'segm'] as const) {
  const start = performance.now();
  const { truth, detections } = load(iouType);
  report(`coco-${iouType}-load`, [performance.now() - start]);
  const numbers = evaluateCoco(truth, detections, { iouType }).numbers;
  report(
    `coco-${iouType}-evaluate`,
    repeat(3, () => evaluateCoco(truth, detections, { iouType })),
    numbers.AP,
  );
  if (iouType === 'segm') continue;
  measureSliders(truth, detections);
  let ap = 0;
  report(
    'tide-bbox',
    repeat(3, () => {
      const pairs = findTidePairs(truth, detections, { iouType });
      ap = computeBudget(pairs, judgeTide(pairs)).ap;
    }),
    ap,
  );
}

/** What a panel does when a slider moves: from the pairs, which are there. */
function measureSliders(truth: GroundTruth, detections: Detections): void {
  const candidates = findCocoCandidates(truth, detections, { iouType: 'bbox' });
  const matching = matchCoco(candidates, [0.5], COCO_AREAS[0]!);
  report(
    'all-coco-numbers-from-pairs',
    repeat(3, () => summarizeCoco(candidates)),
  );
  report(
    'iou-slider-ap',
    repeat(9, (i) => meanApAbove(candidates, matchCoco(candidates, [0.3 + 0.05 * i], COCO_AREAS[0]!), 0)),
  );
  report(
    'score-slider-ap',
    repeat(9, (i) => meanApAbove(candidates, matching, 0.1 * i)),
  );
  const pairs = findTidePairs(truth, detections, { iouType: 'bbox' });
  report(
    'slider-verdicts',
    repeat(9, (i) => judgeTide(pairs, { foreground: 0.3 + 0.05 * i, minScore: 0.05 })),
  );
  const run = prepareRun(truth, detections, 'bbox');
  report(
    'panel-score-slider',
    repeat(9, (i) => figureRun(run, { minScore: 0.05 * i, iou: 0.5 })),
  );
  report(
    'panel-iou-slider',
    repeat(9, (i) => figureRun(run, { minScore: 0.05, iou: 0.3 + 0.05 * i })),
  );
  const verdicts = judgeTide(pairs, { minScore: 0.05 });
  report(
    'slider-budget',
    repeat(9, () => computeBudget(pairs, verdicts)),
  );
}

function load(iouType: IouType): { truth: GroundTruth; detections: Detections } {
  const truth = parseCocoGroundTruth(readFileSync(join(folder, 'truth.json')), iouType).value!;
  const bytes = readFileSync(join(folder, `results-${iouType}.json`));
  return { truth, detections: parseCocoResults(bytes, { truth, iouType }).value! };
}

function repeat(times: number, run: (i: number) => unknown): number[] {
  return Array.from({ length: times }, (_, i) => {
    const start = performance.now();
    run(i);
    return performance.now() - start;
  });
}

function report(workload: string, milliseconds: readonly number[], ap?: number): void {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  console.log(JSON.stringify({ workload, seconds: sorted[Math.floor(sorted.length / 2)]! / 1000, ap }));
}

/** Written once; the name of the folder changes with what is in it. */
function makeFiles(): void {
  if (existsSync(folder)) return;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const random = deriveRandom(0, 'bench-detection');
  const objects = Array.from({ length: OBJECTS }, (_, i) => ({
    image: i < IMAGES ? i : random.integer(IMAGES),
    category: Math.floor(CLASSES * random.uniform() * random.uniform()),
    box: drawBox(random),
  }));
  const images = Array.from({ length: IMAGES }, (_, i) => ({
    id: i + 1,
    file_name: `${i + 1}.jpg`,
    width: WIDTH,
    height: HEIGHT,
  }));
  const categories = Array.from({ length: CLASSES }, (_, k) => ({ id: k + 1, name: `class ${k + 1}` }));
  writeList(
    join(unfinished, 'truth.json'),
    `{"images":${JSON.stringify(images)},"categories":${JSON.stringify(categories)},"annotations":[`,
    ']}',
    (write) => {
      objects.forEach(({ image, category, box }, i) => {
        const iscrowd = random.uniform() < 0.01 ? 1 : 0;
        const area = 0.7 * box[2] * box[3];
        write({
          id: i + 1,
          image_id: image + 1,
          category_id: category + 1,
          bbox: box,
          area,
          iscrowd,
          segmentation: [outline(box)],
        });
      });
    },
  );
  const byImage: (typeof objects)[] = Array.from({ length: IMAGES }, () => []);
  for (const object of objects) byImage[object.image]!.push(object);
  const results = byImage.flatMap((here, image) =>
    Array.from({ length: PER_IMAGE }, () => drawResult(random, here, image)),
  );
  for (const iouType of ['bbox', 'segm'] as const) {
    writeList(join(unfinished, `results-${iouType}.json`), '[', ']', (write) => {
      for (const { box, ...result } of results)
        write({ ...result, ...(iouType === 'bbox' ? { bbox: box } : { segmentation: toMask(box) }) });
    });
  }
  renameSync(unfinished, folder);
}

function drawBox(random: Random): Box {
  const [w, h] = [8 + 300 * random.uniform() ** 2, 8 + 240 * random.uniform() ** 2];
  const [x, y] = [random.uniformIn(0, WIDTH - w), random.uniformIn(0, HEIGHT - h)];
  return [x, y, w, h].map((value) => Math.round(100 * value) / 100) as unknown as Box;
}

/** Two in five are near an object; those have higher scores. */
function drawResult(random: Random, here: readonly { category: number; box: Box }[], image: number) {
  const object = random.uniform() < 0.4 && here.length > 0 ? here[random.integer(here.length)] : undefined;
  const noise = random.uniform() < 0.5 ? 0.05 : 0.2;
  const box = object
    ? (object.box.map((value, i) =>
        Math.max(i < 2 ? 0 : 1, value + noise * object.box[2 + (i % 2)]! * random.normal()),
      ) as unknown as Box)
    : drawBox(random);
  const category = object && random.uniform() < 0.8 ? object.category : random.integer(CLASSES);
  const score = object ? 1 - random.uniform() ** 2 : random.uniform() ** 2;
  return { image_id: image + 1, category_id: category + 1, score, box };
}

/** Twelve corners on an ellipse. */
function outline([x, y, w, h]: Box): number[] {
  return Array.from({ length: 12 }, (_, i) => [
    x + (w / 2) * (1 + Math.cos((Math.PI * i) / 6)),
    y + (h / 2) * (1 + Math.sin((Math.PI * i) / 6)),
  ]).flatMap((corner) => corner.map((value) => Math.round(100 * value) / 100));
}

function toMask(box: Box) {
  return { size: [HEIGHT, WIDTH], counts: formatRuns(rasterizePolygon(outline(box), HEIGHT, WIDTH).counts) };
}

/** One JSON array, written piece by piece: the masks together are longer than V8's longest string. */
function writeList(path: string, head: string, tail: string, fill: (write: (item: unknown) => void) => void): void {
  const file = openSync(path, 'w');
  let [pending, isFirst] = [head, true];
  fill((item) => {
    pending += (isFirst ? '' : ',') + JSON.stringify(item);
    isFirst = false;
    if (pending.length < 1e6) return;
    writeSync(file, pending);
    pending = '';
  });
  writeSync(file, pending + tail);
  closeSync(file);
}
