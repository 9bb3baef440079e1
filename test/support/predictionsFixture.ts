/** What stages of other transfers leave, made from composed scenes by a seed; and the Predictions panel's model of it. */
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { PredictionsKind, PredictionsModel } from '../../src/shared/protocol/panels/predictionsPanel';
import { confusionOfPairs, countPairs } from '../../src/shared/math/segmentation/pixelConfusion';
import { deriveRandom } from '../../src/shared/random';
import { encodeEpisodes, type LayerEpisodes } from '../../src/shared/results/episodes';
import { LANDMARKS_FILE, LANDMARKS_VERSION, type LandmarkFile } from '../../src/shared/results/landmarks';
import { sheetName } from '../../src/shared/results/sceneSheets';
import type { PanelPage } from './panelPage';
import { openLabelled } from '../../src/worker/data/openLabelled';
import { encodeSegmentation } from '../../src/worker/transfer/segmentation/segmentationFiles';
import type { SegmentedPicture } from '../../src/worker/transfer/segmentation/testSegmenter';
import { openScenes, sceneData } from './detectionsFixture';
import type { StageFiles } from './transferRun';
import { encodeSheets } from '../../src/worker/transfer/sceneSheets';

const SIDE = 128;

/** A stage's files by their names, written as the worker does. `quality`: 0 = guesses, 1 = nearly perfect. */
export async function makeSegmentationFiles(images: number, quality: number): Promise<StageFiles> {
  const source = await openLabelled({ ...sceneData, testImages: images }, { baseDir: '.' });
  const data = await source.openLabelled('test');
  const numClasses = data.classes.length;
  const random = deriveRandom(Math.round(100 * quality), 'segmentation-fixture');
  const next = (): number => random.nextUint32() / 2 ** 32;
  const meaning = Uint16Array.from({ length: 256 }, (_, value) => value);
  const pictures: SegmentedPicture[] = [];
  for (let index = 0; index < images; index++) {
    const { labels, width, height } = await data.readLabels(index);
    // A void pixel at each corner.
    for (const corner of [0, SIDE - 1, SIDE * (SIDE - 1), SIDE * SIDE - 1]) labels[corner] = 255;
    const found = spoil(labels, { quality, classes: numClasses, next });
    const confusion = confusionOfPairs(countPairs(labels, found), numClasses, { truth: meaning, predicted: meaning });
    pictures.push({ index, width, height, confusion, truth: deflateSync(labels), predicted: deflateSync(found) });
  }
  const files: Record<string, Uint8Array> = {};
  for await (const { name, bytes } of encodeSegmentation(data, pictures)) files[name] = bytes;
  return files;
}

export function encodeLabels(
  labels: Uint8Array,
  { width, height }: { width: number; height: number },
): Promise<Buffer> {
  return sharp(labels, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

/** Objects moved a little, some classes taken for others, blots of nothing. */
function spoil(
  labels: Uint8Array,
  { quality, classes, next }: { quality: number; classes: number; next: () => number },
): Uint8Array {
  const wrong = 1 - quality;
  const [right, down] = [Math.round(8 * wrong * next()), Math.round(8 * wrong * next())];
  const renamed = Uint8Array.from({ length: classes }, (_, k) =>
    k > 0 && next() < 0.4 * wrong ? 1 + Math.floor(next() * (classes - 1)) : k,
  );
  const blots = Array.from({ length: Math.round(6 * wrong) }, () => [next() * SIDE, next() * SIDE, 4 + 10 * next()]);
  return labels.map((_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    const from = labels[Math.max(0, y - down) * SIDE + Math.max(0, x - right)]!;
    const isBlotted = blots.some(([cx, cy, radius]) => (x - cx!) ** 2 + (y - cy!) ** 2 < radius! ** 2);
    return from === 255 || isBlotted ? 0 : renamed[from]!;
  });
}

/** Answers the panel's requests from files in memory. */
export async function serveStages({ page }: PanelPage, stages: Readonly<Record<string, StageFiles>>): Promise<void> {
  await page.route('https://stages.test/**', (route) => {
    const [stage = '', name = ''] = decodeURIComponent(new URL(route.request().url()).pathname).slice(1).split('/');
    const body = stages[stage]?.[name];
    const headers = { 'access-control-allow-origin': '*' };
    return body ? route.fulfill({ body: Buffer.from(body), headers }) : route.fulfill({ status: 404, headers });
  });
}

/** The model as the host makes it, of stages that `serveStages` serves. */
export function predictionsModel(
  kind: PredictionsKind,
  workerScript: string,
  changes: Partial<PredictionsModel> = {},
): PredictionsModel {
  const run = (id: string, look: number) => ({
    ...{ id, name: `${id}, seed 0`, folder: `https://stages.test/${id}`, look, pretraining: id, seed: 0 },
  });
  return {
    ...{ kind, workerScript, title: 'scenes: moco', about: '12 test images of scenes, run scenes-1' },
    runs: [run('moco', 0)],
    others: [run('random', 1)],
    ...{ transfer: 'scenes', images: { data: 'scenes', split: 'test' } },
    ...changes,
  };
}

/** Five landmarks around each example's middle on composed scenes; the last example's eyes are not marked. */
export async function makeLandmarkFiles(images: number, quality: number): Promise<StageFiles> {
  const { truth, store } = await openScenes(images);
  const random = deriveRandom(Math.round(100 * quality), 'landmarks-fixture');
  const shake = (size: number): number => size * (random.nextUint32() / 2 ** 32 - 0.5);
  const corners = [
    [0.3, 0.35],
    [0.7, 0.35],
    [0.5, 0.55],
    [0.35, 0.75],
    [0.65, 0.75],
  ] as const;
  const rotate = ([x, y]: readonly [number, number], image: number): [number, number] => [
    SIDE * (0.5 + (x - 0.5) * (0.7 + 0.02 * image)),
    SIDE * (0.5 + (y - 0.5) * (0.9 - 0.02 * image)),
  ];
  const examples = Array.from({ length: images }, (_, image): LandmarkFile['examples'][number] => {
    const points = corners.map((corner) => rotate(corner, image));
    const isLast = image === images - 1;
    return {
      ...{ name: truth.images.names[image]!, category: '', crop: [0, 0, SIDE], points },
      visibility: isLast ? [0, 0, 2, 2, 2] : [2, 2, 2, 1, 2],
      normaliser: isLast ? 0 : Math.hypot(points[1]![0] - points[0]![0], points[1]![1] - points[0]![1]),
    };
  });
  const predict = (wrong: number): LandmarkFile['predictions'][number]['points'] =>
    examples.map(({ points }) => points.map(([x, y]) => [x + shake(40 * wrong), y + shake(40 * wrong)]));
  const file: LandmarkFile = {
    ...{ version: LANDMARKS_VERSION, pictureSide: SIDE, threshold: 0.1, countsOccluded: true, examples },
    landmarks: {
      names: ['left eye', 'right eye', 'nose', 'left corner of the mouth', 'right corner of the mouth'],
      flipPairs: [
        [0, 1],
        [3, 4],
      ],
    },
    normalise: { kind: 'pair', first: 'left eye', second: 'right eye' },
    predictions: [
      { layer: 'layer3', points: predict(1.2 - quality) },
      { layer: 'layer4', points: predict(1 - quality) },
    ],
  };
  const pictures: Uint8Array[] = [];
  for await (const one of encodeSheets(
    store,
    Int32Array.from({ length: images }, (_, i) => i),
  ))
    pictures.push(one);
  return { [LANDMARKS_FILE]: Buffer.from(JSON.stringify(file)), [sheetName(0)]: pictures[0]! };
}

/** `episodes` few-shot episodes, 3-way 2-shot with 6 queries, on crops of emoji that are drawn as plain scenes. */
export async function makeEpisodeFiles(episodes: number, quality: number): Promise<StageFiles> {
  const [ways, shots, queries, perClass, neighbours] = [3, 2, 6, 10, 5];
  const classes = ['Flags', 'Food & Drink', 'Objects', 'Smileys & Emotion'];
  const count = perClass * classes.length;
  const { store } = await openScenes(count);
  const random = deriveRandom(Math.round(100 * quality), 'episodes-fixture');
  const chance = (): number => random.nextUint32() / 2 ** 32;
  const pictures = Array.from({ length: count }, (_, i) => ({
    ...{ name: `${classes[Math.floor(i / perClass)]} ${i % perClass}`, split: 'test', index: i },
    class: Math.floor(i / perClass),
  }));
  const drawn = Array.from({ length: episodes }, (_, episode) =>
    Array.from({ length: ways }, (__, way) => {
      const of = (episode + way) % classes.length;
      const members = Array.from({ length: perClass }, (___, i) => of * perClass + ((i + episode) % perClass));
      return { of, support: members.slice(0, shots), query: members.slice(shots, shots + queries) };
    }),
  );
  const layerOf = (layer: string, right: number): LayerEpisodes => {
    const predictions = Uint8Array.from({ length: episodes * ways * queries }, (_, i) => {
      const truth = Math.floor(i / queries) % ways;
      return chance() < right ? truth : (truth + 1) % ways;
    });
    const accuracy = Float64Array.from({ length: episodes }, (_, episode) => {
      const own = predictions.subarray(episode * ways * queries, (episode + 1) * ways * queries);
      return own.filter((way, i) => way === Math.floor(i / queries)).length / own.length;
    });
    return { layer, accuracy, predictions };
  };
  const layers = [layerOf('layer3', 0.5 + 0.3 * quality), layerOf('layer4', 0.5 + 0.45 * quality)];
  const scores = Float32Array.from({ length: episodes * ways * queries * ways }, (_, i) =>
    layers[1]!.predictions[Math.floor(i / ways)] === i % ways ? 0.6 : 0.2,
  );
  const sheets: Uint8Array[] = [];
  for await (const one of encodeSheets(store, Int32Array.from(pictures.keys()))) sheets.push(one);
  const files = encodeEpisodes({
    index: {
      ...{ version: 1, ways, shots, queries, episodes, classifier: 'nearest-mean', classes, leftOut: [], pictures },
      ...{ pictureSize: SIDE, layers: layers.map(({ layer }) => layer), neighbours },
    },
    way: Int32Array.from(drawn.flat(), ({ of }) => of),
    support: Int32Array.from(drawn.flat().flatMap(({ support }) => support)),
    query: Int32Array.from(drawn.flat().flatMap(({ query }) => query)),
    ...{ layers, scores },
    neighbour: Int32Array.from(
      { length: count * neighbours },
      (_, i) => (Math.floor(i / neighbours) + (i % neighbours) + 1) % count,
    ),
    similarity: Float32Array.from({ length: count * neighbours }, (_, i) => 0.95 - 0.05 * (i % neighbours)),
  });
  return { ...files, [sheetName(0)]: sheets[0]! };
}
