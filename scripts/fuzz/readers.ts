/**
 * The readers of files that others may have damaged, each with good files to damage. A reader may return, with or without
 * problems, or throw a UserError; anything else is a bug.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { parseMetricRow } from '../../src/shared/results/metricCurves';
import { isManifest, isStatus, joinRun, parseRecordFile, parseRunFile, summariseRun } from '../../src/runs/runFiles';
import { parseCocoGroundTruth } from '../../src/shared/detection/cocoGroundTruth';
import { parseCocoResults } from '../../src/shared/detection/cocoResults';
import { parseVocAnnotation } from '../../src/shared/detection/vocXml';
import { UserError } from '../../src/shared/errors';
import { parseExperiment } from '../../src/shared/experiment/parse';
import { inflateOptions, openLabelPng, unpackRuns } from '../../src/shared/formats/labelPng';
import { paintRuns } from '../../src/shared/formats/labelRuns';
import { parseLabelTable } from '../../src/shared/formats/labelTable';
import { parsePts } from '../../src/shared/landmarks/ptsFile';
import { recordChecksum } from '../../src/shared/results/recordChecksum';
import type { StageRecord } from '../../src/shared/results/records';
import { parseLandmarkFile } from '../../src/shared/views/predictions/landmarkFigures';
import { memorySource } from '../../src/shared/weights/byteSource';
import { describeWeights } from '../../src/shared/weights/describeWeights';
import { openWeights } from '../../src/shared/weights/openWeights';
import { decodeImage } from '../../src/worker/data/imageStore';
import type { SeedFile } from './mutateWeights';
import { stageFiles } from './stageReaders';

export interface FuzzedReader {
  readonly name: string;
  /** Of all damaged files, how large a part goes to this reader. */
  readonly share: number;
  readonly files: readonly SeedFile[];
  /** `name`: of the file that was damaged. */
  read(bytes: Uint8Array, name: string): Promise<void> | void;
}

/** Larger tensors are opened and not read, so that the run ends this year. */
const MOST_VALUES = 1_000_000;

/** `root`: the clone, whose examples and golden weight files are damaged. */
export async function createReaders(root: string): Promise<readonly FuzzedReader[]> {
  const ofRuns = [runFiles(), texts(), await stageFiles()];
  return [weights(root), experiments(root), truth(), results(), ...ofRuns, await images(), await labels()];
}

function weights(root: string): FuzzedReader {
  const folder = path.join(root, 'test', 'golden', 'data', 'weights');
  const names = readdirSync(folder).filter((name) => name !== 'expected.json');
  const files = names.map((name) => ({ name, bytes: new Uint8Array(readFileSync(path.join(folder, name))) }));
  const openSibling = (name: string) => {
    const found = files.find((file) => file.name === name);
    if (!found) return Promise.reject(new UserError('weights', `${name} is not there; it was asked for`));
    return Promise.resolve(memorySource(found.bytes, name));
  };
  const read = async (bytes: Uint8Array): Promise<void> => {
    const opened = await openWeights(memorySource(bytes, 'damaged'), { openSibling });
    describeWeights(opened);
    for (const { shape, read } of opened.tensors.values())
      if (shape.reduce((product, side) => product * side, 1) <= MOST_VALUES) await read();
  };
  return { name: 'checkpoints', share: 0.3, files, read };
}

function experiments(root: string): FuzzedReader {
  const folder = path.join(root, 'examples');
  const names = readdirSync(folder).filter((name) => name.endsWith('.transfer.yaml'));
  const files = names.map((name) => ({ name, bytes: new Uint8Array(readFileSync(path.join(folder, name))) }));
  const read = (bytes: Uint8Array) => void parseExperiment(text(bytes), { fileName: 'damaged', recipes: new Map() });
  return { name: 'experiment files', share: 0.1, files, read };
}

const triangle = [[1, 1, 9, 1, 5, 9]];
const truthFile = {
  images: [
    { id: 1, file_name: 'a.jpg', width: 20, height: 10 },
    { id: 2, file_name: 'b.jpg', width: 20, height: 10 },
  ],
  categories: [
    { id: 3, name: 'cat' },
    { id: 4, name: 'dog', keypoints: ['nose', 'tail'] },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: 3, bbox: [1, 1, 8, 8], area: 32, iscrowd: 0, segmentation: triangle },
    {
      id: 2,
      image_id: 2,
      category_id: 4,
      bbox: [0, 0, 5, 5],
      area: 25,
      iscrowd: 1,
      segmentation: { size: [10, 20], counts: [3, 5, 192] },
    },
    {
      id: 3,
      image_id: 2,
      category_id: 4,
      bbox: [2, 2, 5, 5],
      area: 25,
      iscrowd: 0,
      keypoints: [3, 3, 2, 6, 6, 1],
      num_keypoints: 2,
    },
  ],
};
const resultFile = [
  { image_id: 1, category_id: 3, bbox: [1, 1, 8, 8], score: 0.9, segmentation: { size: [10, 20], counts: '35P6' } },
  { image_id: 2, category_id: 4, bbox: [1, 2, 3, 4], score: 0.5, keypoints: [3, 3, 1, 6, 6, 1] },
];
const iouTypes = ['bbox', 'segm', 'keypoints'] as const;

function truth(): FuzzedReader {
  const read = (bytes: Uint8Array) => iouTypes.forEach((iouType) => parseCocoGroundTruth(bytes, iouType));
  return { name: 'COCO annotations', share: 0.12, files: [seed('instances.json', truthFile)], read };
}

function results(): FuzzedReader {
  const { value } = parseCocoGroundTruth(seed('instances.json', truthFile).bytes, 'bbox');
  if (!value) throw new Error('internal: the annotations that are to be damaged cannot be read');
  const read = (bytes: Uint8Array) => iouTypes.forEach((iouType) => parseCocoResults(bytes, { truth: value, iouType }));
  return { name: 'COCO results', share: 0.1, files: [seed('results.json', resultFile)], read };
}

const at = '2026-01-01T00:00:00.000Z';

function runFiles(): FuzzedReader {
  const runtime = { name: 'wasm', device: 'cpu', threads: 1, reason: '' };
  const stage = {
    id: 'moco/seed-0',
    key: 'k',
    kind: 'pretraining',
    label: 'moco',
    pretraining: 'moco',
    seed: 0,
    needs: [],
  };
  const names = {
    version: 1,
    run: 'tiny-1',
    name: 'tiny',
    file: '/w/a.transfer.yaml',
    baseDir: '/w',
    launch: {},
    versions: {},
  };
  const manifest = { ...names, runtime, seeds: [0], stages: [stage], createdAt: at };
  const status = {
    version: 1,
    state: 'done',
    pid: 1,
    host: 'here',
    startedAt: at,
    heartbeatAt: at,
    stages: { 'moco/seed-0': { state: 'done' } },
  };
  const made = { startedAt: at, finishedAt: at, seconds: 1, runtime: 'wasm', host: 'here', attempts: 1 };
  const result = { kind: 'pretraining', method: 'moco', parameters: 3, steps: 4, images: 5 };
  const content = {
    version: 1,
    key: 'k',
    kind: 'pretraining',
    id: 'moco/seed-0',
    seed: 0,
    settings: {},
    result,
    files: {},
    made,
  } as unknown as StageRecord;
  const record = { ...content, checksum: recordChecksum(content) };
  const read = (bytes: Uint8Array): void => {
    const problems: string[] = [];
    const open = parseRunFile(text(bytes), 'm', { isValid: isManifest, problems });
    const own = parseRunFile(text(bytes), 's', { isValid: isStatus, problems });
    const joined = joinRun({ manifest: open, own, parts: [], isStopAsked: false, life: 'dead' });
    summariseRun({ run: 'tiny-1', folder: '/w', manifest: open, status: joined.status, state: joined.state, problems });
    parseRecordFile(text(bytes), 'r', problems);
  };
  return {
    name: 'records of runs',
    share: 0.1,
    files: [seed('m.json', manifest), seed('s.json', status), seed('r.json', record)],
    read,
  };
}

function texts(): FuzzedReader {
  const voc = `<annotation><filename>a.jpg</filename><size><width>20</width><height>10</height></size><object><name>cat</name>
<difficult>0</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>`;
  const pts = 'version: 1\nn_points: 3\n{\n1.5 2\n3 4\n5 6\n}\n';
  const landmarks = { landmarks: ['a'], normaliser: 'boxDiagonal', layers: ['l'], examples: [] };
  const files = [seed('a.xml', voc), seed('a.pts', pts), seed('a.csv', 'a.jpg,cat\n"b, c.jpg",dog\n')];
  const more = [seed('landmarks.json', landmarks), seed('m.jsonl', '{"step":1,"metrics":{"loss":2.5}}')];
  const read = (bytes: Uint8Array): void => {
    const given = text(bytes);
    parseVocAnnotation(given);
    for (const parse of [parsePts, parseLabelTable]) refuse(() => parse(given, 'damaged'));
    parseLandmarkFile(given);
    parseMetricRow(given);
  };
  return { name: 'VOC, points, tables, curves', share: 0.1, files: [...files, ...more], read };
}

async function images(): Promise<FuzzedReader> {
  const picture = sharp({ create: { width: 24, height: 16, channels: 3, background: '#369' } });
  const formats = ['png', 'jpeg', 'webp'] as const;
  const files = await Promise.all(
    formats.map(async (format) => ({
      name: format,
      bytes: new Uint8Array(await picture.clone().toFormat(format).toBuffer()),
    })),
  );
  return { name: 'images', share: 0.04, files, read: async (bytes) => void (await decodeImage(bytes, 'damaged')) };
}

async function labels(): Promise<FuzzedReader> {
  const raw = { width: 8, height: 8, channels: 1 } as const;
  const png = await sharp(
    Uint8Array.from({ length: 64 }, (_, i) => i % 3),
    { raw },
  )
    .toColourspace('b-w')
    .png()
    .toBuffer();
  const read = (bytes: Uint8Array): void => {
    const opened = openLabelPng(bytes);
    if ('problem' in opened) return;
    // As readLabelPng does: a stream that cannot be unpacked is said to be broken.
    const unpacked = attempt(() => inflateSync(opened.packed, inflateOptions(opened)));
    const runs = unpacked && unpackRuns(opened, unpacked);
    if (runs) paintRuns(runs, new Uint8Array(runs.width * runs.height));
  };
  return { name: 'label maps', share: 0.04, files: [{ name: 'labels.png', bytes: new Uint8Array(png) }], read };
}

function seed(name: string, value: unknown): SeedFile {
  return { name, bytes: new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)) };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Several readers get one text: what one refuses goes to the next. */
function refuse(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}
