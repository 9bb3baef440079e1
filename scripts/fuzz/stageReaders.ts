/** The readers of what stages and windows leave for panels and for those who go on: good files of each kind, and who reads them. */
import { decodeEmbedding } from '../../src/shared/results/embedding';
import { decodeEpisodes } from '../../src/shared/results/episodes';
import { decodeEvidence, encodeEvidence } from '../../src/shared/results/evidence';
import { decodeInversion } from '../../src/shared/results/inversion';
import { parseActivations } from '../../src/shared/results/activations';
import { parseAttribution } from '../../src/shared/results/attribution';
import { parseMaximisation } from '../../src/shared/results/maximisation';
import { parseSegmentationIndex } from '../../src/shared/results/segmentations';
import { parseMarks, writeMarks } from '../../src/shared/views/compare/compareMarks';
import { decodeTrainingState, encodeTrainingState } from '../../src/worker/train/trainingState';
import { makeEmbeddingFiles } from '../../test/support/embeddingFixture';
import { makeFeaturesFiles } from '../../test/support/featuresFixture';
import { makeEpisodeFiles, makeSegmentationFiles } from '../../test/support/predictionsFixture';
import type { SeedFile } from './mutateWeights';
import type { FuzzedReader } from './readers';

type Read = (bytes: Uint8Array) => unknown;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Two files that are read together: each in turn is the damaged one. */
async function pairs(): Promise<readonly (readonly [SeedFile, Read])[]> {
  const episodes = await makeEpisodeFiles(4, 0.7);
  const maps = await makeEmbeddingFiles({ images: 24, classes: 3, quality: 0.5, layers: ['layer4'], neighbours: 3 });
  const both = [
    { name: 'episodes', files: episodes, decode: decodeEpisodes },
    { name: 'embedding', files: maps, decode: decodeEmbedding },
  ];
  return both.flatMap(({ name, files, decode }) => {
    const [json, arrays] = [files[`${name}.json`]!, files[`${name}.safetensors`]!];
    return [
      [{ name: `${name}.json`, bytes: json }, (bytes: Uint8Array) => decode(bytes, arrays)],
      [{ name: `${name}.safetensors`, bytes: arrays }, (bytes: Uint8Array) => decode(json, bytes)],
    ] as const;
  });
}

async function singles(): Promise<readonly (readonly [SeedFile, Read])[]> {
  const of = async (kind: Parameters<typeof makeFeaturesFiles>[0]): Promise<SeedFile> => {
    const files = await makeFeaturesFiles(kind, 0.7, { places: [3, 40] });
    return { name: `${kind}.json`, bytes: files[`${kind}.json`]! };
  };
  const { 'segmentation.json': segmentation } = await makeSegmentationFiles(2, 0.5);
  const marks = writeMarks({
    ...{ version: 1, baseline: 'a/moco', rows: { 'a/moco': { star: true, tags: ['x'] }, 'b/random': { note: 'n' } } },
    same: { fields: ['transfer.steps'], pairs: [['a/moco', 'b/random']] },
  });
  const evidence = encodeEvidence({
    ...{ detections: Int32Array.of(0, 2), scores: new Float32Array(6), vectors: new Float32Array(8) },
    ...{ objects: Int32Array.of(1), objectVectors: new Float32Array(4), proposalStarts: Int32Array.of(0, 1) },
    ...{ proposalBoxes: new Float32Array(4), proposalScores: new Float32Array(1) },
    ...{ proposalRanks: Int32Array.of(1), proposalCounts: Int32Array.of(1) },
  });
  const state = encodeTrainingState({
    ...{ step: 4, scalars: { sum: 1.5 }, seconds: 2, attempts: 1, metricsFile: { bytes: 10, sha256: 'ab' } },
    tensors: new Map([['model/conv1.weight', { shape: [2, 3], data: new Float32Array(6) }]]),
  });
  return [
    [await of('inversion'), decodeInversion],
    [await of('activations'), (bytes) => parseActivations(text(bytes))],
    [await of('attribution'), (bytes) => parseAttribution(text(bytes))],
    [await of('maximisation'), (bytes) => parseMaximisation(text(bytes))],
    [{ name: 'segmentation.json', bytes: segmentation! }, (bytes) => parseSegmentationIndex(text(bytes))],
    [{ name: 'marks.json', bytes: bytesOf(marks) }, (bytes) => parseMarks(text(bytes))],
    [{ name: 'evidence.safetensors', bytes: evidence }, decodeEvidence],
    [{ name: 'training.safetensors', bytes: state }, decodeTrainingState],
  ];
}

export async function stageFiles(): Promise<FuzzedReader> {
  const all = [...(await pairs()), ...(await singles())];
  const readers = new Map(all.map(([{ name }, read]) => [name, read]));
  return {
    name: 'episodes, maps, analyses, marks, states',
    share: 0.1,
    files: all.map(([file]) => file),
    read: (bytes, name) => void readers.get(name)!(bytes),
  };
}
