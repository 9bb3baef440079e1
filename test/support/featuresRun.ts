/** A small experiment whose analyses of single images are really run, and the Features panel's model of what they left. */
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseExperiment } from '../../src/shared/experiment/parse';
import type { FeaturesModel } from '../../src/shared/protocol/panels/featuresPanel';
import type { StageRecord } from '../../src/shared/results/records';
import { createFeaturesModel } from '../../src/shared/views/features/featuresPanel';
import { runPipeline } from '../../src/worker/pipeline';
import * as run from '../pipeline/tinyRun';
import { readRecipes } from '../unit/shared/experiment/recipeBook';
import { featuresModel } from './featuresFixture';
import type { StageFiles } from './transferRun';

const weights = path.resolve(import.meta.dirname, '../../examples/weights');

export interface RealFeatures {
  readonly images: readonly number[];
  readonly layers: readonly string[];
  /** Settings of the inversion and of the maximisation, besides which images and layers. */
  readonly inversion: string;
  readonly maximisation: string;
  /** Of the shipped weights, besides random ones. */
  readonly pretrainings: readonly string[];
  /** Images that the probe learns from; all when absent. */
  readonly trainImages?: number;
  readonly scan?: number;
}

/** The text of examples/why-emoji.transfer.yaml, with analyses of single images in place of those of features. */
export function realFeaturesText(real: RealFeatures): string {
  const { images, layers, inversion, maximisation, pretrainings, trainImages, scan } = real;
  const looks = `images: [${images.join(', ')}], layers: [${layers.join(', ')}]`;
  const own = pretrainings.map((id) => `\n  - { id: ${id}, weights: 'weights/${id}-seed{seed}.safetensors' }`).join('');
  const some = trainImages === undefined ? '' : `, trainImages: ${trainImages}, testImages: ${trainImages}`;
  return `name: why-emoji
seeds: [0]
runtime: wasm
imageSize: 32
backbone: { name: resnet18, width: 16, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
pretrainings:
  - { id: random, method: random${own === '' || trainImages !== undefined ? '' : ', batchNorm: calibrated, data: emoji'} }${own}
transfers:
  - { id: probe, task: linear-probe, data: emoji, layers: [layer4], l2: 0.001${some} }
analyses:
  - { kind: inversion, ${looks}, quick: true${inversion} }
  - { kind: activations, ${looks}${scan === undefined ? '' : `, scan: ${scan}`} }
  - { kind: attribution, ${looks}, target: { transfer: probe } }
  - { kind: maximisation, layers: [${layers.join(', ')}]${maximisation} }
`;
}

export interface RealRun {
  readonly model: FeaturesModel;
  /** Files by stage key, for `serveStages`. */
  readonly files: Readonly<Record<string, StageFiles>>;
  /** By the stage's id. */
  readonly records: ReadonlyMap<string, StageRecord>;
}

/** Runs it to its end in a folder. */
export async function runRealFeatures(folder: string, real: RealFeatures, workerScript: string): Promise<RealRun> {
  const text = realFeaturesText(real);
  mkdirSync(folder, { recursive: true });
  for (const id of real.pretrainings) {
    const name = `${id}-seed0.safetensors`;
    cpSync(path.join(weights, name), path.join(folder, 'weights', name));
  }
  const { outcome, messages } = await run.runTiny(runPipeline, folder, { text });
  if (outcome.state !== 'done') throw new Error([outcome.state, ...messages].join('\n'));
  return readRealFeatures(path.join(folder, 'out'), outcome.run, { text, workerScript });
}

/** The model of the host, of a finished run of such an experiment. */
export function readRealFeatures(
  out: string,
  name: string,
  { text, workerScript }: { readonly text: string; readonly workerScript: string },
): RealRun {
  const manifest = run.readManifest(out, name);
  const records = run.readRecords(out, name);
  const { experiment } = parseExperiment(text, { fileName: 'why.transfer.yaml', recipes: readRecipes() });
  const model = createFeaturesModel({
    runs: [{ run: name, stages: manifest.stages, launch: manifest.launch, changed: new Set() }],
    ...{
      records: new Map([...records.values()].map((record) => [record.key, record])),
      experiment,
      title: 'why-emoji',
    },
    ...{ folderOf: (key) => `https://stages.test/${key}`, started: [] },
    offer: featuresModel([], workerScript).offer,
  });
  const files = model.stages.map(({ key }) => [key, readFolder(path.join(out, 'stages', key))] as const);
  return { model: { ...model, workerScript }, files: Object.fromEntries(files), records };
}

function readFolder(folder: string): StageFiles {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name))]));
}
