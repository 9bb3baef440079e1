/** What detection stages leave, on composed scenes with detections made from the truth by a seed; and the panel's model of it. */
import { build } from 'esbuild';
import path from 'node:path';
import type { DetectionsModel } from '../../src/shared/protocol/panels/detectionsPanel';
import { deriveRandom } from '../../src/shared/random';
import type { Detections, GroundTruth } from '../../src/shared/results/detections';
import { encodeEvidence, EVIDENCE_FILE, type DetectionEvidence } from '../../src/shared/results/evidence';
import type { StageRecord } from '../../src/shared/results/records';
import { sheetName } from '../../src/shared/results/sceneSheets';
import { openEmojiScenes } from '../../src/worker/data/emojiScenes';
import type { SceneDataset } from '../../src/worker/data/scenes';
import { encodeAnnotations, encodeDetections } from '../../src/worker/transfer/detection/resultFiles';
import { encodeSheets } from '../../src/worker/transfer/sceneSheets';
import { transferRecord, writeTransferRun, type TransferRun } from './transferRun';

const root = path.resolve(import.meta.dirname, '../..');

export interface DetectionFiles {
  readonly truth: GroundTruth;
  readonly annotations: Uint8Array;
  readonly sheets: readonly Uint8Array[];
  /** One by quality. */
  readonly detections: readonly Uint8Array[];
  readonly found: readonly Detections[];
  readonly evidence: readonly Uint8Array[];
}

/** `qualities`: 0 = guesses, 1 = nearly perfect. */
export async function makeDetectionFiles(images: number, qualities: readonly number[]): Promise<DetectionFiles> {
  const scenes = await openScenes(images);
  const sheets: Uint8Array[] = [];
  for await (const sheet of encodeSheets(
    scenes.store,
    Int32Array.from({ length: images }, (_, i) => i),
  ))
    sheets.push(sheet);
  const found = qualities.map((quality, run) => findObjects(scenes.truth, quality, run));
  return {
    truth: scenes.truth,
    annotations: encodeAnnotations(scenes.truth),
    sheets,
    found,
    detections: found.map((one) => encodeDetections(scenes.truth, one)),
    evidence: found.map((one, run) => encodeEvidence(makeEvidence(scenes.truth, one, run))),
  };
}

/** Vectors that point by class with some noise; a proposal on each object and one somewhere. */
export function makeEvidence(truth: GroundTruth, found: Detections, seed: number): DetectionEvidence {
  const random = deriveRandom(seed, 'evidence-fixture');
  const classes = truth.categories.ids.length;
  const chance = (): number => random.nextUint32() / 2 ** 32;
  const vectorOf = (category: number): number[] => {
    const values = Array.from({ length: classes }, (_, k) => (k === category ? 1 : 0) + 0.5 * chance());
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  };
  const rows = Array.from(found.scores.keys());
  const images = [...truth.images.ids.keys()].map((image) =>
    [...Array.from(truth.image.keys()).filter((object) => truth.image[object] === image), -1].map((object) => ({
      box: object < 0 ? [10 * chance(), 5, 30, 30] : [...truth.boxes.subarray(4 * object, 4 * object + 4)],
      score: chance(),
    })),
  );
  const proposals = images.map((own) => own.sort((a, b) => b.score - a.score));
  return {
    detections: Int32Array.from(rows),
    scores: Float32Array.from(
      rows.flatMap((row) =>
        Array.from({ length: classes }, (_, k) => (k === found.category[row] ? found.scores[row]! : 0.2 * chance())),
      ),
    ),
    vectors: Float32Array.from(rows.flatMap((row) => vectorOf(found.category[row]!))),
    objects: Int32Array.from(truth.image.keys()),
    objectVectors: Float32Array.from(Array.from(truth.category, vectorOf).flat()),
    proposalStarts: Int32Array.from(
      { length: images.length + 1 },
      (_, image) => proposals.slice(0, image).flat().length,
    ),
    proposalBoxes: Float32Array.from(proposals.flat().flatMap(({ box }) => box)),
    proposalScores: Float32Array.from(proposals.flat(), ({ score }) => score),
    proposalRanks: Int32Array.from(proposals.flatMap((own) => own.map((_, i) => i + 1))),
    proposalCounts: Int32Array.from(proposals, (own) => own.length),
  };
}

/** Small composed scenes. */
export const sceneData: Parameters<typeof openEmojiScenes>[0] = {
  kind: 'emoji-scenes',
  labels: 'category',
  train: 'train',
  test: 'test',
  trainImages: 1,
  testImages: 1,
  size: 128,
  objects: [2, 5],
  scale: [0.15, 0.45],
  overlap: 0.3,
  sceneSeed: 3,
};

export async function openScenes(testImages: number): Promise<SceneDataset> {
  const source = await openEmojiScenes({ ...sceneData, testImages });
  return source.openScenes('test');
}

/** Objects moved, renamed, doubled, left out, and boxes around nothing. */
export function findObjects(truth: GroundTruth, quality: number, seed: number): Detections {
  const random = deriveRandom(seed, 'detections-fixture');
  const rows: { image: number; category: number; box: number[]; score: number }[] = [];
  const classes = truth.categories.ids.length;
  const chance = (): number => random.nextUint32() / 2 ** 32;
  for (let j = 0; j < truth.count; j++) {
    if (chance() > 0.55 + 0.4 * quality) continue;
    const [x, y, width, height] = truth.boxes.subarray(4 * j, 4 * j + 4) as unknown as [number, number, number, number];
    const shake = (): number => 1 + (chance() - 0.5) * (1.2 - quality);
    const isRenamed = chance() > 0.7 + 0.28 * quality;
    const row = {
      image: truth.image[j]!,
      category: isRenamed ? random.integer(classes) : truth.category[j]!,
      box: [x * shake(), y * shake(), width * shake(), height * shake()],
      score: 0.35 + 0.6 * chance() * (0.5 + 0.5 * quality),
    };
    rows.push(row);
    if (chance() > 0.85) rows.push({ ...row, box: row.box.map((side) => side + 1), score: 0.6 * row.score });
  }
  for (let image = 0; image < truth.images.ids.length; image++) {
    if (chance() < quality) continue;
    const side = 10 + 40 * chance();
    rows.push({
      image,
      category: random.integer(classes),
      box: [80 * chance(), 80 * chance(), side, side],
      score: 0.5 * chance(),
    });
  }
  return {
    count: rows.length,
    image: Int32Array.from(rows, ({ image }) => image),
    category: Int32Array.from(rows, ({ category }) => category),
    boxes: Float64Array.from(rows.flatMap(({ box }) => box)),
    areas: Float64Array.from(rows, ({ box }) => box[2]! * box[3]!),
    scores: Float64Array.from(rows, ({ score }) => score),
    places: Uint32Array.from(rows.keys()),
  };
}

export const bundleDetectionsWorker = (): Promise<string> => bundlePanelWorker('detections');

/** The worker of a panel as a data: URL. */
export async function bundlePanelWorker(panel: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, 'webview/panels', panel, 'worker.ts')],
    ...{ bundle: true, write: false, absWorkingDir: root, logLevel: 'silent', platform: 'browser', format: 'iife' },
  });
  return dataUrl(outputFiles[0]!.contents, 'text/javascript');
}

export function dataUrl(bytes: Uint8Array, type = 'application/json'): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}

/** The model as the host makes it, with data: URLs in the place of files. */
export function detectionsModel(
  files: DetectionFiles,
  workerScript: string,
  changes: Partial<DetectionsModel> = {},
): DetectionsModel {
  const names = ['moco', 'random', 'supervised'];
  const runs = files.detections.map((bytes, i) => ({
    ...{ id: names[i]!, name: names[i]!, url: dataUrl(bytes), look: i },
    evidence: { url: dataUrl(files.evidence[i]!, 'application/octet-stream') },
  }));
  return {
    title: 'scenes: moco',
    about: `${files.truth.images.ids.length} composed test images of emoji, seed 0`,
    workerScript,
    truth: dataUrl(files.annotations),
    runs: runs.slice(0, 1),
    others: runs.slice(1),
    pictures: { kind: 'sheets', urls: files.sheets.map((sheet) => dataUrl(sheet, 'image/webp')) },
    canAddResults: false,
    ...changes,
  };
}

/** Writes a finished run of detection stages as its worker leaves it, one stage by pretraining. */
export function writeDetectionsRun(
  out: string,
  {
    run,
    file,
    files,
    pretrainings,
  }: {
    readonly run: string;
    readonly file: string;
    readonly files: DetectionFiles;
    readonly pretrainings: readonly string[];
  },
): void {
  const stages = pretrainings.map((pretraining, i) => {
    const sheets = Object.fromEntries(files.sheets.map((sheet, n) => [sheetName(n), sheet]));
    const found = {
      'annotations.json': files.annotations,
      'detections.json': files.detections[i]!,
      [EVIDENCE_FILE]: files.evidence[i]!,
    };
    return [pretraining, { ...found, ...sheets }];
  });
  const result = detectionResult(files);
  writeTransferRun(out, { run, file, transfer: 'scenes', result, stages: Object.fromEntries(stages) });
}

function detectionResult({ truth }: Pick<DetectionFiles, 'truth'>): TransferRun['result'] {
  return {
    ...{ task: 'detection', data: 'scenes', testImages: truth.images.ids.length, classes: 9 },
    headline: { metric: 'ap', layer: '', value: 0.123 },
  };
}

/** A record as the detection stage leaves it. */
export function detectionRecord(
  stage: { readonly key: string; readonly id: string; readonly seed: number },
  files: Pick<DetectionFiles, 'sheets' | 'truth'>,
): StageRecord {
  const names = ['annotations.json', 'detections.json', EVIDENCE_FILE, ...files.sheets.map((_, i) => sheetName(i))];
  return transferRecord(stage, names, detectionResult(files));
}
